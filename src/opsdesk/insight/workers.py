"""Who worked on a cohort's requests, by tier."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.insight.cohort import Cohort, with_cohort
from opsdesk.insight.columns.whole import facts_of, question_of, worked_on
from opsdesk.insight.counts import Count
from opsdesk.insight.picks import WORK_EXITS, Pick
from opsdesk.insight.sql import rows
from opsdesk.people import queries as people


@dataclass(frozen=True, slots=True)
class Worker:
    """A person who first touched or moved on cases at a tier, and how many."""

    person_id: int
    name: str
    cases: Count


WORKERS = """
SELECT w.tier, w.person_id, COUNT(DISTINCT w.case_id)
FROM (
    SELECT s.tier, s.case_id, s.first_touch_by_id AS person_id
    FROM cohort c JOIN cases_stay s ON s.case_id = c.id
    WHERE c.counts = 1 AND s.exit <> 'withdrawn' AND s.first_touch_by_id IS NOT NULL
    UNION ALL
    SELECT s.tier, s.case_id, s.left_by_id
    FROM cohort c JOIN cases_stay s ON s.case_id = c.id
    WHERE c.counts = 1 AND s.exit IN {exits} AND s.left_by_id <> COALESCE(s.first_touch_by_id, 0)
) w
GROUP BY w.tier, w.person_id
"""


def workers_of(cohort: Cohort, now: datetime) -> dict[int, tuple[Worker, ...]]:
    """By tier, who first touched or moved on its cases, the busiest first; from the facts once they stand."""
    if (facts := facts_of(cohort, now)) is not None:
        counted = worked_on(facts, question_of(cohort, now)).items()
        found = [(tier, int(person), n) for (tier, person), n in counted]
    else:
        found = rows(f"{with_cohort(cohort)}{WORKERS.format(exits=WORK_EXITS)}", cohort.values)
    names = people.names({person for _, person, _ in found})
    result: dict[int, tuple[Worker, ...]] = {}
    for tier, person, n in sorted(found, key=lambda each: (-each[2], each[1])):
        cases_of = Count(n, Pick("worked", (tier, person)).token)
        result[tier] = (*result.get(tier, ()), Worker(person, names.get(person, f"#{person}"), cases_of))
    return result
