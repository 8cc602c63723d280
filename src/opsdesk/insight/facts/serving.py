"""The facts as they are now: the newest base, and beside it what has changed since.

Every process has its own: a base is mapped into memory, the cases, deals and arrivals that changed behind it
are read anew into a second part, and their rows in the first are marked as out of date. So an answer is never
older than the change sequence, whoever compacts when.
"""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import connection

from opsdesk.insight.facts.base import Base, Identity, Progress, Store
from opsdesk.insight.facts.books import opened, values_of
from opsdesk.insight.facts.delta import Delta, changed_after, changed_of
from opsdesk.insight.facts.values import Facts
from opsdesk.journal.changes import Ahead, ahead_of

MOST_CHANGED = 200_000
MOST_AHEAD = 100_000
ROUNDS = 5


def ready(now: datetime) -> Facts | None:
    """All facts up to now; None while none are built, and within a transaction, whose own changes aren't
    everybody's: then the records answer."""
    if connection.in_atomic_block:
        return None
    return _serving(Path(settings.OPSDESK_HOME)).ready(now)


def progress() -> Progress | None:
    """How far the facts are built; None where nobody builds them."""
    return Store(Path(settings.OPSDESK_HOME)).progress()


class Serving:
    """The facts of one process; threads share them."""

    def __init__(self, home: Path) -> None:
        self._store = Store(home)
        self._lock = Lock()
        self._mark = 0
        self._refused: Identity | None = None
        self._standing: Standing | None = None

    def ready(self, now: datetime) -> Facts | None:
        """All facts up to now; None without a base, and while too much has changed since it was built."""
        with self._lock:
            self._look()
            if self._standing is None:
                return None
            found = self._standing.caught_up(now)
            if found is None:
                self._refused, self._standing = self._standing.base.identity, None
            return found

    def _look(self) -> None:
        """Open the newest base if it is another one."""
        mark = self._store.mark()
        if mark == self._mark:
            return
        self._mark = mark
        known = self._standing.base.identity if self._standing else self._refused
        if self._store.newest_identity() != known:
            base = self._store.newest()
            self._standing = Standing(base) if base else self._standing


class Standing:
    """A base and how far a process has come from it."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._books = opened(base.manifest.books)
        self._delta = Delta(base.part, self._books)
        self._cursor = base.manifest.cursor
        self._ahead: Ahead = frozenset()
        self._facts: Facts | None = None

    def caught_up(self, now: datetime) -> Facts | None:
        """The facts with all changes up to now; None when the base is of no use any more.

        What the sequence can't pass yet is read all the same, and again when it is passed. What changes while
        it is read is read again, so that no case is seen half.
        """
        for _ in range(ROUNDS):
            found = changed_after(self._cursor)
            if found is None:
                return None
            cursor, changed = found
            ahead = ahead_of(cursor, limit=MOST_AHEAD)
            changed |= changed_of(subject for _, subject in ahead - self._ahead)
            if self._delta.size + changed.size > MOST_CHANGED or len(ahead) == MOST_AHEAD:
                return None
            if changed.size:
                self._delta.read(changed)
                self._facts = None
            self._cursor, self._ahead = cursor, ahead
            if not changed.size:
                break
        if self._facts is None:
            self._facts = Facts(self._delta.parts(), values_of(self._books), self._cursor, now)
        return self._facts


@lru_cache(maxsize=4)
def _serving(home: Path) -> Serving:
    return Serving(home)
