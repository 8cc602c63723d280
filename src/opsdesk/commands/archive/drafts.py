"""Files that are whole or not there: written in a folder of their own, then given their name in one step."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".opsdesk-unfinished-"


@contextmanager
def draft_folder(beside: Path) -> Iterator[Path]:
    """A folder on the same disk as `beside`, gone afterwards; those that a killed run left go first."""
    _sweep(beside)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(beside: Path) -> None:
    for left in beside.glob(f"{PREFIX}*"):
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)


def give_name(draft: Path, name: Path) -> None:
    """Give a finished file its name, durably. Raises FileExistsError if something has it already."""
    sync(draft)
    try:
        os.link(draft, name)
    except FileExistsError:
        raise
    except OSError:
        _without_links(draft, name)
    sync(name.parent)


def _without_links(draft: Path, name: Path) -> None:
    """Some disks know no second name of a file."""
    if name.exists():
        raise FileExistsError(name)
    draft.rename(name)


def sync(path: Path) -> None:
    """See that a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
