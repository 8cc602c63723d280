"""Many rows of one model at once, with numbers taken beforehand, so that rows may name one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

# SQLite keeps instants as text in UTC, as the ORM writes them.
_ZONE = len("+00:00")


@dataclass(frozen=True, slots=True)
class _Shape:
    """Rows that give the same columns in the same order: how they are written, where instants stand in them,
    and the defaults of all other columns, which come after.
    """

    statement: str
    instants: tuple[int, ...]
    rest: tuple[Any, ...]


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, numbered: bool = True) -> None:
    """Write rows given by their columns, instants in UTC; a column left out gets its default."""
    shapes: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        shapes.setdefault(tuple(row), []).append(row)
    texts: dict[int, str] | None = {} if connection.vendor == "sqlite" else None
    with connection.cursor() as cursor:
        for names, alike in shapes.items():
            shape = _shape(model, names, numbered)
            cursor.executemany(shape.statement, [_values(row, shape, texts) for row in alike])


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


def _values(row: Mapping[str, Any], shape: _Shape, texts: dict[int, str] | None) -> list[Any]:
    """`texts`: what is written of instants by their identity, many rows having the same; None as they are."""
    values = [*row.values(), *shape.rest]
    if texts is None:
        return values
    for place in shape.instants:
        at = values[place]
        if at is not None:
            text = texts.get(id(at))
            if text is None:
                text = texts[id(at)] = str(at)[:-_ZONE]
            values[place] = text
    return values


@cache
def _shape(model: type[models.Model], names: tuple[str, ...], numbered: bool) -> _Shape:
    every = {each.attname: each for each in model._meta.concrete_fields if numbered or not each.primary_key}
    given = [every[name] for name in names]
    rest = [each for name, each in every.items() if name not in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(each.column)) for each in (*given, *rest))
    places = ", ".join(["%s"] * len(every))
    return _Shape(
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})",
        tuple(place for place, each in enumerate(given) if isinstance(each, models.DateTimeField)),
        tuple(each.get_default() for each in rest),
    )
