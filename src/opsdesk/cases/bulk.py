"""Many rows of one model at once, with numbers taken beforehand, so that rows may name one another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db import connection, models

from opsdesk.journal.copying import copy_rows
from opsdesk.journal.rows import places

# SQLite keeps instants as text in UTC, as the ORM writes them; PostgreSQL reads them with their offset.
_SHOWN = {"sqlite": -len("+00:00")}
# The sequence is looked up once, not for each number.
_SERIES = "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Rows that give the same columns: where they go, how their values are had, where instants stand among
    these, and the defaults of the other columns, which come after.
    """

    table: str
    columns: tuple[str, ...]
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    width: int
    instants: tuple[int, ...]
    rest: tuple[Any, ...]


class _Texts(dict[datetime, str]):
    """What is written of instants, each made once: many rows have the same."""

    def __init__(self) -> None:
        self.shown = _SHOWN.get(connection.vendor)

    def __missing__(self, at: datetime) -> str:
        text = self[at] = str(at)[: self.shown]
        return text


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, numbered: bool = True) -> None:
    """Write rows that all give the same columns, instants in UTC; a column left out gets its default.

    They may be made while they are written, as long as that asks nothing of the database: it then takes
    some in while the next are made.
    """
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        return
    shape = _shape(model, tuple(first), numbered)
    values = _values(chain([first], coming), shape)
    if connection.vendor == "postgresql":
        copy_rows(shape.table, shape.columns, values)
        return
    columns = ", ".join(map(connection.ops.quote_name, shape.columns))
    statement = f"INSERT INTO {shape.table} ({columns}) VALUES ({places(shape.columns)})"
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(values))


def numbers(model: type[models.Model], count: int) -> list[int]:
    """The next numbers of a table: nobody else gets them while this transaction writes."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_SERIES, [table, count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return list(range(last + 1, last + count + 1))


def _values(rows: Iterable[Mapping[str, Any]], shape: _Shape) -> Iterator[list[Any]]:
    texts = _Texts()
    for row in rows:
        if len(row) != shape.width:
            raise ValueError(f"a row of {shape.table} gives other columns than the first")
        values = [*shape.pick(row), *shape.rest]
        for place in shape.instants:
            at = values[place]
            if at is not None:
                values[place] = texts[at]
        yield values


@cache
def _shape(model: type[models.Model], names: tuple[str, ...], numbered: bool) -> _Shape:
    every = {each.attname: each for each in model._meta.concrete_fields if numbered or not each.primary_key}
    given = [every[name] for name in names]
    defaults = [(each, each.get_default()) for name, each in every.items() if name not in names]
    # What is empty by default is so without being named.
    rest = [(each, default) for each, default in defaults if default is not None]
    return _Shape(
        model._meta.db_table,
        tuple(str(each.column) for each in (*given, *(each for each, _ in rest))),
        itemgetter(*names),
        len(names),
        tuple(place for place, each in enumerate(given) if isinstance(each, models.DateTimeField)),
        tuple(default for _, default in rest),
    )
