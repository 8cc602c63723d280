"""Looking through a whole database: its tables, their rows, its migrations, whether all bytes are whole."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from opsdesk.commands.archive.manifest import Generation

AT_ONCE = 500
BYTES_AT_ONCE = 16_000_000

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
    "postgresql": "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
}


class Records(Protocol):
    """A database that answers questions. Places for values are written `?`."""

    @property
    def vendor(self) -> str: ...

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


class FileRecords:
    """An SQLite file, read as it lies there."""

    vendor = "sqlite"

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.database.execute(question, values).fetchall()


class OurRecords:
    """The database of this installation, through Django's connection."""

    @property
    def vendor(self) -> str:
        return connection.vendor

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(question.replace("%", "%%").replace("?", "%s"), list(values))
            return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Bytes:
    """How many blobs are whole and how many erased on purpose; the digests of those that are neither."""

    whole: int
    erased: int
    damaged: tuple[str, ...]


def tables(records: Records) -> list[str]:
    return [str(name) for (name,) in records.rows(_TABLES[records.vendor])]


def counts(records: Records) -> dict[str, int]:
    """The rows of each table."""
    return {name: int(records.rows(f'SELECT COUNT(*) FROM "{name}"')[0][0]) for name in tables(records)}


def applied(records: Records) -> set[tuple[str, str]]:
    """Every migration the database has been through, by room and name."""
    if "django_migrations" not in tables(records):
        return set()
    return {(app, name) for app, name in records.rows("SELECT app, name FROM django_migrations")}


def leaves(records: Records) -> dict[str, list[str]]:
    """The newest migrations of each room that the database has been through."""
    done = applied(records)
    graph = MigrationLoader(None).graph
    passed = {
        (parent.key[0], parent.key[1])
        for key in done
        if key in graph.node_map
        for parent in graph.node_map[key].parents
        if parent.key[0] == key[0]
    }
    found = sorted(done - passed)
    return {app: [name for _, name in group] for app, group in groupby(found, key=lambda key: key[0])}


def unknown(migrations: Iterable[tuple[str, str]]) -> list[str]:
    """Those of the migrations that this program has not: a newer one made the database."""
    known = MigrationLoader(None).disk_migrations
    return sorted(f"{app}.{name}" for app, name in migrations if (app, name) not in known)


def generation(records: Records) -> Generation | None:
    """The newest generation of the change sequence; None before there is any."""
    if "journal_generation" not in tables(records):
        return None
    newest = records.rows("SELECT id, system_identifier FROM journal_generation ORDER BY id DESC LIMIT 1")
    return Generation(*newest[0]) if newest else None


def look_at_bytes(records: Records) -> Bytes:
    """Reckon the digest of every blob; in memory are at most a few of them."""
    whole, erased = 0, 0
    damaged: list[str] = []
    if "vault_blob" not in tables(records):
        return Bytes(0, 0, ())
    for some in _blobs(records):
        kept = [digest for digest, _, gone in some if not gone]
        erased += len(some) - len(kept)
        found = _digests(records, kept)
        bad = [digest for digest, size, gone in some if not gone and found.get(digest) != (digest, size)]
        damaged += bad
        whole += len(kept) - len(bad)
    return Bytes(whole, erased, tuple(damaged))


def _blobs(records: Records) -> Iterator[list[tuple[str, int, bool]]]:
    """All blobs in the order of their digests, in batches of at most `BYTES_AT_ONCE` or of one blob."""
    after, size = "", 0
    some: list[tuple[str, int, bool]] = []
    question = (
        "SELECT digest, size, redacted_at IS NOT NULL FROM vault_blob"
        " WHERE digest > ? ORDER BY digest LIMIT ?"
    )
    while page := records.rows(question, (after, AT_ONCE)):
        for blob in page:
            if some and size + blob[1] > BYTES_AT_ONCE:
                yield some
                some, size = [], 0
            some.append(blob)
            size += blob[1]
        after = page[-1][0]
    if some:
        yield some


def _digests(records: Records, wanted: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The digest and the size of what is stored under each."""
    found: dict[str, tuple[str, int]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        places = ", ".join("?" * len(some))
        question = (
            f"SELECT blob_id, data FROM vault_chunk WHERE blob_id IN ({places}) ORDER BY blob_id, number"
        )
        hashes = {digest: (hashlib.sha256(), 0) for digest in some}
        for digest, data in records.rows(question, some):
            reckoned, size = hashes[digest]
            reckoned.update(data)
            hashes[digest] = (reckoned, size + len(data))
        found |= {digest: (reckoned.hexdigest(), size) for digest, (reckoned, size) in hashes.items()}
    return found
