"""Backups that are made without being asked for, and how many of them are kept."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from opsdesk.commands.archive.container import Progress, silent
from opsdesk.commands.archive.making import make
from opsdesk.commands.archive.refusals import NotWritten

KEPT = 3
BEFORE_MIGRATING = "before-migrate"


def folder() -> Path:
    """Where they lie: in the home, for its owner only."""
    place = Path(settings.OPSDESK_HOME) / "backups"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten(problem=f"{place}: {error.strerror}") from None
    return place


def automatic_place(why: str, *, now: datetime) -> Path:
    """A name that is free; names sort by when they were made."""
    stem = f"{why}-{now:%Y%m%d-%H%M%S}"
    places = (folder() / f"{stem}{f'-{number}' if number else ''}.zip" for number in range(1000))
    return next(place for place in places if not place.exists())


def make_automatic(why: str, *, now: datetime, progress: Progress = silent) -> Path:
    """Make one and let the oldest of its kind go: `KEPT` stay. Refuses what `make` refuses."""
    place = automatic_place(why, now=now)
    make(place, now=now, progress=progress)
    for old in made(why)[:-KEPT]:
        old.unlink()
    return place


def made(why: str) -> list[Path]:
    """Those of a kind, oldest first."""
    return sorted(folder().glob(f"{why}-*.zip"), key=lambda path: (path.stat().st_mtime_ns, path.name))
