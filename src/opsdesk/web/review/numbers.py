"""The numbers of a document as cells, each with the address of the list behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.registry import Side, Subject, Tally, Unit
from opsdesk.insight.statistics import Figure, Spread
from opsdesk.kernel.period import Period
from opsdesk.review.document import About, Document
from opsdesk.review.numbers import Number
from opsdesk.web.escaping import html_of
from opsdesk.web.formats import elapsed, working
from opsdesk.web.funnel.words import DASH, requests_opening, share_parts, within_text
from opsdesk.web.numbers.address import FILTERS, Place
from opsdesk.web.numbers.cells import drawn
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell
from opsdesk.web.phrases import joined, opening, phrase

DASHED = Cell(DASH, "")


@dataclass(frozen=True, slots=True)
class Source:
    """What a document's numbers are of, and the page to which a list leads back (`path`)."""

    desk: DeskDefinition
    document: Document
    now: datetime
    path: str

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the review."""
        return days_of(self.document.period, self.desk)

    def href(self, number: Number, side: Side = Side.COUNTED) -> str:
        """The list behind a number, as things stood when it was counted; empty where it has none."""
        metric = METRICS.get(number.metric)
        if metric is None or metric.members is None or metric.subject is Subject.NONE:
            return ""
        if not set(number.filters) <= set(FILTERS):
            return ""
        place = self._place(number)
        return place.members(number.metric, by=tuple(number.of), key=tuple(number.of.values()), side=side)

    def cell(self, number: Number, side: Side = Side.COUNTED) -> Cell:
        """A number in words, which opens its list."""
        return drawn(number.answer, self._unit(number), self.href(number, side), side)

    def opening(self, number: Number, text: object = None) -> SafeString:
        """How many a number counts, or what is said of them, as a link to its list; none opens nothing."""
        return opening(number.n if text is None else text, self.href(number) if number.n else "")

    def requests(self, number: Number) -> SafeString:
        """The same in words: `204 requests`."""
        return requests_opening(number.n, self.href(number))

    def share(self, number: Number) -> SafeString:
        """A share for inside of brackets; of a small one both numbers open their lists."""
        answer = number.answer
        if not isinstance(answer, Share):
            return SafeString(DASH)
        text, range_ = share_parts(answer)
        shown = self.opening(number, text)
        if answer.is_small and answer.of:
            hits = f"{answer.low}-{answer.high}" if answer.open else str(answer.low)
            of = opening(answer.of, self.href(number, Side.WHOLE))
            shown = phrase(_("%(hits)s of %(of)d"), {"hits": self.opening(number, hits), "of": of})
        return joined([shown, range_] if range_ else [shown])

    def whole(self, *, before: bool = False) -> Number:
        """All that came in or was created in the period, or in the one before."""
        found = self.document
        metric = "deals_created" if found.about is About.DEALS else "requests_in"
        if before:
            return Number(metric, Tally(found.n_before), period=found.before)
        return Number(metric, Tally(found.n))

    def lengths(self, number: Number, *, by_wall: bool) -> tuple[Cell, Cell]:
        """Median and 90th percentile of times, each opening what they are of; of nothing dashes."""
        answer = number.answer
        if not isinstance(answer, Spread):
            return DASHED, DASHED
        href = self.href(number)
        return self._length(answer.median, by_wall, href), self._length(answer.p90, by_wall, href)

    def _length(self, found: Figure | None, by_wall: bool, href: str) -> Cell:
        if found is None:
            return DASHED
        text = elapsed(int(found.value)) if by_wall else working(int(found.value))
        return Cell(f">= {text}" if found.at_least else text, round(found.value, 3), href)

    def _unit(self, number: Number) -> Unit:
        metric = METRICS.get(number.metric)
        return metric.unit if metric else Unit.CASES

    @property
    def known_on(self) -> date | None:
        """The day on which the document was written; None for today: its lists are of now."""
        return self._day_before_today(self.document.as_of)

    def _day_before_today(self, moment: datetime) -> date | None:
        known, today = (each.astimezone(self.desk.zone).date() for each in (moment, self.now))
        return known if known < today else None

    def _place(self, number: Number) -> Place:
        first, last = days_of(number.period or self.document.period, self.desk)
        return Place(
            desk=self.desk.key,
            zone=self.desk.zone,
            now=self.now,
            path=self.path,
            first=first,
            last=last,
            as_of_day=self._day_before_today(number.as_of or self.document.as_of),
            filters=number.filters,
        )


def days_of(period: Period, desk: DeskDefinition) -> tuple[date, date]:
    """The first and the last day of a period, in the desk's zone."""
    end = period.end - timedelta(microseconds=1)
    return period.start.astimezone(desk.zone).date(), end.astimezone(desk.zone).date()


def summed(numbers: Iterable[Number]) -> int:
    """How many all of them count: of records only where none counts twice."""
    return sum(number.n for number in numbers)


def when(source: Source) -> str:
    """The period in words, as they stand behind an "in"."""
    return within_text(source.document.period, source.desk)


def total(numbers: Iterable[Number], **of: str) -> Number:
    """One number for all of them, for the values `of` that they share: of records of which none counts twice.
    Refuses `IndexError` where there is none.
    """
    found = tuple(numbers)
    return replace(found[0], answer=Tally(summed(found)), of=of)


def listed(numbers: Iterable[Number], name: str, source: Source, *, kind: str = "") -> SafeString:
    """Counts by what they are broken down by: `40 Core support, 20 Integration support`.

    `kind`: what the values are, where that is not what the dimension is called.
    """
    ordered = sorted((each for each in numbers if each.n), key=lambda each: (-each.n, each.of.get(name, "")))
    said = kind or name
    return joined(
        html_of("{} {}", source.opening(each), value_name(said, each.of.get(name, ""), source.desk))
        for each in ordered
    )
