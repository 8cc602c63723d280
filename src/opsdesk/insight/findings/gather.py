"""Asking for what the rules over requests need."""

from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.cohort import Cohort, FunnelFilters, tiers_of, with_cohort
from opsdesk.insight.findings.requests import METRICS, Leaks, RequestAnswers, Resolved
from opsdesk.insight.funnel import funnel
from opsdesk.insight.registry import Question
from opsdesk.insight.sql import rows
from opsdesk.insight.stuck import stuck
from opsdesk.insight.thresholds import NO_LIMIT, Book
from opsdesk.insight.waiting import waiting
from opsdesk.kernel.period import Period
from opsdesk.mailboxes import queries as mailboxes

EVERY = FunnelFilters()

RESOLVED = """,
life AS (
    SELECT s.case_id, SUM(s.elapsed_s) AS elapsed_s, SUM(s.waiting_third_party_s) AS third_party_s
    FROM cohort c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
    WHERE c.counts = 1 AND c.resolved = 1
    GROUP BY s.case_id
)
SELECT COUNT(*), SUM(CASE WHEN k.cause = '' THEN 1 ELSE 0 END), SUM(l.elapsed_s), SUM(l.third_party_s)
FROM life l JOIN cases_case k ON k.id = l.case_id
"""


def request_answers(desk: DeskDefinition, period: Period, held: Book, *, now: datetime) -> RequestAnswers:
    """Everything that the rules over a desk's requests are asked over, under these limits."""
    key = desk.key
    return RequestAnswers(
        funnel=funnel(desk=key, period=period, filters=EVERY, now=now),
        resolved=resolved(desk, period),
        stuck=stuck(desk=key, filters=EVERY, now=now),
        waited=waiting(desk=key, period=period, filters=EVERY, now=now),
        leaks=leaks(key, now=now),
        shares=shares(Question(key, period, now), held),
    )


def shares(question: Question, held: Book) -> dict[str, Share]:
    """The shares that have limits and a metric of their own, by the key of their limits."""
    limited = {key: metric for key, metric in METRICS.items() if held.limits(key) != NO_LIMIT}
    found = {key: ask(metric, question).get(()) for key, metric in limited.items()}
    return {key: each for key, each in found.items() if isinstance(each, Share)}


def resolved(desk: DeskDefinition, period: Period) -> Resolved:
    """The resolved requests of a cohort, with the time that their stays took."""
    cohort = Cohort(desk.key, period, EVERY, tiers_of(desk.key, desk.top_tier))
    found = rows(with_cohort(cohort) + RESOLVED, cohort.values)[0]
    return Resolved(*(int(value or 0) for value in found))


def leaks(desk: str, *, now: datetime) -> Leaks | None:
    """What the reconciliation of the desk's mailboxes found missing; None where none was ever compared."""
    compared = [row for row in mailboxes.mailboxes(now) if row.desk == desk and row.reconciled_at]
    if not compared:
        return None
    leaking = [row for row in compared if row.leaked]
    return Leaks(sum(row.leaked for row in leaking), len(leaking))
