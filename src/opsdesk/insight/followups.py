"""Follow-ups: how often we wrote again before an answer came."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.insight.cohort import FOLLOW_UP, FunnelFilters, cohort_of, with_cohort
from opsdesk.insight.columns.desk_followups import in_all
from opsdesk.insight.columns.whole import facts_of, question_of
from opsdesk.insight.picks import Pick
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class FollowUps:
    """`times` in all, in `cases` of the cohort's `requests`."""

    times: int
    cases: int
    requests: int
    pick: str

    @property
    def per_case(self) -> float | None:
        """Follow-ups per request in; None without any request."""
        return self.times / self.requests if self.requests else None


FOLLOWED_UP = """
SELECT COALESCE(SUM(f.times), 0), COUNT(*), (SELECT COUNT(*) FROM cohort c WHERE c.counts = 1) FROM followup f
"""


def follow_ups(
    *,
    desk: str,
    period: Period,
    filters: FunnelFilters,
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> FollowUps:
    """Count the follow-ups of a cohort as it stands `now` or stood at `as_of`, from the facts where they are
    ready. Refuses `NoSuchDesk`.
    """
    cohort = cohort_of(desk, period, filters, as_of)
    if now is not None and (facts := facts_of(cohort, now)) is not None:
        return FollowUps(*in_all(facts, question_of(cohort, now)), pick=Pick("followed_up").token)
    times, cases, requests = rows(with_cohort(cohort, FOLLOW_UP) + FOLLOWED_UP, cohort.values)[0]
    return FollowUps(int(times), cases, requests, Pick("followed_up").token)
