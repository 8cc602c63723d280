"""Reading scopes for their pages: stage, cap, stop, decisions, versions with what each changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from opsdesk.deals.lifecycle import State
from opsdesk.deals.models import Deal, Scope, ScopeDecision, Stage, Tuning
from opsdesk.deals.queries import TEMPLATE
from opsdesk.deals.refusals import ScopeUnknown
from opsdesk.journal.rows import select_rows

STOP = ScopeDecision.What.STOP
RUNNING = tuple(state.value for state in State if state is not State.SETTLED)
_NEWEST = "SELECT name, MAX(version) FROM vault_document WHERE kind = %s GROUP BY name"
_STOPS = "WHERE id IN (SELECT MAX(id) FROM deals_scopedecision WHERE what = %s GROUP BY scope_id) ORDER BY id"
MOST_DECISIONS = 100


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a scope takes no new deals, since when, and who said so; nobody: the system."""

    since: datetime
    reason: str
    by_id: int | None


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A scope as listed. `used`: deals made since a limited stage began; `running`: deals not yet settled.

    `version` is that of the newest template; 0 where none is published.
    """

    key: str
    country: str
    category: str
    stage: str
    stage_since: datetime
    cap: int | None
    used: int
    running: int
    version: int
    stop: Stop | None

    @property
    def left(self) -> int | None:
        """How many deals may still be made while the stage is limited; None: no cap counts."""
        return max(self.cap - self.used, 0) if self.cap is not None and self.stage == Stage.LIMITED else None

    @property
    def takes_deals(self) -> bool:
        open_stage = self.stage in (Stage.LIMITED, Stage.OPEN)
        return self.stop is None and open_stage and self.left != 0 and self.version > 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody set a stage, cap or stop, or lifted one; nobody: the system."""

    what: str
    old: str
    new: str
    reason: str
    by_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Tuned:
    """One parameter that a version changed, and what came of it (`actual`, empty until somebody says)."""

    id: int
    version: int
    parameter: str
    old: str
    new: str
    reason: str
    metric: str
    expected: str
    actual: str
    actual_at: datetime | None
    by_id: int | None
    at: datetime


def scopes() -> tuple[ScopeRow, ...]:
    """Every scope, by country and category: five queries however many there are."""
    return _rows(list(Scope.objects.order_by("country", "category")))


def scope(key: str) -> ScopeRow:
    """One scope. Refuses `ScopeUnknown`."""
    country, _, category = key.partition(".")
    found = list(Scope.objects.filter(country=country, category=category))
    if not found:
        raise ScopeUnknown(scope=key)
    return _rows(found)[0]


def keys() -> tuple[str, ...]:
    """The keys of all scopes, for choices."""
    found = Scope.objects.order_by("country", "category").values_list("country", "category")
    return tuple(f"{country}.{category}" for country, category in found)


def decisions(key: str, *, most: int | None = MOST_DECISIONS) -> tuple[Decision, ...]:
    """What was decided on a scope, newest first, at most so many."""
    country, _, category = key.partition(".")
    found = ScopeDecision.objects.filter(scope__country=country, scope__category=category)
    return tuple(
        Decision(row.what, row.old, row.new, row.reason, row.decided_by_id, row.decided_at)
        for row in found.order_by("-id")[:most]
    )


def tunings(key: str) -> tuple[Tuned, ...]:
    """Every parameter that a scope's versions changed, newest first."""
    country, _, category = key.partition(".")
    found = Tuning.objects.filter(scope__country=country, scope__category=category)
    return tuple(_tuned(row) for row in found.order_by("-version", "id"))


def tuning(tuning_id: int) -> tuple[str, Tuned] | None:
    """One change with its scope's key."""
    row = Tuning.objects.select_related("scope").filter(id=tuning_id).first()
    return (row.scope.key, _tuned(row)) if row else None


def _tuned(row: Tuning) -> Tuned:
    return Tuned(
        id=row.id,
        version=row.version,
        parameter=row.parameter,
        old=row.old,
        new=row.new,
        reason=row.reason,
        metric=row.metric,
        expected=row.expected,
        actual=row.actual,
        actual_at=row.actual_at,
        by_id=row.tuned_by_id,
        at=row.tuned_at,
    )


def _rows(found: list[Scope]) -> tuple[ScopeRow, ...]:
    running, used, versions, stops = _running(found), _used(found), _versions(), _stops()
    return tuple(
        ScopeRow(
            key=each.key,
            country=each.country,
            category=each.category,
            stage=each.stage,
            stage_since=each.stage_since,
            cap=each.cap,
            used=used.get(each.id, 0),
            running=running.get(each.id, 0),
            version=versions.get(each.key, 0),
            stop=_stop(each, stops),
        )
        for each in found
    )


def _stop(scope: Scope, stops: Mapping[int, ScopeDecision]) -> Stop | None:
    if scope.stopped_at is None:
        return None
    known = stops.get(scope.id)
    return Stop(scope.stopped_at, known.reason if known else "", known.decided_by_id if known else None)


def _running(found: list[Scope]) -> dict[int, int]:
    of_them = Deal.objects.filter(scope_id__in=[each.id for each in found], state__in=RUNNING)
    counted = of_them.values("scope_id").annotate(count=Count("id"))
    return {row["scope_id"]: row["count"] for row in counted.order_by()}


def _used(found: list[Scope]) -> dict[int, int]:
    """The deals of limited stages only: there the cap keeps the number small."""
    limited = [each for each in found if each.stage == Stage.LIMITED]
    counts = [
        Deal.objects.filter(scope=each, created_at__gte=each.stage_since).values("scope_id").order_by()
        for each in limited
    ]
    counted = [each.annotate(count=Count("id")) for each in counts]
    whole = counted[0].union(*counted[1:], all=True) if counted else []
    return {row["scope_id"]: row["count"] for row in whole}


def _versions() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [TEMPLATE])
        return dict(cursor.fetchall())


def _stops() -> dict[int, ScopeDecision]:
    return {row.scope_id: row for row in select_rows(ScopeDecision, _STOPS, [STOP.value])}
