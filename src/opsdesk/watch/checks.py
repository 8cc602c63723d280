"""What the sweep looks at: transfers, rulings, timers. Only reads; each says what it found, how far it came.

What is new is looked at whole, everything else by and by, a slice a minute, round and round.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from opsdesk.deals import ledger
from opsdesk.deals.lifecycle import State, Timer
from opsdesk.deals.models import Deal, Scope, Transfer
from opsdesk.deals.queries import terms
from opsdesk.deals.timers import KIND_OF
from opsdesk.disputes import audit
from opsdesk.disputes.models import Ruling
from opsdesk.kernel.sql import aware

NO_TIMER, RULING = "timer", "ruling"
NEW_AT_ONCE = 2000
SLICE = 1000
TIMERS_AT_ONCE = 1000
RULINGS_AT_ONCE = 500
_TIMER = {State.INSPECTION: Timer.AUTO_APPROVE, State.ISSUE: Timer.DISPUTE_TTL}
# What pages show of a timer has to be when it fires.
_INSTANT = {State.INSPECTION: "auto_approve_at", State.ISSUE: "dispute_due_at"}
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing wrong with one deal of a scope, as `MN.USED_CAR_PRIVATE`."""

    scope: str
    deal_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place among the deals of a state, by scope and creation; none of them precedes the first."""

    scope: int = 0
    at: datetime = _FIRST
    after: int = 0

    def written(self) -> list[Any]:
        """As it is kept."""
        return [self.scope, self.at.isoformat(), self.after]

    @staticmethod
    def read(kept: Sequence[Any] | None) -> "Place":
        """The place again; the first where none was kept."""
        return Place(kept[0], datetime.fromisoformat(kept[1]), kept[2]) if kept else Place()


def again(known: Collection[tuple[int, str]]) -> list[Found]:
    """What is wrong of what was, by deal and kind."""
    deal_ids, ruled = {deal for deal, _ in known}, {deal for deal, kind in known if kind == RULING}
    found = [Found(each.scope, each.deal_id, each.kind) for each in ledger.check(deal_ids)]
    rulings = Ruling.objects.filter(dispute__deal_id__in=ruled).values_list("id", flat=True)
    wrong = [each for id in rulings for each in audit.disagreements(since=id - 1, limit=1)]
    wrong += [each for each in audit.undecided() if each.deal_id in ruled]
    return [*found, *_of_rulings(wrong), *_without_timer(Deal.objects.filter(id__in=deal_ids))]


def new_transfers(after: int) -> tuple[list[Found], int, int]:
    """What is wrong with the deals of the next transfers; up to which one that is, and how many deals."""
    newest = Transfer.objects.filter(id__gt=after).order_by("id").values_list("id", "deal_id")[:NEW_AT_ONCE]
    some = list(newest)
    if not some:
        return [], after, 0
    deals = {deal for _, deal in some}
    found = [Found(each.scope, each.deal_id, each.kind) for each in ledger.check(deals)]
    return found + _without_timer(Deal.objects.filter(id__in=deals)), some[-1][0], len(deals)


def next_deals(after: int) -> tuple[list[Found], int, int]:
    """The next slice of all deals; where the one after it begins, 0 after the last, and how many deals."""
    faults, end = ledger.check_slice(after, size=SLICE)
    looked_at = SLICE if end is not None else Deal.objects.filter(id__gt=after).count()
    return [Found(each.scope, each.deal_id, each.kind) for each in faults], end or 0, looked_at


def new_rulings(after: int) -> tuple[list[Found], int]:
    """What the next rulings disagree with, and up to which one that is."""
    found, end, _ = _rulings(after)
    return found, end


def next_rulings(after: int) -> tuple[list[Found], int]:
    """The next slice of all rulings; where the one after it begins, 0 after the last."""
    found, end, number = _rulings(after)
    return found, end if number == RULINGS_AT_ONCE else 0


def undecided() -> list[Found]:
    """Disputes without a ruling whose deals are settled."""
    return _of_rulings(audit.undecided())


def next_timers(state: State, place: Place) -> tuple[list[Found], Place]:
    """The next deals of a state whose timer has to be armed; and where to go on, after the last one anew."""
    found: list[Found] = []
    left = TIMERS_AT_ONCE
    for scope in Scope.objects.filter(id__gte=place.scope).order_by("id"):
        start = place if place.scope == scope.id else Place(scope.id)
        some = _timers(state, scope.id, start, left)
        found += [
            Found(scope.key, id, NO_TIMER)
            for id, _, version, task in some
            if not task and _wants(state, scope.key, version)
        ]
        left -= len(some)
        if left <= 0:
            return found, Place(scope.id, aware(some[-1][1]) or _FIRST, some[-1][0])
    return found, Place()


def _timers(state: State, scope_id: int, place: Place, limit: int) -> list[tuple[int, datetime, int, int]]:
    """Deals after a place: id, creation, version of the terms, and the task that is armed for its instant."""
    statement = (
        "SELECT d.id, d.created_at, d.template_version, t.id FROM deals_deal d LEFT JOIN clock_task t"
        f" ON t.unique_key = '{KIND_OF[_TIMER[state]]}:' || d.id AND t.state = 'armed'"
        f" AND t.due_at = d.{_INSTANT[state]}"
        f" WHERE d.scope_id = %s AND d.state = '{state.value}' AND (d.created_at, d.id) > (%s, %s)"
        " ORDER BY d.created_at, d.id LIMIT %s"
    )
    at = connection.ops.adapt_datetimefield_value(place.at)
    with connection.cursor() as cursor:
        cursor.execute(statement, [scope_id, at, place.after, limit])
        return list(cursor.fetchall())


def _rulings(after: int) -> tuple[list[Found], int, int]:
    newer = Ruling.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)
    ids = list(newer[:RULINGS_AT_ONCE])
    if not ids:
        return [], after, 0
    return _of_rulings(audit.disagreements(since=after, limit=len(ids))), ids[-1], len(ids)


def _of_rulings(wrong: Iterable[audit.Disagreement]) -> list[Found]:
    each = list(wrong)
    if not each:
        return []
    keys = {scope.id: scope.key for scope in Scope.objects.all()}
    return [Found(keys[one.scope_id], one.deal_id, RULING) for one in each]


def _without_timer(deals: "QuerySet[Deal]") -> list[Found]:
    """Those of the deals whose timer is not armed although their state and their terms want it."""
    ids = list(deals.filter(state__in=[state.value for state in _TIMER]).values_list("id", flat=True))
    found: list[Found] = []
    for start in range(0, len(ids), NEW_AT_ONCE):
        found += _unarmed(ids[start : start + NEW_AT_ONCE])
    return found


def _unarmed(ids: Collection[int]) -> list[Found]:
    if not ids:
        return []
    named = " ".join(f"WHEN '{state.value}' THEN '{KIND_OF[timer]}:'" for state, timer in _TIMER.items())
    instants = " ".join(f"WHEN '{state.value}' THEN d.{column}" for state, column in _INSTANT.items())
    states = ", ".join(f"'{state.value}'" for state in _TIMER)
    places = ", ".join(["%s"] * len(ids))
    statement = (
        "SELECT s.country, s.category, d.id, d.state, d.template_version"
        " FROM deals_deal d JOIN deals_scope s ON s.id = d.scope_id"
        f" LEFT JOIN clock_task t ON t.unique_key = CASE d.state {named} END || d.id AND t.state = 'armed'"
        f" AND t.due_at = CASE d.state {instants} END"
        f" WHERE d.id IN ({places}) AND t.id IS NULL AND d.state IN ({states}) ORDER BY d.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, list(ids))
        rows = [(f"{country}.{category}", *rest) for country, category, *rest in cursor.fetchall()]
    return [
        Found(key, id, NO_TIMER) for key, id, state, version in rows if _wants(State(state), key, version)
    ]


def _wants(state: State, scope: str, version: int) -> bool:
    """Whether a deal in this state has a timer by the terms it is pinned to."""
    return state is State.ISSUE or terms(scope, version).auto_approve
