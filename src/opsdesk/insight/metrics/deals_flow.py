"""The life of deals: created, where they stand, how long they took, completed or not, what is stuck."""

from functools import partial
from typing import Any

from opsdesk.insight.metrics.deals_ground import SETTLED_IN, Counted, lasted, within
from opsdesk.insight.metrics.deals_making import BY_DEALS, OF_DEALS, PLACES, made
from opsdesk.insight.registry import Metric, Unit
from opsdesk.kernel.refusal import gettext_noop as _

CREATED = _("when the deal was created")
SETTLED = _("when the deal was settled")
AS_OF_END = _("none: as things stood at the end of the period")

OLD = f"{within('created_at')} AND x.created_at <= x.old_before"
FUNDED = "x.funded_at <= %(as_of)s"
DONE = "x.state = 'SETTLED'"
LONG = "x.since < %(week_ago)s"
INSPECTED = f"{within('created_at')} AND x.delivered_at <= x.inspected_before"
TIMED = "(x.state = 'ISSUE' OR (x.state = 'INSPECTION' AND x.auto_approve = 1))"
ARMED = (
    "EXISTS (SELECT 1 FROM clock_task k WHERE k.unique_key = CASE x.state WHEN 'ISSUE' THEN"
    " 'deal.dispute_ttl:' ELSE 'deal.auto_approve:' END || CAST(x.id AS TEXT)"
    " AND k.created_at <= %(as_of)s AND (k.state = 'armed' OR k.finished_at > %(as_of)s))"
)
DAYS = {
    "under_3": _("Settled in under 3 days"),
    "3_to_5": _("Settled in 3 to 5 days"),
    "5_to_7": _("Settled in 5 to 7 days"),
    "7_and_more": _("Settled in 7 days and more"),
}


def deals(
    how: str, key: str, name: str, question: str, example: str, counted: Counted, **more: Any
) -> Metric:
    """A number over deals."""
    given: dict[str, Any] = {
        "dated": CREATED,
        "unit": Unit.DEALS,
        "filters": OF_DEALS,
        "dimensions": BY_DEALS,
        **more,
    }
    return made(how, key, name, question, example, counted, **given)


tally, share = partial(deals, "tally"), partial(deals, "share", unit=Unit.SHARE)
mean, spread = partial(deals, "mean"), partial(deals, "spread")


def settled_in(key: str, name: str) -> Metric:
    """How many deals took so many days, the lower limit in, the upper one out."""
    low, high = SETTLED_IN[key]
    below = f" AND {lasted('created_at', 'settled_at')} < {high * 86400}" if high else ""
    took = f"{lasted('created_at', 'settled_at')} >= {low * 86400}{below}"
    return tally(
        f"settled_{key}",
        name,
        _("How many of the deals settled in the period took so many days?"),
        "A deal created on the 1st at noon and settled on the 4th at noon took 3 days: it is in 3 to 5.",
        Counted("deal", f"{within('settled_at')} AND {took}"),
        dated=SETTLED,
    )


METRICS: tuple[Metric, ...] = (
    tally(
        "deals_created",
        _("Deals created"),
        _("How many deals were created, and where do they stand?"),
        "40 deals were created in October; 31 are settled by now, 4 in inspection, 5 not funded: 40.",
        Counted("deal", within("created_at")),
    ),
    tally(
        "deals_settled",
        _("Deals settled"),
        _("How many deals were settled in the period, and how did they end?"),
        "31 deals were settled in October, whenever they were created: 31.",
        Counted("deal", within("settled_at")),
        dated=SETTLED,
    ),
    tally(
        "deals_running",
        _("Deals not settled"),
        _("How many deals are not settled, by the state they are in?"),
        "On the last of October 9 deals were not settled: 9.",
        Counted("deal", "x.state <> 'SETTLED'", of_end=True),
        dated=AS_OF_END,
    ),
    mean(
        "time_to_settle",
        _("Mean time to settle"),
        _("How many days does a deal take from created to settled?"),
        "Two deals settled in October took 3 and 6 days: 4.5 days.",
        Counted("deal", within("settled_at"), value=lasted("created_at", "settled_at")),
        dated=SETTLED,
        unit=Unit.DAYS,
        band="time_to_settle",
    ),
    spread(
        "time_to_settle_spread",
        _("Time to settle"),
        _("How many days does half of the deals take at most, and nine in ten?"),
        "Of three deals settled in October that took 3, 4 and 9 days the median is 4 days.",
        Counted("deal", within("settled_at"), value=lasted("created_at", "settled_at")),
        dated=SETTLED,
        unit=Unit.DAYS,
    ),
    *(settled_in(key, name) for key, name in DAYS.items()),
    share(
        "completion",
        _("Completion"),
        _("Of the funded deals that are old enough, how many are settled?"),
        "20 funded deals were created 7 days + inspection + dispute deadline ago or earlier, 19 of them are "
        "settled: 19 of 20.",
        Counted("deal", f"{OLD} AND {FUNDED}", DONE),
        filters=PLACES | {"reason"},
        band="completion",
    ),
    tally(
        "old_never_funded",
        _("Old enough and never funded"),
        _("How many deals of that age were never funded, and stand beside completion?"),
        "3 deals created 20 days ago were never paid for: 3, and none of them is in the completion rate.",
        Counted("deal", f"{OLD} AND (x.funded_at IS NULL OR x.funded_at > %(as_of)s)"),
    ),
    share(
        "dispute_rate",
        _("Dispute rate"),
        _("Of the deals that entered inspection its length ago, how many came to an issue?"),
        "50 deals entered inspection at least 3 days ago, 4 of them had an issue raised: 4 of 50, 8 %.",
        Counted("deal", INSPECTED, "x.issue_at <= %(as_of)s"),
        filters=PLACES,
        band="dispute_rate",
    ),
    tally(
        "deals_stuck",
        _("Stuck deals"),
        _("How many funded deals have been in the same state for more than 7 days?"),
        "A deal is funded since 9 days and not delivered: stuck. Never funded ones are counted apart.",
        Counted("deal", f"x.state NOT IN ('SETTLED', 'CREATED') AND {LONG}", of_end=True),
        dated=AS_OF_END,
    ),
    tally(
        "deals_never_funded",
        _("Never funded"),
        _("How many deals wait for their money for more than 7 days?"),
        "A deal was created 8 days ago and nobody has paid: never funded. It is not among the stuck ones.",
        Counted("deal", f"x.state = 'CREATED' AND {LONG}", of_end=True),
        dated=AS_OF_END,
    ),
    share(
        "timer_visibility",
        _("Timer visibility"),
        _("Of the deals that a timer must end, for how many is it armed?"),
        "12 deals are in inspection under terms that approve by silence and 3 in issue; 15 timers are armed: "
        "15 of 15.",
        Counted("deal", TIMED, ARMED, of_end=True),
        dated=AS_OF_END,
    ),
)
