"""The money ledger: balances of deals, and whether it adds up.

A balance is a sum of transfers. What is checked is what the database alone can't hold: that each deal's
transfers are those of the state it is in, none of them twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from opsdesk.deals.lifecycle import MoneyAction, State
from opsdesk.deals.models import Transfer
from opsdesk.journal.rows import places

DUPLICATE, UNBALANCED, CURRENCY = "duplicate", "unbalanced", "currency"
SLICE = 10_000
_AT_ONCE = 500

_ACTIONS = ", ".join(
    f"COALESCE(SUM(CASE WHEN t.action = '{action}' THEN t.amount_minor END), 0)" for action in MoneyAction
)
_SUMS = f"SELECT t.deal_id, {_ACTIONS} FROM deals_transfer t WHERE t.deal_id IN"
_BOOKS = (
    "SELECT d.id, s.country, s.category, d.state, d.total_minor, d.held_minor,"
    f" {_ACTIONS}, COUNT(t.id), COUNT(DISTINCT t.action || ':' || t.cause),"
    " COALESCE(SUM(CASE WHEN t.currency <> d.currency THEN 1 ELSE 0 END), 0)"
    " FROM deals_deal d JOIN deals_scope s ON s.id = d.scope_id"
    " LEFT JOIN deals_transfer t ON t.deal_id = d.id"
)
_GROUPED = " GROUP BY d.id, s.country, s.category, d.state, d.total_minor, d.held_minor ORDER BY d.id"


@dataclass(frozen=True, slots=True)
class Sums:
    """What the ledger says of one deal, minor units of its currency."""

    held_in: int = 0
    released: int = 0
    refunded: int = 0
    offset: int = 0

    @property
    def held(self) -> int:
        """What escrow still holds: HOLD = RELEASE + REFUND + OFFSET + this."""
        return self.held_in - self.released - self.refunded - self.offset


@dataclass(frozen=True, slots=True)
class Fault:
    """A deal whose money is not as it must be. `kind`: `duplicate`, `unbalanced` or `currency`."""

    deal_id: int
    scope: str
    kind: str
    state: str
    total: int
    sums: Sums


def sums(deal_ids: Collection[int]) -> dict[int, Sums]:
    """The sums of these deals; of none that has no transfer."""
    found: dict[int, Sums] = {}
    for some in _some(deal_ids):
        with connection.cursor() as cursor:
            cursor.execute(f"{_SUMS} ({places(some)}) GROUP BY t.deal_id", some)
            found |= {row[0]: Sums(*map(int, row[1:])) for row in cursor.fetchall()}
    return found


def check(deal_ids: Collection[int] | None = None, *, since: int | None = None) -> list[Fault]:
    """The faults of these deals, of those with a transfer after the one numbered `since`, or of all.

    Ids of transfers may become visible out of order, so who follows them by `since` also walks through
    all deals by and by: `check_slice`.
    """
    if deal_ids is not None:
        return [
            fault
            for some in _some(deal_ids)
            for fault in _faults(f"{_BOOKS} WHERE d.id IN ({places(some)}){_GROUPED}", some)
        ]
    if since is not None:
        touched = "d.id IN (SELECT n.deal_id FROM deals_transfer n WHERE n.id > %s)"
        return _faults(f"{_BOOKS} WHERE {touched}{_GROUPED}", [since])
    faults, after = check_slice(0)
    while after is not None:
        more, after = check_slice(after)
        faults += more
    return faults


def check_slice(after: int, *, size: int = SLICE) -> tuple[list[Fault], int | None]:
    """The faults of the next deals after the one of that id, and where to go on; None: that was the last."""
    last = "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM deals_deal WHERE id > %s ORDER BY id LIMIT %s) n"
    with connection.cursor() as cursor:
        cursor.execute(last, [after, size])
        end, count = cursor.fetchone()
    if not count:
        return [], None
    faults = _faults(f"{_BOOKS} WHERE d.id > %s AND d.id <= %s{_GROUPED}", [after, end])
    return faults, end if count == size else None


def newest_transfer() -> int:
    """The id of the newest transfer; 0 where there is none."""
    return Transfer.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _faults(statement: str, values: Sequence[int]) -> list[Fault]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [fault for row in cursor.fetchall() for fault in _of_book(row)]


def _of_book(row: tuple[Any, ...]) -> list[Fault]:
    deal_id, country, category, state, total, held = row[:6]
    found, (count, different, foreign) = Sums(*map(int, row[6:10])), row[10:]
    wrong = {
        DUPLICATE: count != different,
        UNBALANCED: not _balances(State(state), total, held, found),
        CURRENCY: foreign > 0,
    }
    scope = f"{country}.{category}"
    return [Fault(deal_id, scope, kind, state, total, found) for kind, is_so in wrong.items() if is_so]


def _balances(state: State, total: int, held: int, found: Sums) -> bool:
    """Whether the sums are those of a deal of this total and holdback in this state."""
    to_buyer = found.refunded + found.offset
    if state is State.CREATED:
        return found == Sums()
    if state is State.FUNDED:
        return found == Sums(held_in=total)
    if state is State.SETTLED:
        return found.held_in == total and found.held == 0 and to_buyer <= held
    return found == Sums(held_in=total, released=total - held)


def _some(deal_ids: Collection[int]) -> list[list[int]]:
    every = sorted(set(deal_ids))
    return [every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE)]
