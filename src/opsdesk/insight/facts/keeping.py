"""Keeping a base in order, a piece at a time: building it, building it anew, compacting it.

One process at a time writes. Killed anywhere, it leaves a folder without a number, which the next one takes
away.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

from opsdesk.insight.facts.base import Base, Progress, Store, Writing, begin_writing, is_ours
from opsdesk.insight.facts.books import Books, empty, opened, values_of
from opsdesk.insight.facts.compacting import compacted
from opsdesk.insight.facts.delta import changed_after
from opsdesk.insight.facts.derive import part_of
from opsdesk.insight.facts.files import BaseWriter
from opsdesk.insight.facts.read import (
    CASES_AT_ONCE,
    between,
    nothing,
    part_of_cases,
    part_of_deals,
    part_of_mail,
    ranges,
)
from opsdesk.insight.facts.values import Part
from opsdesk.insight.sql import rows
from opsdesk.journal.changes import end, fact_at
from opsdesk.journal.queries import newest_id

COMPACT_AFTER = 20_000
COMPACT_AT_LATEST = 100_000
REBUILD_AFTER = 2_000_000
READ = {"cases_case": part_of_cases, "deals_deal": part_of_deals, "mail_arrival": part_of_mail}
# A part, and how far it brings us.
Pieces = Iterator[tuple[Part, Progress]]


class Keeper:
    """Sees to it that there is a base, and that not too much has been written since it was built.

    `compact_after`: so many facts of the journal behind a base, it is compacted; else when they are a tenth
    of its cases, within bounds.
    """

    def __init__(self, home: Path, *, compact_after: int | None = None) -> None:
        self._store = Store(home)
        self._compact_after = compact_after
        self._base: Base | None = None
        self._building: Generator[None, None, None] | None = None
        self._is_swept = False

    def step(self) -> int:
        """A piece of what is to do; 0 where nothing is, or where another process does it."""
        if self._building is None:
            self._building = self._begun()
        if self._building is None:
            return 0
        try:
            next(self._building)
        except StopIteration:
            self._building = None
        except Exception:
            self._building = None
            raise
        return 1

    def _begun(self) -> Generator[None, None, None] | None:
        if not self._is_swept and (writing := begin_writing(self._store)):
            writing.end()
            self._is_swept = True
        base = self._opened()
        behind = newest_id() - base.manifest.cursor.id if base else 0
        if base and behind < self._bearable(base):
            return None
        writing = begin_writing(self._store)
        if writing is None:
            return None
        return _written(writing, base if behind < REBUILD_AFTER else None)

    def _bearable(self, base: Base) -> int:
        if self._compact_after is not None:
            return self._compact_after
        return min(max(base.manifest.sizes["cases"] // 10, COMPACT_AFTER), COMPACT_AT_LATEST)

    def _opened(self) -> Base | None:
        """The newest base, if it is whole and this database's."""
        if self._base is None or self._base.identity != self._store.newest_identity():
            self._base = self._store.newest()
        return self._base if self._base and is_ours(self._base.manifest) else None


def _written(writing: Writing, base: Base | None) -> Generator[None, None, None]:
    """Write a base piece by piece: of the one before and what has changed since, or of the records."""
    writer = BaseWriter(writing.folder)
    try:
        books = opened(base.manifest.books) if base else empty()
        found = changed_after(base.manifest.cursor) if base else None
        if base and found:
            cursor, pieces = found[0], compacted(base.part, found[1], books)
        else:
            cursor, pieces = end(), _reading(books)
        for part, progress in pieces:
            writer.append(part)
            writing.say(progress)
            yield
        writer.end(cursor=cursor, stands_on=fact_at(cursor), books=values_of(books))
        writing.publish()
    finally:
        writer.leave()
        writing.end()


def _reading(books: Books) -> Pieces:
    """Everything out of the records. How far it is goes by the ids."""
    whole = {table: _span(table) for table in READ}
    total = sum(last - before for before, last in whole.values())
    yield part_of(nothing(books), books), Progress(0, total)
    done = 0
    for table, read in READ.items():
        for first, last in ranges(table, CASES_AT_ONCE, after=whole[table][0]):
            done += last - first + 1
            yield read(between(first, last), books), Progress(done, total)


def _span(table: str) -> tuple[int, int]:
    """The id before a table's first, and its last."""
    found: tuple[int, int] = rows(f"SELECT COALESCE(MIN(id), 1) - 1, COALESCE(MAX(id), 0) FROM {table}", {})[
        0
    ]
    return found
