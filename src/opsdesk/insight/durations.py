"""How long things took, by both clocks: elapsed (the wall) and working (business time, waiting out).

Everything about a tier is over the cohort. Requests not resolved enter at their age so far; a figure
that they touch is at least what it says. The two clocks are never subtracted from one another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from opsdesk.insight.asking import statement
from opsdesk.insight.clocks import Clock
from opsdesk.insight.cohort import Cohort, FunnelFilters, cohort_of, filtered, with_cohort
from opsdesk.insight.columns import cohort_times
from opsdesk.insight.columns.gathering import Life
from opsdesk.insight.columns.whole import facts_of, question_of, untouched
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.hours import DeskHours, Pause, hours_of
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.registry import Question
from opsdesk.insight.sql import at_second, cut, instant, read, rows
from opsdesk.insight.statistics import Spread, spread
from opsdesk.kernel.period import Period

Pauses = Mapping[int, Sequence[Pause]]
# What times are of: a tier, a queue of a tier.
Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Took:
    """The same durations by both clocks, in seconds."""

    elapsed: Spread
    working: Spread


@dataclass(frozen=True, slots=True)
class TierDurations:
    """One tier's times.

    `first_touch` per stay, from entering to first touch; stays that ended without one are its
    missing ones, the untouched that still run stand beside it, the oldest with its instant. `at_tier`
    and `to_resolution` are of what the tier resolved.
    """

    tier: int
    first_touch: Took
    untouched: int
    untouched_since: datetime | None
    at_tier: Took
    to_resolution: Took


@dataclass(frozen=True, slots=True)
class QueueDurations:
    """Stays of one queue that ended in the period, whenever the request was opened."""

    queue: str
    tier: int
    took: Took


@dataclass(slots=True)
class _Times:
    """Seconds gathered: of what ended, and of what still runs."""

    elapsed: list[int]
    working: list[int]
    elapsed_running: list[int]
    working_running: list[int]
    elapsed_missing: int = 0
    working_missing: int = 0

    def add(self, elapsed: int, working: int | None) -> None:
        self.elapsed.append(elapsed)
        if working is None:
            self.working_missing += 1
        else:
            self.working.append(working)

    def add_missing(self) -> None:
        self.elapsed_missing += 1
        self.working_missing += 1

    def add_running(self, elapsed: int, working: int) -> None:
        self.elapsed_running.append(elapsed)
        self.working_running.append(working)

    def took(self) -> Took:
        return Took(
            elapsed=spread(self.elapsed, self.elapsed_running, self.elapsed_missing),
            working=spread(self.working, self.working_running, self.working_missing),
        )


def _times() -> _Times:
    return _Times([], [], [], [])


def durations(
    *, desk: str, period: Period, filters: FunnelFilters, now: datetime, as_of: datetime | None = None
) -> tuple[TierDurations, ...]:
    """Times by tier over the cohort of a desk and a period, as it stands now or stood at `as_of`. A filter by
    queue means for first touches the queue of each stay, else where a request stands. Refuses `NoSuchDesk`.
    """
    now, cohort = as_of or now, cohort_of(desk, period, filters, as_of)
    if (facts := facts_of(cohort, now)) is not None:
        return _from_facts(facts, question_of(cohort, now), cohort.tiers)
    hours, anywhere = hours_of(desk), replace(cohort, filters=replace(filters, queue=()))
    pauses = pauses_of(anywhere)
    every = stays_of(anywhere, pauses, hours, now)
    visits = [stay for stay in every if not filters.queue or stay.queue in filters.queue]
    touch, untouched = _first_touches(visits, pauses, hours)
    stays = stays_of(cohort, pauses, hours, now) if filters.queue else every
    at_tier, to_resolution = _of_what_it_resolved(stays)
    return tuple(
        TierDurations(
            tier=tier,
            first_touch=touch[tier].took(),
            untouched=len(untouched[tier]),
            untouched_since=min(untouched[tier], default=None),
            at_tier=at_tier[tier].took(),
            to_resolution=to_resolution[tier].took(),
        )
        for tier in range(1, cohort.tiers + 1)
    )


NOTHING = Took(spread(()), spread(()))


def both(found: Mapping[Clock, Mapping[Name, Spread]]) -> dict[Name, Took]:
    """Times from the facts, by both clocks."""
    elapsed, working = found[Clock.ELAPSED], found[Clock.WORKING]
    return {name: Took(elapsed[name], working[name]) for name in elapsed}


def _from_facts(facts: Facts, question: Question, tiers: int) -> tuple[TierDurations, ...]:
    touch, lives = both(cohort_times.first_touches(facts, question)), cohort_times.lives(facts, question)
    at_tier, whole = (
        both({clock: lives[life, clock] for clock in Clock}) for life in (Life.AT_TIER, Life.WHOLE)
    )
    waits = untouched(facts, question)
    return tuple(
        TierDurations(
            tier=tier,
            first_touch=touch.get(tier, NOTHING),
            untouched=waits[tier].stays if tier in waits else 0,
            untouched_since=waits[tier].since if tier in waits else None,
            at_tier=at_tier.get(tier, NOTHING),
            to_resolution=whole.get(tier, NOTHING),
        )
        for tier in range(1, tiers + 1)
    )


class Stay(NamedTuple):
    """One stay of a request of the cohort; one still open has its lengths so far."""

    id: int
    case: int
    is_resolved: int
    tier: int
    queue: str
    version: str
    entered_at: datetime
    touched_at: datetime | None
    is_open: int
    elapsed_s: int
    business_s: int | None


STAYS = """
SELECT s.id, c.id, c.resolved, s.tier, s.queue, s.calendar_version, {entered}, {touched},
    CASE WHEN s.left_at IS NULL THEN 1 ELSE 0 END, COALESCE(s.elapsed_s, 0), s.business_s
