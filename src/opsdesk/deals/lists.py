"""Lists of deals: filters, keyset pages newest first, counts by state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from opsdesk.deals import ledger, queries
from opsdesk.deals.ledger import Sums
from opsdesk.deals.lifecycle import WAITS_FOR, Party, State
from opsdesk.deals.models import Deal, Scope
from opsdesk.journal.rows import places, select_rows
from opsdesk.kernel.money import Money
from opsdesk.kernel.sql import aware

PAGE = 50
# A text is looked for in so many deals at a time: a page is quick however old what matches is.
WINDOW = 25_000
MOST_COUNTED = 1000
_MOST_PARTS = 200
_NEWEST_FIRST = " ORDER BY created_at DESC, id DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class DealFilters:
    """What a list shows. Empty fields filter nothing.

    `scopes`: keys, for who may see some only; `first` and `below`: when the deal was created, half-open;
    `text`: any part of reference, item, names of the parties; or a deal's number.
    """

    country: str = ""
    category: str = ""
    scopes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    first: datetime | None = None
    below: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before."""

    created_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class DealRow:
    """One line of a list. `held`: what escrow holds now; `due_at`: when the system acts by itself."""

    id: int
    version: int
    scope: str
    country: str
    category: str
    state: State
    reference: str
    item: str
    buyer: str
    seller: str
    total: Money
    held: Money
    reason: str
    created_at: datetime
    state_since: datetime
    due_at: datetime | None
    settled_at: datetime | None
    ending: str
    waits_for: Party | None


@dataclass(frozen=True, slots=True)
class DealPage:
    """A page of a list; `next` is None on the last one.

    Looking for a text a page may be short and yet not the last: it looked back as far as `looked_back_to`.
    """

    rows: tuple[DealRow, ...]
    next: Cursor | None
    looked_back_to: datetime | None = None


Where = tuple[str, list[Any]]


def page(filters: DealFilters, *, after: Cursor | None = None, size: int = PAGE) -> DealPage:
    """One page of a list, newest first; pages hang on the last row, so what comes or goes shifts nothing."""
    scopes = _scopes(filters)
    exact = _exact(filters, scopes)
    end = _window_end(after) if filters.text.strip() else None
    conditions = [*_common(filters), *_between(after, end)]
    if filters.text.strip():
        conditions.append(("words LIKE %s ESCAPE '!'", [_like(filters.text)]))
    if exact:
        conditions.append((f"id NOT IN ({places(exact)})", list(exact)))
    found = _ids(_parts(filters, scopes), conditions, size + 1) if scopes else []
    kept = [id for id, _ in found[:size]]
    shown = [*(exact if after is None else ()), *kept]
    if len(found) > size:
        id, created_at = found[size - 1]
        return DealPage(_rows(shown, scopes), Cursor(created_at, id))
    return DealPage(_rows(shown, scopes), end, end.created_at if end else None)


def counts(filters: DealFilters, *, most: int = MOST_COUNTED) -> dict[State, int]:
    """How many deals each state has, counted up to `most`, with all filters but states and text."""
    scopes = _scopes(filters)
    if not scopes:
        return {}
    ids = list(scopes)
    where = [(f"scope_id IN ({places(ids)})", ids), *_common(filters)]
    tests = "".join(f" AND {sql}" for sql, _ in where)
    values = [value for _, given in where for value in given]
    one = f"SELECT COUNT(*) FROM (SELECT 1 FROM deals_deal WHERE state = %s{tests} LIMIT %s) found"
    with connection.cursor() as cursor:
        statement = ", ".join([f"({one})"] * len(State))
        cursor.execute(
            f"SELECT {statement}", [each for state in State for each in (state.value, *values, most)]
        )
        return dict(zip(State, map(int, cursor.fetchone()), strict=True))


def _scopes(filters: DealFilters) -> dict[int, Scope]:
    return {
        scope.id: scope
        for scope in queries.scopes()
        if filters.country in ("", scope.country)
        and filters.category in ("", scope.category)
        and (not filters.scopes or scope.key in filters.scopes)
    }


def _common(filters: DealFilters) -> Iterator[Where]:
    """What holds of each row, whichever index finds it."""
    if filters.first is not None:
        yield "created_at >= %s", [_instant(filters.first)]
    if filters.below is not None:
        yield "created_at < %s", [_instant(filters.below)]
    # The index by ending holds settled deals alone and is used only if that is said; so is the one by reason.
    if filters.endings:
        yield f"settled_at IS NOT NULL AND ending IN ({places(filters.endings)})", list(filters.endings)
    if filters.reasons:
        yield f"issue_at IS NOT NULL AND reason IN ({places(filters.reasons)})", list(filters.reasons)


