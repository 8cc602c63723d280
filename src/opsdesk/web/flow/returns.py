"""What comes back: returns, ping-pong, reopened requests, and whether first hand-offs hit the right queue."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.registry import Side
from opsdesk.web.escaping import html_of
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Tile, Told, columns, share_tile
from opsdesk.web.funnel.words import requests_opening, share_parts
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import move_name, value_name
from opsdesk.web.numbers.tables import Table, heading
from opsdesk.web.phrases import joined, opening, phrase


def answer(place: Place, desk: DeskDefinition) -> str:
    """The three shares in one sentence."""
    return _said(*_shares(place))


def _said(again: Asked, back: Asked, reopened: Asked) -> str:
    if not again.share().of:
        return _("No request came in, so none came back.")
    words = {
        "requests": requests_opening(again.share().of, again.href(side=Side.WHOLE)),
        "again": _part(again),
        "back": _part(back),
        "above": opening(back.share().of, back.href(side=Side.WHOLE)),
        "reopened": _part(reopened),
        "resolved": opening(reopened.share().of, reopened.href(side=Side.WHOLE)),
    }
    found = [phrase(_("Of %(requests)s, %(again)s were handed into a queue that they had left."), words)]
    if back.share().of:
        found.append(phrase(_("Of the %(above)d above Tier 1, %(back)s were returned."), words))
    if reopened.share().of:
        found.append(phrase(_("Of the %(resolved)d resolved, %(reopened)s were reopened."), words))
    return joined(found, " ")


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


def _part(found: Asked) -> SafeString:
    """`8 (4 %)`; `12 (2-11 %, 18 still open)` while some may still become it."""
    share = found.share()
    value, range_ = share_parts(share)
    text, n = range_ if share.is_small else value, opening(share.low, found.href() if share.low else "")
    if share.open:
        words = {"n": n, "share": text, "open": opening(share.open, found.href(side=Side.OPEN))}
        return phrase(_("%(n)d (%(share)s, %(open)d still open)"), words)
    return html_of("{} ({})", n, text) if share.low else n


def _tiles(again: Asked, back: Asked, reopened: Asked, right: Asked) -> tuple[Tile, ...]:
    return (
        _tile(
            _("Right queue at once"),
            right,
            _("First hand-offs that were neither returned nor rerouted, of those whose stay has ended."),
        ),
        _tile(_("Ping-pong"), again, _("Handed into a queue that they had left before.")),
        _tile(_("Returned"), back, _("Handed back down at least once, of what went above Tier 1.")),
        _tile(_("Reopened"), reopened, _("Of what was resolved at least once.")),
    )


def _tile(name: str, found: Asked, meaning: str) -> Tile:
    return share_tile(name, found.share(), found.href(), meaning, found.href(side=Side.OPEN))


def _pairs(place: Place, desk: DeskDefinition) -> Table:
    """Each way between two queues, by how it was gone."""
    by = ("queue", "to", "move")
    moves, back = asked(place, "hand_offs", *by), asked(place, "ping_pong_pairs", *by)
    rows = tuple(
        (
            heading(_queue(start, desk)),
            heading(_queue(end, desk)),
            heading(move_name(move)),
            moves.cell(start, end, move),
            back.cell(start, end, move),
        )
        for (start, end, move), _n in moves.ranked()
    )
    return Table(
        "pairs",
        _("By queue pair"),
        columns(
            pgettext("place", "From"),
            pgettext("place", "To"),
            _("How"),
            _("Requests"),
            _("Ping-pong"),
            words=3,
        ),
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
