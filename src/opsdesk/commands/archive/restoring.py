"""Putting a backup in the place of the database, all of it or nothing."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from opsdesk.clock import queries as clock
from opsdesk.commands.archive import census, container, postgres, sqlite
from opsdesk.commands.archive.automatic import automatic_place
from opsdesk.commands.archive.census import Bytes, FileRecords, OurRecords, Records
from opsdesk.commands.archive.checking import difference, room_told, unpacked
from opsdesk.commands.archive.container import Progress
from opsdesk.commands.archive.drafts import draft_folder
from opsdesk.commands.archive.making import key_mark, make
from opsdesk.commands.archive.manifest import Manifest
from opsdesk.commands.archive.refusals import (
    BackupNewer,
    NotConfirmed,
    RestoredDiffers,
    StillRunning,
    TargetNotEmpty,
    WrongEngine,
)
from opsdesk.commands.installation import prepare
from opsdesk.journal import triggers
from opsdesk.journal.actions import begin_generation
from opsdesk.kernel.refusal import gettext_noop

# Asked with what the backup is, before anything is changed: whether to go on.
Confirm = Callable[[Manifest], bool]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `migrated` are the migrations it ran; `aside` is where the old database went;
    `same_key`: sealed secrets can be opened; `queued` replies wait to be sent, as of the backup; `back`
    are messages that had been erased since.
    """

    manifest: Manifest
    bytes: Bytes
    migrated: tuple[str, ...]
    generation: int
    triggers: int
    aside: Path | None = None
    same_key: bool = True
    queued: int = 0
    back: tuple[int, ...] = ()


def restore(
    path: Path, *, replacing: bool, confirm: Confirm, now: datetime, progress: Progress = container.silent
) -> Restored:
    """Restore a backup. Killed in the middle, what was there is there, or the desk refuses to start.

    Refuses `NoSuchBackup`, `BackupDamaged`, `WrongEngine`, `BackupNewer`, `StillRunning`, `TargetNotEmpty`
    (unless `replacing`), `NotConfirmed`, `RestoredDiffers`.
    """
    manifest = container.read_manifest(path)
    _check_fits(manifest)
    check_stopped(now=now)
    filled = _is_filled()
    if filled and not replacing:
        raise TargetNotEmpty(place=connection.settings_dict["NAME"])
    if filled and not confirm(manifest):
        raise NotConfirmed
    work = _restore_file if manifest.engine == "sqlite" else _restore_server
    return replace(work(path, manifest, filled, now, progress), same_key=manifest.key_mark == key_mark())


def _check_fits(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise WrongEngine(theirs=manifest.engine, ours=connection.vendor)
    names = ((app, name) for app, found in manifest.migrations.items() for name in found)
    if unknown := census.unknown(names):
        raise BackupNewer(version=manifest.opsdesk, unknown=", ".join(unknown))


def check_stopped(*, now: datetime) -> None:
    """Refuse `StillRunning` while anything of this installation runs, here or on another machine."""
    for lock in sorted(Path(settings.OPSDESK_HOME).glob("serve-*.lock")):
        if _is_held(lock):
            raise StillRunning(sign=f"serve, port {lock.stem.removeprefix('serve-')}")
    if _is_filled() and "clock_lane" in connection.introspection.table_names():
        alive = [lane for lane in clock.lanes(now) if lane.alive]
        if alive:
            raise StillRunning(sign=f"worker {alive[0].worker}")
    if connection.vendor == "sqlite":
        connection.close()
        with sqlite.alone(_file()):
            return
    if postgres.others():
        raise StillRunning(sign=gettext_noop("other programs are connected to the database"))


def _is_held(lock: Path) -> bool:
    handle = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _is_filled() -> bool:
    if connection.vendor == "sqlite":
        return sqlite.has_tables(_file())
    return bool(set(census.tables(OurRecords())) - {postgres.UNFINISHED})


def _restore_file(
    path: Path,
    manifest: Manifest,
    filled: bool,
    now: datetime,
    progress: Progress,
) -> Restored:
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with room_told(), draft_folder(target.parent) as folder:
        draft = folder / manifest.member
        found = unpacked(path, manifest, draft, lambda done: progress(done * 0.8))
        with _working_on(draft):
            restored = _brought_up(manifest, found, now)
        sqlite.in_one_file(draft)
        aside = target.with_name(f"{target.name}.before-restore-{now:%Y%m%d-%H%M%S}") if filled else None
        with sqlite.alone(target):
            back = _back(draft, _erased_in(target)) if filled else ()
            sqlite.take_place(draft, target, aside)
    progress(1.0)
    return replace(restored, aside=aside, back=back)


def _erased_in(path: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as old:
        return _erased(FileRecords(old))


def _back(path: Path, erased: set[str]) -> tuple[int, ...]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as new:
        return _come_back(FileRecords(new), erased)


@contextmanager
def _working_on(path: Path) -> Iterator[None]:
    """Have everything that asks the database ask this file."""
    connection.close()
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _restore_server(
    path: Path,
    manifest: Manifest,
    filled: bool,
    now: datetime,
    progress: Progress,
) -> Restored:
    with room_told(), draft_folder(Path(settings.OPSDESK_HOME)) as folder:
        dump = folder / manifest.member
        unpacked(path, manifest, dump, lambda done: progress(done * 0.3))
        erased: set[str] = set()
        aside = None
        if filled:
            erased = _erased(OurRecords())
            aside = automatic_place("before-restore", now=now)
            make(aside, now=now)
        progress(0.5)
        postgres.put_back(dump)
    progress(0.9)
    restored = _brought_up(manifest, None, now)
    back = _come_back(OurRecords(), erased)
    postgres.finish()
    progress(1.0)
    return replace(restored, aside=aside, back=back)


def _brought_up(manifest: Manifest, found: Bytes | None, now: datetime) -> Restored:
    """See that all is there, run newer migrations, begin another generation, arm the triggers."""
    records = OurRecords()
    counts = census.counts(records)
    counts.pop(postgres.UNFINISHED, None)
    if problem := difference(manifest.counts, counts):
        raise RestoredDiffers(problem=problem)
    found = found or census.look_at_bytes(records)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    triggers.install(connection)
    generation = begin_generation(reason="restored", now=now)
    prepare(now=now)
    if missing := triggers.missing(connection):
        raise RestoredDiffers(problem=f"the trigger {missing[0]} is missing")
    return Restored(
        manifest=manifest,
        bytes=found,
        migrated=tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan),
        generation=generation.id,
        triggers=len(triggers.append_only_models()),
        queued=_queued(records),
    )


def _queued(records: Records) -> int:
    rows = records.rows("SELECT COUNT(*) FROM mail_message WHERE delivery = 'queued'")
    return int(rows[0][0])


def _erased(records: Records) -> set[str]:
    """The digests of what was erased on purpose."""
    if "vault_blob" not in census.tables(records):
        return set()
    return {
        digest for (digest,) in records.rows("SELECT digest FROM vault_blob WHERE redacted_at IS NOT NULL")
    }


def _come_back(records: Records, erased: set[str]) -> tuple[int, ...]:
    """The messages whose bytes are there again although they had been erased."""
    rows = records.rows(
        "SELECT m.id, b.digest FROM mail_message m JOIN vault_blob b ON b.digest = m.blob_id"
        " WHERE b.redacted_at IS NULL"
    )
    return tuple(sorted(number for number, digest in rows if digest in erased))
