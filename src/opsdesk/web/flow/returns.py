"""What comes back: returns, ping-pong, reopened requests, and whether first hand-offs hit the right queue."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Side
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Tile, Told, columns, requests, share_tile
from opsdesk.web.funnel.words import share_parts
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Table, heading


def answer(place: Place, desk: DeskDefinition) -> str:
    """The three shares in one sentence."""
    return _said(*_shares(place))


def _said(again: Asked, back: Asked, reopened: Asked) -> str:
    if not again.share().of:
        return _("No request came in, so none came back.")
    words = {
        "requests": requests(again.share().of),
        "again": _part(again.share()),
        "back": _part(back.share()),
        "above": back.share().of,
        "reopened": _part(reopened.share()),
        "resolved": reopened.share().of,
    }
    found = [_("Of %(requests)s, %(again)s were handed into a queue that they had left.") % words]
    if back.share().of:
        found.append(_("Of the %(above)d above Tier 1, %(back)s were returned.") % words)
    if reopened.share().of:
        found.append(_("Of the %(resolved)d resolved, %(reopened)s were reopened.") % words)
    return " ".join(found)


def tell(place: Place, desk: DeskDefinition) -> Told:
    types = _shares(place, "type")
    again, back, reopened = (each.by_fewer() for each in types)
    first = _said(again, back, reopened)
    if not again.share().of:
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    right = asked(place, "right_queue")
    tables = (_pairs(place, desk), _by_queue(place, desk), _by_type(desk, *types))
    return Told(sentences=(first,), tiles=_tiles(again, back, reopened, right), tables=tables)


def _shares(place: Place, *by: str) -> tuple[Asked, Asked, Asked]:
    return (
        asked(place, "ping_pong_share", *by),
        asked(place, "returned_share", *by),
        asked(place, "reopened_share", *by),
    )


def _part(share: Share) -> str:
    """`8 (4 %)`; `12 (2-11 %, 18 still open)` while some may still become it."""
    value, range_ = share_parts(share)
    text = range_ if share.is_small else value
    if share.open:
        words = {"n": share.low, "share": text, "open": share.open}
        return _("%(n)d (%(share)s, %(open)d still open)") % words
    return f"{share.low} ({text})" if share.low else "0"


def _tiles(again: Asked, back: Asked, reopened: Asked, right: Asked) -> tuple[Tile, ...]:
    return (
        share_tile(
            _("Right queue at once"),
            right.share(),
            right.href(),
            _("First hand-offs that were neither returned nor rerouted, of those whose stay has ended."),
        ),
        share_tile(
            _("Ping-pong"), again.share(), again.href(), _("Handed into a queue that they had left before.")
        ),
        share_tile(
            _("Returned"),
            back.share(),
            back.href(),
            _("Handed back down at least once, of what went above Tier 1."),
        ),
        share_tile(
            _("Reopened"), reopened.share(), reopened.href(), _("Of what was resolved at least once.")
        ),
    )


def _pairs(place: Place, desk: DeskDefinition) -> Table:
    """Each way between two queues, by how it was gone."""
    by = ("queue", "to", "move")
    moves, back = asked(place, "hand_offs", *by), asked(place, "ping_pong_pairs", *by)
    rows = tuple(
        (
            heading(_queue(start, desk)),
            heading(_queue(end, desk)),
            heading(_move(move)),
            moves.cell(start, end, move),
            back.cell(start, end, move),
        )
        for (start, end, move), _n in moves.ranked()
    )
    return Table(
        "pairs",
        _("By queue pair"),
        columns(_("From"), _("To"), _("How"), _("Requests"), _("Ping-pong"), words=3),
        rows,
        note=_(
            "A request that went the same way twice counts once on it. Ping-pong: those that came back to a"
            " queue that they had left."
        ),
        empty=_("No request was handed on."),
    )


def _by_queue(place: Place, desk: DeskDefinition) -> Table:
    right = asked(place, "right_queue", "queue")
    rows = tuple(
        (
            heading(_queue(key, desk)),
            right.cell(key, side=Side.WHOLE),
            right.cell(key),
        )
        for (key,) in sorted(right.answers, key=lambda key: -right.share(*key).of)
    )
    return Table(
        "right",
        _("Right queue at once, by the queue handed to"),
        columns(_("Queue"), _("First hand-offs whose stay ended"), _("Right at once")),
        rows,
        empty=_("No first hand-off has ended yet."),
    )


def _by_type(desk: DeskDefinition, again: Asked, back: Asked, reopened: Asked) -> Table:
    rows = tuple(
        (
            heading(value_name("type", key, desk)),
            again.cell(key, side=Side.WHOLE),
            again.cell(key),
            back.cell(key),
            reopened.cell(key),
        )
        for (key,) in sorted(again.answers, key=lambda key: -again.share(*key).of)
    )
    head = columns(_("Type"), _("Requests in"), _("Ping-pong"), _("Returned"), _("Reopened"))
    return Table("types", _("By type"), head, rows)


def _queue(key: str, desk: DeskDefinition) -> str:
    return value_name("queue", key, desk)


def _move(move: str) -> str:
    return {
        "escalated": _("handed up"),
        "returned": _("returned"),
        "rerouted": _("rerouted"),
    }.get(move, move)


PAGE = Page(
    key="returns",
    title=gettext_lazy("Returns, ping-pong, reopened"),
    question=gettext_lazy("What comes back?"),
    metrics=(
        "ping_pong_share",
        "returned_share",
        "reopened_share",
        "right_queue",
        "hand_offs",
        "ping_pong_pairs",
    ),
    answer=answer,
    tell=tell,
)
