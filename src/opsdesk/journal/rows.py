"""Rows written and read as ready SQL.

Building a statement with the ORM takes several times as long as running it. The statements of what
happens all day are built once here; values are prepared and converted as the ORM does it.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col

M = TypeVar("M", bound=models.Model)
Prepare = Callable[[Any, BaseDatabaseWrapper], Any]

# Of these very types values go to the engine as they are; a type derived from them may prepare its own.
_PLAIN = {
    models.BigIntegerField,
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.SmallIntegerField,
    models.TextField,
}
_MOST_ROWS = 1000
_MOST_PLACES = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One column; `prepare` is None where values are stored as they are."""

    col: Col
    attname: str
    quoted: str
    prepare: Prepare | None

    def value(self, value: Any, here: BaseDatabaseWrapper) -> Any:
        return self.prepare(value, here) if self.prepare else value


@dataclass(frozen=True, slots=True)
class _Table:
    """A model's table. `new` are the columns of a new row: without its number where the engine gives it,
    which is then `number`, and without what the engine fills in itself."""

    quoted: str
    number: str
    attnames: list[str]
    new: tuple[tuple[str, Prepare | None], ...]
    by_name: Mapping[str, _Column]
    select: str


_Conversions = list[tuple[int, Col, list[Callable[..., Any]]]]


class _OfThisThread(threading.local):
    """How what is read becomes values, by model and engine: converters belong to a connection."""

    def __init__(self) -> None:
        self.conversions: dict[tuple[type[models.Model], str], _Conversions] = {}


_here = _OfThisThread()


def insert_row(row: models.Model) -> None:
    """Write a new row as `row.save(force_insert=True)` would; it learns its number."""
    _insert([row])


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model, in their order, with as few statements as there can be."""
    most = min(_MOST_ROWS, _MOST_PLACES // len(_table(type(rows[0])).new)) if rows else 1
    for start in range(0, len(rows), most):
        _insert(rows[start : start + most])


def one_by_one(what: str) -> None:
    """Alone with `what` until the transaction ends: who comes second waits, then sees what the first did.

    SQLite has one writer at a time anyway.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor == "postgresql":
        with here.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('one by one'), hashtext(%s))", [what])


def insert_unless_there(row: models.Model, *, unique: Sequence[str]) -> bool:
    """Write a new, numbered row unless one with its values in the unique columns is there; whether it did.

    Of two transactions that write the same the second waits for the first, and then writes nothing.
    """
    return bool(_insert([row], unique=tuple(unique)))


def insert_or_update(row: models.Model, *, unique: Sequence[str], changes: Sequence[str]) -> None:
    """Write a row, or change these columns of the one that has its values in the unique columns."""
    _insert([row], unique=tuple(unique), changes=tuple(changes))


def update_rows(model: type[models.Model], changes: Mapping[str, Any], /, **where: Any) -> int:
    """Change columns of the rows that have these values (None: are empty) in others; how many rows."""
    columns, here = _table(model).by_name, connections[DEFAULT_DB_ALIAS]
    given = {name: value for name, value in where.items() if value is not None}
    empty = tuple(name for name, value in where.items() if value is None)
    values = [columns[name].value(value, here) for each in (changes, given) for name, value in each.items()]
    with here.cursor() as cursor:
        cursor.execute(_update(model, tuple(changes), tuple(given), empty), values)
        return int(cursor.rowcount)


def select_rows(model: type[M], rest: str, values: Sequence[Any]) -> list[M]:
    """The rows that the rest of a statement, its WHERE and what follows, asks for."""
    table, here = _table(model), connections[DEFAULT_DB_ALIAS]
    with here.cursor() as cursor:
        cursor.execute(table.select + rest, values)
        found = [list(values) for values in cursor.fetchall()]
    for place, col, conversions in _conversions(model, here) if found else ():
        for each in found:
            for convert in conversions:
                each[place] = convert(each[place], col, here)
    return [model.from_db(here.alias, table.attnames, values) for values in found]


def places(values: Collection[object]) -> str:
    """The places of these values in a statement, for an `IN (...)`."""
    return ", ".join(["%s"] * len(values))


