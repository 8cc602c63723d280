"""Answers for the rules of the findings, made without a desk."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from opsdesk.insight.bands import Share
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.counts import Count, last_resort_share, tier_1_share, tier_3_share, tier_rate
from opsdesk.insight.findings.deals import DealAnswers
from opsdesk.insight.findings.requests import Leaks, RequestAnswers, Resolved
from opsdesk.insight.funnel import Funnel, TierRow, TypeRow
from opsdesk.insight.registry import Mean
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.thresholds import SHIPPED, Book, Scope
from opsdesk.insight.waiting import Waited
from opsdesk.kernel.period import month

OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PRIVATE = Scope("MN", "USED_CAR_PRIVATE")


def counts_of(
    resolved: Sequence[int], open_: Sequence[int], last_resort: int, untyped: int
) -> dict[str, int]:
    """The numbers of requests of which so many ended, or are open, at each tier; none skipped one."""
    found = {"in": sum(resolved) + sum(open_), "last_resort": last_resort, "untyped": untyped}
    found["last_resort_open"] = sum(open_)
    for tier in range(1, len(resolved) + 1):
        received = sum(resolved[tier - 1 :]) + sum(open_[tier - 1 :])
        found |= {
            f"received:{tier}": received,
            f"resolved:{tier}": resolved[tier - 1],
            f"open:{tier}": open_[tier - 1],
            f"escalated:{tier}": received - resolved[tier - 1] - open_[tier - 1],
        }
    return found


def funnel_of(
    resolved: Sequence[int] = (140, 50, 10),
    open_: Sequence[int] = (0, 0, 0),
    *,
    last_resort: int = 0,
    untyped: int = 0,
    reopened: int = 0,
    families: Mapping[str, Sequence[int]] | None = None,
    held: Book = SHIPPED,
) -> Funnel:
    """A funnel; `families`: how many of each were resolved at each tier."""
    counts = counts_of(resolved, open_, last_resort, untyped)

    def count(token: str) -> Count:
        return Count(counts.get(token, 0), token)

    tiers = tuple(
        TierRow(
            tier,
            *(count(f"{name}:{tier}") for name in ("entered", "received", "resolved", "escalated", "open")),
            *(count(f"{name}:{tier}") for name in ("returned", "finished_below", "untouched")),
            rate=tier_rate(counts, tier, held),
            people=(),
        )
        for tier in range(1, len(resolved) + 1)
    )
    types = tuple(
        TypeRow(family, f"{family}.x", sum(ends), tuple(received_of(ends)), tuple(ends), (0,) * len(ends))
        for family, ends in (families or {}).items()
    )
    return Funnel(
        desk="support",
        period=OCTOBER,
        filters=FunnelFilters(),
        as_of=NOW,
        requests=count("in"),
        resolved=Count(sum(resolved), "resolved_all"),
        open=Count(sum(open_), "open_all"),
        void=count("void"),
        merged=count("merged"),
        entered_above=count("entered_above"),
        skipped=count("skipped"),
        reopened=Count(reopened, "reopened"),
        untyped=count("untyped"),
        last_resort=count("last_resort"),
        live_accounts=0,
        tiers=tiers,
        flows=(),
        types=types,
        tier_1_share=tier_1_share(counts, held),
        tier_3_share=tier_3_share(counts, held),
        last_resort_share=last_resort_share(counts, held),
    )


def received_of(ends: Sequence[int]) -> list[int]:
    return [sum(ends[tier:]) for tier in range(len(ends))]


def requests_of(
    funnel: Funnel,
    *,
    no_cause: int = 0,
    elapsed_s: int = 1000,
    third_party_s: int = 0,
    stuck: Stuck | None = None,
    leaked: int | None = None,
    shares: Mapping[str, Share] | None = None,
    waited: tuple[Waited, ...] = (),
) -> RequestAnswers:
    return RequestAnswers(
        funnel=funnel,
        resolved=Resolved(funnel.resolved.n, no_cause, elapsed_s, third_party_s),
        stuck=stuck or Stuck(0, 0, ()),
        waited=waited,
        leaks=None if leaked is None else Leaks(leaked, 1 if leaked else 0),
        shares=shares or {},
    )


def deals_of(**more: object) -> DealAnswers:
    """Deals of one scope with nothing to say of them, but for what is given."""
    fields: dict[str, object] = {
        "period": OCTOBER,
        "created": 40,
        "shares": {"completion": {}, "dispute_rate": {}, "intervention": {}},
        "time_to_settle": {},
        "windows": {PRIVATE: 3},
        "reasons": {},
        "stuck": {},
        "never_funded": 0,
        "urgent": {},
        "timers": Share(0, 0, 0),
    }
    return DealAnswers(**(fields | more))  # type: ignore[arg-type]


def mean_days(days: float, n: int = 20) -> Mean:
    return Mean(days * n, n)
