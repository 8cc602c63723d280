"""Many rows of one model at once, with numbers taken beforehand, so that rows may name one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class _Table:
    """A model's columns as they are written: name, whether it is an instant, what stands there otherwise."""

    statement: str
    columns: tuple[tuple[str, bool, Any], ...]


@cache
def _table(model: type[models.Model], numbered: bool) -> _Table:
    fields = [each for each in model._meta.concrete_fields if numbered or not each.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(each.column)) for each in fields)
    places = ", ".join(["%s"] * len(fields))
    return _Table(
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})",
        tuple((each.attname, isinstance(each, models.DateTimeField), each.get_default()) for each in fields),
    )


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, numbered: bool = True) -> None:
    """Write rows given by their columns; a column left out gets its default."""
    table, adapt = _table(model, numbered), connection.ops.adapt_datetimefield_value
    values = [
        [
            adapt(row[name]) if instant and row.get(name) is not None else row.get(name, default)
            for name, instant, default in table.columns
        ]
        for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(table.statement, values)


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
