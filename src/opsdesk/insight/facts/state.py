"""What there is of the facts, for those who look after the installation."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from opsdesk.insight.facts.base import Progress, Store, is_ours
from opsdesk.insight.facts.files import BrokenFiles, manifest_of
from opsdesk.journal.queries import newest_id


@dataclass(frozen=True, slots=True)
class State:
    """The newest base: how many cases, stays and deals, its size, and how many entries the journal has since.

    All are 0 without one. `progress`: how far another is that is being built.
    """

    cases: int = 0
    stays: int = 0
    deals: int = 0
    bytes: int = 0
    behind: int = 0
    is_built: bool = False
    progress: Progress | None = None


def state() -> State:
    """What there is in this home."""
    store = Store(Path(settings.OPSDESK_HOME))
    progress = store.progress()
    for number in store.numbers()[:1]:
        folder = store.path(number)
        try:
            manifest = manifest_of(folder)
            size = sum(path.stat().st_size for path in folder.iterdir())
        except (BrokenFiles, OSError):
            break
        if not is_ours(manifest):
            break
        behind = max(newest_id() - manifest.cursor.id, 0)
        cases, stays, deals = (manifest.sizes[table] for table in ("cases", "stays", "deals"))
        return State(cases, stays, deals, size, behind, is_built=True, progress=progress)
    return State(progress=progress)
