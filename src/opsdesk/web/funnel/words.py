"""How the funnel's numbers are written. Pure, but for the language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share, State
from opsdesk.insight.clocks import Clock
from opsdesk.insight.durations import Took
from opsdesk.insight.funnel import TypeRow
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Side
from opsdesk.insight.statistics import Figure, Spread
from opsdesk.kernel.period import Period
from opsdesk.web.dates import dated
from opsdesk.web.escaping import html_of
from opsdesk.web.formats import elapsed, working
from opsdesk.web.phrases import joined, opening, phrase

# The address of a list of times: by which clock, and of those counted or of those left out.
Times = Callable[[Clock, Side], str]
DASH = "–"
DIGITS = 4
CHIPS = {
    State.HEALTHY: "is-good",
    State.WATCH: "is-watch",
    State.RED: "is-bad",
    State.NOT_YET_KNOWN: "is-unknown",
    State.TOO_FEW: "is-unknown",
}


def nowhere(of: str) -> str:
    """Opens nothing."""
    return ""


def unlisted(clock: Clock, side: Side) -> str:
    """The same of times."""
    return ""


def percent(hits: int, share: Share) -> str:
    """Per cent without decimals, or with as many as keep the number on its side of a threshold."""
    texts = (f"{hits * 100 / share.of:.{digits}f}" for digits in range(DIGITS))
    state = share.band.judge(hits, share.of)
    fits = (text for text in texts if _judged(text, share) is state)
    return next(fits, f"{hits * 100 / share.of:.{DIGITS}f}")


def _judged(text: str, share: Share) -> State:
    """The state that the number as written would have."""
    return share.band.judge(round(float(text) * 10**DIGITS), 100 * 10**DIGITS)


def share_text(share: Share) -> str:
    """`70 %`, `62-70 %` while some are open, `10 of 10 (72-100 %)` under 20."""
    value, range_ = share_parts(share)
    return f"{value} ({range_})" if range_ else value


def share_parts(share: Share) -> tuple[str, str]:
    """The share, and its 95 % range where it needs one."""
    if share.of == 0:
        return DASH, ""
    if share.is_small:
        low, high = (round(bound * 100) for bound in share.range)
        hits = f"{share.low}-{share.high}" if share.open else str(share.low)
        return _("%(hits)s of %(of)d") % {"hits": hits, "of": share.of}, f"{low}-{high} %"
    low_text, high_text = percent(share.low, share), percent(share.high, share)
    return f"{low_text} %" if low_text == high_text else f"{low_text}-{high_text} %", ""


def share_inside(share: Share) -> str:
    """The same for inside of brackets: `10 of 10, 72-100 %`."""
    return ", ".join(part for part in share_parts(share) if part)


def state_text(share: Share) -> str:
    """The verdict in words; empty where there is none."""
    return {
        State.HEALTHY: _("healthy"),
        State.WATCH: _("watch"),
        State.RED: _("red"),
        State.NOT_YET_KNOWN: _("not yet known (%(n)d open)") % {"n": share.open},
        State.TOO_FEW: _("too little data"),
    }.get(share.state, "")


@dataclass(frozen=True, slots=True)
class Span:
    """Median and p90 as text; `range` is the median's, where there are few. `href` lists what they are of,
    `left_out` what has no such time."""

    median: str
    p90: str
    n: int
    range: str
    missing: int
    href: str
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The same durations by the wall and in working time."""

    elapsed: Span
    working: Span

    @property
    def n(self) -> int:
        return self.elapsed.n

    @property
    def left_out(self) -> list[SafeString]:
        """What the figures leave out, in words that open it."""
        found = []
        if n := self.elapsed.missing:
            found.append(opening(_("%(n)d without a time") % {"n": n}, self.elapsed.left_out))
        if unworked := self.working.missing - self.elapsed.missing:
            # Nothing has a working time and no other: where some have neither, these are listed above.
            of_all = "" if self.elapsed.missing else self.working.left_out
            found.append(opening(_("%(n)d without working time") % {"n": unworked}, of_all))
        return found


def clocks(took: Took, href: Times = unlisted) -> Clocks:
    """The times by both clocks; `href` is the address of those by one of them."""
    return Clocks(_span(took.elapsed, Clock.ELAPSED, href), _span(took.working, Clock.WORKING, href))


def _span(spread: Spread, clock: Clock, href: Times) -> Span:
    """A spread in the words of its clock."""
    is_working = clock is Clock.WORKING
    few = ""
    if spread.median_low is not None and spread.median_high is not None:
        few = f"{_figure(spread.median_low, is_working)} {DASH} {_figure(spread.median_high, is_working)}"
    return Span(
        median=_figure(spread.median, is_working),
        p90=_figure(spread.p90, is_working),
        n=spread.n,
        range=few,
        missing=spread.missing,
        href=href(clock, Side.COUNTED) if spread.n else "",
        left_out=href(clock, Side.MISSING) if spread.missing else "",
    )


def _figure(figure: Figure | None, is_working: bool) -> str:
    if figure is None:
        return DASH
    return f"{'>= ' if figure.at_least else ''}{_length(figure.value, is_working)}"


