"""The ways from a finding to its cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.catalogue import metric
from opsdesk.insight.findings.finding import Behind, Finding
from opsdesk.insight.limits import State
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Side
from opsdesk.kernel.period import Period
from opsdesk.web.deals.labels import REASONS
from opsdesk.web.deals.labels import word as label
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.behind import TO_TODAY
from opsdesk.web.funnel.words import pick_title
from opsdesk.web.numbers import address as numbers

# The same days as the findings about deals are of.
ROLLED = "90-days"


@dataclass(frozen=True, slots=True)
class Link:
    """A way on: its words, how many it leads to (None: no list), and its address."""

    words: str
    n: int | None
    address: str


def links_of(finding: Finding, desk: DeskDefinition, now: datetime) -> tuple[Link, ...]:
    """The lists behind a finding, and the page it is mended on."""
    lists = [_link(behind, finding.period, desk, now) for behind in finding.behind]
    return (*lists, *(_pages(finding)))


def _pages(finding: Finding) -> Iterator[Link]:
    """Where a finding leads that has no list of its own."""
    if finding.rule in PAGES and finding.state is State.RED:
        words, name = PAGES[finding.rule]
        yield Link(gettext(words), None, reverse(name))
    if finding.rule == "instrument_first" and "leaked" in finding.facts:
        words, name = PAGES["leaked"]
        yield Link(gettext(words), None, reverse(name))


PAGES = {
    "leaked": (_("Health: mailboxes"), "health"),
    "integrity_faults": (_("Incidents"), "incidents"),
    "urgent_disputes": (_("Disputes by time left"), "disputes"),
    "timer_visibility": (_("Incidents"), "incidents"),
}


def _link(behind: Behind, period: Period | None, desk: DeskDefinition, now: datetime) -> Link:
    words = metric_words(behind) if behind.metric else pick_words(behind)
    return Link(words, behind.n, address_of(behind, period, desk, now))


def pick_words(behind: Behind) -> str:
    """What a list of the funnel is made of."""
    measure, _colon, of = behind.pick.partition(":")
    return pick_title(Pick(measure, tuple(int(part) for part in of.split("-")) if of else ()))


def address_of(behind: Behind, period: Period | None, desk: DeskDefinition, now: datetime) -> str:
    """Where a list behind a finding of a period is; None: it is of now."""
    if behind.metric:
        return _of_metric(behind, period, desk, now)
    return funnel_place(desk, period).cases(behind.pick, kind=behind.kind or None)


def _of_metric(behind: Behind, period: Period | None, desk: DeskDefinition, now: datetime) -> str:
    of_deals = desk.key == DEALS
    rolling = "" if period else TO_TODAY
    place = numbers.Place(
        desk=desk.key,
        zone=desk.zone,
        now=now,
        path=reverse("findings"),
        rolling=ROLLED if of_deals else rolling,
        month=month_of(period, desk.zone) if period and not of_deals else "",
        filters=behind.filters,
    )
    return place.members(behind.metric, by=tuple(behind.of), key=tuple(behind.of.values()), side=behind.side)


def metric_words(behind: Behind) -> str:
    """What a metric's list is made of."""
    if "reason" in behind.filters:
        return label(REASONS, behind.filters["reason"][0])
    known = LISTS.get((behind.metric, behind.side))
    return gettext(known or metric(behind.metric).name)


LISTS = {
    ("completion", Side.COUNTED): _("Settled"),
    ("completion", Side.WHOLE): _("All that are old enough"),
    ("dispute_rate", Side.COUNTED): _("Came to an issue"),
    ("dispute_rate", Side.WHOLE): _("All that entered inspection"),
    ("intervention", Side.COUNTED): _("Ruled by an operator"),
    ("intervention", Side.WHOLE): _("All whose deadline lies in these days"),
    ("time_to_settle", Side.COUNTED): _("Settled"),
    ("timer_visibility", Side.WHOLE): _("All that a timer must end"),
    ("disputes_active", Side.COUNTED): _("Under 24 hours"),
    ("right_queue", Side.WHOLE): _("First hand-offs"),
}


def funnel_place(desk: DeskDefinition, period: Period | None) -> Place:
    """The funnel of a month; of any where the number is of now."""
    return Place(desk.key, month=month_of(period, desk.zone) if period else "")


def month_of(period: Period, zone: ZoneInfo) -> str:
    """The month that a period begins in, as addresses have it."""
    return f"{period.start.astimezone(zone):%Y-%m}"
