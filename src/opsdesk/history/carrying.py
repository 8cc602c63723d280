"""What the worker does for imports: some of the first that has something left to do."""

from datetime import datetime, timedelta
from pathlib import Path

from opsdesk.history import standing, uploads
from opsdesk.history.actions import BRINGING
from opsdesk.history.files import FileUnreadable, of_upload
from opsdesk.history.models import Import
from opsdesk.history.reading import Stopped, heard, read_file
from opsdesk.history.spill import Spill
from opsdesk.history.writing import Writer

STEPS = 4
SWEPT_EVERY = timedelta(hours=1)
MOVING = (Import.State.WITHDRAWING, Import.State.RETURNING)


class Bringing:
    """A step after another of what was asked on the pages. What a command brings in it does itself.

    `folder`: where the temporary file lies, one for each process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer: Writer | None = None
        self.spill: Spill | None = None
        self.swept_at: datetime | None = None

    def step(self, now: datetime) -> int:
        """Do some; 0 when nothing is left. Files that nobody needs go once an hour."""
        self._sweep(now)
        moving = Import.objects.filter(state__in=MOVING).order_by("id").first()
        if moving is not None:
            for _ in range(STEPS):
                standing.step(moving, now=now)
            return 1
        asked = Import.objects.filter(state__in=BRINGING, stored=True).order_by("id").first()
        if asked is None:
            self._end()
            return self._index()
        if self.writer is None or self.writer.imported.id != asked.id:
            return self._begin(asked, now)
        self._write(self.writer, now)
        return 1

    def _sweep(self, now: datetime) -> None:
        if self.swept_at is None or now - self.swept_at >= SWEPT_EVERY:
            uploads.sweep(now)
            self.swept_at = now

    def _index(self) -> int:
        """What a command brought in too is made findable here."""
        unfound = Import.objects.filter(state=Import.State.DONE, indexed=False).order_by("id").first()
        if unfound is None:
            return 0
        standing.index(unfound)
        return 1

    def _begin(self, imported: Import, now: datetime) -> int:
        self._end()
        self.folder.mkdir(parents=True, exist_ok=True)
        export, place = of_upload(imported), self.folder / f"{imported.id}.sqlite"
        try:
            self.spill = read_file(imported, export, place, now=now, hear=heard(imported))
        except (FileUnreadable, Stopped):
            place.unlink(missing_ok=True)
            return 1
        self.writer = Writer(imported, self.spill, now=now)
        return 1

    def _write(self, writer: Writer, now: datetime) -> None:
        for _ in range(STEPS):
            if not writer.step(now=now):
                if writer.imported.state not in BRINGING:
                    uploads.forget(writer.imported)
                self._end()
                return

    def _end(self) -> None:
        self.writer = None
        if self.spill is not None:
            self.spill.close()
            self.spill.path.unlink(missing_ok=True)
            self.spill = None
