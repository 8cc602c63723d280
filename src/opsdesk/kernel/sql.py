"""Ready SQL for several rows: what the ORM builds anew each time costs more than the statement itself."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

AT_ONCE = 200


class Cursor(Protocol):
    """What is needed of a database's cursor."""

    def execute(self, sql: str, params: Any = ..., /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


def insert_all(cursor: Cursor, statement: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Write the rows by an `INSERT ... VALUES (%s, ...) ... RETURNING ...`; what it returns, in order."""
    found: list[Any] = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        cursor.execute(for_rows(statement, len(some)), [value for row in some for value in row])
        found += cursor.fetchall()
    return found


@lru_cache(maxsize=512)
def for_rows(statement: str, number: int) -> str:
    """The statement for one row as one for several."""
    head, _, rest = statement.partition("VALUES (")
    row, _, tail = rest.partition(")")
    return f"{head}VALUES {', '.join([f'({row})'] * number)}{tail}"


def select_among(cursor: Cursor, statement: str, values: Collection[Any], ending: str = "") -> list[Any]:
    """What a statement that stops at `IN` finds for these values; for none of them nothing is asked."""
    if not values:
        return []
    cursor.execute(f"{statement} ({', '.join(['%s'] * len(values))}){ending}", list(values))
    return cursor.fetchall()


def aware(instant: datetime | None) -> datetime | None:
    """An instant as a plain cursor gives it: SQLite gives UTC without saying so."""
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant
