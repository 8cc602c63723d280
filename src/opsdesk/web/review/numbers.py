"""The numbers of a document as cells, each with the address of the list behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.registry import Side, Subject, Unit
from opsdesk.insight.statistics import Figure, Spread
from opsdesk.kernel.period import Period
from opsdesk.review.document import Document
from opsdesk.review.numbers import Number
from opsdesk.web.formats import elapsed, working
from opsdesk.web.funnel.words import DASH, within_text
from opsdesk.web.numbers.address import FILTERS, Place
from opsdesk.web.numbers.cells import drawn
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell

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


def listed(numbers: Iterable[Number], name: str, source: Source, *, kind: str = "") -> str:
    """Counts by what they are broken down by: `40 Core support, 20 Integration support`.

    `kind`: what the values are, where that is not what the dimension is called.
    """
    ordered = sorted((each for each in numbers if each.n), key=lambda each: (-each.n, each.of.get(name, "")))
    said = kind or name
    return ", ".join(f"{each.n} {value_name(said, each.of.get(name, ''), source.desk)}" for each in ordered)
