"""A small discrete event simulation: lives that sleep until an instant, woken in order."""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Life = Iterator[datetime]


class Events:
    """Wakes each life at the instants it yields. Of two at the same instant the first come is first."""

    def __init__(self, *, until: datetime) -> None:
        self.now = datetime.min.replace(tzinfo=until.tzinfo)
        self.until = until
        self._heap: list[tuple[datetime, int, Life]] = []
        self._order = count()

    def begin(self, life: Life) -> None:
        """Let a life run to its first sleep; what it does before happens now."""
        wakes_at = next(life, None)
        if wakes_at is not None and wakes_at < self.until:
            heappush(self._heap, (max(wakes_at, self.now), next(self._order), life))

    def run(self) -> Iterator[datetime]:
        """Wake them all up to the end, each instant given as it comes; what would happen later never does."""
        while self._heap:
            self.now, _, life = heappop(self._heap)
            self.begin(life)
            yield self.now
