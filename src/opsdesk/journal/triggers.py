"""Triggers that make append-only tables so: nothing is updated, deleted, replaced or truncated.

A model asks for them with `APPEND_ONLY = True`; `MAY_DELETE_WHEN` (SQL over OLD) allows the
deletions of an erasure; `REFUSE_INSERT_WHEN` (SQL over NEW) refuses new rows that must not be: it is
asked for each row, after those before it of the same statement.

`install` may run any number of times: SQLite drops triggers silently when a migration remakes a table,
so it runs after every migration and from `opsdesk doctor`.
"""

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "append_only"
UNFIT = "unfit"


def append_only_models() -> list[type[models.Model]]:
    """The models that asked for it, by table name."""
    asked = [model for model in apps.get_models() if getattr(model, "APPEND_ONLY", False)]
    return sorted(asked, key=lambda model: model._meta.db_table)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, replacing what is there; tables not made yet are passed over."""
    lift(connection)
    statements = _sqlite if connection.vendor == "sqlite" else _postgresql
    with connection.cursor() as cursor:
        for model in _existing(connection):
            for statement in statements(model):
                cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away: for tests that flush, and for erasing a database on purpose."""
    with connection.cursor() as cursor:
        for model in _existing(connection):
            table = model._meta.db_table
            for name in names(connection, model):
                on = "" if connection.vendor == "sqlite" else f' ON "{table}"'
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')


def names(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    """The triggers a model's table must have on this engine."""
    events = ["update", "delete", "insert"] if connection.vendor == "sqlite" else ["row", "truncate"]
    if hasattr(model, "REFUSE_INSERT_WHEN"):
        events.append(UNFIT)
    return [f"{PREFIX}_{model._meta.db_table}_{event}" for event in events]


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that ought to be there and are not."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        there = {row[0] for row in cursor.fetchall()}
    wanted = [name for model in _existing(connection) for name in names(connection, model)]
    return [name for name in wanted if name not in there]


def _existing(connection: BaseDatabaseWrapper) -> list[type[models.Model]]:
    tables = set(connection.introspection.table_names())
    return [model for model in append_only_models() if model._meta.db_table in tables]


def _sqlite(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    update, delete, insert = (f"{PREFIX}_{table}_{event}" for event in ("update", "delete", "insert"))
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    allowed = getattr(model, "MAY_DELETE_WHEN", None)
    when = f"WHEN NOT ({allowed})" if allowed else ""
    return [
        f'CREATE TRIGGER "{update}" BEFORE UPDATE ON "{table}" {refuse}',
        f'CREATE TRIGGER "{delete}" BEFORE DELETE ON "{table}" {when} {refuse}',
        f'CREATE TRIGGER "{insert}" BEFORE INSERT ON "{table}" WHEN {_replaces(model)} {refuse}',
        *_sqlite_unfit(model),
    ]


def _sqlite_unfit(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    unfit = getattr(model, "REFUSE_INSERT_WHEN", None)
    if unfit is None:
        return []
    return [
        f"""CREATE TRIGGER "{PREFIX}_{table}_{UNFIT}" BEFORE INSERT ON "{table}" WHEN {unfit}
            BEGIN SELECT RAISE(ABORT, '{table} refuses this row'); END"""
    ]


def _replaces(model: type[models.Model]) -> str:
    """SQL that says whether the new row would take the place of one that is there (INSERT OR REPLACE)."""
    table = model._meta.db_table
    key = model._meta.pk.column
    columns_of = {field.name: field.column for field in model._meta.concrete_fields}
    unique = [
        constraint
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None
    ]
    alone = [[field.column] for field in model._meta.concrete_fields if field.unique and field.column != key]
    sets = [[key], *alone, *([columns_of[name] for name in constraint.fields] for constraint in unique)]
    tests = [" AND ".join(f'"{column}" = NEW."{column}"' for column in columns) for columns in sets]
    return " OR ".join(f'EXISTS (SELECT 1 FROM "{table}" WHERE {test})' for test in tests)


def _postgresql(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    allowed = getattr(model, "MAY_DELETE_WHEN", None)
    exception = f"IF TG_OP = 'DELETE' THEN IF {allowed} THEN RETURN OLD; END IF; END IF;" if allowed else ""
    function = f"{PREFIX}_{table}"
    return [
        f"""CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {exception} RAISE EXCEPTION '{table} is append-only'; END $$""",
        f"""CREATE TRIGGER "{PREFIX}_{table}_row" BEFORE UPDATE OR DELETE ON "{table}"
            FOR EACH ROW EXECUTE FUNCTION "{function}"()""",
        f"""CREATE TRIGGER "{PREFIX}_{table}_truncate" BEFORE TRUNCATE ON "{table}"
            FOR EACH STATEMENT EXECUTE FUNCTION "{function}"()""",
        *_postgresql_unfit(model),
    ]


def _postgresql_unfit(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    unfit = getattr(model, "REFUSE_INSERT_WHEN", None)
    if unfit is None:
        return []
    function = f"{PREFIX}_{table}_{UNFIT}"
    return [
        f"""CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF {unfit} THEN RAISE EXCEPTION '{table} refuses this row'; END IF; RETURN NEW; END $$""",
        f"""CREATE TRIGGER "{function}" BEFORE INSERT ON "{table}"
            FOR EACH ROW EXECUTE FUNCTION "{function}"()""",
    ]
