"""Looking whether a backup can be believed, without touching any database of ours."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsdesk.commands.archive import census, container, postgres, sqlite
from opsdesk.commands.archive.census import Bytes, FileRecords
from opsdesk.commands.archive.container import Progress
from opsdesk.commands.archive.drafts import draft_folder
from opsdesk.commands.archive.manifest import Manifest
from opsdesk.commands.archive.refusals import BackupDamaged, NotUnpacked


@dataclass(frozen=True, slots=True)
class Checked:
    """A backup that can be believed. `bytes` is None where only PostgreSQL itself could look at them."""

    manifest: Manifest
    bytes: Bytes | None


def check(path: Path, *, beside: Path, progress: Progress = container.silent) -> Checked:
    """Unpack the backup on the disk of `beside` and look at all of it; nothing stays there.

    Refuses `NoSuchBackup`, `BackupDamaged`.
    """
    manifest = container.read_manifest(path)
    with room_told(), draft_folder(beside) as folder:
        found = unpacked(path, manifest, folder / manifest.member, progress)
    return Checked(manifest, found)


@contextmanager
def room_told() -> Iterator[None]:
    """What goes wrong with the disk, in a line. Refuses `NotUnpacked`."""
    try:
        yield
    except OSError as error:
        raise NotUnpacked(problem=error.strerror or str(error)) from None


def unpacked(path: Path, manifest: Manifest, database: Path, progress: Progress) -> Bytes | None:
    """Unpack the database part and look whether it is sound and what the manifest says."""
    container.unpack(path, manifest, database, lambda done: progress(done * 0.5))
    if manifest.engine == "sqlite":
        problem, found = _looked_through(database, manifest)
    else:
        problem, found = postgres.problems(database, server=int(manifest.server)), None
    if problem:
        raise BackupDamaged(path=path, problem=problem)
    progress(1.0)
    return found


def _looked_through(database: Path, manifest: Manifest) -> tuple[str, Bytes | None]:
    if problem := sqlite.problems(database):
        return problem, None
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as copy:
        records = FileRecords(copy)
        problem = difference(manifest.counts, census.counts(records))
        return problem, None if problem else census.look_at_bytes(records)


def difference(wanted: Mapping[str, int], found: Mapping[str, int]) -> str:
    """The first table whose rows are not as many as they were, in words; nothing when all are."""
    for table in sorted(wanted.keys() | found.keys()):
        if wanted.get(table) != found.get(table):
            return f"{table} has {found.get(table, 'no')} rows and had {wanted.get(table, 'no')}"
    return ""
