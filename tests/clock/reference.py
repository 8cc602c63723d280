"""Business time the slow and obvious way: look at every minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from opsdesk.clock.calendars import Calendar

MINUTE = timedelta(minutes=1)
MARGIN = timedelta(days=3)


def open_minutes(calendar: Calendar, first: datetime, last: datetime) -> set[datetime]:
    """The minutes of [first, last) that some shift of some day covers.

    A minute is covered if the wall has shown the shift's start by then, at that minute or before,
    and will show a time before the shift's end, at that minute or after.
    """
    minutes = [first - MARGIN + n * MINUTE for n in range(int((last - first + 2 * MARGIN) / MINUTE))]
    walls = [minute.astimezone(calendar.tz).replace(tzinfo=None) for minute in minutes]
    covered: set[datetime] = set()
    day = walls[0].date() + timedelta(days=1)
    while day < walls[-1].date():
        for shift in () if calendar.is_holiday(day) else calendar.week[day.weekday()]:
            midnight = datetime.combine(day, time())
            opens, closes = midnight + shift.start * MINUTE, midnight + shift.end * MINUTE
            near = range(_index(minutes, day, -1), _index(minutes, day, +2))
            begun = next(n for n in near if walls[n] >= opens)
            over = next(n for n in reversed(near) if walls[n] < closes)
            covered.update(minutes[begun : over + 1])
        day += timedelta(days=1)
    return {minute for minute in covered if first <= minute < last}


def _index(minutes: list[datetime], day: date, offset: int) -> int:
    midnight = datetime.combine(day, time(), UTC) + timedelta(days=offset)
    return min(max(int((midnight - minutes[0]) / MINUTE), 0), len(minutes))


def business_minutes(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    pauses: Sequence[tuple[datetime, datetime | None]],
) -> int:
    return sum(
        not any(begin <= minute and (stop is None or minute < stop) for begin, stop in pauses)
        for minute in open_minutes(calendar, start, end)
    )