def _insert(
    rows: Sequence[models.Model], *, unique: tuple[str, ...] = (), changes: tuple[str, ...] = ()
) -> int:
    table, here = _table(type(rows[0])), connections[DEFAULT_DB_ALIAS]
    values = [
        prepare(row.__dict__[name], here) if prepare else row.__dict__[name]
        for row in rows
        for name, prepare in table.new
    ]
    with here.cursor() as cursor:
        cursor.execute(_insertion(type(rows[0]), len(rows), unique, changes), values)
        written = cursor.fetchall() if table.number else [(row.pk,) for row in rows]
    for row, (number,) in zip(rows, written, strict=not unique):
        row.pk = number
        row._state.adding = False
        row._state.db = here.alias
    return len(written)


@lru_cache(maxsize=128)
def _insertion(
    model: type[models.Model], count: int, unique: tuple[str, ...], changes: tuple[str, ...]
) -> str:
    table = _table(model)
    names = ", ".join(table.by_name[name].quoted for name, _ in table.new)
    values = ", ".join([f"({places(table.new)})"] * count)
    same = ", ".join(table.by_name[name].quoted for name in unique)
    anew = [table.by_name[name].quoted for name in changes]
    then = f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in anew)}" if anew else "NOTHING"
    conflict = f" ON CONFLICT ({same}) DO {then}" if same else ""
    answer = f" RETURNING {table.number}" if table.number else ""
    return f"INSERT INTO {table.quoted} ({names}) VALUES {values}{conflict}{answer}"


@lru_cache(maxsize=256)
def _update(
    model: type[models.Model], changed: tuple[str, ...], given: tuple[str, ...], empty: tuple[str, ...]
) -> str:
    table = _table(model)
    changes = ", ".join(f"{table.by_name[name].quoted} = %s" for name in changed)
    asked = [f"{table.by_name[name].quoted} = %s" for name in given]
    asked += [f"{table.by_name[name].quoted} IS NULL" for name in empty]
    return f"UPDATE {table.quoted} SET {changes} WHERE {' AND '.join(asked)}"


@lru_cache(maxsize=64)
def _table(model: type[models.Model]) -> _Table:
    quote, meta = connections[DEFAULT_DB_ALIAS].ops.quote_name, model._meta
    columns = [_column(field, quote(str(field.column))) for field in meta.concrete_fields]
    quoted = quote(meta.db_table)
    numbered = isinstance(meta.pk, models.AutoField | models.BigAutoField)
    given = [column for column in columns if column.col.target.has_db_default()]
    given += [column for column in columns if numbered and column.col.target is meta.pk]
    return _Table(
        quoted=quoted,
        number=quote(str(meta.pk.column)) if numbered else "",
        attnames=[column.attname for column in columns],
        new=tuple((column.attname, column.prepare) for column in columns if column not in given),
        by_name={name: column for column in columns for name in (column.col.target.name, column.attname)},
        select=f"SELECT {', '.join(column.quoted for column in columns)} FROM {quoted} ",
    )


def _column(field: "models.Field[Any, Any]", quoted: str) -> _Column:
    prepare: Prepare | None = partial(_stored, field)
    if type(field) is models.DateTimeField:
        prepare = _instant
    elif type(field) in _PLAIN:
        prepare = None
    return _Column(Col(field.model._meta.db_table, field), field.attname, quoted, prepare)


def _instant(value: datetime | None, here: BaseDatabaseWrapper) -> Any:
    return here.ops.adapt_datetimefield_value(value)


def _stored(field: "models.Field[Any, Any]", value: Any, here: BaseDatabaseWrapper) -> Any:
    return field.get_db_prep_save(value, here)


def _conversions(model: type[models.Model], here: BaseDatabaseWrapper) -> _Conversions:
    key = (model, here.vendor)
    if key not in _here.conversions:
        cols = [_table(model).by_name[name].col for name in _table(model).attnames]
        found = [
            (place, col, here.ops.get_db_converters(col) + col.get_db_converters(here))
            for place, col in enumerate(cols)
        ]
        _here.conversions[key] = [each for each in found if each[2]]
    return _here.conversions[key]
