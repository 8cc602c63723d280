"""The document of a desk of requests: its flow, its tiers, the questions of the review."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Target
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.counts import Count
from opsdesk.insight.durations import Took, durations
from opsdesk.insight.findings.periods import last_day
from opsdesk.insight.funnel import Funnel, TierRow, TypeRow, funnel
from opsdesk.insight.registry import WITHOUT, Tally
from opsdesk.review.asking import Asked, broken, compared, compared_at_ends, number
from opsdesk.review.document import (
    OPEN,
    OPENED,
    RESOLVED,
    Arrow,
    Configured,
    Link,
    OfRequests,
    OfType,
    Queue,
    Route,
    Tier,
)
from opsdesk.review.numbers import Change, Number, Timed
from opsdesk.review.questions import questions

HEADLINE = (
    "requests_in", "messages_in", "threads_in", "per_100_accounts", "resolved_in_period",
    "tier_1_share", "tier_2_rate", "tier_3_share", "last_resort_share",
    "right_queue", "returned_share", "reopened_share", "ping_pong_share", "follow_ups",
    "first_response_elapsed", "first_response_working", "to_resolution_elapsed", "to_resolution_working",
)  # fmt: skip
AT_THE_END = ("backlog", "stuck_on_us", "stuck_on_others")
# The tier of a target that is of the whole request.
WHOLE = 0
Budgets = Mapping[tuple[str, int], int]


def headline(asked: Asked) -> tuple[Change, ...]:
    """The numbers that a review begins with, beside those of the period before."""
    over = (compared(asked, metric) for metric in HEADLINE)
    return (*over, *(compared_at_ends(asked, metric) for metric in AT_THE_END))


def of_requests(asked: Asked) -> OfRequests:
    """What only a desk of requests has, in one period."""
    found = funnel(desk=asked.desk.key, period=asked.period, filters=FunnelFilters(), now=asked.now)
    budgets = budgets_of(asked)
    return OfRequests(
        configured=configured(asked.desk),
        arrows=arrows(asked),
        last_resort=Number("last_resort", Tally(found.last_resort.n)),
        links=links(found),
        tiers=tiers(asked, found, budgets),
        first_response=first_response(asked, budgets),
        questions=questions(asked, found, types(found)),
    )


def configured(desk: DeskDefinition) -> Configured:
    """The flow as the desk's definition has it."""
    return Configured(
        desk.version,
        tuple(
            Queue(each.key, each.name, each.tier, each.up, each.last_resort, each.key == desk.entry_queue)
            for each in desk.queues
        ),
        tuple(Route(each.key, each.name, each.route) for each in desk.families),
    )


def arrows(asked: Asked) -> tuple[Arrow, ...]:
    """Where requests came in, how they were handed on, where they were resolved or still are."""
    last = {queue.key for queue in asked.desk.queues if queue.last_resort}
    came = [Arrow(OPENED, each.of["queue"], each) for each in broken(asked, "arrivals", "queue")]
    handed = [
        Arrow(each.of["queue"], each.of["to"], each, each.of["move"])
        for each in broken(asked, "hand_offs", "queue", "to", "move")
    ]
    ended = [
        Arrow(each.of["queue"], end, each)
        for end, metric in ((RESOLVED, "queue_resolved"), (OPEN, "queue_open"))
        for each in broken(asked, metric, "queue")
    ]
    return tuple(
        Arrow(each.start, each.end, each.number, each.move, each.end in last)
        for each in (*came, *handed, *ended)
    )


def counted(count: Count, metric: str, **of: str) -> Number:
    return Number(metric, Tally(count.n), of=of)


