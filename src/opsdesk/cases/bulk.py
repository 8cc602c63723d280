"""Many rows of one model at once, with numbers taken beforehand, so that rows may name one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

# SQLite keeps instants as text in UTC, as the ORM writes them.
_ZONE = len("+00:00")


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a model as they are written: where each stands, which are instants, the defaults."""

    statement: str
    places: Mapping[str, int]
    instants: tuple[int, ...]
    empty: tuple[Any, ...]


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, numbered: bool = True) -> None:
    """Write rows given by their columns, instants in UTC; a column left out gets its default."""
    if not rows:
        return
    table, plain = _table(model, numbered), connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.executemany(table.statement, [_values(row, table, plain) for row in rows])


def numbers(model: type[models.Model], count: int) -> list[int]:
    """The next numbers of a table: nobody else gets them while this transaction writes."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            series = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(series, [table, count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return list(range(last + 1, last + count + 1))


def _values(row: Mapping[str, Any], table: _Table, plain: bool) -> list[Any]:
    values, places = list(table.empty), table.places
    for name, value in row.items():
        values[places[name]] = value
    if plain:
        for place in table.instants:
            if values[place] is not None:
                values[place] = str(values[place])[:-_ZONE]
    return values


@cache
def _table(model: type[models.Model], numbered: bool) -> _Table:
    fields = [each for each in model._meta.concrete_fields if numbered or not each.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(each.column)) for each in fields)
    places = ", ".join(["%s"] * len(fields))
    return _Table(
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})",
        {each.attname: place for place, each in enumerate(fields)},
        tuple(place for place, each in enumerate(fields) if isinstance(each, models.DateTimeField)),
        tuple(each.get_default() for each in fields),
    )
