"""On whom the requests of a cohort waited, by the wall."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from opsdesk.insight.cohort import Cohort, FunnelFilters, cohort_of, with_cohort
from opsdesk.insight.columns import held
from opsdesk.insight.columns.whole import facts_of, question_of
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.sql import rows, seconds_between, until
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Waited:
    """Seconds spent with one party: `customer`, `third_party` with its key, or `queue` with our queue's."""

    who: str
    key: str
    seconds: int
    cases: int


WAITED = """
SELECT w."on", w.party, SUM({seconds}), COUNT(DISTINCT c.id)
FROM cohort c
JOIN cases_wait w ON w.case_id = c.id
JOIN cases_stay s ON s.id = w.stay_id AND s.exit <> 'withdrawn'
WHERE c.counts = 1
GROUP BY w."on", w.party
"""
IN_QUEUES = """,
paused AS (
    SELECT w.stay_id, SUM({waited}) AS seconds
    FROM cohort c JOIN cases_wait w ON w.case_id = c.id
    GROUP BY w.stay_id
)
SELECT 'queue', s.queue, SUM({stayed} - COALESCE(d.seconds, 0)), COUNT(DISTINCT c.id)
FROM cohort c
JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
LEFT JOIN paused d ON d.stay_id = s.id
WHERE c.counts = 1
GROUP BY s.queue
"""


def waiting(
    *, desk: str, period: Period, filters: FunnelFilters, now: datetime, as_of: datetime | None = None
) -> tuple[Waited, ...]:
    """Who held the cohort's requests and how long, the longest first. What still runs counts up to `now`,
    or to `as_of`.

    The parts add up to the stays' elapsed time.
    """
    now, cohort = as_of or now, cohort_of(desk, period, filters, as_of)
    if (facts := facts_of(cohort, now)) is not None:
        return _longest_first(_from_facts(facts, cohort, now))
    values = {**cohort.values, "now": now}
    waited = seconds_between("w.began_at", until("w.ended_at", "w.began_at"))
    stayed = seconds_between("s.entered_at", until("s.left_at", "s.entered_at"))
    source = with_cohort(cohort)
    found = rows(source + WAITED.format(seconds=waited), values)
    found += rows(source + IN_QUEUES.format(waited=waited, stayed=stayed), values)
    return _longest_first(Waited(who, key, int(seconds), n) for who, key, seconds, n in found)


def _from_facts(facts: Facts, cohort: Cohort, now: datetime) -> Iterator[Waited]:
    for name, seconds, cases in held.by_whom(facts, question_of(cohort, now)):
        who, _, key = name.partition(":")
        yield Waited(who, key, seconds, cases)


def _longest_first(parties: Iterable[Waited]) -> tuple[Waited, ...]:
    return tuple(sorted(parties, key=lambda each: (-each.seconds, each.who, each.key)))
