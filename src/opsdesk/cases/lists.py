"""Lists of cases: filters, keyset pages, badge counts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.expressions import RawSQL

from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.models import UNRESOLVED, Case
from opsdesk.cases.queries import desk as desk_definition

# Literals, not parameters: with a bound parameter SQLite can't know that the partial index serves.
UNRESOLVED_SQL = "cases_case.state IN ('open', 'waiting')"
PAGE = 50
# A count per place in the index, each entry met once: grouping the same entries takes three times as long.
_PLACE = f"SELECT COUNT(*) FROM cases_case WHERE {UNRESOLVED_SQL} AND desk = %s AND queue = %s AND state"
OF_QUEUE = (
    f"SELECT %s, ({_PLACE} = 'open' AND assignee_id IS NULL), ({_PLACE} = 'open' AND assignee_id > 0),"
    f" ({_PLACE} = 'waiting')"
)
# Every case is due after it; saying so names the index by assignee, else SQLite walks through everybody's.
LEAST = datetime.min.replace(tzinfo=UTC)
MINE = (
    f"SELECT COUNT(*) FROM cases_case WHERE {UNRESOLVED_SQL} AND desk = %s AND assignee_id = %s"
    f" AND due_sort_at >= '{LEAST.date()}'"
)

# A list reads what it shows and no whole rows: making objects of them took longer than finding them.
COLUMNS = (
    "id", "version", "kind", "state", "queue", "tier", "subject", "excerpt", "requester_name",
    "requester_email", "account_id", "account__name", "type", "assignee_id", "assignee__name", "opened_at",
    "due_at", "due_sort_at", "due_target", "deadline_at", "waiting_on", "waiting_party", "waiting_since",
    "expected_at", "overran_at", "resolved_at", "last_inbound_at", "read_at", "claims_id", "reopened_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """What a list shows. Empty fields filter nothing.

    `mine_of`: the cases of that person, then (with `queues`) the unassigned ones of those queues.
    `states` beyond open and waiting order the list by newest opened first.
    """

    desk: str
    queue: str = ""
    states: tuple[str, ...] = ("open", "waiting")
    mine_of: int | None = None
    queues: tuple[str, ...] = ()
    type: str = ""
    family: str = ""
    account_id: int | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    unread: bool = False
    overran: bool = False
    claims: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before, and its section (0 mine or the only one, 1 unassigned)."""

    section: int
    at: datetime
    opened_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list; `sort_at` is what the list orders by."""

    id: int
    sort_at: datetime
    version: int
    section: int
    kind: str
    state: str
    queue: str
    tier: int
    subject: str
    excerpt: str
    requester_name: str
    requester_email: str
    account_id: int | None
    account_name: str
    type: str
    assignee_id: int | None
    assignee_name: str
    opened_at: datetime
    due_at: datetime | None
    deadline_at: datetime | None
    due_target: str
    waiting_on: str
    waiting_party: str
    waiting_since: datetime | None
    expected_at: datetime | None
    overran: bool
    resolved_at: datetime | None
    unread: bool
    claims_id: int | None
    reopened_count: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of a list; `next` is None on the last one."""

    rows: tuple[CaseRow, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Badge:
    """How many unresolved cases a queue holds."""

    open: int = 0
    waiting: int = 0
    unassigned: int = 0


@dataclass(frozen=True, slots=True)
class Badges:
    """The numbers beside the queues of a desk, and beside *mine*."""

    queues: dict[str, Badge] = field(default_factory=dict)
    mine: int = 0


def queue_page(
    filters: QueueFilters, *, person_id: int | None, after: Cursor | None = None, size: int = PAGE
) -> QueuePage:
    """One page of a list, due soonest first; waiting cases and those without a target stand last.

    Pages hang on the last row, not on a count: what comes or goes in between shifts nothing.
    """
    rows: list[CaseRow] = []
    sections = (0, 1) if filters.mine_of is not None and filters.queues else (0,)
    for section in sections:
        if after is not None and section < after.section:
            continue
        start = after if after is not None and after.section == section else None
        wanted = size + 1 - len(rows)
        if wanted > 0:
            found = _section(filters, section, person_id, start).values_list(*COLUMNS)[:wanted]
            rows.extend(_row(dict(zip(COLUMNS, values, strict=True)), section) for values in found)
    page, more = rows[:size], len(rows) > size
    last = page[-1] if page else None
    return QueuePage(
        tuple(page), Cursor(last.section, last.sort_at, last.opened_at, last.id) if more and last else None
    )


def count(filters: QueueFilters, *, person_id: int | None, most: int = 1000) -> int:
    """How many cases a list holds, counted up to `most`."""
    sections = (0, 1) if filters.mine_of is not None and filters.queues else (0,)
    return sum(
        _filtered(filters, section, person_id).order_by()[:most].values("id").count() for section in sections
    )


def badges(desk: str, *, person_id: int | None) -> Badges:
    """Open, waiting and unassigned cases of each queue of a desk, and how many are the person's own."""
    keys = [queue.key for queue in desk_definition(desk).queues]
    queues: dict[str, Badge] = {}
    with connection.cursor() as cursor:
        places = [value for key in keys for value in (key, *[desk, key] * 3)]
        cursor.execute(" UNION ALL ".join([OF_QUEUE] * len(keys)), places)
        for queue, unassigned, assigned, waiting in cursor.fetchall():
            if unassigned or assigned or waiting:
                queues[queue] = Badge(unassigned + assigned, waiting, unassigned)
        cursor.execute(MINE, [desk, person_id or 0])
        mine = cursor.fetchone()[0]
    return Badges(queues, mine)


def _section(
    filters: QueueFilters, section: int, person_id: int | None, after: Cursor | None
) -> QuerySet[Case]:
    found = _filtered(filters, section, person_id).annotate(read_at=F("mark__read_at"))
    if _alive(filters):
        if after is not None:
            found = found.filter(_beyond("due_sort_at", ">", after))
        return found.order_by("due_sort_at", "opened_at", "id")
    if after is not None:
        found = found.filter(_beyond("opened_at", "<", after))
    return found.order_by("-opened_at", "-id")


def _beyond(column: str, way: str, after: Cursor) -> RawSQL:
    """Rows that follow the cursor in the list's order, as one comparison of rows."""
    adapt = connection.ops.adapt_datetimefield_value
    columns = ["due_sort_at", "opened_at", "id"] if column == "due_sort_at" else ["opened_at", "id"]
    values = [adapt(after.at), adapt(after.opened_at), after.id]
    names = ", ".join(f"cases_case.{name}" for name in columns)
    places = ", ".join(["%s"] * len(columns))
    return RawSQL(f"({names}) {way} ({places})", values[-len(columns) :], output_field=models.BooleanField())


def _filtered(filters: QueueFilters, section: int, person_id: int | None) -> QuerySet[Case]:
    found = Case.objects.filter(desk=filters.desk).annotate(
        mark=FilteredRelation("read_marks", condition=Q(read_marks__person_id=person_id or 0))
    )
    if _alive(filters):
        found = found.filter(RawSQL(UNRESOLVED_SQL, [], output_field=models.BooleanField()))
        found = found.exclude(queue=NOWHERE)
    if set(filters.states) != set(UNRESOLVED):
        found = found.filter(state__in=filters.states)
    if filters.mine_of is not None and section == 0:
        found = found.filter(assignee_id=filters.mine_of, due_sort_at__gte=LEAST)
    elif filters.mine_of is not None:
        found = found.filter(assignee__isnull=True, queue__in=filters.queues)
    return found.filter(_conditions(filters))


def _alive(filters: QueueFilters) -> bool:
    return set(filters.states) <= set(UNRESOLVED)


def _conditions(filters: QueueFilters) -> Q:
    where = Q()
    for name in ("queue", "type", "family", "account_id", "assignee_id"):
        value = getattr(filters, name)
        if value:
            where &= Q(**{name: value})
    if filters.unassigned:
        where &= Q(assignee__isnull=True)
    if filters.unread:
        where &= Q(last_inbound_at__isnull=False) & (
            Q(mark__read_at__isnull=True) | Q(last_inbound_at__gt=F("mark__read_at"))
        )
    if filters.overran:
        where &= Q(overran_at__isnull=False)
    if filters.claims:
        where &= Q(claims__isnull=False)
    if filters.text:
        where &= _text(filters.text)
    return where


def _text(text: str) -> Q:
    number = text.strip().removeprefix("#")
    where = (
        Q(subject__icontains=text) | Q(requester_email__icontains=text) | Q(requester_name__icontains=text)
    )
    if number.isdecimal() and len(number) < 18:
        where |= Q(id=int(number))
    return where


def _row(values: dict[str, Any], section: int) -> CaseRow:
    read_at, overran_at = values.pop("read_at"), values.pop("overran_at")
    inbound_at = values.pop("last_inbound_at")
    return CaseRow(
        sort_at=values.pop("due_sort_at"),
        section=section,
        account_name=values.pop("account__name") or "",
        assignee_name=values.pop("assignee__name") or "",
        overran=overran_at is not None,
        unread=inbound_at is not None and (read_at is None or inbound_at > read_at),
        **values,
    )
