"""Events put in order outside memory: into a temporary SQLite file, which sorts them by merging.

A file whose cases are not next to one another can't be told case by case before all of it was read. The order
is by case, then instant, then where it stood in the file: the same file always gives the same order.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from opsdesk.history.events import Happened
from opsdesk.history.lines import UNIT
from opsdesk.history.rules import Event, Meaning

AT_ONCE = 1000
CACHE_KB = 16_000
_MEANINGS = tuple(Meaning)
_NUMBER = {meaning: number for number, meaning in enumerate(_MEANINGS)}
_SORT = (
    "CREATE TABLE sorted AS SELECT name, at, queue, meaning, party, person, words FROM event"
    " ORDER BY name, at, rowid"
)
_READ = (
    "SELECT rowid, name, at, queue, meaning, party, person, words FROM sorted WHERE rowid > ? ORDER BY rowid"
)


class Told(NamedTuple):
    """One case as the file tells it. `end`: how many events of the file are behind it.

    `fingerprint`: a number that another telling of the case hardly has.
    """

    case: str
    events: list[Event]
    attributes: tuple[str, ...]
    end: int
    fingerprint: int


class Spill:
    """The events of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = sqlite3.connect(path, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KB}"):
            self.database.execute(f"PRAGMA {setting}")

    @classmethod
    def made(cls, path: Path) -> "Spill":
        """A new one; what lay there is gone."""
        path.unlink(missing_ok=True)
        spill = cls(path)
        spill.database.execute(
            "CREATE TABLE event (name TEXT, at INTEGER, queue TEXT, meaning INTEGER, party TEXT,"
            " person TEXT, words TEXT)"
        )
        return spill

    def close(self) -> None:
        self.database.close()

    def add(self, found: Iterable[Happened]) -> None:
        """Put in what rows say, in the order of the file."""
        values = [
            (case, event.at, event.queue, _NUMBER[event.meaning], event.party, event.person, words)
            for case, events, attributes in found
            for words in (_packed(attributes),)
            for event in events
        ]
        self.database.execute("BEGIN")
        self.database.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self.database.execute("COMMIT")

    def sort(self) -> tuple[int, int | None, int | None]:
        """Put them in order; how many there are, the first and the last instant."""
        self.database.execute(_SORT)
        self.database.execute("DROP TABLE event")
        total, first, last = self.database.execute("SELECT COUNT(*), MIN(at), MAX(at) FROM sorted").fetchone()
        return int(total), first, last

    def cases(self, after: int = 0) -> Iterator[Told]:
        """Each case with its events in their order, from those behind event number `after` on."""
        rows = self.database.execute(_READ, [after])
        for case, same in groupby(rows, key=itemgetter(1)):
            events: list[Event] = []
            said: tuple[str, ...] = ()
            packed, end, digest = "", 0, blake2b(digest_size=8)
            for place, _, at, queue, meaning, party, person, words in same:
                end = place
                events.append(Event(at, queue, _MEANINGS[meaning], party, person))
                digest.update(
                    f"{at}{UNIT}{queue}{UNIT}{meaning}{UNIT}{party}{UNIT}{person}{UNIT}{words}".encode()
                )
                if words != packed:
                    said, packed = _later(said, _unpacked(words)), words
            number = int.from_bytes(digest.digest(), "big", signed=True)
            yield Told(case, events, said or _unpacked(packed), end, number)


def _later(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """What is said later counts; where nothing is said, what was said before."""
    return tuple(new or old for old, new in zip(before, now, strict=True)) if before else now


def _packed(attributes: tuple[str, ...]) -> str:
    return UNIT.join(attributes) if any(attributes) else ""


def _unpacked(words: str) -> tuple[str, ...]:
    return tuple(words.split(UNIT)) if words else ("",) * 6
