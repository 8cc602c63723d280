"""Follow-ups: requests by how often we wrote again before an answer came, and where they were then."""

from functools import partial

from opsdesk.insight.cohort import FOLLOW_UP
from opsdesk.insight.columns import desk_followups
from opsdesk.insight.metrics.desk_counting import tally
from opsdesk.insight.metrics.desk_ground import ASKED, Dimension, Grain, of_request
from opsdesk.insight.registry import Metric, QueueOf
from opsdesk.kernel.refusal import gettext_noop as _

# How many follow-ups a request had; the last means that many or more.
TIMES = ("0", "1", "2", "3", "4")
COHORT = """
cohort AS (
    SELECT r.id, 1 AS counts FROM asked r
)"""
HOW_OFTEN = """
often AS (
    SELECT r.*, CASE WHEN f.times >= 4 THEN '4' ELSE CAST(COALESCE(f.times, 0) AS TEXT) END AS times
    FROM asked r LEFT JOIN followup f ON f.case_id = r.id
)"""
# A letter that went out while the request stood resolved was sent from no queue.
FROM_WHERE = """
placed AS (
    SELECT r.id, r.opened_at, r.account, r.family, r.type, COALESCE(s.queue, '-') AS queue
    FROM turn f JOIN asked r ON r.id = f.case_id JOIN mail_message m ON m.id = f.id
    LEFT JOIN cases_stay s ON s.case_id = f.case_id AND s.exit <> 'withdrawn'
        AND s.entered_at <= m.received_at AND (s.left_at IS NULL OR s.left_at > m.received_at)
    WHERE f.direction = 'out' AND f.previous = 'out' AND f.previous_id <> f.id
)"""
OFTEN = Grain(
    tables=(ASKED, COHORT, FOLLOW_UP, HOW_OFTEN),
    rows="often r",
    dimensions=of_request(queue=Dimension("r.queue"), times=Dimension("r.times")),
)
PLACED = Grain(
    tables=(ASKED, COHORT, FOLLOW_UP, FROM_WHERE),
    rows="placed r",
    dimensions=of_request(queue=Dimension("r.queue")),
    once=False,
    queue=QueueOf.FOLLOWED_UP,
)

METRICS: tuple[Metric, ...] = (
    tally(
        "requests_by_follow_ups",
        name=_("Requests by follow-ups"),
        question=_("How often did we write again before an answer came?"),
        example=_("We wrote three times, then the customer answered: 2 follow-ups, so 1 request under 2."),
        grain=OFTEN,
        columns=partial(desk_followups.by_times, names=TIMES),
    ),
    tally(
        "followed_up_from",
        name=_("Followed up from the queue"),
        question=_("From which queues do we write again before an answer came?"),
        example=_("Once from Operations and twice from Core support: 1 request in each."),
        grain=PLACED,
        columns=desk_followups.places,
    ),
)
