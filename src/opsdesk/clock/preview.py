"""What a calendar would change, before it is published: old and new due instants side by side. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from opsdesk.clock.business import NeverOpen, due_at
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.hours import A_DAY, first_occurrence

LOOK_AHEAD_DAYS = 366
NOON = 12 * 60


class Why(StrEnum):
    """Why an instant is worth a look."""

    HOLIDAY = "holiday"
    CLOCK_CHANGE = "clock change"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Occasion:
    """An instant at which something might start. `on` and `name` say what comes after it."""

    start: datetime
    why: Why
    on: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """When something begun at `occasion.start` is due; None: never, as that calendar stands."""

    occasion: Occasion
    old_due_at: datetime | None
    new_due_at: datetime | None

    @property
    def changes(self) -> bool:
        return self.old_due_at != self.new_due_at


def preview(
    draft: Calendar, published: Calendar | None, *, budget_s: int, occasions: Iterable[Occasion]
) -> list[PreviewRow]:
    """The due instants of a budget under the published calendar (if there is one) and under the draft."""
    return [
        PreviewRow(
            occasion,
            due_or_never(occasion.start, budget_s, published) if published else None,
            due_or_never(occasion.start, budget_s, draft),
        )
        for occasion in occasions
    ]


def due_or_never(start: datetime, budget_s: int, calendar: Calendar) -> datetime | None:
    try:
        return due_at(start, budget_s, calendar)
    except NeverOpen:
        return None


def given(starts: Sequence[datetime], tz: ZoneInfo) -> list[Occasion]:
    """Instants that a person asks about."""
    return [Occasion(start, Why.GIVEN, start.astimezone(tz).date()) for start in starts]


def coming(calendars: Sequence[Calendar], *, now: datetime) -> list[Occasion]:
    """The noons before each holiday and each clock change of the calendars in the coming year, in order."""
    found = {occasion for calendar in calendars for occasion in _occasions(calendar, now)}
    return sorted(found, key=lambda occasion: (occasion.start, occasion.why, occasion.name))


def _occasions(calendar: Calendar, now: datetime) -> Iterator[Occasion]:
    first = now.astimezone(calendar.tz).date() + A_DAY
    for day in (first + number * A_DAY for number in range(LOOK_AHEAD_DAYS)):
        noon_before = first_occurrence(day - A_DAY, NOON, calendar.tz)
        if noon_before < now:
            continue
        if name := calendar.holiday_name(day):
            yield Occasion(noon_before, Why.HOLIDAY, day, name)
        if shift := _offset(noon_before + A_DAY, calendar.tz) - _offset(noon_before, calendar.tz):
            yield Occasion(noon_before, Why.CLOCK_CHANGE, day, _signed(shift))


def _offset(instant: datetime, tz: ZoneInfo) -> timedelta:
    return instant.astimezone(tz).utcoffset() or timedelta()


def _signed(shift: timedelta) -> str:
    """The change as it is said: `+1:00`."""
    minutes = abs(int(shift.total_seconds())) // 60
    sign = "+" if shift > timedelta() else "-"
    return f"{sign}{minutes // 60}:{minutes % 60:02}"
