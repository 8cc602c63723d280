"""What each number of the deals desk counts, over the columns of the facts; by the key of its metric."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from opsdesk.insight.columns.deals_counting import Counting
from opsdesk.insight.columns.deals_rows import Deals, Disputes, Incidents, Rows
from opsdesk.insight.columns.deals_terms import is_inspected, is_old, is_timed
from opsdesk.insight.columns.deals_timers import is_armed
from opsdesk.insight.columns.paths import Flags
from opsdesk.insight.metrics.deals_ground import DAY, GRACE, SETTLED_IN

LIFE = ("created", "settled")


def had(instant: str, rows: Rows) -> Flags:
    """An instant had come."""
    return rows.had(instant)


def had_not(instant: str, rows: Rows) -> Flags:
    """An instant had not come."""
    return ~rows.had(instant)


def took(low: int, high: int, deals: Deals) -> Flags:
    """They took at least so many days, and less than so many; 0: however many."""
    seconds = deals.lasted(*LIFE)
    found: Flags = seconds >= low * DAY
    return found & (seconds < high * DAY) if high else found


def is_long(deals: Deals) -> Flags:
    """In the same state for more than a week."""
    found: Flags = deals.since < np.uint32(max(deals.at - int(GRACE.total_seconds()), 0))
    return found


def is_stuck(deals: Deals) -> Flags:
    """Funded, not settled, and long as it is."""
    return ~deals.is_in("SETTLED", "CREATED") & is_long(deals)


def is_unpaid(deals: Deals) -> Flags:
    """Not funded, and that for long."""
    return deals.is_in("CREATED") & is_long(deals)


def is_ruled(disputes: Disputes) -> Flags:
    """An operator had decided it."""
    return disputes.is_ruled


def is_due(disputes: Disputes) -> Flags:
    """The deadline lies in the period, though it may lie ahead."""
    return disputes.within("due", come=False)


def is_untouched(disputes: Disputes) -> Flags:
    """Nobody had touched it, and it was open."""
    return ~disputes.had("touched") & ~disputes.had("decided")


DECIDED, OPEN = partial(had, "decided"), partial(had_not, "decided")
OF_DEALS: Mapping[str, Counting] = {
    "deals_created": Counting(Deals, "created"),
    "deals_settled": Counting(Deals, "settled"),
    "deals_funded": Counting(Deals, "funded"),
    "deals_running": Counting(Deals, of_end=True),
    "time_to_settle": Counting(Deals, "settled", lasted=LIFE),
    "time_to_settle_spread": Counting(Deals, "settled", lasted=LIFE),
    **{
        f"settled_{key}": Counting(Deals, "settled", whole=partial(took, *days))
        for key, days in SETTLED_IN.items()
    },
    "completion": Counting(
        Deals,
        "created",
        whole=lambda deals: is_old(deals) & deals.had("funded"),
        hit=partial(had, "settled"),
    ),
    "old_never_funded": Counting(Deals, "created", whole=lambda deals: is_old(deals) & ~deals.had("funded")),
    "dispute_rate": Counting(Deals, "created", whole=is_inspected, hit=partial(had, "issue")),
    "deals_stuck": Counting(Deals, whole=is_stuck, of_end=True),
    "deals_never_funded": Counting(Deals, whole=is_unpaid, of_end=True),
    "timer_visibility": Counting(Deals, whole=is_timed, hit=is_armed, of_end=True),
}
OF_DISPUTES: Mapping[str, Counting] = {
    "disputes_raised": Counting(Disputes, "raised"),
    "disputes_decided": Counting(Disputes, "decided"),
    "disputes_active": Counting(Disputes, whole=OPEN, of_end=True),
    "intervention": Counting(Disputes, whole=is_due, hit=is_ruled, open=OPEN),
    "resolution_time": Counting(Disputes, "raised", hit=DECIDED, open=OPEN, lasted=("raised", "decided")),
    "resolution_time_ruled": Counting(Disputes, "raised", whole=is_ruled, lasted=("raised", "decided")),
    "dispute_first_response": Counting(
        Disputes, "raised", whole=partial(had, "touched"), lasted=("raised", "touched")
    ),
    "disputes_untouched": Counting(Disputes, "raised", whole=is_untouched),
}
OF_INCIDENTS: Mapping[str, Counting] = {
    "incidents_opened": Counting(Incidents, "opened"),
    "incidents_answered": Counting(Incidents, "opened", whole=partial(had, "answered")),
    "incidents_resolved": Counting(Incidents, "opened", whole=partial(had, "resolved")),
    "incidents_running": Counting(Incidents, whole=partial(had_not, "resolved"), of_end=True),
    "incident_answer_time": Counting(
        Incidents, "opened", whole=partial(had, "answered"), lasted=("opened", "answered")
    ),
    "incident_resolution_time": Counting(
        Incidents, "opened", whole=partial(had, "resolved"), lasted=("opened", "resolved")
    ),
}
NUMBERS: Mapping[str, Counting] = {**OF_DEALS, **OF_DISPUTES, **OF_INCIDENTS}
