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
from opsdesk.commands import running
from opsdesk.commands.archive import census, coming_back, container, postgres, sqlite
from opsdesk.commands.archive.automatic import automatic_place
from opsdesk.commands.archive.census import Bytes, FileRecords, OurRecords
from opsdesk.commands.archive.checking import difference, room_told, unpacked
from opsdesk.commands.archive.coming_back import NOTHING, Back, Gone
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
from opsdesk.mail import deliveries
from opsdesk.review import digest_actions

# Asked with what the backup is, before anything is changed: whether to go on.
Confirm = Callable[[Manifest], bool]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `migrated` are the migrations it ran; `aside` is where the old database went;
    `same_key`: sealed secrets can be opened; so many replies waited to be sent as of the backup and are
    `held`, or `queued` still; `back` had been erased since.
    """

    manifest: Manifest
    bytes: Bytes
    migrated: tuple[str, ...]
    generation: int
    triggers: int
    aside: Path | None = None
    same_key: bool = True
    held: int = 0
    queued: int = 0
    back: Back = NOTHING


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore: whether there is a database to replace, whether replies that waited are sent."""

    filled: bool
    send_replies: bool
    now: datetime


def restore(
    path: Path,
    *,
    replacing: bool,
    confirm: Confirm,
    now: datetime,
    send_replies: bool = False,
    progress: Progress = container.silent,
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
    with _alone_here():
        check_stopped(now=now)
        if _is_filled() and not filled:
            raise TargetNotEmpty(place=connection.settings_dict["NAME"])
        done = work(path, manifest, Wish(filled, send_replies, now), progress)
    return replace(done, same_key=manifest.key_mark == key_mark())


@contextmanager
def _alone_here() -> Iterator[None]:
    """Nothing of this home runs or starts meanwhile. Refuses `StillRunning`."""
    try:
        with running.alone(Path(settings.OPSDESK_HOME)):
            yield
    except running.AtWork:
        raise StillRunning(sign=gettext_noop("another command of this home")) from None


def _check_fits(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise WrongEngine(theirs=manifest.engine, ours=connection.vendor)
    names = ((app, name) for app, found in manifest.migrations.items() for name in found)
    if unknown := census.unknown(names):
        raise BackupNewer(version=manifest.opsdesk, unknown=", ".join(unknown))


def check_stopped(*, now: datetime) -> None:
    """Refuse `StillRunning` while anything of this installation is seen to run, here or elsewhere: a server
    of this home, a worker that gave a sign of life, a program connected to the database.
    """
    for lock in sorted(Path(settings.OPSDESK_HOME).glob("serve-*.lock")):
        if _is_held(lock):
            raise StillRunning(sign=f"serve or web, port {lock.stem.removeprefix('serve-')}")
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
    wish: Wish,
    progress: Progress,
) -> Restored:
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with room_told(), draft_folder(target.parent) as folder:
        draft = folder / manifest.member
        found = unpacked(path, manifest, draft, lambda done: progress(done * 0.8))
        with _working_on(draft):
            restored = _brought_up(manifest, found, wish)
        sqlite.in_one_file(draft)
        name = f"{target.name}.before-restore-{wish.now:%Y%m%d-%H%M%S}"
        aside = target.with_name(name) if wish.filled else None
        with sqlite.alone(target):
            back = _back(draft, _gone_in(target)) if wish.filled else NOTHING
            sqlite.take_place(draft, target, aside)
    progress(1.0)
    return replace(restored, aside=aside, back=back)


def _gone_in(path: Path) -> Gone:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as old:
        return coming_back.gone(FileRecords(old))


def _back(path: Path, erased: Gone) -> Back:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as new:
        return coming_back.back(FileRecords(new), erased)


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
    wish: Wish,
    progress: Progress,
) -> Restored:
    with room_told(), draft_folder(Path(settings.OPSDESK_HOME)) as folder:
        dump = folder / manifest.member
        unpacked(path, manifest, dump, lambda done: progress(done * 0.3))
        erased, aside = _replaced(dump, wish, progress)
    progress(0.9)
    restored = _brought_up(manifest, None, wish)
    back = coming_back.back(OurRecords(), erased)
    postgres.finish()
    progress(1.0)
    return replace(restored, aside=aside, back=back)


def _replaced(dump: Path, wish: Wish, progress: Progress) -> tuple[Gone, Path | None]:
    """Put the dump in the place of what is there; what was erased there, and where it is kept.

    Nothing starts from here on, so who was seen by nobody before can only be an old one: looked for again
    after what is there was kept, and what it stored meanwhile has nothing changed.
    """
    with postgres.begun():
        check_stopped(now=wish.now)
        erased, aside, entries = Gone(), None, None
        if wish.filled:
            erased = coming_back.gone(OurRecords())
            aside = automatic_place("before-restore", now=wish.now)
            entries = make(aside, now=wish.now).counts.get("journal_entry")
            progress(0.5)
            check_stopped(now=wish.now)
        postgres.put_back(dump, entries=entries)
    return erased, aside


def _brought_up(manifest: Manifest, found: Bytes | None, wish: Wish) -> Restored:
    """See that all is there, run newer migrations, arm the triggers, hold replies, begin a generation."""
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
    waiting = deliveries.waiting()
    held = 0 if wish.send_replies else deliveries.hold(waiting, problem=deliveries.RESTORED, now=wish.now)
    digest_actions.withhold_all(now=wish.now)
    generation = begin_generation(reason="restored", now=wish.now)
    prepare(now=wish.now)
    if missing := triggers.missing(connection):
        raise RestoredDiffers(problem=f"the trigger {missing[0]} is missing")
    return Restored(
        manifest=manifest,
        bytes=found,
        migrated=tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan),
        generation=generation.id,
        triggers=len(triggers.append_only_models()),
        held=held,
        queued=len(waiting) - held,
    )
