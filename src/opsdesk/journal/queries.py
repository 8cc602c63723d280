"""Reading the journal: a subject's history, and the change sequence that derived data follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from opsdesk.journal.models import Entry, Generation
from opsdesk.journal.rows import select_rows


@dataclass(frozen=True, slots=True)
class EntryValue:
    """One fact as read."""

    id: int
    kind: str
    subject_kind: str
    subject_id: int
    actor_kind: str
    actor_id: int | None
    happened_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader of the change sequence has come."""

    generation: int = 0
    xact: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """The next facts, where to go on, and whether the reader must drop all it derived before them."""

    entries: tuple[EntryValue, ...]
    cursor: Cursor
    start_over: bool


def history(subject_kind: str, subject_id: int, *, limit: int = 200) -> list[EntryValue]:
    """The newest facts about one subject, newest first."""
    newest = "WHERE subject_kind = %s AND subject_id = %s ORDER BY id DESC LIMIT %s"
    return [_value(row) for row in select_rows(Entry, newest, [subject_kind, subject_id, limit])]


def changes_after(cursor: Cursor, *, limit: int = 1000) -> Changes:
    """The facts after `cursor` that no transaction still running can precede.

    On PostgreSQL rows become visible out of the order of their ids; a fact counts as visible once
    every transaction with a lower number has ended. On SQLite there is one writer and the id is enough.
    """
    running = generation()
    number = running.id if running else 0
    start_over = cursor.generation != number
    start = Cursor(generation=number) if start_over else cursor
    read = _after_sqlite if connection.vendor == "sqlite" else _after_postgresql
    rows = read(start, limit, running.base_entry_id if running else 0)
    for xact, entry in rows[-1:]:
        start = Cursor(generation=number, xact=xact, id=entry.id)
    return Changes(tuple(entry for _, entry in rows), start, start_over)


def generation() -> Generation | None:
    """The newest generation of the change sequence."""
    return Generation.objects.order_by("-id").first()


def newest_id() -> int:
    """The id of the newest fact this connection sees; 0 when there is none."""
    return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def system_identifier(connection: BaseDatabaseWrapper) -> str:
    """What tells one database cluster from another; SQLite files have none."""
    if connection.vendor == "sqlite":
        return "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def horizon_age_s(connection: BaseDatabaseWrapper) -> float:
    """Seconds since the oldest writer that holds the change sequence back began; 0 without one."""
    if connection.vendor == "sqlite":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(MAX(EXTRACT(EPOCH FROM clock_timestamp() - xact_start)), 0)"
            " FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return float(cursor.fetchone()[0])


def _after_sqlite(cursor: Cursor, limit: int, base: int) -> list[tuple[int, EntryValue]]:
    rows = Entry.objects.filter(id__gt=cursor.id).order_by("id")[:limit]
    return [(0, _value(row)) for row in rows]


def _after_postgresql(cursor: Cursor, limit: int, base: int) -> list[tuple[int, EntryValue]]:
    if cursor.xact == 0 and cursor.id < base:
        rows = list(Entry.objects.filter(id__gt=cursor.id, id__lte=base).order_by("id")[:limit])
        if rows:
            return [(0, _value(row)) for row in rows]
    visible = Entry.objects.raw(
        "SELECT * FROM journal_entry WHERE id > %s AND (xact, id) > (%s, %s)"
        " AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xact, id LIMIT %s",
        [base, cursor.xact, cursor.id, limit],
    )
    return [(row.xact, _value(row)) for row in visible]


def _value(row: Entry) -> EntryValue:
    return EntryValue(
        id=row.id,
        kind=row.kind,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        happened_at=row.happened_at,
        recorded_at=row.recorded_at,
        payload=row.payload,
    )
