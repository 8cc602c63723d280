"""Why requests went above Tier 1, and for which reasons they were handed up."""

from functools import partial

from opsdesk.insight.columns import desk_requests, desk_stays
from opsdesk.insight.metrics.desk_counting import tally
from opsdesk.insight.metrics.desk_ground import ABOVE_TIER_1, ASKED, OWN, Dimension, Grain, of_request
from opsdesk.insight.metrics.desk_steps import STEPS
from opsdesk.kernel.refusal import gettext_noop as _

# The reason of the last escalation; one that came in above Tier 1 has none.
UP = f"""
up AS (
    SELECT r.*, CASE WHEN r.cause = '' THEN '-' ELSE r.cause END AS known_cause, COALESCE((
        SELECT CASE WHEN s.reason = '' THEN '-' ELSE s.reason END
        {OWN} AND s.entrance = 'escalated' ORDER BY s.number DESC LIMIT 1), '-') AS reason
    FROM asked r WHERE {ABOVE_TIER_1}
)"""
ABOVE = Grain(
    tables=(ASKED, UP),
    rows="up r",
    dimensions=of_request(
        cause=Dimension("r.known_cause"), reason=Dimension("r.reason"), queue=Dimension("r.queue")
    ),
)

METRICS = (
    tally(
        "above_tier_1",
        name=_("Above Tier 1"),
        question=_("How many requests went above Tier 1?"),
        example=_("200 requests, of which 60 were handed up: 60."),
        grain=ABOVE,
        columns=desk_requests.above,
    ),
    tally(
        "causes_above_tier_1",
        name=_("Causes above Tier 1"),
        question=_("Of what went above Tier 1 and is resolved: bugs, missing features or one-offs?"),
        example=_("60 went up, 50 of them are resolved: 20 with the cause bug. Bug: 20."),
        grain=ABOVE,
        where="r.resolved = 1",
        columns=partial(desk_requests.above, resolved=True),
    ),
    tally(
        "reasons_standing_in",
        name=_("Reasons standing in for a cause"),
        question=_("Of what went above Tier 1 and is not resolved: why was it last handed up?"),
        example=_(
            "60 went up, 10 of them are open: 4 were handed up as a bug. Bug: 4, never added to causes."
        ),
        grain=ABOVE,
        where="r.resolved = 0",
        columns=partial(desk_requests.above, resolved=False),
    ),
    tally(
        "escalation_reasons",
        name=_("Escalation reasons"),
        question=_("Why were requests handed up, from which tier and queue?"),
        example=_(
            "A request handed up from Tier 1 for no access and from Tier 2 as a bug counts in both rows."
        ),
        grain=STEPS,
        where="r.entrance = 'escalated'",
        columns=partial(desk_stays.hand_offs, entrance="escalated"),
    ),
)
