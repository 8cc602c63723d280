"""Making a backup while the desk goes on: one file, whole or not there."""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from opsdesk.commands.archive import census, container, postgres, sqlite
from opsdesk.commands.archive.census import FileRecords, OurRecords, Records
from opsdesk.commands.archive.container import Progress
from opsdesk.commands.archive.drafts import draft_folder, give_name
from opsdesk.commands.archive.manifest import MEMBERS, Manifest
from opsdesk.commands.archive.refusals import NoSuchFolder, NothingToBackUp, NotWritten, TargetExists
from opsdesk.kernel.version import VERSION

# How much of the work copying is; the rest is packing.
COPYING = {"sqlite": 0.4, "postgresql": 0.9}


def make(target: Path, *, now: datetime, progress: Progress = container.silent) -> Manifest:
    """Back the database up into the file `target`; what it says of itself.

    Refuses `TargetExists`, `NoSuchFolder`, `NothingToBackUp`, `NotWritten`, and on PostgreSQL what its client
    programs refuse. Then, or killed in the middle, nothing is there under that name.
    """
    if not target.parent.is_dir():
        raise NoSuchFolder(path=target.parent)
    if target.exists():
        raise TargetExists(path=target)
    with _told(target), draft_folder(target.parent) as folder:
        share = COPYING[connection.vendor]
        database = folder / MEMBERS[connection.vendor]
        manifest = _copied(database, now, lambda done: progress(done * share))
        archive = folder / "backup"
        container.write(archive, database, manifest, lambda done: progress(share + done * (1 - share)))
        give_name(archive, target)
    progress(1.0)
    return manifest


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """What goes wrong with the disk, in a line."""
    try:
        yield
    except FileExistsError:
        raise TargetExists(path=target) from None
    except OSError as error:
        raise NotWritten(problem=error.strerror or str(error)) from None
    except sqlite3.Error as error:
        raise NotWritten(problem=str(error)) from None


def _copied(database: Path, now: datetime, progress: Progress) -> Manifest:
    """Copy the database and describe it, both as of one instant."""
    if connection.vendor == "sqlite":
        source = Path(str(connection.settings_dict["NAME"]))
        if not sqlite.has_tables(source):
            raise NothingToBackUp
        sqlite.copy(source, database, progress)
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as copy:
            return _described(FileRecords(copy), database, sqlite3.sqlite_version, now)
    records = OurRecords()
    if not census.tables(records):
        raise NothingToBackUp
    with postgres.snapshot() as name:
        postgres.dump(database, name, progress)
        return _described(records, database, str(postgres.server_version()), now)


def _described(records: Records, database: Path, server: str, now: datetime) -> Manifest:
    return Manifest(
        opsdesk=VERSION,
        engine="sqlite" if records.vendor == "sqlite" else "postgresql",
        server=server,
        taken_at=now,
        migrations=census.leaves(records),
        counts={name: rows for name, rows in census.counts(records).items() if name != postgres.UNFINISHED},
        generation=census.generation(records),
        digest=container.digest_of(database),
        size=database.stat().st_size,
        key_mark=key_mark(),
    )


def key_mark() -> str:
    """Tells this installation's master key from another one; nobody gets from it to the key."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"opsdesk backup", hashlib.sha256).hex()[:16]
