"""A base made of the one before and what has changed since, some cases or deals at a time."""

from collections.abc import Iterator

import numpy as np

from opsdesk.insight.facts.base import Progress
from opsdesk.insight.facts.books import Books
from opsdesk.insight.facts.delta import Changed, ids_of, read_changed
from opsdesk.insight.facts.joining import in_order, joined, sliced, without
from opsdesk.insight.facts.values import Column, Part

AT_ONCE = 50_000
Cut = tuple[slice, float, float]


def compacted(part: Part, changed: Changed, books: Books) -> Iterator[tuple[Part, Progress]]:
    """The parts of the new base in the order of their ids, with how far each brings us."""
    cases, deals = part.cases["id"], part.deals["id"]
    total, done = len(cases) + len(deals), 0
    for rows, low, high in _cuts(cases):
        old = sliced(part, rows, slice(0))
        done += len(old.cases["id"])
        yield (
            _renewed(old, Changed(_within(changed.cases, low, high), frozenset()), books),
            Progress(done, total),
        )
    for rows, low, high in _cuts(deals):
        old = sliced(part, slice(0), rows)
        done += len(old.deals["id"])
        yield (
            _renewed(old, Changed(frozenset(), _within(changed.deals, low, high)), books),
            Progress(done, total),
        )


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
    kept = without(old, ids_of(changed.cases), ids_of(changed.deals))
    return in_order(joined([kept, *read_changed(changed, books)]))
