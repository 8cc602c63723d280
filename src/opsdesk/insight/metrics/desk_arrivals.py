"""When requests come in: by hour and weekday of the desk's zone, by day."""

from datetime import datetime
from zoneinfo import ZoneInfo

from opsdesk.insight.columns import desk_requests
from opsdesk.insight.columns.wall import WEEK
from opsdesk.insight.metrics.desk_backlog import day_of
from opsdesk.insight.metrics.desk_counting import tally
from opsdesk.insight.metrics.desk_ground import ASKED, Dimension, Grain, of_request
from opsdesk.insight.registry import Metric, QueueOf
from opsdesk.kernel.refusal import gettext_noop as _

FRIDAY = 5


def weekday_of(second: int, zone: ZoneInfo) -> str:
    """`1` is Monday."""
    return str(datetime.fromtimestamp(second, zone).isoweekday())


def week_of(second: int, zone: ZoneInfo) -> str:
    """`weekdays`, Monday to Friday, or `weekend`."""
    return WEEK[datetime.fromtimestamp(second, zone).isoweekday() > FRIDAY]


def hour_of(second: int, zone: ZoneInfo) -> str:
    """The hour on the wall. One that the clock change repeats holds both, one that it leaves out nothing."""
    return f"{datetime.fromtimestamp(second, zone):%H}"


ENTERED = """
entered AS (
    SELECT c.*, e.queue AS entry FROM asked c JOIN cases_stay e ON e.case_id = c.id AND e.entrance = 'opened'
)"""
ARRIVALS = Grain(
    tables=(ASKED, ENTERED),
    rows="entered r",
    dimensions=of_request(
        queue=Dimension("r.entry"),
        weekday=Dimension("r.opened_at", weekday_of),
        week=Dimension("r.opened_at", week_of),
        hour=Dimension("r.opened_at", hour_of),
        day=Dimension("r.opened_at", day_of),
    ),
    queue=QueueOf.ENTERED,
)

METRICS: tuple[Metric, ...] = (
    tally(
        "arrivals",
        name=_("Arrivals"),
        question=_("When do requests come in?"),
        example=_("Opened on Monday 9 March 2026 at 14:20 UTC, a day after the clock change: in Chicago 09."),
        grain=ARRIVALS,
        columns=desk_requests.arrivals,
    ),
)
