"""The questions of a review of requests, answered as values."""

from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.findings.periods import last_month
from opsdesk.insight.funnel import Funnel
from opsdesk.insight.registry import Tally
from opsdesk.insight.waiting import Waited, waiting
from opsdesk.review.asking import Asked, broken, number
from opsdesk.review.document import Held, OfType, Questions
from opsdesk.review.numbers import Number

FROM_TIER_1 = "1"
VOLUME = ("requests_in", "messages_in", "threads_in")


def questions(asked: Asked, found: Funnel, types: tuple[OfType, ...]) -> Questions:
    """What the review asks. `found` is the period's funnel, `types` its requests by type."""
    month = last_month(asked.desk, asked.now)
    return Questions(
        split=tuple(_of_tier("resolved", row.tier, row.resolved.n) for row in found.tiers),
        alone=number(asked, "tier_1_share"),
        types=types,
        to_tier_2=_at(found, 2, "received"),
        direct=_at(found, 2, "entered"),
        paths=handed_up(asked, "to"),
        reasons=handed_up(asked, "reason"),
        past_tier_2=_at(found, 2, "escalated"),
        at_tier_3=_at(found, 3, "received"),
        waits=waits(asked),
        last_month=month,
        volume=tuple(number(asked, metric, period=month) for metric in VOLUME),
        above_tier_1=number(asked, "above_tier_1"),
        causes=broken(asked, "causes_above_tier_1", "cause"),
        standing=broken(asked, "reasons_standing_in", "reason"),
    )


def _at(found: Funnel, tier: int, measure: str) -> Number | None:
    """A tier's number; None where the desk has no such tier."""
    if len(found.tiers) < tier:
        return None
    return _of_tier(measure, tier, getattr(found.tiers[tier - 1], measure).n)


def _of_tier(metric: str, tier: int, n: int) -> Number:
    return Number(metric, Tally(n), of={"tier": str(tier)})


def handed_up(asked: Asked, by: str) -> tuple[Number, ...]:
    """Requests that Tier 1 handed up, by the queue they came `to` or by the `reason`, the most first."""
    every = broken(asked, "escalation_reasons", "tier", by)
    return tuple(each for each in every if each.of["tier"] == FROM_TIER_1)


def waits(asked: Asked) -> tuple[Held, ...]:
    """Who held the requests and for how long, the longest first."""
    found = waiting(desk=asked.desk.key, period=asked.period, filters=FunnelFilters(), now=asked.now)
    return tuple(_held(each) for each in found)


def _held(each: Waited) -> Held:
    who = f"{each.who}:{each.key}" if each.key else each.who
    held = Number("held_by", Tally(each.seconds), of={"who": who})
    return Held(each.who, each.key, held, each.cases)
