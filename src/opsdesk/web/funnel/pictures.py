"""The funnel's pictures: from its numbers to nodes, bands, points and columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.counts import Count
from opsdesk.insight.funnel import Funnel
from opsdesk.insight.trend import Month
from opsdesk.web.charts import bar, line, sankey
from opsdesk.web.charts.bar import BarChart
from opsdesk.web.charts.line import LineChart, Point, Series
from opsdesk.web.charts.sankey import Band, Node, Sankey
from opsdesk.web.dates import dated
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.words import share_text


@dataclass(frozen=True, slots=True)
class Sizes:
    """The frames of a page's pictures."""

    flow: sankey.Frame
    trend: line.Frame


WIDE = Sizes(sankey.Frame(), line.Frame(width=560))
NARROW = Sizes(
    sankey.Frame(width=360, height=420, node=10, gap=44, head=38),
    line.Frame(width=360, height=220, left=40, right=6),
)
# A month, its name and its place.
Mark = tuple[Month, str, Place]
# What the shares count: of all that came in, of what Tier 2 finished, of all that came in.
SHARE_PICKS = ("resolved:1", "resolved:2", "received:3")
SERIES_OF_TIER = ("series-1", "series-2", "series-3", "series-5")


@dataclass(frozen=True, slots=True)
class Pictures:
    """A page's pictures in one size. `flow` is None where nothing came in."""

    flow: Sankey | None
    shares: LineChart
    volumes: BarChart


def drawn(funnel: Funnel, months: Sequence[Month], place: Place) -> tuple[Pictures, Pictures]:
    """The pictures, wide and narrow: the same marks with the same words in two sizes."""
    nodes, bands = _nodes(funnel, place), _bands(funnel, place)
    ticks = [short(each.first) for each in months]
    marks = [(month, dated(month.first, "F Y"), place.in_month(month.label)) for month in months]
    lines, columns = _lines(marks), [_column(*each) for each in marks]
    wide, narrow = (
        Pictures(
            flow=sankey.sankey(nodes, bands, sizes.flow) if funnel.requests.n else None,
            shares=line.line_chart(ticks, lines, sizes.trend),
            volumes=bar.bar_chart(ticks, columns, sizes.trend),
        )
        for sizes in (WIDE, NARROW)
    )
    return wide, narrow


def _nodes(funnel: Funnel, place: Place) -> list[Node]:
    """Each request once, from where it entered to the highest tier it reached, and what became of it.

    The tiers step down, so that what a tier resolves runs above those that come after it."""
    last = len(funnel.tiers) + 1
    nodes = [_node(place, "in", _("Requests in"), 0, funnel.requests, 0, 0)]
    above = 0
    for row in funnel.tiers:
        ends = row.resolved.n + row.open.n
        passing = ends + sum(each.cases.n for each in funnel.flows if each.start == row.tier)
        name = _("Tier %(tier)d") % {"tier": row.tier}
        nodes.append(_node(place, str(row.tier), name, row.tier, row.received, above, row.tier - 1, passing))
        above += ends
    nodes.append(_node(place, "resolved", _("Resolved"), last, funnel.resolved, 0, 0))
    if funnel.open.n:
        nodes.append(_node(place, "open", _("Not resolved"), last, funnel.open, funnel.resolved.n, 1))
    return nodes


def _node(
    place: Place,
    key: str,
    label: str,
    column: int,
    count: Count,
    above: int,
    gaps: int,
    value: int | None = None,
) -> Node:
    drawn = count.n if value is None else value
    return Node(key, label, column, drawn, count.n, above, gaps, place.cases(count.pick), f"is-{key}")


def _bands(funnel: Funnel, place: Place) -> list[Band]:
    bands: list[Band] = []

    def add(source: str | int, target: str | int, count: Count, label: str, kind: str) -> None:
        words = _("%(label)s: %(n)d of %(all)d") % {"label": label, "n": count.n, "all": funnel.requests.n}
        bands.append(Band(str(source), str(target), count.n, words, place.cases(count.pick), kind))

    for row in funnel.tiers:
        entered = _("Entered at Tier %(tier)d") % {"tier": row.tier}
        add("in", row.tier, row.entered, entered, "is-entry" if row.tier == 1 else "is-high")
    for row in funnel.tiers:
        tier = {"tier": row.tier}
        add(row.tier, "resolved", row.resolved, _("Resolved at Tier %(tier)d") % tier, "is-done")
        add(row.tier, "open", row.open, _("Not resolved, at Tier %(tier)d") % tier, "is-open")
        for each in funnel.flows:
            if each.start == row.tier:
                way = _("Tier %(tier)d to Tier %(to)d") % {"tier": row.tier, "to": each.end}
                add(row.tier, each.end, each.cases, way, "is-skip" if each.is_skip else "is-up")
    return bands


def _lines(marks: Sequence[Mark]) -> list[Series]:
    """The three shares month by month."""
    lines: list[tuple[str, Callable[[Month], Share | None]]] = [
        (_("Tier 1 share"), lambda month: month.tier_1_share),
        (_("Tier 2 rate"), lambda month: month.tier_2_rate),
        (_("Tier 3 share"), lambda month: month.tier_3_share),
    ]
    return [
        Series(name, f"series-{n}", tuple(_point(each, share(each[0]), pick) for each in marks))
        for n, ((name, share), pick) in enumerate(zip(lines, SHARE_PICKS, strict=True), 1)
    ]


def _point(mark: Mark, share: Share | None, pick: str) -> Point:
    """A share of a month; it opens what it counts."""
    month, name, place = mark
    href = place.cases(pick)
    if share is None or share.of == 0:
        return Point(None, None, hollow=False, label="", href=href)
    words = {"month": name, "share": share_text(share), "of": share.of}
    return Point(
        low=share.low * 100 / share.of,
        high=share.high * 100 / share.of,
        hollow=month.is_hollow,
        label=_("%(month)s: %(share)s of %(of)d") % words,
        href=href,
    )


def _column(month: Month, name: str, place: Place) -> bar.Column:
    """Requests in of a month, which it opens, by the tier that resolved them; what is open on top."""
    parts = [
        bar.Part(n, SERIES_OF_TIER[tier % len(SERIES_OF_TIER)], place.cases(f"resolved:{tier + 1}"))
        for tier, n in enumerate(month.resolved)
    ]
    parts.append(bar.Part(month.open, "is-rest series-6", place.cases("open_all")))
    words = {
        "month": name,
        "n": month.requests,
        "each": ", ".join(
            _("%(n)d resolved at Tier %(tier)d") % {"n": n, "tier": tier}
            for tier, n in enumerate(month.resolved, 1)
        ),
        "open": month.open,
    }
    label = _("%(month)s: %(n)d requests in, %(each)s, %(open)d not resolved") % words
    return bar.Column(tuple(parts), label, place.cases("in"))


def short(first: date) -> str:
    """A month on an axis: the year with January."""
    return dated(first, "M y") if first.month == 1 else dated(first, "M")
