"""Parts put together, and taken out of one another."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.facts.values import Column, Columns, Part, rows_of

Rows = NDArray[np.intp]
Side = Literal["left", "right"]


def joined(parts: Sequence[Part]) -> Part:
    """The parts one after the other, as one."""
    if len(parts) == 1:
        return parts[0]
    stays = _offsets([rows_of(part.stays) for part in parts])
    of_cases = _offsets([rows_of(part.cases) for part in parts])
    cases = [_moved(part.cases, "first", by) for part, by in zip(parts, stays, strict=True)]
    again = [_moved(part.again, "case", by) for part, by in zip(parts, of_cases, strict=True)]
    waits = [_moved(part.waits, "stay", by) for part, by in zip(parts, stays, strict=True)]
    return Part(
        _one_after_another(cases),
        _one_after_another([part.stays for part in parts]),
        _one_after_another(waits),
        _one_after_another([part.deals for part in parts]),
        _one_after_another([part.disputes for part in parts]),
        _one_after_another(again),
        _one_after_another([part.arrivals for part in parts]),
    )


def picked(part: Part, cases: Rows, deals: Rows, arrivals: Rows) -> Part:
    """Those rows of cases, deals and arrivals in that order, each with all that belongs to it."""
    begins, ends = stays_of(part, cases)
    stays, each = rows_between(begins, ends), ends - begins
    disputes = _by_owner(part.disputes["deal"], part.deals["id"][deals])
    return Part(
        {**_at(part.cases, cases), "first": (np.cumsum(each) - each).astype(np.uint32)},
        _at(part.stays, stays),
        _with_owners(part.waits, "stay", stays, rows_of(part.stays)),
        _at(part.deals, deals),
        _at(part.disputes, disputes),
        _with_owners(part.again, "case", cases, rows_of(part.cases)),
        _at(part.arrivals, arrivals),
    )


def sliced(part: Part, cases: slice, deals: slice, arrivals: slice) -> Part:
    """Some rows of cases, of deals and of arrivals that lie together, each with all that belongs to it."""
    first = part.cases["first"][cases]
    begin = int(first[0]) if len(first) else 0
    after = part.cases["first"][cases.stop :] if cases.stop is not None else first[:0]
    end = int(after[0]) if len(after) else rows_of(part.stays)
    stays = slice(begin, end if len(first) else begin)
    waits = slice(*rows_of_values(part.waits["stay"], np.array([stays.start, stays.stop])))
    rows = range(*cases.indices(rows_of(part.cases)))
    again = slice(*rows_of_values(part.again["case"], np.array([rows.start, rows.stop])))
    owners = part.deals["id"][deals]
    disputes = np.flatnonzero(np.isin(part.disputes["deal"], owners)) if len(owners) else np.zeros(0, np.intp)
    return Part(
        {**_cut(part.cases, cases), "first": first - np.uint32(begin)},
        _cut(part.stays, stays),
        {**_cut(part.waits, waits), "stay": part.waits["stay"][waits] - np.uint32(begin)},
        _cut(part.deals, deals),
        _at(part.disputes, disputes),
        {**_cut(part.again, again), "case": part.again["case"][again] - np.uint32(rows.start)},
        _cut(part.arrivals, arrivals),
    )


def in_order(part: Part) -> Part:
    """The same with its cases, deals and arrivals in the order of their ids."""
    tables = (part.cases, part.deals, part.arrivals)
    return picked(part, *(np.argsort(each["id"], kind="stable") for each in tables))


def without(part: Part, cases: Column, deals: Column, arrivals: Column) -> Part:
    """The part without the cases, deals and arrivals of those ids."""
    gone = ((part.cases, cases), (part.deals, deals), (part.arrivals, arrivals))
    kept = [~np.isin(table["id"], ids) for table, ids in gone]
    if all(each.all() for each in kept):
        return part
    return picked(part, *(np.flatnonzero(each) for each in kept))


def rows_with(ids: Column, wanted: Column) -> Rows:
    """The rows of those ids that are there; `ids` are in order."""
    if not len(ids):
        return np.zeros(0, dtype=np.intp)
    rows = np.minimum(rows_of_values(ids, wanted), len(ids) - 1)
    found: Rows = rows[ids[rows] == wanted]
    return found


def rows_of_values(column: Column, values: Column, side: Side = "left") -> Rows:
    """Where values belong in a column in order. Of another type they would have all of the column copied."""
    return np.searchsorted(column, values.astype(column.dtype), side)


def stays_of(part: Part, cases: Rows) -> tuple[Rows, Rows]:
    """For each of those rows of cases, the row of its first stay, and the one behind its last."""
    first = part.cases["first"]
    ends = np.full(len(cases), rows_of(part.stays), dtype=np.intp)
    inner = cases + 1 < len(first)
    ends[inner] = first[cases[inner] + 1]
    return first[cases].astype(np.intp), ends


def rows_between(begins: Column, ends: Column) -> Rows:
    """All rows from each begin up to, not with, its end."""
    each = ends - begins
    rows: Rows = np.arange(each.sum()) + np.repeat(begins - (np.cumsum(each) - each), each)
    return rows


def _offsets(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:n]) for n in range(len(sizes))]


def _moved(columns: Columns, name: str, by: int) -> Columns:
    return {**columns, name: columns[name] + np.uint32(by)}


def _one_after_another(tables: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _cut(columns: Columns, rows: slice) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _at(columns: Columns, rows: Rows) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _with_owners(columns: Columns, owner: str, picked: Rows, of: int) -> Columns:
    """What belongs to the rows picked of a table of `of` rows, with the new rows of these."""
    moved = np.full(of, -1, dtype=np.int64)
    moved[picked] = np.arange(len(picked))
    row = moved[columns[owner]]
    known = np.flatnonzero(row >= 0)
    order = known[np.argsort(row[known], kind="stable")]
    return {**_at(columns, order), owner: row[order].astype(np.uint32)}


def _by_owner(owners: Column, picked_ids: Column) -> Rows:
    """The rows whose owner is picked, in the order of the picked ones."""
    place = np.argsort(picked_ids, kind="stable")
    at = np.searchsorted(picked_ids, owners, sorter=place)
    at = np.minimum(at, max(len(picked_ids) - 1, 0))
    if not len(picked_ids):
        return np.zeros(0, dtype=np.intp)
    known = np.flatnonzero(picked_ids[place[at]] == owners)
    return known[np.argsort(place[at[known]], kind="stable")]
