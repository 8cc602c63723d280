"""Hand-offs between queues: returns, ping-pong, the right queue; and what was reopened."""

from functools import partial

from opsdesk.insight.columns import desk_requests, desk_stays
from opsdesk.insight.metrics.desk_counting import share, tally
from opsdesk.insight.metrics.desk_ground import ABOVE_TIER_1, ASKED, OWN, Dimension, Grain, of_request
from opsdesk.insight.registry import QueueOf
from opsdesk.kernel.refusal import gettext_noop as _

HANDED = "s.entrance IN ('escalated', 'returned', 'rerouted')"
EARLIER = "SELECT 1 FROM cases_stay b WHERE b.case_id = s.case_id AND b.number < s.number"
AGAIN = f"EXISTS ({EARLIER} AND b.queue = s.queue)"
NOT_FIRST = f"EXISTS ({EARLIER} AND b.entrance IN ('escalated', 'returned', 'rerouted'))"
# `again`: into a queue that the request had left before. `first`: the request's first hand-off.
STEP = f"""
step AS (
    SELECT c.id, c.opened_at, c.account, c.family, c.type, s.entrance, s.exit,
        CASE WHEN s.reason = '' THEN '-' ELSE s.reason END AS reason, s.queue AS into_queue,
        COALESCE(p.queue, '-') AS out_queue, COALESCE(CAST(p.tier AS TEXT), '-') AS out_tier,
        CASE WHEN {AGAIN} THEN 1 ELSE 0 END AS again, CASE WHEN {NOT_FIRST} THEN 0 ELSE 1 END AS first
    FROM asked c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn' AND {HANDED}
    LEFT JOIN cases_stay p ON p.case_id = s.case_id AND p.number = s.number - 1
)"""
STEPS = Grain(
    tables=(ASKED, STEP),
    rows="step r",
    dimensions=of_request(
        reason=Dimension("r.reason"),
        tier=Dimension("r.out_tier"),
        queue=Dimension("r.out_queue"),
        to=Dimension("r.into_queue"),
        move=Dimension("r.entrance"),
    ),
    once=False,
    queue=QueueOf.HANDED_FROM,
)
INTO = Grain(
    tables=STEPS.tables,
    rows="step r",
    dimensions=of_request(queue=Dimension("r.into_queue")),
    once=False,
    queue=QueueOf.HANDED_TO,
)
LIVES = Grain(tables=(ASKED,), rows="asked r", dimensions=of_request(queue=Dimension("r.queue")))

METRICS = (
    tally(
        "hand_offs",
        name=_("Handed on"),
        question=_("From which queue to which were requests handed, and how?"),
        example=_("One went from Operations to Core support and back, another only there: there 2, back 1."),
        grain=STEPS,
        columns=desk_stays.hand_offs,
    ),
    tally(
        "ping_pong_pairs",
        name=_("Ping-pong between queues"),
        question=_("Between which queues do requests come back to where they were?"),
        example=_("Operations, Core support, Operations: 1 from Core support to Operations."),
        grain=STEPS,
        where="r.again = 1",
        columns=partial(desk_stays.hand_offs, again=True),
    ),
    share(
        "ping_pong_share",
        name=_("Ping-pong"),
        question=_("What share of the requests was handed into a queue that it had left before?"),
        example=_("8 of 200 requests, 12 others still open: 4 to 10 %."),
        grain=LIVES,
        hits=f"EXISTS (SELECT 1 {OWN} AND {HANDED} AND {AGAIN})",
        of="1 = 1",
        maybe="r.resolved = 0",
        columns=desk_requests.ping_pong,
    ),
    share(
        "returned_share",
        name=_("Returned"),
        question=_("What share of what went above Tier 1 was returned at least once?"),
        example=_("6 of 60, none of the others open: 10 %."),
        grain=LIVES,
        hits=f"EXISTS (SELECT 1 {OWN} AND s.exit = 'returned')",
        of=ABOVE_TIER_1,
        maybe="r.resolved = 0",
        columns=desk_requests.returned,
    ),
    share(
        "reopened_share",
        name=_("Reopened"),
        question=_("What share of what was resolved was reopened?"),
        example=_("Of 180 resolved at least once 9 came back: 5 %. A mere thanks counts nowhere."),
        grain=LIVES,
        hits="r.reopened = 1",
        of=f"r.reopened = 1 OR EXISTS (SELECT 1 {OWN} AND s.exit = 'resolved')",
        columns=desk_requests.reopened,
    ),
    share(
        "right_queue",
        name=_("Right queue at once"),
        question=_("What share of first hand-offs came to the queue they belong to?"),
        example=_("50 first hand-offs whose stay has ended, 4 rerouted and 3 returned: 43 of 50, 86 %."),
        grain=INTO,
        hits="r.exit NOT IN ('rerouted', 'returned')",
        of="r.first = 1 AND r.exit <> ''",
        band="right_queue",
        columns=desk_stays.first_hand_offs,
    ),
)