def _length(seconds: float, is_working: bool) -> str:
    return working(int(seconds)) if is_working else elapsed(int(seconds))


def period_text(period: Period, desk: DeskDefinition) -> str:
    """`October 2026`, or the first and the last day."""
    first, end = period.start.astimezone(desk.zone), period.end.astimezone(desk.zone)
    last = (period.end - timedelta(microseconds=1)).astimezone(desk.zone)
    if first.day == 1 and end.day == 1 and (first.year, first.month) == (last.year, last.month):
        return dated(first, "F Y")
    if first.date() == last.date():
        return dated(first, "j F Y")
    return _("%(first)s to %(last)s") % {
        "first": dated(first, "j F Y"),
        "last": dated(last, "j F Y"),
    }


def within_text(period: Period, desk: DeskDefinition) -> str:
    """The same behind an "in": `October 2026`, `the days from 1 to ...`, `the day of ...`."""
    text = period_text(period, desk)
    last = (period.end - timedelta(microseconds=1)).astimezone(desk.zone)
    if period.start.astimezone(desk.zone).date() == last.date():
        return _("the day of %(day)s") % {"day": text}
    is_month = text == dated(last, "F Y")
    return text if is_month else _("the days from %(days)s") % {"days": text}


def family_name(desk: DeskDefinition, key: str) -> str:
    family = desk.family(key)
    return family.name if family else (key or _("no type yet"))


def type_name(desk: DeskDefinition, key: str) -> str:
    leaf = desk.type(key)
    return leaf.name if leaf else (key or _("no type yet"))


# The address of the cases of a kind: a family, a type, neither.
OfKind = Callable[[str], str]


def by_kind(desk: DeskDefinition, rows: tuple[TypeRow, ...], tier: int, of: OfKind = nowhere) -> SafeString:
    """What a tier resolved: `6 Integration (4 Scheduler, 2 DMS), 4 Core (LLM behaviour)`, each number opening
    its cases by `of`."""
    families: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if n := row.resolved[tier - 1]:
            families.setdefault(row.family, []).append((row.type, n))
    ordered = sorted(families.items(), key=lambda each: -sum(n for _type, n in each[1]))
    return joined(_kind(desk, family, types, of) for family, types in ordered)


def _kind(desk: DeskDefinition, family: str, types: list[tuple[str, int]], of: OfKind) -> SafeString:
    total = opening(sum(n for _type, n in types), of(family))
    name = family_name(desk, family)
    if not family:
        return html_of("{} {}", total, name)
    if len(types) == 1:
        return html_of("{} {} ({})", total, name, type_name(desk, types[0][0]))
    ordered = sorted(types, key=lambda one: -one[1])
    each = joined(html_of("{} {}", opening(n, of(key)), type_name(desk, key)) for key, n in ordered)
    return html_of("{} {} ({})", total, name, each)


def requests(n: int) -> str:
    return ngettext("%(n)d request", "%(n)d requests", n) % {"n": n}


def requests_opening(n: int, href: str) -> SafeString:
    """The same, the number opening them."""
    return phrase(ngettext("%(n)d request", "%(n)d requests", n), {"n": opening(n, href if n else "")})


def pick_title(pick: Pick, person: str = "") -> str:
    """What the cases behind a number are."""
    of = {"tier": pick.of[0] if pick.of else 0, "to": pick.of[-1] if pick.of else 0, "who": person}
    return TITLES[pick.measure]() % of


TITLES = {
    "in": lambda: _("Requests in"),
    "void": lambda: _("Void, counted nowhere"),
    "merged": lambda: _("Merged into another, counted there"),
    "resolved_all": lambda: _("Resolved"),
    "open_all": lambda: _("Not resolved"),
    "entered_above": lambda: _("Entered above Tier 1"),
    "skipped": lambda: _("Skipped a tier"),
    "last_resort": lambda: _("Came to a last-resort queue"),
    "last_resort_open": lambda: _("Open, and not in a last-resort queue so far"),
    "untyped": lambda: _("Without a type"),
    "unanswered": lambda: _("Not resolved, and not answered yet"),
    "reopened": lambda: _("Reopened"),
    "no_cause": lambda: _("Resolved without a cause"),
    "followed_up": lambda: _("We wrote again before an answer came"),
    "entered": lambda: _("Entered at Tier %(tier)d"),
    "received": lambda: _("Received by Tier %(tier)d"),
    "resolved": lambda: _("Resolved, Tier %(tier)d being the highest"),
    "escalated": lambda: _("Received by Tier %(tier)d and escalated above it"),
    "open": lambda: _("Not resolved, Tier %(tier)d being the highest so far"),
    "returned": lambda: _("Returned by Tier %(tier)d"),
    "finished_below": lambda: _("Resolved below Tier %(tier)d after a return"),
    "untouched": lambda: _("In Tier %(tier)d and not touched yet"),
    "flow": lambda: _("From Tier %(tier)d to Tier %(to)d"),
    "worked": lambda: _("Worked on at Tier %(tier)d by %(who)s"),
    "stuck_us": lambda: _("Stuck on us"),
    "stuck_others": lambda: _("Stuck on others"),
}
