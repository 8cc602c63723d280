"""Of which period the findings are. Pure."""

from datetime import date, datetime, timedelta

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.kernel.period import Period, days, month

DAY = timedelta(days=1)
# Deals are few and take their time: of one month there would always be too little.
DAYS_OF_DEALS = 90


def period_of(desk: DeskDefinition, now: datetime) -> Period:
    """Of when findings are: the last month that ended; of deals the last 90 days, today with them."""
    if desk.key != DEALS:
        return last_month(desk, now)
    today = now.astimezone(desk.zone).date()
    return days(today - (DAYS_OF_DEALS - 1) * DAY, today, desk.zone)


def last_month(desk: DeskDefinition, now: datetime) -> Period:
    """The last month that has ended in the desk's zone."""
    first = now.astimezone(desk.zone).date().replace(day=1)
    return month(f"{first - DAY:%Y-%m}", desk.zone)


def last_day(desk: DeskDefinition, period: Period, now: datetime) -> date:
    """The day whose limits a period is held against: its last one, or today while it runs."""
    return min(period.end - timedelta(microseconds=1), now).astimezone(desk.zone).date()
