"""The funnel's filters as they stand in an address, and the addresses made from them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.cohort import NONE, FunnelFilters
from opsdesk.kernel.period import Period, days, month
from opsdesk.kernel.refusal import Invalid, gettext_noop

FIRST_YEAR, LAST_YEAR = 1970, 2100
MONTH, DAYS = "month", "days"


@dataclass(frozen=True, slots=True)
class Place:
    """What a funnel page is about: `month` (2026-10) or `first` and `last` day; `kind`, family or type."""

    desk: str
    month: str = ""
    first: date | None = None
    last: date | None = None
    account: str = ""
    kind: str = ""

    @property
    def filters(self) -> FunnelFilters:
        """A kind with a dot is a type, one without a family, `-` neither."""
        is_type = "." in self.kind
        return FunnelFilters(
            account=self.account,
            family="" if is_type else self.kind,
            type=self.kind if is_type else "",
        )

    @property
    def query(self) -> str:
        values = {
            "month": self.month,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "account": self.account,
            "type": self.kind,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def period(self, desk: DeskDefinition) -> Period:
        """The half-open period in the desk's zone. Refuses `Invalid`."""
        if self.first and self.last:
            return days(self.first, self.last, desk.zone)
        return month_of(self.month, desk)

    def page(self) -> str:
        return f"{reverse('funnel', args=[self.desk])}?{self.query}"

    def table(self) -> str:
        """The address of the numbers as a CSV file."""
        return f"{reverse('funnel_table', args=[self.desk])}?{self.query}"

    def cases(self, pick: str, *, kind: str | None = None) -> str:
        """The address of the cases behind a number, narrowed to a kind if one is given."""
        narrowed = self if kind is None else replace(self, kind=kind or NONE)
        return f"{reverse('funnel_cases', args=[self.desk])}?{narrowed.query}&{urlencode({'pick': pick})}"

    def in_month(self, text: str) -> "Place":
        """The same filters over another month."""
        return replace(self, month=text, first=None, last=None)

    def over(self, first: date, last: date) -> "Place":
        """The same filters over other days."""
        return replace(self, month="", first=first, last=last)


def one_period(given: Mapping[str, str]) -> dict[str, str]:
    """The filters with a month or with days, never both.

    A page shows one of them filled in and says which in `shown`; where both come back, the other was
    just typed. Without `shown`, days go before a month.
    """
    if not given.get("month") or not (given.get("from") or given.get("to")):
        return dict(given)
    left_out = {"from", "to"} if given.get("shown") == DAYS else {"month"}
    return {name: value for name, value in given.items() if name not in left_out}


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


def quick_choices(place: Place, today: date) -> list[Choice]:
    """This month, the last one, 90 days, the year so far, a year of months."""
    this = today.replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    places = [
        (_("This month"), place.in_month(f"{this:%Y-%m}")),
        (_("Last month"), place.in_month(f"{before:%Y-%m}")),
        (_("Last 90 days"), place.over(today - timedelta(days=89), today)),
        (_("This year"), place.over(today.replace(month=1, day=1), today)),
        (_("Last 12 months"), place.over((this - timedelta(days=334)).replace(day=1), today)),
    ]
    return [Choice(str(name), there.page(), there == place) for name, there in places]


def default_month(now: datetime, first_opened: datetime | None, zone: ZoneInfo) -> str:
    """The last month that has ended; the running one where a desk has nothing older."""
    this = now.astimezone(zone).date().replace(day=1)
    if first_opened is None or first_opened.astimezone(zone).date() >= this:
        return f"{this:%Y-%m}"
    return f"{this - timedelta(days=1):%Y-%m}"
