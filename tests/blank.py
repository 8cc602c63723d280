"""The tests' database as the migrations leave it: made once for a run, put back after each test that commits.

Left alone, every worker would migrate anew; and after such a test every table would be emptied, which the
append-only triggers refuse, so that all of them had to be taken away and put back.
"""

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import setup_databases

from opsdesk.journal import triggers
from opsdesk.search import engine
from tests.measuring import unmeasured
from tests.once import once

PATIENCE_S = 20


class File:
    """SQLite: all pages, kept in memory."""

    def __init__(self, path: str) -> None:
        self.path, self.pages = path, sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as file:
            file.backup(self.pages)

    def put_back(self) -> None:
        connection.close()
        with closing(sqlite3.connect(self.path, timeout=PATIENCE_S)) as file:
            # Copying would wait for ever for a thread that holds the file: this waits, and says so.
            file.execute("BEGIN IMMEDIATE").connection.rollback()
            self.pages.backup(file)

    def end(self) -> None:
        connection.close()
        self.pages.close()


class Tables:
    """PostgreSQL: what came into tables that were empty goes, and no trigger is asked."""

    def __init__(self) -> None:
        tables = connection.introspection.table_names()
        self.once_empty = sorted(set(tables) - filled(tables))

    def put_back(self) -> None:
        if found := filled(self.once_empty):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in sorted(found)))
        # A test may have taken some away.
        if triggers.missing(connection):
            triggers.install(connection)
        engine.install(connection)

    def end(self) -> None:
        """Close; the database goes with its cluster, or when the next run makes it anew."""
        connection.close()


def filled(tables: Collection[str]) -> set[str]:
    """Those of the tables that have rows."""
    each = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return {name for (name,) in cursor.fetchall()}


def begin(factory: pytest.TempPathFactory) -> File | Tables:
    """Make the tests' database, or copy the one that another worker has made."""
    with unmeasured():
        if connection.vendor != "sqlite":
            setup_databases(verbosity=0, interactive=False)
            return Tables()
        path = str(connection.settings_dict["TEST"]["NAME"])
        made = once(factory, "blank.sqlite3", _make)
        if not Path(path).exists():
            shutil.copyfile(made, path)
            connection.close()
            settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = path
        return File(path)


def _make(draft: Path) -> None:
    setup_databases(verbosity=0, interactive=False)
    connection.close()
    shutil.copyfile(connection.settings_dict["NAME"], draft)
