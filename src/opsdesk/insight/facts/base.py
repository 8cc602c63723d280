"""Where the bases lie: one folder a number under `OPSDESK_HOME/facts`, the highest counts.

A folder gets its number when all of it is on the disk. Who has opened one keeps it, even once it is removed.
"""

import fcntl
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from opsdesk.insight.facts.files import BrokenFiles, Manifest, opened, sync_folder
from opsdesk.insight.facts.values import Part
from opsdesk.journal.changes import fact_at, generation

PROGRESS = "progress.json"
Identity = tuple[int, int, int]


@dataclass(frozen=True)
class Base:
    """One base, opened: which it is, what it says of itself, and its rows."""

    identity: Identity
    manifest: Manifest
    part: Part


@dataclass(frozen=True, slots=True)
class Progress:
    """How far facts are built: `done` of `total` records, counted by their ids."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """Whole percent, 100 only when all is done."""
        return min(self.done * 100 // self.total, 100) if self.total else 0


class Store:
    """The folder of the bases."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "facts"

    def mark(self) -> int:
        """Another number whenever a base came or went; 0 without a folder that we may look into."""
        try:
            return os.stat(self.folder).st_mtime_ns
        except OSError:
            return 0

    def numbers(self) -> list[int]:
        """The numbers of the bases, the highest first."""
        try:
            names = os.listdir(self.folder)
        except OSError:
            return []
        return sorted((int(name) for name in names if re.fullmatch(r"[0-9]{8}", name)), reverse=True)

    def path(self, number: int) -> Path:
        return self.folder / f"{number:08d}"

    def newest_identity(self) -> Identity | None:
        """What tells the newest base from all others, also from one of its number that was taken away."""
        for number in self.numbers()[:1]:
            with suppress(OSError):
                found = os.stat(self.path(number))
                return number, found.st_ino, found.st_mtime_ns
        return None

    def newest(self) -> Base | None:
        """The newest base, opened; None without one, and where it isn't whole or isn't this database's."""
        identity = self.newest_identity()
        if identity is None:
            return None
        try:
            manifest, part = opened(self.path(identity[0]))
        except BrokenFiles:
            return None
        return Base(identity, manifest, part) if is_ours(manifest) else None

    def progress(self) -> Progress | None:
        """How far somebody is with building; None where nobody does."""
        try:
            found = json.loads((self.folder / PROGRESS).read_text())
            with (self.folder / "lock").open("rb") as file:
                return None if _locked(file, fcntl.LOCK_SH) else Progress(*found)
        except (OSError, ValueError):
            return None


def is_ours(manifest: Manifest) -> bool:
    """Whether the fact that it stands on is this database's, and no other generation has begun."""
    cursor = manifest.cursor
    return cursor.generation == generation() and fact_at(cursor) == manifest.stands_on


class Writing:
    """The store while one process alone writes to it."""

    def __init__(self, store: Store, lock: BinaryIO) -> None:
        self._store, self._lock = store, lock
        self.number = max(store.numbers(), default=0) + 1
        self.folder = store.folder / f"building-{self.number:08d}"
        self._sweep()

    def say(self, progress: Progress) -> None:
        """Let others see how far it is."""
        passing = self._store.folder / f"{PROGRESS}.new"
        passing.write_text(json.dumps([progress.done, progress.total]))
        passing.rename(self._store.folder / PROGRESS)

    def publish(self) -> None:
        """The folder, which is whole and on the disk, becomes the newest base."""
        self.folder.rename(self._store.path(self.number))
        sync_folder(self._store.folder)

    def end(self) -> None:
        """Others may write."""
        self._sweep()
        self._lock.close()

    def _sweep(self) -> None:
        """Take away what a builder left that was killed, and the bases before the newest."""
        (self._store.folder / PROGRESS).unlink(missing_ok=True)
        for path in self._store.folder.glob("building-*"):
            shutil.rmtree(path, ignore_errors=True)
        for number in self._store.numbers()[1:]:
            shutil.rmtree(self._store.path(number), ignore_errors=True)


def begin_writing(store: Store) -> Writing | None:
    """The right to write, until it is ended or the process is; None while another process has it."""
    store.folder.mkdir(parents=True, exist_ok=True)
    lock = (store.folder / "lock").open("ab")
    if _locked(lock, fcntl.LOCK_EX):
        return Writing(store, lock)
    lock.close()
    return None


def _locked(file: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
