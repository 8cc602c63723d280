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

from opsdesk.history.lines import UNIT
from opsdesk.history.rules import Event
from opsdesk.history.told import Line, Teller, latest_words

AT_ONCE = 1000
CACHE_KB = 16_000
_SORT = "CREATE TABLE sorted AS SELECT name, at, told, words FROM event ORDER BY name, at, rowid"
_WHOLE = f"at || '{UNIT}' || told || '{UNIT}' || words"
_READ = f"SELECT rowid, name, at, told, words, {_WHOLE} FROM sorted WHERE rowid > ? ORDER BY rowid"


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
        spill.database.execute("CREATE TABLE event (name TEXT, at INTEGER, told TEXT, words TEXT)")
        return spill

    def close(self) -> None:
        self.database.close()

    def add(self, found: Iterable[Line]) -> None:
        """Put in what rows say, in the order of the file."""
        self.database.execute("BEGIN")
        self.database.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", found)
        self.database.execute("COMMIT")

    def sort(self) -> tuple[int, int | None, int | None]:
        """Put them in order; how many there are, the first and the last instant."""
        self.database.execute(_SORT)
        self.database.execute("DROP TABLE event")
        total, first, last = self.database.execute("SELECT COUNT(*), MIN(at), MAX(at) FROM sorted").fetchone()
        return int(total), first, last

    def cases(self, after: int = 0) -> Iterator[Told]:
        """Each case with its events in their order, from those behind event number `after` on."""
        teller = Teller()
        rows = self.database.execute(_READ, [after])
        for case, same in groupby(rows, key=itemgetter(1)):
            ends, _, instants, tellings, words, whole = zip(*same, strict=True)
            yield Told(
                case,
                list(map(teller.event, instants, tellings)),
                latest_words(words),
                ends[-1],
                _fingerprint(whole),
            )


def _fingerprint(whole: Iterable[str]) -> int:
    """A number of all that is told of a case."""
    digest = blake2b("".join(whole).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
