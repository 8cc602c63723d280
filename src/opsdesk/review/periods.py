"""Of which period a review is compared with which. Pure."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from opsdesk.kernel.period import Period, days, next_month

DAY = timedelta(days=1)


def before(period: Period, zone: ZoneInfo) -> Period:
    """The period just before: as many calendar months where it is whole months, else as many days."""
    first, after = _days_of(period, zone)
    start = _months_back(first, after) or first - max(after - first, DAY)
    return days(start, first - DAY, zone)


def _days_of(period: Period, zone: ZoneInfo) -> tuple[date, date]:
    """Its first day and the day after its last."""
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    return period.start.astimezone(zone).date(), last + DAY


def _months_back(first: date, after: date) -> date | None:
    """The first day of as many months earlier; None where these are no whole months."""
    if first.day != 1 or after.day != 1:
        return None
    start, month = first, first
    while month < after:
        start, month = (start - DAY).replace(day=1), next_month(month)
    return start
