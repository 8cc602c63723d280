"""The funnel's filters as they stand in an address, and the addresses made from them. Pure."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import quote_plus, urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.cohort import NONE, FunnelFilters
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period, days, month
from opsdesk.kernel.refusal import Invalid, gettext_noop

FIRST_YEAR, LAST_YEAR = 1970, 2100
MONTH = "month"


@dataclass(frozen=True, slots=True)
class Place:
    """What a funnel page is about: `month` (2026-10) or `first` and `last` day, the filters; as of the end of
    `as_of_day`, else now.

    `rolling`: the period that `first` and `last` are today's of; the address keeps it instead of them.
    """

    desk: str
    month: str = ""
    first: date | None = None
    last: date | None = None
    filters: FunnelFilters = field(default_factory=FunnelFilters)
    rolling: str = ""
    as_of_day: date | None = None

    @property
    def query(self) -> str:
        """In one order, which is that of every page of numbers: the same place has one address."""
        fixed = not self.rolling
        found = [
            ("period", self.rolling),
            ("month", self.month),
            ("from", self.first.isoformat() if self.first and fixed else ""),
            ("to", self.last.isoformat() if self.last and fixed else ""),
            ("as_of", self.as_of_day.isoformat() if self.as_of_day else ""),
        ]
        found += [(name, value) for name, values in self.filters.chosen for value in values]
        return urlencode([(name, value) for name, value in found if value])

    def period(self, desk: DeskDefinition) -> Period:
        """The half-open period in the desk's zone. Refuses `Invalid`."""
        if self.first and self.last:
            return days(self.first, self.last, desk.zone)
        return month_of(self.month, desk)

    def page(self) -> str:
        return _address("funnel", self)

    def table(self) -> str:
        """The address of the numbers as a CSV file."""
        return _address("funnel_table", self)

    def download(self, table: str, kind: str) -> str:
        """The address of one of the page's tables as a file: `csv` or `xlsx`."""
        return f"{self.page()}&{urlencode({'table': table, 'as': kind})}"

    def cases(self, pick: str, *, kind: str | None = None) -> str:
        """The address of the cases behind a number, narrowed to a kind if one is given: with a dot a type,
        without one a family, empty or `-` neither."""
        name = "type" if kind and "." in kind else "family"
        narrowed = self if kind is None else replace(self, filters=self.filters.only(name, kind or NONE))
        return f"{_address('funnel_cases', narrowed)}&pick={quote_plus(pick)}"

    def in_month(self, text: str) -> "Place":
        """The same filters over another month."""
        return replace(self, month=text, first=None, last=None, rolling="")


@remembered
def _address(name: str, place: Place) -> str:
    """A page's address at a place: the same one stands in a hundred links."""
    return f"{reverse(name, args=[place.desk])}?{place.query}"


def check_days(first: date | None, last: date | None) -> None:
    """Both days or none, in order, ten years at most. Refuses `Invalid`."""
    if (first is None) != (last is None):
        raise Invalid("to" if first else "from", gettext_noop("Give both days, or a month."))
    if first and last and last < first:
        raise Invalid("to", gettext_noop("The last day lies before the first."))
    if first and last and last - first > timedelta(days=3660):
        raise Invalid("to", gettext_noop("Ten years at most."))
    if first and last and (first.year < FIRST_YEAR or last.year > LAST_YEAR):
        raise Invalid("from", gettext_noop("Choose days between 1970 and 2100."))


def month_of(text: str, desk: DeskDefinition) -> Period:
    """A month of a desk, written 2026-10. Refuses `Invalid`, also years that no desk has seen."""
    year = text[:4]
    if year.isascii() and year.isdecimal() and not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise Invalid("month", gettext_noop("Choose a month between 1970 and 2100."))
    return month(text, desk.zone)


@dataclass(frozen=True, slots=True)
class Choice:
    """A period one click away."""

    name: str
    address: str
    is_here: bool


def default_month(now: datetime, first_opened: datetime | None, zone: ZoneInfo) -> str:
    """The last month that has ended; the running one where a desk has nothing older."""
    this = now.astimezone(zone).date().replace(day=1)
    if first_opened is None or first_opened.astimezone(zone).date() >= this:
        return f"{this:%Y-%m}"
    return f"{this - timedelta(days=1):%Y-%m}"
