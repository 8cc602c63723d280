"""The worker's part in the facts: it alone builds and compacts them, a piece a round."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from opsdesk.insight.facts.keeping import Keeper


class Facts:
    """One worker's keeper, made when it is first asked."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None

    def step(self, now: datetime) -> int:
        """A piece of what is to build; 0 when nothing is."""
        if self._keeper is None:
            self._keeper = Keeper(Path(settings.OPSDESK_HOME))
        return self._keeper.step()
