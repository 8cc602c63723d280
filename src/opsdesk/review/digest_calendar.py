"""When a digest is due and what it is of, on a calendar. Pure.

- The end-of-day digest is due at the closing of each working day: the end of its last shift. A holiday has
  none; one that the clock change moves is due at the instant the wall shows.
- The weekly one is due at the closing of the last working day of the week, Monday to Sunday; a week without
  any has none.
- A digest is of the half-open time since the one before it, the first one of its day or its week. So no
  instant is in two digests of a kind or in none, and a holiday's mail is in the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from opsdesk.clock.calendars import Calendar
from opsdesk.clock.hours import A_DAY, instant_at, spans_of
from opsdesk.kernel.period import midnight

AHEAD_DAYS = 400
LATELY_DAYS = 15
TICK = timedelta(microseconds=1)


class Rhythm(StrEnum):
    """How often a digest comes."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Due:
    """A digest's instant. `first`: its day, or the Monday of its week; `on`: the working day that it ends."""

    rhythm: Rhythm
    first: date
    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A digest to be made: of the half-open time from `since` to `until`, named by its day."""

    rhythm: Rhythm
    on: date
    since: datetime
    until: datetime

    def begun(self, since: datetime) -> "Wanted":
        """The same since another instant."""
        return replace(self, since=since)


def closing(calendar: Calendar, day: date) -> datetime | None:
    """The end of the day's last shift, in UTC; None for a day without open hours."""
    ends = [end for _, end in spans_of(calendar, day, day)]
    return instant_at(max(ends)) if ends else None


def monday(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def due_of(rhythm: Rhythm, calendar: Calendar, day: date) -> Due | None:
    """The digest of a day, or of the week that the day lies in; None where nobody works then."""
    days = [day] if rhythm is Rhythm.DAILY else [monday(day) + n * A_DAY for n in range(7)]
    found = [(at, each) for each in days if (at := closing(calendar, each))]
    if not found:
        return None
    at, on = max(found)
    return Due(rhythm, days[0], on, at)


def dues(rhythm: Rhythm, calendar: Calendar, *, after: datetime, until: datetime) -> Iterator[Due]:
    """Every digest due in (after, until], the earliest first."""
    step = 1 if rhythm is Rhythm.DAILY else 7
    # A day's last shift may end with the midnight after it.
    day = after.astimezone(calendar.tz).date() - timedelta(days=2)
    day = day if rhythm is Rhythm.DAILY else monday(day)
    last = until.astimezone(calendar.tz).date() + A_DAY
    while day <= last:
        due = due_of(rhythm, calendar, day)
        if due is not None and after < due.at <= until:
            yield due
        day += timedelta(days=step)


def next_due(rhythm: Rhythm, calendar: Calendar, *, after: datetime) -> Due | None:
    """The first digest due after an instant; None where nobody works in the year to come."""
    return next(dues(rhythm, calendar, after=after, until=after + timedelta(days=AHEAD_DAYS)), None)


def last_due(rhythm: Rhythm, calendar: Calendar, *, until: datetime) -> Due | None:
    """The newest digest due by an instant."""
    for days in (LATELY_DAYS, AHEAD_DAYS):
        if found := list(dues(rhythm, calendar, after=until - timedelta(days=days), until=until)):
            return found[-1]
    return None


def begins(due: Due, calendar: Calendar) -> datetime:
    """Where the first digest of a kind begins: with its day, or with the Monday of its week."""
    return midnight(due.first, calendar.tz)


def wanted(
    rhythm: Rhythm, calendar: Calendar, *, last: datetime | None, first: datetime, now: datetime
) -> list[Wanted]:
    """The digests to be made by now, each since the one before it: those missed, then the newest.

    `last` is where the newest one made ends; None: none was made, then the first is the one due at `first`
    or later.
    """
    found: list[Wanted] = []
    since = last
    for due in dues(rhythm, calendar, after=first - TICK if last is None else last, until=now):
        start = begins(due, calendar) if since is None else since
        found.append(Wanted(rhythm, due.on, start, due.at))
        since = due.at
    return found


def alone(due: Due, calendar: Calendar) -> Wanted:
    """The digest of one instant, of which nothing is known but the calendar: since the one due before it."""
    before = last_due(due.rhythm, calendar, until=due.at - TICK)
    return Wanted(due.rhythm, due.on, before.at if before else begins(due, calendar), due.at)