def links(found: Funnel) -> tuple[Link, ...]:
    """The Sankey: each request once, from where it entered to the highest tier it reached and on."""
    entered = [
        Link(OPENED, str(row.tier), counted(row.entered, "entered", tier=str(row.tier)))
        for row in found.tiers
    ]
    up = [
        Link(str(each.start), str(each.end), counted(each.cases, "ways_up", way=f"{each.start}-{each.end}"))
        for each in found.flows
    ]
    ends = [
        Link(str(row.tier), end, counted(count, metric, tier=str(row.tier)))
        for row in found.tiers
        for end, metric, count in ((RESOLVED, "resolved", row.resolved), (OPEN, "open", row.open))
    ]
    return tuple(each for each in (*entered, *up, *ends) if each.number.n)


@dataclass(frozen=True, slots=True)
class _OfTier:
    """Numbers of one tier."""

    row: TierRow
    budgets: Budgets

    def count(self, metric: str) -> Number:
        count: Count = getattr(self.row, metric)
        return counted(count, metric, tier=str(self.row.tier))

    def timed(self, metric: str, took: Took, target: str, of: int) -> Timed:
        elapsed, working = (
            Number(f"{metric}_{clock}", answer, of={"tier": str(self.row.tier)})
            for clock, answer in (("elapsed", took.elapsed), ("working", took.working))
        )
        return Timed(elapsed, working, self.budgets.get((target, of)))


def tiers(asked: Asked, found: Funnel, budgets: Budgets) -> tuple[Tier, ...]:
    """Each tier's numbers and times beside the desk's targets, from Tier 1 on."""
    spent = durations(desk=asked.desk.key, period=asked.period, filters=FunnelFilters(), now=asked.now)
    of = {each.tier: each for each in spent}
    made = []
    for row in found.tiers:
        its, took = _OfTier(row, budgets), of[row.tier]
        limits = row.rate.band.limits
        state = row.rate.state if limits else None
        made.append(
            Tier(
                tier=row.tier,
                entered=its.count("entered"),
                received=its.count("received"),
                resolved=its.count("resolved"),
                escalated=its.count("escalated"),
                returned=its.count("returned"),
                open=its.count("open"),
                finished_below=its.count("finished_below"),
                untouched=its.count("untouched"),
                rate=Number("tier_rate", row.rate, of={"tier": str(row.tier)}, state=state, limits=limits),
                first_touch=its.timed("first_touch", took.first_touch, FIRST_TOUCH, row.tier),
                at_tier=its.timed("at_tier", took.at_tier, "", WHOLE),
                to_resolution=its.timed("to_resolution", took.to_resolution, RESOLUTION, WHOLE),
            )
        )
    return tuple(made)


FIRST_TOUCH = Target.Name.FIRST_TOUCH.value
RESOLUTION = Target.Name.RESOLUTION.value


def budgets_of(asked: Asked) -> Budgets:
    """Seconds of working time by target and tier, as they held on the period's last day."""
    held = cases.targets(asked.desk.key, last_day(asked.desk, asked.period, asked.now))
    return {(each.name, each.tier): each.budget_s for each in held}


def first_response(asked: Asked, budgets: Budgets) -> Timed:
    target = budgets.get((Target.Name.FIRST_RESPONSE.value, WHOLE))
    elapsed, working = (number(asked, f"first_response_{clock}") for clock in ("elapsed", "working"))
    return Timed(elapsed, working, target)


def types(found: Funnel) -> tuple[OfType, ...]:
    """Requests by type; the most frequent first within their family."""
    return tuple(_of_type(row) for row in found.types)


def _of_type(row: TypeRow) -> OfType:
    whole = {"family": row.family or WITHOUT, "type": row.type or WITHOUT}

    def by_tier(metric: str, counts: tuple[int, ...]) -> tuple[Number, ...]:
        return tuple(
            Number(metric, Tally(n), of={**whole, "tier": str(tier)}) for tier, n in enumerate(counts, 1)
        )

    return OfType(
        family=row.family,
        type=row.type,
        requests=Number("requests_in", Tally(row.requests), of=whole),
        received=by_tier("received", row.received),
        resolved=by_tier("resolved", row.resolved),
        open=by_tier("open", row.open),
    )
