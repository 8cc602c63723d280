"""How long things took, by both clocks: elapsed (the wall) and working (business time, waiting out).

Everything about a tier is over the cohort. Requests not resolved enter at their age so far; a figure
that they touch is at least what it says. The two clocks are never subtracted from one another.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases import queries as cases_queries
from opsdesk.insight.cohort import Cohort, FunnelFilters, filtered, path, tiers_of, with_cohort
from opsdesk.insight.hours import DeskHours
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.sql import at, instant, rows
from opsdesk.insight.statistics import Spread, spread
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Took:
    """The same durations by both clocks, in seconds."""

    elapsed: Spread
    working: Spread


@dataclass(frozen=True, slots=True)
class TierDurations:
    """One tier's times.

    `first_touch` per stay, from entering to first touch; the untouched stand beside it, the oldest
    with its instant. `at_tier` and `to_resolution` are of what the tier resolved.
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
    missing: int = 0

    def add(self, elapsed: int, working: int | None) -> None:
        self.elapsed.append(elapsed)
        if working is None:
            self.missing += 1
        else:
            self.working.append(working)

    def add_running(self, elapsed: int, working: int) -> None:
        self.elapsed_running.append(elapsed)
        self.working_running.append(working)

    def took(self) -> Took:
        return Took(
            elapsed=spread(self.elapsed, self.elapsed_running),
            working=spread(self.working, self.working_running, self.missing),
        )


def _times() -> _Times:
    return _Times([], [], [], [])


def durations(
    *, desk: str, period: Period, filters: FunnelFilters, now: datetime
) -> tuple[TierDurations, ...]:
    """Times by tier over the cohort of a desk and a period. Refuses `NoSuchDesk`."""
    definition = cases_queries.desk(desk)
    cohort = Cohort(desk, period, filters, tiers_of(desk, definition.top_tier))
    hours = DeskHours(definition)
    touch, untouched = _first_touches(cohort, hours)
    at_tier, to_resolution = _of_what_it_resolved(cohort, hours, now)
    return tuple(
        TierDurations(
            tier=tier,
            first_touch=touch[tier].took(),
            untouched=untouched[tier][0] if tier in untouched else 0,
            untouched_since=untouched[tier][1] if tier in untouched else None,
            at_tier=at_tier[tier].took(),
            to_resolution=to_resolution[tier].took(),
        )
        for tier in range(1, cohort.tiers + 1)
    )


TOUCHES = """
SELECT s.tier, s.queue, s.calendar_version, s.entered_at, s.first_touch_at
FROM cohort c JOIN cases_stay s ON s.case_id = c.id
WHERE c.counts = 1 AND s.exit <> 'withdrawn' AND s.first_touch_at IS NOT NULL
"""
UNTOUCHED = """
SELECT s.tier, COUNT(*), MIN(s.entered_at)
FROM cohort c JOIN cases_stay s ON s.case_id = c.id
WHERE c.counts = 1 AND s.left_at IS NULL AND s.first_touch_at IS NULL
GROUP BY s.tier
"""


def _first_touches(
    cohort: Cohort, hours: DeskHours
) -> tuple[Mapping[int, _Times], dict[int, tuple[int, datetime | None]]]:
    """Before its first touch a stay can't wait (waiting is one), so nothing is to be taken out."""
    times: defaultdict[int, _Times] = defaultdict(_times)
    for tier, queue, version, entered, touched in rows(with_cohort(cohort) + TOUCHES, cohort.values):
        start, end = at(entered), at(touched)
        times[tier].add(int((end - start).total_seconds()), hours.between(queue, version, start, end))
    untouched = rows(with_cohort(cohort) + UNTOUCHED, cohort.values)
    return times, {tier: (n, instant(oldest)) for tier, n, oldest in untouched}


