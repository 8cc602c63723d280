"""An SQLite database as a file: copying it while others write, looking through it, taking its place."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from opsdesk.commands.archive.container import Progress
from opsdesk.commands.archive.drafts import give_name, sync
from opsdesk.commands.archive.refusals import StillRunning
from opsdesk.kernel.refusal import gettext_noop

TIMEOUT_S = 20.0
STEPS = 100_000
PROBLEMS_SHOWN = 3


def copy(source: Path, target: Path, progress: Progress) -> None:
    """Copy as of one instant while others read and write. Only what lives is copied: no free page with
    what was erased before.
    """
    with closing(sqlite3.connect(source, timeout=TIMEOUT_S, isolation_level=None)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        total = max(pages * database.execute("PRAGMA page_size").fetchone()[0], 1)

        def look() -> int:
            progress(min(target.stat().st_size / total, 1.0) if target.exists() else 0.0)
            return 0

        database.set_progress_handler(look, STEPS)
        database.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)


def problems(path: Path) -> str:
    """What is wrong with the file, in words; nothing when it is sound."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found[:PROBLEMS_SHOWN])


def has_tables(path: Path) -> bool:
    """Whether there is a database with anything in it."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with closing(sqlite3.connect(path, timeout=TIMEOUT_S)) as database:
        return bool(database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0])


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other process out of the database, and its whole content in its one file.

    Refuses `StillRunning` if any has it open.
    """
    if not path.exists():
        yield
        return
    with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise StillRunning(sign=gettext_noop("another program has the database open")) from None
        yield


def in_one_file(path: Path) -> None:
    """Bring what lies beside the file into it."""
    with closing(sqlite3.connect(path, timeout=TIMEOUT_S)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def take_place(draft: Path, target: Path, aside: Path | None) -> None:
    """Put the draft in the target's place, in one step, and keep what was there as `aside`."""
    sync(draft)
    if aside is not None:
        give_name(target, aside)
    os.replace(draft, target)
    sync(target.parent)
