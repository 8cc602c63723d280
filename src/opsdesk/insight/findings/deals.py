"""The rules over deals and disputes, of each scope. Pure: answers in, findings out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import (
    Behind,
    Fact,
    Finding,
    Group,
    none_wanted,
    state_of_mean,
)
from opsdesk.insight.findings.typical import TYPICAL, drifts
from opsdesk.insight.registry import Mean, Side, Tally
from opsdesk.insight.statistics import SMALL
from opsdesk.insight.thresholds import Book, Scope
from opsdesk.kernel.period import Period

DESK = "deals"
DAY_S = 86400
UNDER_24 = "<24"
SHARES = ("completion", "dispute_rate", "intervention")
WEIGHTS = {"completion": 4, "dispute_rate": 3, "time_to_settle": 2, "intervention": 1}


@dataclass(frozen=True, slots=True)
class DealAnswers:
    """What the rules are asked over.

    `shares` by number and scope; means in days; `windows`: each scope's inspection in days, as its newest
    terms have it; `reasons`: disputes by category and reason; `stuck`: deals by state; `urgent`: disputes
    with under 24 hours left, by scope.
    """

    period: Period
    created: int
    shares: Mapping[str, Mapping[Scope, Share]]
    time_to_settle: Mapping[Scope, Mean]
    windows: Mapping[Scope, int]
    reasons: Mapping[str, Mapping[str, int]]
    stuck: Mapping[str, int]
    never_funded: int
    urgent: Mapping[Scope, int]
    timers: Share


def findings(answers: DealAnswers, held: Book) -> Iterator[Finding]:
    """Every finding about deals. `held`: the limits of the period's last day."""
    yield from _now(answers)
    for rule in SHARES:
        for scope, share in answers.shares[rule].items():
            yield _share(answers, held, rule, scope, share)
    for scope, mean in answers.time_to_settle.items():
        yield _time_to_settle(answers, held, scope, mean)
    for category, counts in answers.reasons.items():
        if category in TYPICAL:
            yield _drift(answers, category, counts)


def _now(answers: DealAnswers) -> Iterator[Finding]:
    urgent = sum(answers.urgent.values())
    yield _alarm(
        "urgent_disputes",
        none_wanted(urgent),
        Tally(urgent),
        8,
        {"scopes": _by_scope(answers.urgent)},
        _of_now("disputes_active", urgent, urgency=UNDER_24),
    )
    timers = answers.timers
    missing = timers.of - timers.low
    yield _alarm(
        "timer_visibility",
        State.NOTHING if timers.of == 0 else none_wanted(missing),
        timers,
        9,
        {"missing": missing},
        _of_now("timer_visibility", timers.of, Side.WHOLE),
    )
    stuck = sum(answers.stuck.values())
    yield _alarm(
        "deals_stuck",
        State.WATCH if stuck else State.HEALTHY,
        Tally(stuck),
        2,
        {"states": tuple(sorted(answers.stuck.items())), "never_funded": answers.never_funded},
        _of_now("deals_stuck", stuck),
        _of_now("deals_never_funded", answers.never_funded),
    )


def _by_scope(counts: Mapping[Scope, int]) -> tuple[tuple[str, int], ...]:
    found = ((f"{scope.country}.{scope.category}", n) for scope, n in counts.items() if n)
    return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def _of_now(metric: str, n: int, side: Side = Side.COUNTED, **of: str) -> Behind:
    return Behind(n, metric=metric, side=side, of=of)


def _alarm(
    rule: str,
    state: State,
    number: Tally | Share,
    weight: int,
    facts: dict[str, Fact],
    *behind: Behind,
) -> Finding:
    kept = tuple(each for each in behind if each.n)
    return Finding(rule, DESK, Group.ALARM, state, number, behind=kept, facts=facts, weight=weight)


def _share(answers: DealAnswers, held: Book, rule: str, scope: Scope, share: Share) -> Finding:
    judged = replace(share, band=replace(held.band(rule), limits=held.limits(rule, scope)))
    sides = ((Side.COUNTED, judged.low), (Side.WHOLE, judged.of))
    return Finding(
        rule=rule,
        desk=DESK,
        group=Group.NUMBER,
        state=judged.state,
        number=judged,
        limits=judged.band.limits,
        scope=scope,
        period=answers.period,
        behind=tuple(_behind(rule, scope, n, side) for side, n in sides if n),
        facts={"missing": judged.of - judged.high},
        noted=judged.noted,
        weight=WEIGHTS[rule],
    )


def _behind(metric: str, scope: Scope, n: int, side: Side = Side.COUNTED) -> Behind:
    filters = {"country": (scope.country,), "category": (scope.category,)}
    kept = {name: values for name, values in filters.items() if values[0]}
    return Behind(n, metric=metric, side=side, filters=kept)


def _time_to_settle(answers: DealAnswers, held: Book, scope: Scope, mean: Mean) -> Finding:
    limits = held.limits("time_to_settle", scope)
    in_seconds = replace(mean, total=mean.total * DAY_S)
    facts: dict[str, Fact] = {}
    if mean.value and scope in answers.windows:
        window = answers.windows[scope]
        facts = {"window": window, "window_share": round(window * 100 / mean.value)}
    return Finding(
        rule="time_to_settle",
        desk=DESK,
        group=Group.NUMBER,
        state=state_of_mean(in_seconds, limits),
        number=mean,
        limits=limits,
        scope=scope,
        period=answers.period,
        behind=(_behind("time_to_settle", scope, mean.n),) if mean.n else (),
        facts=facts,
        weight=WEIGHTS["time_to_settle"],
    )


def _drift(answers: DealAnswers, category: str, counts: Mapping[str, int]) -> Finding:
    n, scope = sum(counts.values()), Scope(category=category)
    found = drifts(category, counts, n)
    few = State.TOO_FEW if n < SMALL else State.HEALTHY
    lines = tuple((each.reason, round(each.share.low * 100 / n)) for each in found)
    return Finding(
        rule="drift",
        desk=DESK,
        group=Group.NUMBER,
        state=State.WATCH if found else few,
        number=Tally(n),
        scope=scope,
        period=answers.period,
        behind=tuple(
            replace(
                _behind("disputes_raised", scope, each.share.low),
                filters={"category": (category,), "reason": (each.reason,)},
            )
            for each in found
            if each.share.low
        )
        or ((_behind("disputes_raised", scope, n),) if n else ()),
        facts={"drifts": lines},
    )
