"""Where a page of numbers stands: its period, its filters, as of when. All of it is the address. Pure.

A page makes a `Place` of its address with `bar.read`, asks each metric with `place.question`, and links a
number to the list behind it with `place.members`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote_plus, urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from opsdesk.insight.registry import Key, Metric, Question, Side
from opsdesk.kernel.period import Period, days, midnight, month
from opsdesk.web.numbers.rolling import ROLLING

FILTERS = ("account", "family", "type", "queue", "person", "country", "category", "state", "reason")


# As many letters as the code of a page with saved views may have.
LONGEST = 40


# A value stands in the address of every number of its row.
_quoted = lru_cache(maxsize=1024)(quote_plus)


def views_of(page: str, desk: str) -> str:
    """What the saved views of a desk's page are kept under: another desk's same page has its own."""
    return f"{page}:{desk}"[:LONGEST]


@dataclass(frozen=True, slots=True)
class Place:
    """`rolling`, a month (2026-10) or a first and last day; `as_of`: at the end of that day, else now.

    `path` is the page's own address without a query; `filters` the values chosen by the filter's name.
    """

    desk: str
    zone: ZoneInfo
    now: datetime
    path: str
    rolling: str = ""
    month: str = ""
    first: date | None = None
    last: date | None = None
    as_of_day: date | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def period(self) -> Period:
        """The half-open period in the desk's zone. Refuses `Invalid`."""
        if self.first and self.last:
            return days(self.first, self.last, self.zone)
        if self.month:
            return month(self.month, self.zone)
        first, last = ROLLING[self.rolling].days(self.today)
        return days(first, last, self.zone)

    @property
    def as_of(self) -> datetime:
        """The end of the day chosen, never later than now."""
        if self.as_of_day is None:
            return self.now
        return min(self.now, midnight(self.as_of_day + timedelta(days=1), self.zone))

    @property
    def past(self) -> datetime | None:
        """The end of the day chosen, where that is over; None where it is now."""
        return self.as_of if self.as_of < self.now else None

    @property
    def standing_at(self) -> datetime:
        """When what stands at an instant is looked at: at the period's end, or `as_of` before it."""
        return min(self.as_of, self.period.end)

    @property
    def standing_day(self) -> date | None:
        """The day at whose end that is; None where it is now."""
        at = self.standing_at
        return None if at == self.now else (at - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def is_running(self) -> bool:
        """Whether the period has begun and goes on after what is known."""
        return self.period.start <= self.as_of < self.period.end

    @property
    def is_ahead(self) -> bool:
        """Whether the period begins after what is known."""
        return self.period.start > self.as_of

    def question(self, metric: Metric, *by: str) -> Question:
        """What this place asks of a metric: with those of its filters that the metric takes.

        What stands at an instant is asked of the period's end once that is over.
        """
        taken = {name: values for name, values in self.filters.items() if name in metric.filters}
        as_of = self.standing_at if metric.is_snapshot else self.as_of
        return Question(self.desk, self.period, as_of, taken, by)

    def not_taken(self, metrics: Iterable[Metric]) -> tuple[str, ...]:
        """The filters in use that not all of these metrics take."""
        of_all = [metric.filters for metric in metrics]
        return tuple(name for name in self.filters if not all(name in taken for taken in of_all))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query as names and values, in one order: the same place has one address."""
        found = [
            ("period", self.rolling),
            ("month", self.month),
            ("from", self.first.isoformat() if self.first else ""),
            ("to", self.last.isoformat() if self.last else ""),
            ("as_of", self.as_of_day.isoformat() if self.as_of_day else ""),
        ]
        found += [(name, value) for name in FILTERS for value in self.filters.get(name, ())]
        return [(name, value) for name, value in found if value]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def address(self) -> str:
        """The page as it stands."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def members(
        self, metric: str, *, by: tuple[str, ...] = (), key: Key = (), side: Side = Side.COUNTED
    ) -> str:
        """The address of the list behind a number: of the answer `key` by these dimensions.

        From the list a way leads back to this page.
        """
        return self.opener(metric, by=by, side=side)(key)

    def opener(
        self, metric: str, *, by: tuple[str, ...] = (), side: Side = Side.COUNTED
    ) -> Callable[[Key], str]:
        """The address of the list behind each answer by these dimensions, by its key.

        What is the same for all of them is written once: there may be thousands.
        """
        sided = [] if side is Side.COUNTED else [("side", side.value)]
        start = f"{reverse('number', args=[self.desk, metric])}?{self.query}{'&' if self.query else ''}"
        end = urlencode([*sided, ("back", self.path)])

        def opened(key: Key) -> str:
            of = (f"of={name}%3A{_quoted(value)}&" for name, value in zip(by, key, strict=True))
            return f"{start}{''.join(of)}{end}"

        return opened

    def download(self, table: str, kind: str) -> str:
        """The address of one of the page's tables as a file: `csv` or `xlsx`."""
        return f"{self.path}?{urlencode([*self.pairs, ('table', table), ('as', kind)])}"

    def only(self, **filters: str) -> "Place":
        """The same with these filters set; an empty value lifts one."""
        kept = {name: values for name, values in self.filters.items() if name not in filters}
        chosen = {name: (value,) for name, value in filters.items() if value}
        return replace(self, filters={**kept, **chosen})

    def at(self, path: str) -> "Place":
        """The same period and filters on another page."""
        return replace(self, path=path)

    def rolled(self, key: str) -> "Place":
        """The same filters over a rolling period."""
        return replace(self, rolling=key, month="", first=None, last=None)

    def in_month(self, text: str) -> "Place":
        """The same filters over a month."""
        return replace(self, rolling="", month=text, first=None, last=None)

    def over(self, first: date, last: date) -> "Place":
        """The same filters over days."""
        return replace(self, rolling="", month="", first=first, last=last)

    def before(self) -> "Place":
        """The same filters over the period just before, as long as this one in days."""
        start = self.period.start.astimezone(self.zone).date()
        end = self.period.end.astimezone(self.zone).date()
        return self.over(start - (end - start), start - timedelta(days=1))
