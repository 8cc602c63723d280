"""`opsdesk backup`: one file with everything, made while the desk goes on; and looking whether it is good."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from opsdesk.commands.archive.census import Bytes
from opsdesk.commands.archive.checking import check
from opsdesk.commands.archive.container import Progress
from opsdesk.commands.archive.making import make
from opsdesk.commands.archive.manifest import Manifest

HELP = "write a backup of everything into one file, also while the desk is running; --check looks at one"
SHOWN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, help="the file to write, or a folder to put one into that is named by the time"
    )
    parser.add_argument("--check", action="store_true", help="look whether the backup at PATH is good")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    path = options.path.absolute()
    if options.check:
        return _check(path)
    target = path / f"opsdesk-{now:%Y%m%d-%H%M%S}.zip" if path.is_dir() else path
    with bar(_("Backing up")) as progress:
        manifest = make(target, now=now, progress=progress)
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    say(_("%(path)s holds %(what)s.") % {"path": target, "what": in_words(manifest)})
    say(
        _("The master key is not in it. Keep a copy of %(key)s elsewhere: without it secrets stay sealed.")
        % {"key": Path(settings.OPSDESK_HOME) / "master.key"}
    )
    return 0


def _check(path: Path) -> int:
    with bar(_("Looking through")) as progress:
        found = check(path, beside=path.parent, progress=progress)
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    say(_("%(path)s is good: %(what)s.") % {"path": path, "what": in_words(found.manifest)})
    return tell_bytes(found.bytes) if found.bytes else 0


@contextmanager
def bar(label: str) -> Iterator[Progress]:
    """A progress bar on the terminal's other channel, once there is any progress."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    shown = Bar(*columns, console=Console(stderr=True))
    task = shown.add_task(label, total=1.0)

    def look(share: float) -> None:
        if not shown.live.is_started:
            shown.start()
        shown.update(task, completed=share)

    try:
        yield look
    finally:
        shown.stop()


def in_words(manifest: Manifest) -> str:
    """One line about a backup."""
    return _("%(rows)d rows of %(tables)d tables, %(engine)s, Opsdesk %(version)s, as of %(at)s") % {
        "rows": sum(manifest.counts.values()),
        "tables": len(manifest.counts),
        "engine": manifest.engine,
        "version": manifest.opsdesk,
        "at": f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC",
    }


def tell_bytes(found: Bytes) -> int:
    """Say what the digests came to; 1 when some bytes are not whole, else 0."""
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    numbers = {"whole": found.whole, "erased": found.erased}
    say(_("Bytes: %(whole)d whole by their digest, %(erased)d erased on purpose.") % numbers)
    if not found.damaged:
        return 0
    shown = ", ".join(digest[:12] for digest in found.damaged[:SHOWN])
    say(
        _("Not whole, already when the backup was made: %(number)d (%(shown)s).")
        % {"number": len(found.damaged), "shown": shown}
    )
    return 1
