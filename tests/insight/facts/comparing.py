"""Facts as plain rows, by which two are compared whatever their codes, types and parts."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from opsdesk.insight.facts.schema import EVERY, Kind
from opsdesk.insight.facts.values import Columns, Facts, Part

Row = tuple[Any, ...]


def plain(facts: Facts) -> dict[str, list[Row]]:
    """Every row that counts, by table, with its codes as values; stays and waits by their case."""
    found: dict[str, list[Row]] = {table.name: [] for table in EVERY}
    for part in facts.parts:
        cases = _rows(part.cases, facts.books, leaving=["first"])
        stays = _rows(part.stays, facts.books)
        waits = _rows(part.waits, facts.books, leaving=["stay"])
        ids, of = part.cases["id"], part.of_stays(np.arange(len(cases)))
        desks, scopes = part.cases["desk"], part.deals["scope"]
        found["cases"] += [row for row, desk in zip(cases, desks, strict=True) if desk]
        found["stays"] += [
            (int(ids[case]), n - int(part.cases["first"][case]), row)
            for n, (row, case) in enumerate(zip(stays, of, strict=True))
            if part.stays["place"][n]
        ]
        found["waits"] += [
            (int(ids[of[stay]]), int(stay) - int(part.cases["first"][of[stay]]), row)
            for row, stay, who in zip(waits, part.waits["stay"], part.waits["who"], strict=True)
            if who
        ]
        again = _rows(part.again, facts.books, leaving=["case"])
        found["again"] += [
            (int(ids[case]), row)
            for row, case in zip(again, part.again["case"], strict=True)
            if part.cases["desk"][case]
        ]
        found["deals"] += [
            row for row, scope in zip(_rows(part.deals, facts.books), scopes, strict=True) if scope
        ]
        disputes = _rows(part.disputes, facts.books)
        found["disputes"] += [
            row for row, scope in zip(disputes, part.disputes["scope"], strict=True) if scope
        ]
        arrivals = _rows(part.arrivals, facts.books)
        found["arrivals"] += [
            row for row, source in zip(arrivals, part.arrivals["source"], strict=True) if source
        ]
    return {name: sorted(rows) for name, rows in found.items()}


def same_arrays(one: Part, other: Part) -> bool:
    """Whether two parts are the same, value by value and type by type."""
    return all(_same(getattr(one, table.name), getattr(other, table.name)) for table in EVERY)


def _same(one: Columns, other: Columns) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]) for name in one
    )


BOOK_OF = {
    (table.name, column.name): column.book
    for table in EVERY
    for column in table.columns
    if column.kind is Kind.CODE
}


def _rows(columns: Columns, books: Mapping[str, tuple[str, ...]], leaving: Iterable[str] = ()) -> list[Row]:
    names = sorted(set(columns) - set(leaving))
    table = _table_of(columns)
    values = [_values(columns[name].tolist(), books.get(BOOK_OF.get((table, name), ""))) for name in names]
    return list(zip(*values, strict=True))


def _values(found: list[Any], book: tuple[str, ...] | None) -> list[Any]:
    return found if book is None else [book[code] for code in found]


def _table_of(columns: Columns) -> str:
    marks = {"kind": "cases", "place": "stays", "who": "waits", "template": "deals", "basis": "disputes"}
    marks |= {"queue": "again", "came": "arrivals"}
    return next(table for mark, table in marks.items() if mark in columns)
