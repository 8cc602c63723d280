"""The change sequence without its facts: which subjects changed, for what is read anew from the records."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from opsdesk.journal.queries import Cursor

Subject = tuple[str, int]
# Facts by their ids, each with its subject.
Ahead = frozenset[tuple[int, Subject]]

_SQLITE = (
    "SELECT 0, id, subject_kind, subject_id FROM journal_entry WHERE id > {id:d} ORDER BY id LIMIT {limit:d}"
)
_VISIBLE = "xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_POSTGRESQL = (
    "SELECT xact, id, subject_kind, subject_id FROM journal_entry"
    " WHERE id > {base:d} AND (xact, id) > ({xact:d}, {id:d}) AND "
    + _VISIBLE
    + " ORDER BY xact, id LIMIT {limit:d}"
)
_POSTGRESQL_BASE = (
    "SELECT 0, id, subject_kind, subject_id FROM journal_entry"
    " WHERE id > {id:d} AND id <= {base:d} ORDER BY id LIMIT {limit:d}"
)
_AHEAD = (
    "SELECT id, subject_kind, subject_id FROM journal_entry"
    " WHERE id > {base:d} AND (xact, id) > ({xact:d}, {id:d}) LIMIT {limit:d}"
)
_END = (
    "SELECT xact, id FROM journal_entry WHERE id > {base:d} AND "
    + _VISIBLE
    + " ORDER BY xact DESC, id DESC LIMIT 1"
)
_STANDING = (
    "SELECT COALESCE(MAX(id), 0), COALESCE(MAX(base_entry_id), 0),"
    " (SELECT COALESCE(MAX(id), 0) FROM journal_entry) FROM journal_generation"
)


@dataclass(frozen=True, slots=True)
class Touched:
    """The subjects of the next facts, where to go on, and how many facts they were.

    `start_over`: another generation runs; nothing was read, whatever was derived is to be dropped.
    """

    subjects: frozenset[Subject]
    cursor: Cursor
    entries: int
    start_over: bool


def touched_after(cursor: Cursor, *, limit: int) -> Touched:
    """What the facts after `cursor` are about; as `queries.changes_after`, at most `limit` facts."""
    generation, base, newest = _standing()
    if generation != cursor.generation:
        return Touched(frozenset(), cursor, 0, start_over=True)
    found = _after(cursor, base, newest, limit)
    last = Cursor(generation, *found[-1][:2]) if found else cursor
    return Touched(frozenset((kind, id) for _, _, kind, id in found), last, len(found), start_over=False)


def ahead_of(cursor: Cursor, *, limit: int) -> Ahead:
    """The facts that everybody sees and a cursor at the end of the sequence hasn't come to, at most `limit`.

    On PostgreSQL the sequence waits for older transactions that still run; the records don't.
    """
    if connection.vendor == "sqlite":
        return frozenset()
    _generation, base, _newest = _standing()
    given = {"base": base, "xact": cursor.xact, "id": cursor.id, "limit": limit}
    return frozenset((id, (kind, subject)) for id, kind, subject in _rows(_AHEAD.format(**given)))


def end() -> Cursor:
    """Behind every fact that no transaction still running can precede."""
    generation, base, newest = _standing()
    if connection.vendor == "sqlite":
        return Cursor(generation, 0, newest)
    for xact, id in _rows(_END.format(base=base)):
        return Cursor(generation, xact, id)
    return Cursor(generation, 0, base)


def fact_at(cursor: Cursor) -> str:
    """What tells the fact a cursor stands on from another of its number; empty where there is none."""
    wanted = f"SELECT kind, subject_id, CAST(recorded_at AS TEXT) FROM journal_entry WHERE id = {cursor.id:d}"
    return " ".join(str(value) for row in _rows(wanted) for value in row)


def generation() -> int:
    """The number of the generation that runs; 0 before the first."""
    return _standing()[0]


def _after(cursor: Cursor, base: int, newest: int, limit: int) -> list[tuple[int, int, str, int]]:
    given = {"xact": cursor.xact, "id": cursor.id, "base": base, "limit": limit}
    if connection.vendor == "sqlite":
        return _rows(_SQLITE.format(**given)) if newest > cursor.id else []
    if cursor.xact == 0 and cursor.id < base and (found := _rows(_POSTGRESQL_BASE.format(**given))):
        return found
    return _rows(_POSTGRESQL.format(**given))


def _standing() -> tuple[int, int, int]:
    """The generation that runs, the newest fact that was there before it, and the newest of all."""
    found: tuple[int, int, int] = _rows(_STANDING)[0]
    return found


def _rows(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
