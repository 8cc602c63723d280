"""The flow between the queues of a desk, as configured and as it ran, and its Sankey."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.registry import Tally
from opsdesk.review.document import OPEN, OPENED, RESOLVED, Arrow, Configured, OfRequests, Queue
from opsdesk.review.numbers import Number
from opsdesk.web.charts.sankey import Band
from opsdesk.web.charts.sankey import Node as Tower
from opsdesk.web.findings.values import queue_name
from opsdesk.web.labels import shipped
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import phrase
from opsdesk.web.review.graph import Arrow as Line
from opsdesk.web.review.graph import Graph, Node
from opsdesk.web.review.mermaid import BACK, LAST_RESORT, OFF, UNUSED
from opsdesk.web.review.numbers import Source, total
from opsdesk.web.review.paper import Bands, Flow, Section

ESCALATED, RETURNED = "escalated", "returned"


def section(found: OfRequests, source: Source) -> Section:
    """Both flows, the way of the requests through the tiers, and every way as a table."""
    ran = graph_as_ran(found, source)
    flows = [Flow(_("As configured"), graph_as_configured(found.configured))]
    if ran.arrows:
        flows.append(Flow(_("As it ran"), ran, legend_of(ran)))
    return Section(
        "flow",
        _("The flow between the queues"),
        said=tuple(_said(found, source)),
        flows=tuple(flows),
        bands=bands(found, source),
        tables=(_table(found, source),),
        note=_("A request that went the same way twice counts once there. Red: a queue of last resort.")
        + " "
        + _("A box says what was resolved in it; the tiers count a request at the highest it came to."),
    )


def _said(found: OfRequests, source: Source) -> Iterable[str]:
    """Which ways the definition does not have, and what came to a last resort."""
    for arrow in found.arrows:
        if is_off(arrow, found.configured) and arrow.number.n:
            words = {
                "n": source.requests(arrow.number),
                "start": queue_name(source.desk, arrow.start),
                "end": queue_name(source.desk, arrow.end),
            }
            yield phrase(
                _("%(n)s went from %(start)s to %(end)s, a way the desk's routes do not have."), words
            )
    if found.last_resort.n:
        came = _("%(n)s came to a queue of last resort, where a founder sits.")
        yield phrase(came, {"n": source.requests(found.last_resort)})
    elif any(queue.is_last_resort for queue in found.configured.queues):
        yield _("Nothing came to a queue of last resort.")


def is_off(arrow: Arrow, configured: Configured) -> bool:
    """Whether requests were handed up by a way that the definition does not have."""
    queue = configured.queue(arrow.start)
    return arrow.move == ESCALATED and (queue is None or arrow.end not in queue.up)


def graph_as_configured(configured: Configured) -> Graph:
    """The queues and the ways up that the desk's definition has; where requests enter."""
    families = _families(configured)
    nodes = [Node(OPENED, _("Requests in"), 0)]
    nodes += [_queue(queue, families.get(queue.key, "")) for queue in configured.queues]
    lines = [Line(OPENED, queue.key) for queue in configured.queues if queue.is_entry]
    lines += [
        Line(queue.key, up, kind=_red(configured.queue(up)))
        for queue in configured.queues
        for up in queue.up
        if configured.queue(up)
    ]
    return Graph(tuple(nodes), tuple(lines))


def _families(configured: Configured) -> dict[str, str]:
    """The families that are routed to each queue, by name."""
    found: dict[str, list[str]] = {}
    for route in configured.routes:
        if route.queue:
            found.setdefault(route.queue, []).append(shipped(route.name))
    return {key: ", ".join(names) for key, names in found.items()}


def _queue(queue: Queue, below: str) -> Node:
    tier = _("Tier %(tier)d") % {"tier": queue.tier}
    words = f"{tier}: {below}" if below else tier
    return Node(queue.key, shipped(queue.name), queue.tier, words, kind=_red(queue))


def _red(queue: Queue | None) -> str:
    return LAST_RESORT if queue is not None and queue.is_last_resort else ""


def graph_as_ran(found: OfRequests, source: Source) -> Graph:
    """The queues with what became of requests in each, and how many went from one to another."""
    used = [arrow for arrow in found.arrows if arrow.number.n]
    ways = [arrow for arrow in used if arrow.end not in (RESOLVED, OPEN)]
    queues = {queue.key: queue for queue in found.configured.queues}
    seen = dict.fromkeys(key for arrow in used for key in (arrow.start, arrow.end))
    gone = [key for key in seen if key not in queues and key not in (OPENED, RESOLVED, OPEN)]
    nodes = [Node(OPENED, _("Requests in"), 0)]
    nodes += [_with_ends(queue, used, source) for queue in queues.values()]
    nodes += [Node(key, queue_name(source.desk, key), 1) for key in gone]
    lines = [_line(arrow, found.configured, source) for arrow in ways]
    return Graph(tuple(nodes), tuple(lines))


def _with_ends(queue: Queue, used: list[Arrow], source: Source) -> Node:
    """A queue, and how many of the requests that were there ended there or are open there."""
    ended = {arrow.end: arrow.number.n for arrow in used if arrow.start == queue.key}
    parts = []
    if ended.get(RESOLVED):
        parts.append(_("%(n)d resolved") % {"n": ended[RESOLVED]})
    if ended.get(OPEN):
        parts.append(_("%(n)d open") % {"n": ended[OPEN]})
    tier = _("Tier %(tier)d") % {"tier": queue.tier}
    below = f"{tier}: {', '.join(parts)}" if parts else tier
    return Node(queue.key, shipped(queue.name), queue.tier, below, kind=_red(queue))