FROM cohort c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
WHERE c.counts = 1
"""
PAUSES = """
SELECT w.stay_id, {began}, {ended}
FROM cohort c JOIN cases_wait w ON w.case_id = c.id
JOIN cases_stay s ON s.id = w.stay_id AND s.exit <> 'withdrawn'
WHERE c.counts = 1 AND (s.left_at IS NULL OR w.began_at < s.first_touch_at)
"""


def stays_of(cohort: Cohort, pauses: Pauses, hours: DeskHours, now: datetime) -> list[Stay]:
    """Every stay of the cohort that is not withdrawn, its instants cut to their second."""
    found, second = [], now.replace(microsecond=0)
    query = STAYS.format(entered=read("s.entered_at"), touched=read("s.first_touch_at"))
    for row in rows(with_cohort(cohort) + query, cohort.values):
        stay = Stay._make((*row[:6], at_second(row[6]), cut(instant(row[7])), *row[8:]))
        if stay.is_open:
            elapsed, working = hours.between(stay.queue, "", stay.entered_at, second, pauses.get(stay.id, ()))
            stay = stay._replace(elapsed_s=elapsed, business_s=working)
        found.append(stay)
    return found


def pauses_of(cohort: Cohort) -> Pauses:
    """By stay, the waits that an age or a time to first touch may have to leave out, cut to their second."""
    pauses: defaultdict[int, list[Pause]] = defaultdict(list)
    query = PAUSES.format(began=read("w.began_at"), ended=read("w.ended_at"))
    for stay, began, ended in rows(with_cohort(cohort) + query, cohort.values):
        pauses[stay].append((at_second(began), cut(instant(ended))))
    return pauses


def _first_touches(
    stays: Iterable[Stay], pauses: Pauses, hours: DeskHours
) -> tuple[Mapping[int, _Times], Mapping[int, list[datetime]]]:
    """The times by tier, and when the stays that still wait for a first touch began."""
    times: defaultdict[int, _Times] = defaultdict(_times)
    untouched: defaultdict[int, list[datetime]] = defaultdict(list)
    for stay in stays:
        if stay.touched_at is not None:
            before = pauses.get(stay.id, ())
            times[stay.tier].add(
                *hours.between(stay.queue, stay.version, stay.entered_at, stay.touched_at, before)
            )
        elif stay.is_open:
            untouched[stay.tier].append(stay.entered_at)
        else:
            times[stay.tier].add_missing()
    return times, untouched


def _of_what_it_resolved(stays: Iterable[Stay]) -> tuple[Mapping[int, _Times], Mapping[int, _Times]]:
    """Time at the resolving tier and to resolution: sums over a request's stays, which tile its life
    less the time it stood resolved."""
    lives: defaultdict[int, list[Stay]] = defaultdict(list)
    for stay in stays:
        lives[stay.case].append(stay)
    at_tier: defaultdict[int, _Times] = defaultdict(_times)
    whole: defaultdict[int, _Times] = defaultdict(_times)
    for life in lives.values():
        highest = max([stay.tier for stay in life])
        _add(at_tier[highest], [stay for stay in life if stay.tier == highest])
        _add(whole[highest], life)
    return at_tier, whole


def _add(times: _Times, stays: Sequence[Stay]) -> None:
    """One request's stays as one time. Imported ones that ended may have no working time."""
    elapsed = sum([stay.elapsed_s for stay in stays])
    worked = [stay.business_s for stay in stays if stay.business_s is not None]
    if not stays[0].is_resolved:
        times.add_running(elapsed, sum(worked))
    else:
        times.add(elapsed, sum(worked) if len(worked) == len(stays) else None)


ENDED = """
SELECT s.queue, s.tier, s.elapsed_s, s.business_s
FROM cases_stay s JOIN cases_case c ON c.id = s.case_id
WHERE s.desk = %(desk)s AND s.tier IN ({tiers}) AND s.left_at >= %(start)s AND s.left_at < %(end)s
    AND s.exit IN {exits} AND c.kind = 'request' AND c.state NOT IN ('void', 'merged'){filters}
"""


def by_queue(
    *,
    desk: str,
    period: Period,
    filters: FunnelFilters,
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> tuple[QueueDurations, ...]:
    """Time in each queue over the stays that ended in the period, by `as_of`, by tier and queue; given `now`,
    from the facts where they are ready. A filter by queue means the queue of each stay."""
    cohort, now = cohort_of(desk, period, replace(filters, queue=()), as_of), as_of or now
    if now is not None and (facts := facts_of(cohort, now)) is not None:
        found = both(cohort_times.in_queues(facts, question_of(replace(cohort, filters=filters), now)))
        return tuple(QueueDurations(queue, tier, found[tier, queue]) for tier, queue in sorted(found))
    times: defaultdict[tuple[int, str], _Times] = defaultdict(_times)
    tiers = ", ".join(str(tier) for tier in range(1, cohort.tiers + 1))
    query = ENDED.format(tiers=tiers, exits=WORK_EXITS, filters=filtered(cohort.filters))
    for queue, tier, elapsed, working in rows(statement(cohort, query), cohort.values):
        if not filters.queue or queue in filters.queue:
            times[(tier, queue)].add(elapsed, working)
    return tuple(QueueDurations(queue, tier, times[(tier, queue)].took()) for tier, queue in sorted(times))
