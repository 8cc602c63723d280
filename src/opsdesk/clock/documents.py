"""A calendar as it is written: YAML, checked line by line.

    key: support
    name: Support hours
    zone: America/New_York
    week:
      monday: ["09:00-13:00", "14:00-18:00"]
      tuesday: ["09:00-18:00"]
    holidays:
      countries: [US, DE/BY]
      house:
        - { on: 2026-12-24, name: Christmas Eve }

Days left out have no shifts. A country may name one subdivision after a slash.
"""

import re
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, ClassVar
from zoneinfo import available_timezones

import holidays
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from opsdesk.clock.calendars import MINUTES_A_DAY, WEEKDAYS, Calendar, ClosedDay, Country, Shift
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.vault.documents import Misfit, load_document

_SHIFT = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})\Z")


def read_calendar(text: str, *, source: str) -> "CalendarDocument":
    """The calendar written in `text`; raises `DocumentInvalid` with line and remedy."""
    return load_document(text, source=source, model=CalendarDocument)


def _shift(written: object) -> Shift:
    match = _SHIFT.match(written.replace(" ", "")) if isinstance(written, str) else None
    if match is None:
        raise Misfit(
            gettext_noop('shift "%(written)s" is no time span; write it as "09:00-18:00"'), written=written
        )
    hours = [int(group) for group in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if hours[1] > 59 or hours[3] > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise Misfit(
            gettext_noop('shift "%(written)s" has a time that no clock shows; hours go from 00:00 to 24:00'),
            written=written,
        )
    if start >= end:
        raise Misfit(
            gettext_noop(
                'shift "%(written)s" ends before it starts; one that crosses midnight is written as two:'
                ' "%(first)s-24:00" and, on the next day, "00:00-%(second)s"'
            ),
            written=written,
            first=written_time(start),
            second=written_time(end),
        )
    return Shift(start, end)


def _day(shifts: list[Shift]) -> list[Shift]:
    ordered = sorted(shifts)
    for one, following in pairwise(ordered):
        if one.end > following.start:
            raise Misfit(
                gettext_noop('shifts "%(one)s" and "%(other)s" overlap; write them as one'),
                one=written_shift(one),
                other=written_shift(following),
            )
    return ordered


def _zone(name: str) -> str:
    if name not in _zones():
        raise Misfit(gettext_noop('zone "%(zone)s" is unknown; write one such as "Asia/Seoul"'), zone=name)
    return name


def _country(written: object) -> Country:
    code, _, subdivision = str(written).partition("/")
    known = _countries()
    if code not in known:
        raise Misfit(gettext_noop('country "%(code)s" is unknown; write a code such as "KR"'), code=code)
    if subdivision and subdivision not in known[code]:
        some = ", ".join(known[code][:8]) or "-"
        raise Misfit(
            gettext_noop('"%(code)s" has no subdivision "%(subdivision)s"; it has %(some)s'),
            code=code,
            subdivision=subdivision,
            some=some,
        )
    return Country(code, subdivision or None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


def written_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def written_shift(shift: Shift) -> str:
    return f"{written_time(shift.start)}-{written_time(shift.end)}"


ShiftText = Annotated[Shift, BeforeValidator(_shift)]
Day = Annotated[list[ShiftText], AfterValidator(_day)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Week(_Part):
    monday: Day = Field(default_factory=list)
    tuesday: Day = Field(default_factory=list)
    wednesday: Day = Field(default_factory=list)
    thursday: Day = Field(default_factory=list)
    friday: Day = Field(default_factory=list)
    saturday: Day = Field(default_factory=list)
    sunday: Day = Field(default_factory=list)


def _week(week: Week) -> Week:
    if not any(getattr(week, day) for day in WEEKDAYS):
        raise Misfit(gettext_noop('the week has no shifts at all; write some, as "monday: [09:00-18:00]"'))
    return week


class HouseDay(_Part):
    on: date
    name: str = Field(min_length=1, max_length=120)


class Holidays(_Part):
    countries: list[Annotated[Country, BeforeValidator(_country)]] = Field(default_factory=list)
    house: list[HouseDay] = Field(default_factory=list)


class CalendarDocument(_Part):
    """The checked document. `calendar` makes the value of it."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)
    name: str = Field(min_length=1, max_length=120)
    zone: Annotated[str, AfterValidator(_zone)]
    week: Annotated[Week, AfterValidator(_week)]
    holidays: Holidays = Holidays()

    def calendar(self, version: int) -> Calendar:
        """The value, as the given version; 0 means a draft."""
        return Calendar(
            key=self.key,
            name=self.name,
            version=version,
            zone=self.zone,
            week=tuple(tuple(getattr(self.week, day)) for day in WEEKDAYS),
            countries=tuple(self.holidays.countries),
            closed_days=tuple(ClosedDay(day.on, day.name) for day in self.holidays.house),
        )
