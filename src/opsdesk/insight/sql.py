"""Running plain SQL alike on SQLite and PostgreSQL."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

Row = tuple[Any, ...]


def rows(query: str, values: Mapping[str, object]) -> list[Row]:
    """All rows of a query with `%(name)s` places. Instants go in aware; `instant` reads those coming out."""
    given: dict[str, Any] = {name: _stored(value) for name, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        found: list[Row] = cursor.fetchall()
        return found


def _stored(value: object) -> object:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def instant(value: datetime | str | None) -> datetime | None:
    """An instant as a row holds it: SQLite gives UTC without saying so, as text where it was worked out."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=UTC)


def at(value: datetime | str) -> datetime:
    """The same for a column that is never null."""
    found = instant(value)
    assert found is not None
    return found


def cut(value: datetime | None) -> datetime | None:
    """The instant cut to its second, as the facts hold it."""
    return None if value is None else value.replace(microsecond=0)


def at_second(value: datetime | str) -> datetime:
    """An instant of a column that is never null, cut to its second."""
    return at(value).replace(microsecond=0)


def read(column: str) -> str:
    """SQL for an instant column of which many are read: SQLite's driver is slow to make each an instant."""
    return f"CAST({column} AS TEXT)" if connection.vendor == "sqlite" else column


def seconds_between(start: str, end: str) -> str:
    """SQL for the whole seconds from one instant column to another, each cut to its second."""
    if connection.vendor == "sqlite":
        first, last = (f"CAST(strftime('%%s', substr({each}, 1, 19)) AS INTEGER)" for each in (start, end))
        return f"({last} - {first})"
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {end})) - FLOOR(EXTRACT(EPOCH FROM {start})) AS BIGINT)"


def until(end: str, start: str) -> str:
    """SQL for an end column; while it is null `%(now)s`, or the start where that is later."""
    return f"COALESCE({end}, CASE WHEN {start} > %(now)s THEN {start} ELSE %(now)s END)"
