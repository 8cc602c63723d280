"""The lines of a list behind a number: cases, deals or disputes by their ids, in the order given."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from opsdesk.insight.sql import Row, instant, rows

CASES = """
SELECT k.id, k.subject, k.state, k.queue, k.tier, k.family, k.type, COALESCE(a.name, ''),
    CASE WHEN k.requester_name = '' THEN k.requester_email ELSE k.requester_name END,
    COALESCE(o.name, ''), k.opened_at, k.resolved_at
FROM cases_case k
LEFT JOIN accounts_account a ON a.id = k.account_id
LEFT JOIN people_person o ON o.id = k.assignee_id
WHERE k.id IN ({ids})
"""
DEALS = """
SELECT d.id, s.country || '.' || s.category, d.state, d.reference, d.item, d.currency, d.total_minor,
    d.reason, d.created_at, d.state_since, d.settled_at, d.ending
FROM deals_deal d JOIN deals_scope s ON s.id = d.scope_id
WHERE d.id IN ({ids})
"""
DISPUTES = """
SELECT p.id, p.case_id, p.deal_id, s.country || '.' || s.category, p.reason, d.item,
    COALESCE(r.basis, ''), COALESCE(r.outcome, ''), COALESCE(o.name, ''),
    p.raised_at, p.due_at, p.decided_at
FROM disputes_dispute p
JOIN deals_deal d ON d.id = p.deal_id
JOIN deals_scope s ON s.id = p.scope_id
LEFT JOIN disputes_ruling r ON r.dispute_id = p.id
LEFT JOIN people_person o ON o.id = r.ruled_by_id
WHERE p.id IN ({ids})
"""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list."""

    id: int
    subject: str
    state: str
    queue: str
    tier: int
    family: str
    type: str
    account: str
    requester: str
    assignee: str
    opened_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal in a list; `total_minor` in minor units of `currency`."""

    id: int
    scope: str
    state: str
    reference: str
    item: str
    currency: str
    total_minor: int
    reason: str
    created_at: datetime
    state_since: datetime
    settled_at: datetime | None
    ending: str


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in a list; `basis` and `outcome` are empty while nobody has ruled, `ruled_by` by the TTL."""

    id: int
    case_id: int
    deal_id: int
    scope: str
    reason: str
    item: str
    basis: str
    outcome: str
    ruled_by: str
    raised_at: datetime
    due_at: datetime
    decided_at: datetime | None


def cases(ids: Sequence[int]) -> list[CaseLine]:
    """The cases of these ids."""
    return [CaseLine(**_known(CaseLine, row)) for row in _found(CASES, ids)]


def deals(ids: Sequence[int]) -> list[DealLine]:
    """The deals of these ids."""
    return [DealLine(**_known(DealLine, row)) for row in _found(DEALS, ids)]


def disputes(ids: Sequence[int]) -> list[DisputeLine]:
    """The disputes of these ids."""
    return [DisputeLine(**_known(DisputeLine, row)) for row in _found(DISPUTES, ids)]


def _known(line: type[CaseLine | DealLine | DisputeLine], row: Row) -> dict[str, Any]:
    """A row's values by the line's fields, in their order; what is called `..._at` is an instant."""
    pairs = zip((field.name for field in fields(line)), row, strict=True)
    return {name: instant(value) if name.endswith("_at") else value for name, value in pairs}


def _found(query: str, ids: Sequence[int]) -> list[Row]:
    """The rows of these ids in their order; an id that names nothing is left out."""
    if not ids:
        return []
    by_id = {row[0]: row for row in rows(query.format(ids=", ".join(f"{id:d}" for id in ids)), {})}
    return [by_id[id] for id in ids if id in by_id]
