"""The rules over a desk's requests. Pure: answers in, findings out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import Behind, Fact, Finding, Group, none_wanted
from opsdesk.insight.funnel import Funnel
from opsdesk.insight.registry import Side, Tally
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.thresholds import Book
from opsdesk.insight.waiting import Waited

# The numbers that have a metric of their own, by the key of their limits.
METRICS = {"right_queue": "right_queue", "returned": "returned_share", "reopened": "reopened_share"}


@dataclass(frozen=True, slots=True)
class Leaks:
    """Mails that a server has and the ledger lacks, in how many mailboxes."""

    leaked: int
    mailboxes: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resolved requests of a cohort: without a cause; seconds by the wall, and those on third parties."""

    n: int
    no_cause: int
    elapsed_s: int
    third_party_s: int


@dataclass(frozen=True, slots=True)
class RequestAnswers:
    """What the rules are asked over. `leaks` None: no mailbox was ever compared with its server.

    `shares`: those of `METRICS` that have limits.
    """

    funnel: Funnel
    resolved: Resolved
    stuck: Stuck
    waited: tuple[Waited, ...]
    leaks: Leaks | None
    shares: Mapping[str, Share]


def findings(answers: RequestAnswers, held: Book) -> Iterator[Finding]:
    """Every finding about the numbers of one desk; what they say together is in `outcomes`.

    `held`: the limits of the period's last day.
    """
    yield from _now(answers)
    yield from _shares(answers, held)


def _now(answers: RequestAnswers) -> Iterator[Finding]:
    desk, stuck, leaks = answers.funnel.desk, answers.stuck, answers.leaks
    if leaks is not None:
        facts: dict[str, Fact] = {"mailboxes": leaks.mailboxes}
        yield Finding(
            "leaked", desk, Group.ALARM, none_wanted(leaks.leaked), Tally(leaks.leaked), facts=facts, weight=9
        )
    on_us = tuple((queue, n) for queue, n, _ in stuck.by_queue if n)
    on_others = tuple((queue, n) for queue, _, n in stuck.by_queue if n)
    yield _stuck(desk, "stuck_us", stuck.on_us, on_us, 2)
    yield _stuck(desk, "stuck_others", stuck.on_others, on_others, 1)


def _stuck(desk: str, rule: str, n: int, queues: tuple[tuple[str, int], ...], weight: int) -> Finding:
    state = State.WATCH if n else State.HEALTHY
    behind = (Behind(n, rule),) if n else ()
    facts: dict[str, Fact] = {"queues": queues}
    return Finding(rule, desk, Group.ALARM, state, Tally(n), behind=behind, facts=facts, weight=weight)


def _shares(answers: RequestAnswers, held: Book) -> Iterator[Finding]:
    funnel = answers.funnel
    every = funnel.requests.n
    yield _share(
        answers, held, "tier_1_share", funnel.tier_1_share, ("resolved:1", "escalated:1", "reopened"), 7
    )
    if len(funnel.tiers) >= 2:
        yield _share(answers, held, "tier_2_rate", funnel.tiers[1].rate, ("escalated:2", "resolved:2"), 6)
    if len(funnel.tiers) >= 3:
        yield _share(answers, held, "tier_3_share", funnel.tier_3_share, ("received:3",), 5)
    yield _share(answers, held, "last_resort", funnel.last_resort_share, ("last_resort",), 8)
    for key, metric in METRICS.items():
        if key in answers.shares:
            yield _of_metric(answers, held, key, metric)
    untyped = Share(funnel.untyped.n, funnel.untyped.n, every)
    yield _share(answers, held, "untyped", untyped, ("untyped",), 3)
    resolved = answers.resolved
    no_cause = Share(resolved.no_cause, resolved.no_cause, resolved.n)
    behind = (Behind(resolved.no_cause, "no_cause"),) if resolved.no_cause else ()
    yield replace(_share(answers, held, "no_cause", no_cause, (), 2), behind=behind)


def _share(
    answers: RequestAnswers, held: Book, rule: str, share: Share, picks: tuple[str, ...], weight: int
) -> Finding:
    funnel = answers.funnel
    judged = replace(share, band=held.band(rule))
    counts = counts_of(funnel)
    return Finding(
        rule=rule,
        desk=funnel.desk,
        group=Group.NUMBER,
        state=judged.state,
        number=judged,
        limits=judged.band.limits,
        period=funnel.period,
        behind=tuple(Behind(counts[pick], pick) for pick in picks if counts.get(pick)),
        facts=_facts(funnel, rule),
        noted=judged.noted,
        weight=weight,
    )


def _of_metric(answers: RequestAnswers, held: Book, key: str, metric: str) -> Finding:
    """A number that opens the list of its metric: those counted where few are wanted, else all it is of."""
    share = answers.shares[key]
    side = Side.WHOLE if held.limits(key).direction.is_up else Side.COUNTED
    n = share.of if side is Side.WHOLE else share.low
    behind = (Behind(n, metric=metric, side=side),) if n else ()
    return replace(_share(answers, held, key, share, (), 4), behind=behind)


def counts_of(funnel: Funnel) -> dict[str, int]:
    """The funnel's numbers by their tokens."""
    whole = (funnel.requests, funnel.reopened, funnel.untyped, funnel.last_resort, funnel.open)
    of_tiers = [
        count for row in funnel.tiers for count in (row.received, row.resolved, row.escalated, row.open)
    ]
    return {count.pick: count.n for count in (*whole, *of_tiers)}


def _facts(funnel: Funnel, rule: str) -> dict[str, Fact]:
    """The numbers of tier 3 by family; how many were reopened."""
    if rule == "tier_3_share":
        return {"families": families_at(funnel, 3)}
    if rule == "tier_2_rate":
        return {"families": families_at(funnel, 3), "up": funnel.tiers[1].escalated.n}
    return {"reopened": funnel.reopened.n} if rule == "tier_1_share" else {}


def families_at(funnel: Funnel, tier: int) -> tuple[tuple[str, int], ...]:
    """Requests received by a tier, by family, the most frequent first."""
    found: dict[str, int] = {}
    for row in funnel.types:
        if len(row.received) >= tier and row.received[tier - 1]:
            found[row.family] = found.get(row.family, 0) + row.received[tier - 1]
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))