def _line(arrow: Arrow, configured: Configured, source: Source) -> Line:
    kinds = []
    if arrow.is_last_resort:
        kinds.append(LAST_RESORT)
    if arrow.move == RETURNED:
        kinds.append(BACK)
    if is_off(arrow, configured):
        kinds.append(OFF)
    words = {"way": way_name(arrow, source.desk), "n": arrow.number.n}
    return Line(
        arrow.start,
        arrow.end,
        text=str(arrow.number.n),
        label=_("%(way)s: %(n)d") % words,
        href=source.href(arrow.number),
        kind=" ".join(kinds),
        n=arrow.number.n,
    )


def way_name(arrow: Arrow, desk: DeskDefinition) -> str:
    """A way in words."""
    start = end_name(arrow.start, desk)
    return _("%(start)s to %(end)s") % {"start": start, "end": end_name(arrow.end, desk)}


def end_name(key: str, desk: DeskDefinition) -> str:
    """The end of a way: a queue's name, or what is none."""
    known = {OPENED: _("Requests in"), RESOLVED: _("Resolved"), OPEN: _("Not resolved")}
    return known.get(key) or queue_name(desk, key)


def legend_of(graph: Graph) -> tuple[tuple[str, str], ...]:
    """What the lines that are drawn mean."""
    used = {kind for arrow in graph.arrows for kind in arrow.kind.split()}
    names = {
        LAST_RESORT: _("to a queue of last resort"),
        BACK: _("handed back down"),
        OFF: _("by no route of the desk"),
        UNUSED: _("not used"),
    }
    return tuple((kind, name) for kind, name in names.items() if kind in used)


MOVES = {
    ESCALATED: lambda: _("handed up"),
    RETURNED: lambda: _("handed back"),
    "rerouted": lambda: _("rerouted"),
}


def _table(found: OfRequests, source: Source) -> Table:
    rows = tuple(
        (
            heading(end_name(arrow.start, source.desk)),
            heading(end_name(arrow.end, source.desk)),
            _move(arrow, found.configured),
            source.cell(arrow.number),
        )
        for arrow in found.arrows
        if arrow.number.n
    )
    columns = (
        Column(pgettext("place", "From"), is_number=False),
        Column(pgettext("place", "To"), is_number=False),
        Column(_("How"), is_number=False),
        Column(_("Requests")),
    )
    return Table("ways", _("Every way"), columns, rows, empty=_("No request went anywhere."))


def _move(arrow: Arrow, configured: Configured) -> Cell:
    words = MOVES[arrow.move]() if arrow.move in MOVES else ""
    if arrow.is_last_resort:
        return Cell(words, words, chip="is-bad", state=_("last resort"))
    if is_off(arrow, configured):
        return Cell(words, words, chip="is-watch", state=_("no route"))
    return Cell(words, words)


def bands(found: OfRequests, source: Source) -> Bands | None:
    """Each request once, from where it entered to the highest tier it reached, and what became of it."""
    if not any(link.number.n for link in found.links):
        return None
    title = _("Requests by the tiers they went through")
    return Bands(title, tuple(_towers(found, source)), tuple(_bands(found, source)))


def _towers(found: OfRequests, source: Source) -> Iterable[Tower]:
    """The tiers step down, so that what a tier resolves runs above those that come after it."""
    last = len(found.tiers) + 1
    into = {key: sum(link.number.n for link in found.links if link.end == key) for key in (RESOLVED, OPEN)}
    entered = sum(link.number.n for link in found.links if link.start == OPENED)
    whole = source.href(source.whole())
    yield Tower(OPENED, _("Requests in"), 0, entered, entered, 0, 0, whole, "is-in")
    above = 0
    for tier in found.tiers:
        out = [link for link in found.links if link.start == str(tier.tier)]
        ends = sum(link.number.n for link in out if link.end in (RESOLVED, OPEN))
        value, shown = sum(link.number.n for link in out), tier.received.n
        name, href = _("Tier %(tier)d") % {"tier": tier.tier}, source.href(tier.received)
        yield Tower(str(tier.tier), name, tier.tier, value, shown, above, tier.tier - 1, href, "is-tier")
        above += ends
    done, still = into[RESOLVED], into[OPEN]
    ended, left = (source.href(total(named)) for named in zip(*_ends(found), strict=True))
    yield Tower(RESOLVED, _("Resolved"), last, done, done, 0, 0, ended, "is-resolved")
    if still:
        yield Tower(OPEN, _("Not resolved"), last, still, still, done, 1, left, "is-open")


def _ends(found: OfRequests) -> list[tuple[Number, Number]]:
    """What was resolved and what is open, tier by tier."""
    return [(tier.resolved, tier.open) for tier in found.tiers]


def _bands(found: OfRequests, source: Source) -> Iterable[Band]:
    keys = {str(tier.tier) for tier in found.tiers} | {OPENED, RESOLVED, OPEN}
    for link in found.links:
        if isinstance(link.number.answer, Tally) and link.start in keys and link.end in keys:
            words = {"start": tower_name(link.start), "end": tower_name(link.end), "n": link.number.n}
            label = _("%(start)s to %(end)s: %(n)d") % words
            href = source.href(link.number)
            yield Band(link.start, link.end, link.number.n, label, href, _band_kind(link.start, link.end))


def tower_name(key: str) -> str:
    """An end of a band in words."""
    known = {OPENED: _("Requests in"), RESOLVED: _("Resolved"), OPEN: _("Not resolved")}
    return known.get(key) or _("Tier %(tier)s") % {"tier": key}


def _band_kind(start: str, end: str) -> str:
    if end in (RESOLVED, OPEN):
        return "is-done" if end == RESOLVED else "is-open"
    if start == OPENED:
        return "is-entry" if end == "1" else "is-high"
    return "is-up" if int(end) - int(start) == 1 else "is-skip"
