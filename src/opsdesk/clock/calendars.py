"""A calendar: the wall times at which people work, and the days they don't."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

from opsdesk.clock.hours import Hours, of_year

MINUTES_A_DAY = 24 * 60
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """Minutes of one day's wall clock, start in, end out; 1440 is the midnight that ends the day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError(f"a shift runs within one day, from before to after: {self.start}-{self.end}")


@dataclass(frozen=True, slots=True)
class Country:
    """Whose public holidays close the desk: an ISO country code, optionally one subdivision's."""

    code: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day the house itself is closed."""

    on: date
    name: str


@dataclass(frozen=True)
class Calendar:
    """One version of a calendar. `week` holds the shifts of Monday to Sunday, in order, disjoint.

    `revision` counts the changes made to its house holidays beside the document.
    Shifts are wall times of `zone`; a public holiday or a closed day takes its whole local day out.
    """

    key: str
    name: str
    version: int
    zone: str
    week: tuple[tuple[Shift, ...], ...]
    countries: tuple[Country, ...] = ()
    closed_days: tuple[ClosedDay, ...] = ()
    revision: int = 0
    _years: dict[int, Hours] = field(default_factory=dict, init=False, repr=False, compare=False)
    _closed: frozenset[date] = field(default=frozenset(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise ValueError("a week has seven days, Monday first")
        for shifts in self.week:
            for one, following in pairwise(shifts):
                if one.end > following.start:
                    raise ValueError(
                        f"shifts of a day must be in order and must not overlap: {one}, {following}"
                    )
        object.__setattr__(self, "_closed", frozenset(day.on for day in self.closed_days))

    @property
    def version_label(self) -> str:
        """What a stay keeps of the calendar it was measured by: `support@3+2`."""
        return f"{self.key}@{self.version}+{self.revision}"

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def minutes_open(self, day: date) -> Iterable[tuple[int, int]]:
        """The day's shifts as (start, end) minutes; none on a holiday."""
        shifts = self.week[day.weekday()]
        if not shifts or self.is_holiday(day):
            return ()
        return [(shift.start, shift.end) for shift in shifts]

    def is_holiday(self, day: date) -> bool:
        return day in self._closed or any(day in _public_holidays(each, day.year) for each in self.countries)

    def holiday_name(self, day: date) -> str | None:
        """What closes the day: the house's own name for it first, else the country's."""
        for closed in self.closed_days:
            if closed.on == day:
                return closed.name
        for country in self.countries:
            if name := _public_holidays(country, day.year).get(day):
                return name
        return None

    def hours(self, year: int) -> Hours:
        """The open hours of one UTC year, worked out once."""
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = of_year(self, year)
        return known


@lru_cache(maxsize=1024)
def _public_holidays(country: Country, year: int) -> dict[date, str]:
    return dict(
        holidays.country_holidays(country.code, subdiv=country.subdivision, years=year, language="en_US")
    )
