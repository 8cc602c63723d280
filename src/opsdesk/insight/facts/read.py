"""Reading the facts from the records, many rows at a time.

Nothing is locked and no snapshot is held: what changes while it is read has an entry behind the cursor that
was taken before, and is read again by it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import DTypeLike

from opsdesk.insight.facts.books import Books, empty, values_of
from opsdesk.insight.facts.derive import Tables, part_of
from opsdesk.insight.facts.joining import joined
from opsdesk.insight.facts.schema import (
    EVERY,
    FIRST_INSTANT,
    LAST_INSTANT,
    LENGTH,
    NEVER,
    OF_CASES,
    OF_DEALS,
    OF_MAIL,
    ROW,
    Column,
    Kind,
    Table,
    as_text,
    expression,
    gathered,
)
from opsdesk.insight.facts.values import Column as Values
from opsdesk.insight.facts.values import Columns, Facts, Part
from opsdesk.insight.sql import rows
from opsdesk.journal.changes import end

CASES_AT_ONCE = 20_000
Within = Callable[[str], str]


def read_all(now: datetime) -> Facts:
    """Everything, read anew and kept nowhere: slow with many records, always right."""
    cursor, books = end(), empty()
    parts = [part_of_cases(between(*each), books) for each in ranges("cases_case", CASES_AT_ONCE)]
    parts += [part_of_deals(between(*each), books) for each in ranges("deals_deal", CASES_AT_ONCE)]
    parts += [part_of_mail(between(*each), books) for each in ranges("mail_arrival", CASES_AT_ONCE)]
    return Facts((joined([part_of(nothing(books), books), *parts]),), values_of(books), cursor, now)


def ranges(table: str, size: int, after: int = 0) -> Iterator[tuple[int, int]]:
    """The ids of a table cut into ranges, both ends in, of at most `size` rows each."""
    while True:
        query = f"SELECT MAX(x.id), COUNT(*) FROM (SELECT id FROM {table} WHERE id > {after:d} ORDER BY id"
        last, found = rows(f"{query} LIMIT {size:d}) x", {})[0]
        if last is None:
            return
        yield after + 1, last
        if found < size:
            return
        after = last


def between(first: int, last: int) -> Within:
    """The condition that an id lies in a range, both ends in."""
    return lambda column: f"{column} BETWEEN {first:d} AND {last:d}"


def among(ids: Iterable[int]) -> Within:
    """The condition that an id is one of some."""
    listed = ", ".join(f"{id:d}" for id in sorted(ids)) or "0"
    return lambda column: f"{column} IN ({listed})"


def part_of_cases(within: Within, books: Books) -> Part:
    """The cases within, with their stays and waits; nothing else."""
    return part_of({**nothing(books), **_tables(OF_CASES, within, books)}, books)


def part_of_deals(within: Within, books: Books) -> Part:
    """The deals within, with their disputes; nothing else."""
    return part_of({**nothing(books), **_tables(OF_DEALS, within, books)}, books)


def part_of_mail(within: Within, books: Books) -> Part:
    """The arrivals within; nothing else."""
    return part_of({**nothing(books), **_tables(OF_MAIL, within, books)}, books)


def nothing(books: Books) -> Tables:
    """Every table as read, without a row."""
    return {
        table.name: {column.name: _values(column, None, books) for column in table.columns} for table in EVERY
    }


def _tables(tables: Iterable[Table], within: Within, books: Books) -> Tables:
    return {table.name: table_of(table, within, books) for table in tables}


def table_of(table: Table, within: Within, books: Books) -> Columns:
    """The rows of a table within, in its order."""
    found = _read(table, within)
    codes = [text for column, text in zip(table.columns, found, strict=True) if column.kind is Kind.CODE]
    if len({text.count(ROW) for text in codes if text is not None}) > 1:
        found = _read(table, within, cleaned=True)
    return {
        column.name: _values(column, text, books) for column, text in zip(table.columns, found, strict=True)
    }


def _read(table: Table, within: Within, *, cleaned: bool = False) -> Sequence[str | None]:
    """Each column's values as one text; None without any."""
    inner = ", ".join(f'{expression(each, cleaned=cleaned)} AS "{each.name}"' for each in table.columns)
    outer = ", ".join(gathered(column) for column in table.columns)
    where, source = within(table.whole), table.source.replace("{within}", within("k.case_id"))
    query = f"SELECT {outer} FROM (SELECT {inner} FROM {source} WHERE {where} ORDER BY {table.order}) x"
    return rows(query, {})[0]


def fitting(numbers: Values, dtype: DTypeLike) -> Values:
    """The numbers in that type, or as they are where it can't hold them."""
    limit = np.iinfo(np.dtype(dtype)).max
    return numbers if numbers.max(initial=0) > limit else numbers.astype(dtype)


def _values(column: Column, text: str | None, books: Books) -> Values:
    """A column's values out of the text that holds them all; None holds none."""
    if column.kind is Kind.CODE:
        return books[column.book].codes([] if text is None else text.split(ROW))
    if column.kind is Kind.INSTANT:
        return _instants(text or "")
    return fitting(np.clip(_numbers(text or ""), column.low, column.high), column.dtype)


def _instants(text: str) -> Values:
    seconds = _cut(text) if as_text() else _numbers(text)
    known = np.clip(seconds, FIRST_INSTANT, LAST_INSTANT)
    return np.where(seconds == NEVER, NEVER, known).astype(np.uint32)


def _cut(text: str) -> Values:
    """Whole seconds out of instants written one behind the other."""
    each = np.frombuffer(text.encode("ascii"), f"S{LENGTH}")
    return each.astype("datetime64[s]").astype(np.int64)


def _numbers(text: str) -> Values:
    return np.fromstring(text, dtype=np.int64, sep=",")
