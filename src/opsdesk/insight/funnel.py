"""The funnel: how requests went through the tiers. Plain SQL; the definitions are in `picks` and `cohort`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from opsdesk.accounts import queries as accounts
from opsdesk.cases import queries as cases
from opsdesk.insight.bands import Share
from opsdesk.insight.cohort import NONE, Cohort, FunnelFilters, cohort_of, path, with_cohort
from opsdesk.insight.columns.whole import counts_by, facts_of, question_of
from opsdesk.insight.counts import (
    Count,
    Counts,
    counting,
    counts_of,
    last_resort_share,
    summed,
    tier_1_share,
    tier_3_share,
    tier_rate,
)
from opsdesk.insight.picks import Pick
from opsdesk.insight.sql import rows
from opsdesk.insight.thresholds import Book, book
from opsdesk.insight.workers import Worker, workers_of
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier. received = resolved + escalated + open; `returned` is thereof, of whatever became of it;
    `finished_below` is of the resolved."""

    tier: int
    entered: Count
    received: Count
    resolved: Count
    escalated: Count
    open: Count
    returned: Count
    finished_below: Count
    untouched: Count
    rate: Share
    people: tuple[Worker, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests whose way up led from one tier straight to the other."""

    start: int
    end: int
    cases: Count

    @property
    def is_skip(self) -> bool:
        return self.end - self.start > 1


@dataclass(frozen=True, slots=True)
class TypeRow:
    """Requests of one type: in, and resolved and open at each tier in order."""

    family: str
    type: str
    requests: int
    received: tuple[int, ...]
    resolved: tuple[int, ...]
    open: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """A period's funnel as it stands at `as_of`."""

    desk: str
    period: Period
    filters: FunnelFilters
    as_of: datetime
    requests: Count
    resolved: Count
    open: Count
    void: Count
    merged: Count
    entered_above: Count
    skipped: Count
    reopened: Count
    untyped: Count
    last_resort: Count
    live_accounts: int
    tiers: tuple[TierRow, ...]
    flows: tuple[Flow, ...]
    types: tuple[TypeRow, ...]
    tier_1_share: Share
    tier_3_share: Share
    last_resort_share: Share

    @property
    def per_100_accounts(self) -> float | None:
        """Requests in per 100 accounts live on the period's last day (today, if that is to come)."""
        return self.requests.n * 100 / self.live_accounts if self.live_accounts else None


def funnel(
    *, desk: str, period: Period, filters: FunnelFilters, now: datetime, as_of: datetime | None = None
) -> Funnel:
    """Count the cohort of a desk and a period as it stands, or stood at `as_of`; held against the thresholds
    of the period's last day. Refuses `NoSuchDesk`.
    """
    now = as_of or now
    definition, cohort = cases.desk(desk), cohort_of(desk, period, filters, as_of)
    groups = _counts_by_type(cohort, now)
    total = summed(list(groups.values()), cohort.tiers)
    day = last_day(period, now).astimezone(definition.zone).date()
    workers, held = workers_of(cohort, now), book(desk, day)

    def count(measure: str, *of: int) -> Count:
        token = Pick(measure, of).token
        return Count(total[token], token)

    return Funnel(
        desk=desk,
        period=period,
        filters=filters,
        as_of=now,
        requests=count("in"),
        resolved=count("resolved_all"),
        open=count("open_all"),
        void=count("void"),
        merged=count("merged"),
        entered_above=count("entered_above"),
        skipped=count("skipped"),
        reopened=count("reopened"),
        untyped=count("untyped"),
        last_resort=count("last_resort"),
        live_accounts=live_accounts(filters, day),
        tiers=tuple(_tier_row(total, tier, workers, held) for tier in range(1, cohort.tiers + 1)),
        flows=tuple(Flow(start, end, count("flow", start, end)) for start, end in _ways_up(cohort.tiers)),
        types=_type_rows(groups, cohort.tiers),
        tier_1_share=tier_1_share(total, held),
        tier_3_share=tier_3_share(total, held),
        last_resort_share=last_resort_share(total, held),
    )


def last_day(period: Period, now: datetime) -> datetime:
    """An instant of the period's last day, or `now` if that is earlier."""
    return min(period.end - timedelta(microseconds=1), now)


def live_accounts(filters: FunnelFilters, day: date) -> int:
    """Accounts live on a day; of accounts that were chosen there is no "per 100"."""
    return 0 if filters.account else accounts.live_count(day)


def _counts_by_type(cohort: Cohort, now: datetime) -> dict[tuple[str, str], Counts]:
    """Every number by family and type; from the facts where they are ready."""
    if (facts := facts_of(cohort, now)) is not None:
        found = counts_by(facts, question_of(cohort, now, ("family", "type")), cohort.tiers)
        return {(_code(family), _code(type_)): counts for (family, type_), counts in found.items()}
    picks, columns = counting(cohort.tiers)
    query = " ".join(
        (
            with_cohort(cohort, path(cohort.tiers)),
            "SELECT p.family, p.type,",
            columns,
            "FROM path p GROUP BY p.family, p.type",
        )
    )
    return {(row[0], row[1]): counts_of(picks, row[2:]) for row in rows(query, cohort.values)}


def _code(value: str) -> str:
    return "" if value == NONE else value


def _ways_up(tiers: int) -> Iterator[tuple[int, int]]:
    return combinations(range(1, tiers + 1), 2)


def _tier_row(total: Counts, tier: int, workers: Mapping[int, tuple[Worker, ...]], held: Book) -> TierRow:
    def count(measure: str) -> Count:
        token = Pick(measure, (tier,)).token
        return Count(total[token], token)

    return TierRow(
        tier=tier,
        entered=count("entered"),
        received=count("received"),
        resolved=count("resolved"),
        escalated=count("escalated"),
        open=count("open"),
        returned=count("returned"),
        finished_below=count("finished_below"),
        untouched=count("untouched"),
        rate=tier_rate(total, tier, held),
        people=workers.get(tier, ()),
    )


def _type_rows(groups: Mapping[tuple[str, str], Counts], tiers: int) -> tuple[TypeRow, ...]:
    """The types that have requests, by family, the most frequent first."""
    found = [
        TypeRow(
            family=family,
            type=type_,
            requests=counts["in"],
            received=tuple(counts[f"received:{tier}"] for tier in range(1, tiers + 1)),
            resolved=tuple(counts[f"resolved:{tier}"] for tier in range(1, tiers + 1)),
            open=tuple(counts[f"open:{tier}"] for tier in range(1, tiers + 1)),
        )
        for (family, type_), counts in groups.items()
        if counts["in"]
    ]
    of_family = {
        row.family: sum(each.requests for each in found if each.family == row.family) for row in found
    }
    return tuple(sorted(found, key=lambda row: (-of_family[row.family], row.family, -row.requests, row.type)))
