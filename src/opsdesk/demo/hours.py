"""When people act: in the open hours of their queue's calendar."""

from datetime import datetime, timedelta
from random import Random

from opsdesk.clock.business import due_at
from opsdesk.clock.calendars import Calendar

HOUR = 3600
MINUTE = 60


def worked(start: datetime, seconds: float, calendar: Calendar) -> datetime:
    """The instant after `seconds` (at least 1) of open time since `start`."""
    instant = due_at(start, max(1, int(seconds)), calendar)
    assert instant is not None
    return instant


def about(draw: Random, median_s: float, *, spread: float = 0.7) -> float:
    """Seconds around a median, with the long tail that waiting times have; at most eight medians."""
    return min(median_s * draw.lognormvariate(0, spread), median_s * 8)


def by_day(draw: Random, day_start: datetime) -> datetime:
    """An instant of the day that begins at `day_start` at which mail comes: seldom at night."""
    hour = draw.triangular(6, 21, 11) if draw.random() < 0.93 else draw.uniform(0, 24)
    return day_start + timedelta(seconds=int(hour * HOUR))


def silent_days(draw: Random, entered: datetime, calendar: Calendar) -> datetime:
    """An instant three to four days after entering, weekends counted, at a waking hour."""
    earliest = entered + timedelta(days=3, minutes=10)
    for _ in range(200):
        instant = earliest + timedelta(seconds=draw.randrange(23 * HOUR))
        if 8 <= instant.astimezone(calendar.tz).hour < 22:
            return instant
    return earliest + timedelta(hours=12)
