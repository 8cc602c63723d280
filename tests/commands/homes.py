"""Installations of their own: running commands on them, and digests of all they hold."""

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.once import migrate, once

ROOT = Path(__file__).parents[2]
SEVERAL = ROOT / "tests" / "commands" / "several.py"
FIRST_LANDING = ROOT / "tests" / "fixtures" / "first-landing"
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    "postgresql": "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
}


@dataclass(frozen=True, slots=True)
class Home:
    """An installation; `url` is empty for SQLite."""

    path: Path
    url: str = ""

    @property
    def database(self) -> Path:
        return self.path / "opsdesk.sqlite3"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OPSDESK_")}
        own = {"OPSDESK_HOME": str(self.path), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        return clean | own | ({"OPSDESK_DATABASE_URL": self.url} if self.url else {})

    def run(
        self, *arguments: object, limit: Callable[[], None] | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        return subprocess.run(
            [sys.executable, "-m", "opsdesk", *map(str, arguments)],
            env=self.environment | environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            preexec_fn=limit,
        )

    def run_each(self, *commands: Sequence[object]) -> list[subprocess.CompletedProcess[str]]:
        """Run several commands of ours in one process: a third of the time where that is not the point."""
        lines = [list(map(str, command)) for command in commands]
        done = subprocess.run(
            [sys.executable, str(SEVERAL), json.dumps(lines)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return [subprocess.CompletedProcess(*each) for each in json.loads(done.stdout)]

    def each_refused(self, *commands: Sequence[object]) -> list[str]:
        """Run several that must be refused, each in a line; what they say."""
        results = self.run_each(*commands)
        for result in results:
            assert result.returncode == 2, result.stdout + result.stderr
        return [result.stderr for result in results]

    def start(self, *words: object) -> subprocess.Popen[str]:
        """Start Python with these words, and go on."""
        return subprocess.Popen(
            [sys.executable, *map(str, words)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(self, *arguments: object, **environ: str) -> str:
        """Run a command that must succeed; what it prints."""
        result = self.run(*arguments, **environ)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def refused(self, *arguments: object, **environ: str) -> str:
        """Run a command that must be refused, in a line; what it says."""
        result = self.run(*arguments, **environ)
        assert result.returncode == 2, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stderr

    def copy(self, path: Path) -> "Home":
        """The same installation in another folder; for SQLite."""
        shutil.copytree(self.path, path)
        return Home(path)

    @contextmanager
    def asked(self) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        """A way to ask its database."""
        if not self.url:
            with closing(sqlite3.connect(self.database, timeout=20)) as database:
                yield lambda question: database.execute(question).fetchall()
            return
        with server(self.url) as ask:
            yield ask

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with self.asked() as ask:
            return ask(question)

    def tables(self) -> list[str]:
        rows = self.ask(_TABLES["postgresql" if self.url else "sqlite"])
        return sorted(str(name) for (name,) in rows)

    def digests(self, columns: dict[str, list[str]] | None = None) -> dict[str, str]:
        """The digest of all rows of each table; of the named columns only where they are given."""
        with self.asked() as ask:
            return {
                table: digest_of(ask(f'SELECT {names(columns, table)} FROM "{table}"'))
                for table in (columns or self.tables())
            }

    def columns(self) -> dict[str, list[str]]:
        """The columns of each table."""
        with self.asked() as ask:
            if self.url:
                rows = ask(
                    "SELECT table_name::text, column_name::text FROM information_schema.columns"
                    " WHERE table_schema = 'public' ORDER BY 1, ordinal_position"
                )
            else:
                rows = [
                    (table, row[1])
                    for table in self.tables()
                    for row in ask(f'SELECT * FROM pragma_table_info("{table}")')
                ]
        found: dict[str, list[str]] = {}
        for table, column in rows:
            found.setdefault(table, []).append(column)
        return found


def names(columns: dict[str, list[str]] | None, table: str) -> str:
    return ", ".join(f'"{name}"' for name in columns[table]) if columns else "*"


def digest_of(rows: list[tuple[Any, ...]]) -> str:
    """A digest of rows in whatever order they are."""
    plain = sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in rows)
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()


@contextmanager
def server(url: str) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """A connection to a PostgreSQL database."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as database:

        def ask(question: str) -> list[tuple[Any, ...]]:
            cursor = database.execute(question)
            return cursor.fetchall() if cursor.description else []

        yield ask


def first_landing(path: Path) -> Home:
    """A home with the database of the first landing, as it was."""
    path.mkdir(parents=True)
    home = Home(path)
    home.database.write_bytes(gzip.decompress((FIRST_LANDING / "opsdesk.sqlite3.gz").read_bytes()))
    return home


def upgraded(factory: pytest.TempPathFactory, path: Path) -> Home:
    """The same, brought up to date; that is done once for a run."""
    return Home(once(factory, "upgraded", _upgrade)).copy(path)


def _upgrade(draft: Path) -> None:
    migrate(first_landing(draft).path)


@contextmanager
def new_database(name: str, template: str = "template0") -> Iterator[str]:
    """The address of a new database in the tests' own cluster, a copy of another one; gone afterwards."""
    settings = connection.settings_dict
    base = f"postgresql://{settings['USER']}@/{{}}?host={settings['HOST']}&port={settings['PORT']}"
    with server(base.format("postgres")) as ask:
        ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        ask(f"CREATE DATABASE \"{name}\" TEMPLATE {template} ENCODING 'UTF8'")
        try:
            yield base.format(name)
        finally:
            ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
