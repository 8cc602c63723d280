"""First response: from opened to the first message of a person to the customer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases import queries as cases_queries
from opsdesk.insight.cohort import FunnelFilters, cohort_of, with_cohort
from opsdesk.insight.columns import cohort_times
from opsdesk.insight.columns.whole import facts_of, question_of
from opsdesk.insight.columns.whole import unanswered as waiting_for_us
from opsdesk.insight.durations import NOTHING, Took, both
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.hours import Pause, hours_of
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Question
from opsdesk.insight.sql import at_second, cut, instant, read, rows
from opsdesk.insight.statistics import spread
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class FirstResponses:
    """Times to the first response; beside them the requests that still wait for one, and since when."""

    took: Took
    unanswered: int
    unanswered_since: datetime | None
    pick: str


ANSWERED = """
SELECT c.id, {opened}, {answered}
FROM cohort c JOIN cases_case k ON k.id = c.id
WHERE c.counts = 1 AND k.first_response_at IS NOT NULL
"""
WAITED = """
SELECT c.id, w.began_at, w.ended_at
FROM cohort c JOIN cases_case k ON k.id = c.id JOIN cases_wait w ON w.case_id = c.id
WHERE c.counts = 1 AND w.began_at < k.first_response_at
"""
UNANSWERED = """
SELECT COUNT(*), MIN(c.opened_at) FROM cohort c WHERE c.counts = 1 AND c.resolved = 0 AND c.answered = 0
"""


def first_responses(
    *,
    desk: str,
    period: Period,
    filters: FunnelFilters,
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> FirstResponses:
    """Times over a cohort, the working one by the entry queue's calendar; given `now`, from the facts where
    they are ready; given `as_of`, as it stood then. Refuses `NoSuchDesk`."""
    definition, cohort = cases_queries.desk(desk), cohort_of(desk, period, filters, as_of)
    now = as_of or now
    if now is not None and (facts := facts_of(cohort, now)) is not None:
        return _from_facts(facts, question_of(cohort, now))
    source, hours = with_cohort(cohort), hours_of(desk)
    pauses: defaultdict[int, list[Pause]] = defaultdict(list)
    for case, began, ended in rows(source + WAITED, cohort.values):
        pauses[case].append((at_second(began), cut(instant(ended))))
    query = ANSWERED.format(opened=read("k.opened_at"), answered=read("k.first_response_at"))
    elapsed, working = [], []
    for case, opened, answered in rows(source + query, cohort.values):
        start, end = at_second(opened), at_second(answered)
        wall, worked = hours.between(definition.entry_queue, "", start, end, pauses.get(case, ()))
        elapsed.append(wall)
        working.append(worked)
    unanswered, oldest = rows(source + UNANSWERED, cohort.values)[0]
    return FirstResponses(
        took=Took(spread(elapsed), spread(working)),
        unanswered=unanswered,
        unanswered_since=instant(oldest),
        pick=Pick("unanswered").token,
    )


def _from_facts(facts: Facts, question: Question) -> FirstResponses:
    unanswered, since = waiting_for_us(facts, question)
    return FirstResponses(
        took=both(cohort_times.first_responses(facts, question)).get(0, NOTHING),
        unanswered=unanswered,
        unanswered_since=since,
        pick=Pick("unanswered").token,
    )
