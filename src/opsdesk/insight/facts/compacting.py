"""A base made of the one before and what has changed since, some cases, deals or arrivals at a time."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from opsdesk.insight.facts.base import Progress
from opsdesk.insight.facts.books import Books
from opsdesk.insight.facts.delta import NOTHING, Changed, read_changed, without_changed
from opsdesk.insight.facts.joining import in_order, joined, sliced
from opsdesk.insight.facts.values import Column, Part

AT_ONCE = 50_000
Cut = tuple[slice, float, float]


def compacted(part: Part, changed: Changed, books: Books) -> Iterator[tuple[Part, Progress]]:
    """The parts of the new base in the order of their ids, with how far each brings us."""
    ids = {"cases": part.cases["id"], "deals": part.deals["id"], "arrivals": part.arrivals["id"]}
    total, done = sum(len(each) for each in ids.values()), 0
    for table, own in ids.items():
        for rows, low, high in _cuts(own):
            old = sliced(part, **{name: rows if name == table else slice(0) for name in ids})
            done += len(own[rows])
            some = replace(NOTHING, **{table: _within(getattr(changed, table), low, high)})
            yield _renewed(old, some, books), Progress(done, total)


def _cuts(ids: Column) -> Iterator[Cut]:
    """Rows some thousands at a time, each with the ids from which on and below which it answers for all."""
    starts = list(range(0, len(ids), AT_ONCE)) or [0]
    bounds = [-np.inf, *(float(ids[start]) for start in starts[1:]), np.inf]
    for n, start in enumerate(starts):
        yield slice(start, start + AT_ONCE), bounds[n], bounds[n + 1]


def _within(ids: frozenset[int], low: float, high: float) -> frozenset[int]:
    return frozenset(id for id in ids if low <= id < high)


def _renewed(old: Part, changed: Changed, books: Books) -> Part:
    if not changed.size:
        return old
    return in_order(joined([without_changed(old, changed), *read_changed(changed, books)]))
