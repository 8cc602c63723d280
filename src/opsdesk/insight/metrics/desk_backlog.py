"""The backlog: what is open, where, how old; and how it moved, day by day."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from opsdesk.insight.columns import desk_requests, desk_stays
from opsdesk.insight.metrics.desk_counting import AS_OF, tally
from opsdesk.insight.metrics.desk_ground import ASKED, Dimension, Grain, of_request
from opsdesk.insight.metrics.desk_ledger import BACKLOG_BY_DAY
from opsdesk.insight.registry import Metric, QueueOf
from opsdesk.insight.sql import seconds_between
from opsdesk.kernel.refusal import gettext_noop as _

DAY_S = 86400
# Up to how many days each age band reaches; the last has no end.
AGES = (("a", 1), ("b", 3), ("c", 7), ("d", 14), ("e", 30))
OLDEST = "f"
STANDING = partial(desk_requests.standing, ages=AGES, oldest=OLDEST)


def aged() -> str:
    """SQL for the age band of a request: of the whole seconds since it was opened."""
    seconds = seconds_between("r.opened_at", "%(as_of)s")
    whens = " ".join(f"WHEN {seconds} < {days * DAY_S} THEN '{band}'" for band, days in AGES)
    return f"CASE {whens} ELSE '{OLDEST}' END"


def day_of(second: int, zone: ZoneInfo) -> str:
    """The day in a zone in which a second since 1970 lies."""
    return datetime.fromtimestamp(second, zone).date().isoformat()


UNRESOLVED = Grain(
    tables=(
        ASKED
        + """,
standing AS (
    SELECT c.*, COALESCE(CAST(k.assignee_id AS TEXT), '-') AS person
    FROM asked c JOIN cases_case k ON k.id = c.id
)""",
    ),
    rows="standing r",
    dimensions=of_request(
        queue=Dimension("r.queue"),
        person=Dimension("r.person"),
        state=Dimension("r.state"),
        age=Dimension(aged),
    ),
    scope=" AND c.state IN ('open', 'waiting') AND c.opened_at <= %(as_of)s",
)
ENDED = Grain(
    tables=(
        ASKED,
        """
ended AS (
    SELECT s.case_id, MAX(s.number) AS number FROM cases_stay s
    WHERE s.desk = %(desk)s AND s.exit = 'resolved' AND s.left_at >= %(start)s AND s.left_at < %(end)s
        AND s.left_at <= %(as_of)s
    GROUP BY s.case_id
),
resolution AS (
    SELECT c.id, c.opened_at, c.account, c.family, c.type, s.queue, s.left_at,
        COALESCE(CAST(s.left_by_id AS TEXT), '-') AS person
    FROM ended e JOIN asked c ON c.id = e.case_id
    JOIN cases_stay s ON s.case_id = e.case_id AND s.number = e.number
)""",
    ),
    rows="resolution r",
    dimensions=of_request(
        queue=Dimension("r.queue"), person=Dimension("r.person"), day=Dimension("r.left_at", day_of)
    ),
    scope="",
    queue=QueueOf.RESOLVED,
)

METRICS: tuple[Metric, ...] = (
    tally(
        "backlog",
        name=_("Backlog"),
        question=_("What is open, in which queue, and how old is it?"),
        example=_(
            "A request returned to Operations and not resolved stands in Operations, whatever tier it saw."
        ),
        grain=UNRESOLVED,
        dated=AS_OF,
        columns=STANDING,
    ),
    tally(
        "resolved_in_period",
        name=_("Resolved in the period"),
        question=_("How many requests were resolved each day, whenever they came in?"),
        example=_("Resolved on Monday, reopened, resolved on Friday: 1, on Friday."),
        grain=ENDED,
        dated=_("when it was resolved last in the period"),
        columns=desk_stays.resolutions,
    ),
    BACKLOG_BY_DAY,
)
