"""The funnel month by month, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from opsdesk.cases import queries as cases_queries
from opsdesk.insight.asking import months as asked_months
from opsdesk.insight.bands import Share
from opsdesk.insight.cohort import Cohort, FunnelFilters, cohort_of, path, with_cohort
from opsdesk.insight.columns.whole import counts_by, facts_of, question_of
from opsdesk.insight.counts import Counts, counting, counts_of, summed, tier_1_share, tier_3_share, tier_rate
from opsdesk.insight.sql import rows
from opsdesk.insight.thresholds import Book, book
from opsdesk.kernel.period import Period, month, next_month

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """One month's cohort. `is_hollow`: more than 10 % of it is still open."""

    first: date
    requests: int
    resolved: tuple[int, ...]
    open: int
    tier_1_share: Share
    tier_2_rate: Share | None
    tier_3_share: Share | None

    @property
    def label(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def is_hollow(self) -> bool:
        return self.open * 10 > self.requests


def trend(
    *,
    desk: str,
    last: date,
    filters: FunnelFilters,
    months: int = 12,
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> tuple[Month, ...]:
    """The months up to the one `last` lies in, oldest first, each held against the thresholds of its last day
    (the running one of `last`); as they stand, or stood at `as_of`. Refuses `NoSuchDesk`."""
    definition = cases_queries.desk(desk)
    firsts = _firsts(last, months)
    periods = [month(f"{first:%Y-%m}", definition.zone) for first in firsts]
    whole = Period(periods[0].start, periods[-1].end)
    cohort = cohort_of(desk, whole, filters, as_of)
    counts = _counts(cohort, periods) if now is None else _counts_now(cohort, periods, now)
    return tuple(
        _month(first, counts[n], cohort.tiers, book(desk, min(next_month(first) - DAY, last)))
        for n, first in enumerate(firsts)
    )


def _counts_now(cohort: Cohort, periods: Sequence[Period], now: datetime) -> list[Counts]:
    if (facts := facts_of(cohort, now)) is None:
        return _counts(cohort, periods)
    question = question_of(cohort, now, ("month",))
    found, nothing = counts_by(facts, question, cohort.tiers), summed([], cohort.tiers)
    return [found.get((name,), nothing) for name, _period in asked_months(question)]


def _firsts(last: date, months: int) -> list[date]:
    firsts = [last.replace(day=1)]
    while len(firsts) < months:
        firsts.append((firsts[-1] - DAY).replace(day=1))
    return firsts[::-1]


def _counts(cohort: Cohort, periods: Sequence[Period]) -> list[Counts]:
    picks, columns = counting(cohort.tiers)
    ends: dict[str, object] = {f"end_{n}": period.end for n, period in enumerate(periods)}
    whens = " ".join(f"WHEN p.opened_at < %(end_{n})s THEN {n}" for n in range(len(periods)))
    query = " ".join(
        (
            with_cohort(cohort, path(cohort.tiers)),
            f"SELECT CASE {whens} END,",
            columns,
            "FROM path p GROUP BY 1",
        )
    )
    found: dict[int, Counts] = {
        row[0]: counts_of(picks, row[1:]) for row in rows(query, {**cohort.values, **ends})
    }
    nothing = summed([], cohort.tiers)
    return [found.get(n, nothing) for n in range(len(periods))]


def _month(first: date, counts: Counts, tiers: int, held: Book) -> Month:
    return Month(
        first=first,
        requests=counts["in"],
        resolved=tuple(counts[f"resolved:{tier}"] for tier in range(1, tiers + 1)),
        open=counts["open_all"],
        tier_1_share=tier_1_share(counts, held),
        tier_2_rate=tier_rate(counts, 2, held) if tiers >= 2 else None,
        tier_3_share=tier_3_share(counts, held) if tiers >= 3 else None,
    )