# `missing` is the stays that ended without their working time, as imported ones may.
RESOLVED = """
SELECT p.h, SUM(CASE WHEN s.tier = p.h THEN s.elapsed_s ELSE 0 END),
    SUM(CASE WHEN s.tier = p.h THEN s.business_s ELSE 0 END),
    SUM(CASE WHEN s.tier = p.h AND s.business_s IS NULL THEN 1 ELSE 0 END),
    SUM(s.elapsed_s), SUM(s.business_s), SUM(CASE WHEN s.business_s IS NULL THEN 1 ELSE 0 END)
FROM path p JOIN cases_stay s ON s.case_id = p.id AND s.exit <> 'withdrawn'
WHERE p.counts = 1 AND p.resolved = 1
GROUP BY p.id, p.h
"""
SPENT = """
SELECT p.id, p.h, p.tier, MAX(CASE WHEN s.left_at IS NULL THEN s.id ELSE 0 END),
    MAX(CASE WHEN s.left_at IS NULL THEN s.queue ELSE '' END),
    MAX(CASE WHEN s.left_at IS NULL THEN s.entered_at END),
    SUM(CASE WHEN s.tier = p.h THEN COALESCE(s.elapsed_s, 0) ELSE 0 END),
    SUM(CASE WHEN s.tier = p.h THEN COALESCE(s.business_s, 0) ELSE 0 END),
    SUM(COALESCE(s.elapsed_s, 0)), SUM(COALESCE(s.business_s, 0))
FROM path p JOIN cases_stay s ON s.case_id = p.id AND s.exit <> 'withdrawn'
WHERE p.counts = 1 AND p.resolved = 0
GROUP BY p.id, p.h, p.tier
"""
PAUSES = """
SELECT w.stay_id, w.began_at, w.ended_at
FROM cohort c JOIN cases_stay s ON s.case_id = c.id AND s.left_at IS NULL
JOIN cases_wait w ON w.stay_id = s.id
WHERE c.counts = 1
"""


def _of_what_it_resolved(
    cohort: Cohort, hours: DeskHours, now: datetime
) -> tuple[Mapping[int, _Times], Mapping[int, _Times]]:
    """Time at the resolving tier and to resolution: sums over a request's stays, which tile its life
    less the time it stood resolved."""
    at_tier: defaultdict[int, _Times] = defaultdict(_times)
    whole: defaultdict[int, _Times] = defaultdict(_times)
    source = with_cohort(cohort, path(cohort.tiers))
    for tier, here, here_worked, here_missing, life, life_worked, missing in rows(
        source + RESOLVED, cohort.values
    ):
        at_tier[tier].add(int(here), None if here_missing else int(here_worked))
        whole[tier].add(int(life), None if missing else int(life_worked))
    _add_running(cohort, hours, now, source, at_tier, whole)
    return at_tier, whole


def _add_running(
    cohort: Cohort,
    hours: DeskHours,
    now: datetime,
    source: str,
    at_tier: Mapping[int, _Times],
    whole: Mapping[int, _Times],
) -> None:
    pauses: defaultdict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for stay, began, ended in rows(with_cohort(cohort) + PAUSES, cohort.values):
        pauses[stay].append((at(began), instant(ended)))
    for _case, h, tier, stay, queue, entered, here, here_worked, life, life_worked in rows(
        source + SPENT, cohort.values
    ):
        start = at(entered)
        age = int((now - start).total_seconds())
        worked = hours.between(queue, "", start, now, pauses[stay])
        mine = tier == h
        at_tier[h].add_running(int(here) + mine * age, int(here_worked) + mine * worked)
        whole[h].add_running(int(life) + age, int(life_worked) + worked)


ENDED = """
SELECT s.queue, s.tier, s.elapsed_s, s.business_s
FROM cases_stay s JOIN cases_case c ON c.id = s.case_id
WHERE s.desk = %(desk)s AND s.tier IN ({tiers}) AND s.left_at >= %(start)s AND s.left_at < %(end)s
    AND s.exit IN {exits} AND c.kind = 'request' AND c.state NOT IN ('void', 'merged'){filters}
"""


def by_queue(*, desk: str, period: Period, filters: FunnelFilters) -> tuple[QueueDurations, ...]:
    """Time in each queue over the stays that ended in the period, by tier and queue."""
    definition = cases_queries.desk(desk)
    cohort = Cohort(desk, period, filters, tiers_of(desk, definition.top_tier))
    times: defaultdict[tuple[int, str], _Times] = defaultdict(_times)
    tiers = ", ".join(str(tier) for tier in range(1, cohort.tiers + 1))
    query = ENDED.format(tiers=tiers, exits=WORK_EXITS, filters=filtered(filters))
    for queue, tier, elapsed, working in rows(query, cohort.values):
        times[(tier, queue)].add(elapsed, working)
    return tuple(QueueDurations(queue, tier, times[(tier, queue)].took()) for tier, queue in sorted(times))