def _parts(filters: DealFilters, scopes: dict[int, Scope]) -> list[Where]:
    """The list as parts, in each of which one index has the deals in the list's order."""
    every = _is_every(filters)
    in_scopes: list[Where] = [] if every else [(f"scope_id IN ({places(scopes)})", list(scopes))]
    in_states: list[Where] = (
        [(f"state IN ({places(filters.states)})", list(filters.states))] if filters.states else []
    )
    rest: list[Where] = [*in_scopes, *in_states]
    if filters.reasons:
        return [_and([("issue_at IS NOT NULL AND reason = %s", [each]), *rest]) for each in filters.reasons]
    if filters.endings:
        return [_and([("settled_at IS NOT NULL AND ending = %s", [each]), *rest]) for each in filters.endings]
    if filters.states and len(filters.states) * len(scopes) <= _MOST_PARTS:
        return [
            ("scope_id = %s AND state = %s", [scope, state]) for scope in scopes for state in filters.states
        ]
    if every or filters.states or len(scopes) > _MOST_PARTS:
        return [_and([*in_scopes, *in_states])]
    return [("scope_id = %s", [scope]) for scope in scopes]


def _is_every(filters: DealFilters) -> bool:
    return not (filters.country or filters.category or filters.scopes)


def _between(after: Cursor | None, end: Cursor | None) -> Iterator[Where]:
    if after is not None:
        yield "(created_at, id) < (%s, %s)", [_instant(after.created_at), after.id]
    if end is not None:
        yield "(created_at, id) >= (%s, %s)", [_instant(end.created_at), end.id]


def _and(conditions: list[Where]) -> Where:
    tests = " AND ".join(sql for sql, _ in conditions) or "1 = 1"
    return tests, [value for _, given in conditions for value in given]


def _ids(parts: list[Where], conditions: list[Where], limit: int) -> list[tuple[int, datetime]]:
    """The newest of what the parts hold: of each its newest, then of those the newest."""
    statements, values = [], []
    for part in parts:
        tests, given = _and([part, *conditions])
        newest = f"SELECT id, created_at FROM deals_deal WHERE {tests}{_NEWEST_FIRST}"
        statements.append(f"SELECT id, created_at FROM ({newest}) part")
        values += [*given, limit]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements) + _NEWEST_FIRST, [*values, limit])
        return [(id, _read(created_at)) for id, created_at in cursor.fetchall()]


def _exact(filters: DealFilters, scopes: dict[int, Scope]) -> list[int]:
    """The deals that the text names: by number, or by their whole reference."""
    text = filters.text.strip()
    if not text or not scopes:
        return []
    number = text.removeprefix("#")
    is_number = number.isascii() and number.isdecimal() and len(number) < 18
    named: list[Where] = [("reference = %s AND NOT (reference = '')", [text])]
    if is_number:
        named.append(("id = %s", [int(number)]))
    of_scopes = (f"scope_id IN ({places(scopes)})", list(scopes))
    conditions = [of_scopes, *_common(filters)]
    if filters.states:
        conditions.append((f"state IN ({places(filters.states)})", list(filters.states)))
    found = _ids([_and([each]) for each in named], conditions, PAGE)
    return list(dict.fromkeys(id for id, _ in found))


def _window_end(after: Cursor | None) -> Cursor | None:
    """How far back one page looks for a text; None: to the oldest deal."""
    where, values = _and(list(_between(after, None)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT created_at, id FROM deals_deal WHERE {where}{_NEWEST_FIRST} OFFSET %s",
            [*values, 1, WINDOW - 1],
        )
        row = cursor.fetchone()
    return Cursor(_read(row[0]), row[1]) if row else None


def _rows(ids: list[int], scopes: dict[int, Scope]) -> tuple[DealRow, ...]:
    if not ids:
        return ()
    found = {deal.id: deal for deal in select_rows(Deal, f"WHERE id IN ({places(ids)})", ids)}
    sums = ledger.sums(ids)
    deals = [found[id] for id in ids if id in found]
    return tuple(_row(deal, scopes[deal.scope_id], sums.get(deal.id, Sums())) for deal in deals)


def _row(deal: Deal, scope: Scope, sums: Sums) -> DealRow:
    state = State(deal.state)
    due = {State.INSPECTION: deal.auto_approve_at, State.ISSUE: deal.dispute_due_at}
    return DealRow(
        id=deal.id,
        version=deal.version,
        scope=scope.key,
        country=scope.country,
        category=scope.category,
        state=state,
        reference=deal.reference,
        item=deal.item,
        buyer=deal.buyer_name,
        seller=deal.seller_name,
        total=Money(deal.total_minor, deal.currency),
        held=Money(sums.held, deal.currency),
        reason=deal.reason,
        created_at=deal.created_at,
        state_since=deal.state_since,
        due_at=due.get(state),
        settled_at=deal.settled_at,
        ending=deal.ending,
        waits_for=WAITS_FOR.get(state),
    )


def _like(text: str) -> str:
    words = " ".join(text.casefold().split())
    for special in "!%_":
        words = words.replace(special, f"!{special}")
    return f"%{words}%"


def _instant(instant: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(instant)


def _read(written: Any) -> datetime:
    """An instant of a plain cursor: SQLite gives it as it is stored."""
    instant = datetime.fromisoformat(written) if isinstance(written, str) else written
    return aware(instant) or datetime.min.replace(tzinfo=UTC)
