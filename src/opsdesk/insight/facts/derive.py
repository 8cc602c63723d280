"""What the columns of cases say of their stays, and where the rows of one belong to the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.facts.books import Book, Books
from opsdesk.insight.facts.schema import NEVER, PART
from opsdesk.insight.facts.values import Column, Columns, Part, queue_of, rows_of

Numbers = NDArray[Any]
Tables = Mapping[str, Columns]
TIERS_AT_MOST = 16


def part_of(tables: Tables, books: Books) -> Part:
    """A part of the tables as read: stays, waits and disputes whose owner came meanwhile are left out."""
    cases, deals = tables["cases"], tables["deals"]
    _know_queues(books)
    stays = _kept(tables["stays"], np.isin(tables["stays"]["case"], cases["id"]))
    first = np.searchsorted(stays["case"], cases["id"]).astype(np.uint32)
    disputes = _kept(tables["disputes"], np.isin(tables["disputes"]["deal"], deals["id"]))
    return Part(
        cases={**cases, "first": first, **_ways(stays, rows_of(cases), first, books)},
        stays=_final(stays),
        waits=_of_stays(tables["waits"], stays),
        deals=deals,
        disputes=disputes,
        again=_of_cases(tables["again"], cases["id"]),
        arrivals=tables["arrivals"],
    )


def _know_queues(books: Books) -> None:
    """Give each queue of a place a code: a number may be asked for by one that no case stands in now."""
    for place in books["place"]:
        if place:
            books["queue"][queue_of(place)]


def _kept(columns: Columns, keep: NDArray[np.bool_]) -> Columns:
    return columns if keep.all() else {name: values[keep] for name, values in columns.items()}


def _of_stays(waits: Columns, stays: Columns) -> Columns:
    """The waits with the rows of their stays."""
    here = waits["case"].astype(np.int64) << 32 | waits["number"]
    there = stays["case"].astype(np.int64) << 32 | stays["number"]
    row = np.searchsorted(there, here)
    known = np.append(there, -1)[row] == here
    final = {name: values for name, values in waits.items() if name not in ("case", "number")}
    return _kept({"stay": row.astype(np.uint32), **final}, known)


def _of_cases(again: Columns, ids: Column) -> Columns:
    """The follow-ups with the rows of their cases."""
    known = _kept(again, np.isin(again["case"], ids))
    return {**known, "case": np.searchsorted(ids, known["case"]).astype(np.uint32)}


def _final(stays: Columns) -> Columns:
    """The stays as they are kept: what is known from elsewhere is left out, what was cut is marked."""
    left = stays["left"].astype(np.int64)
    cut = left - stays["entered"] - stays["elapsed"]
    carried = ((left != NEVER) & (cut == 1)).astype(np.uint8)
    final = {name: values for name, values in stays.items() if name not in ("case", "number", "elapsed")}
    return {**final, "carried": carried}


def _ways(stays: Columns, cases: int, first: Column, books: Books) -> dict[str, Column]:
    """Per case the tiers it was at, was returned from, and the lowest it was opened at."""
    tiers = _tiers(books["place"])[stays["place"]]
    counts = stays["exit"] != books["exit"]["withdrawn"]
    bits = np.where(counts & (tiers > 0), 1 << (tiers - 1), 0)
    back = np.where(stays["exit"] == books["exit"]["returned"], bits, 0)
    opened = np.where(_opens(books["arrival"])[stays["arrival"]], bits, 0)
    ends = np.append(first[1:], len(tiers)).astype(np.int64)
    of = np.repeat(np.arange(cases), ends - first if cases else ends[:0])
    entry = _lowest(_together(opened, of, cases))
    return {
        "entry": entry.astype(np.uint8),
        "tiers": _mask(_together(bits, of, cases)),
        "back": _mask(_together(back, of, cases)),
    }


def _together(bits: Numbers, of: Numbers, cases: int) -> Numbers:
    """The bits of all stays of each case."""
    found = np.zeros(cases, dtype=np.int64)
    np.bitwise_or.at(found, of, bits.astype(np.int64))
    return found


def _lowest(masks: Numbers) -> Numbers:
    """The number of the lowest bit, from 1; 0 without any."""
    alone = masks & -masks
    return np.where(alone > 0, np.log2(np.maximum(alone, 1)).astype(np.int64) + 1, 0)


def _mask(masks: Numbers) -> Numbers:
    return masks.astype(np.uint8 if masks.max(initial=0) < 2**8 else np.uint16)


def _tiers(places: Book) -> Numbers:
    """The tier of each place, by code."""
    tiers = [int(value.rsplit(PART, 2)[1]) if value else 0 for value in places]
    return np.minimum(np.array(tiers, dtype=np.int64), TIERS_AT_MOST)


def _opens(arrivals: Book) -> NDArray[np.bool_]:
    """Whether each way to arrive is to be opened there, by code."""
    return np.array([value.partition(PART)[0] == "opened" for value in arrivals])
