"""The cases behind a number, page by page, newest first."""

from dataclasses import dataclass, fields
from datetime import datetime

from opsdesk.cases import queries as cases_queries
from opsdesk.insight import stuck
from opsdesk.insight.cohort import FOLLOW_UP, Cohort, FunnelFilters, path, tiers_of, with_cohort
from opsdesk.insight.picks import NOW, Pick, condition, parse
from opsdesk.insight.sql import Row, at, instant, rows
from opsdesk.kernel.period import Period

MOST = 500
CURSOR_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Selection:
    """One number of one funnel: enough to find its cases again."""

    desk: str
    period: Period
    filters: FunnelFilters
    pick: str


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
class CasePage:
    """One page. `after` is the id from which the next page goes on, None at the end."""

    pick: Pick
    total: int
    lines: tuple[CaseLine, ...]
    after: int | None


def cases(selection: Selection, *, now: datetime, after: int | None = None, size: int = 50) -> CasePage:
    """The cases of a number, those opened last first, from the one after case `after` on.

    `total` is how many there are in all. Refuses `NoSuchNumber`, `NoSuchDesk`.
    """
    definition = cases_queries.desk(selection.desk)
    cohort = Cohort(
        selection.desk, selection.period, selection.filters, tiers_of(selection.desk, definition.top_tier)
    )
    pick = parse(selection.pick, cohort.tiers)
    source, where, values = _sought(cohort, pick, now)
    total = rows(TOTAL.format(source=source, where=where), values)[0][0]
    found = _lines(source, where, values, after=after, size=min(size, MOST))
    return CasePage(pick, total, found[:size], found[size - 1].id if len(found) > size else None)


def _sought(cohort: Cohort, pick: Pick, now: datetime) -> tuple[str, str, dict[str, object]]:
    if pick.measure in NOW:
        return stuck.sought(cohort, pick.measure, now)
    source = with_cohort(cohort, path(cohort.tiers), *([FOLLOW_UP] if pick.measure == "followed_up" else []))
    return source, condition(pick, cohort.tiers), cohort.values


FIELDS = fields(CaseLine)
TOTAL = "{source} SELECT COUNT(*) FROM path p WHERE {where}"
LINES = """
{source}
SELECT k.id, k.subject, k.state, k.queue, k.tier, k.family, k.type, COALESCE(a.name, ''),
    CASE WHEN k.requester_name = '' THEN k.requester_email ELSE k.requester_name END,
    COALESCE(o.name, ''), k.opened_at, k.resolved_at
FROM path p
JOIN cases_case k ON k.id = p.id
LEFT JOIN accounts_account a ON a.id = k.account_id
LEFT JOIN people_person o ON o.id = k.assignee_id
WHERE {where}{later}
ORDER BY p.opened_at DESC, p.id DESC
LIMIT {limit:d}
"""
LATER = """ AND (p.opened_at, p.id) < (SELECT z.opened_at, z.id FROM cases_case z WHERE z.id = %(after)s)"""


def _lines(
    source: str, where: str, values: dict[str, object], *, after: int | None, size: int
) -> tuple[CaseLine, ...]:
    later = "" if after is None else LATER
    query = LINES.format(source=source, where=where, later=later, limit=size + 1)
    return tuple(_line(row) for row in rows(query, {**values, "after": after}))


def _line(row: Row) -> CaseLine:
    opened, resolved = row[10:]
    known = {field.name: value for field, value in zip(FIELDS, row[:10], strict=False)}
    return CaseLine(**known, opened_at=at(opened), resolved_at=instant(resolved))
