"""Median and p90 of many values at once, the same as `insight.statistics` works out of a list."""

from collections.abc import Iterator, Sequence
from math import floor, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.columns.ranks import Among, Grouped, Numbers, Ordered
from opsdesk.insight.facts.schema import UNKNOWN
from opsdesk.insight.statistics import SMALL, Figure, Spread, spread

Values = NDArray[Any]
SHARES = (0.5, 0.9)


def spreads_of(groups: Values, values: Values, running: int, size: int) -> Iterator[tuple[int, Spread]]:
    """The number of each group below `size` that has values, and their spread.

    The last `running` of the values still run; those that are UNKNOWN are missing.
    """
    return next(each_spreads_of(groups, [values], running, size))


def each_spreads_of(
    groups: Values, columns: Sequence[Values], running: int, size: int
) -> Iterator[Iterator[tuple[int, Spread]]]:
    """The same of several columns of values of the same rows."""
    by = Grouped(groups, size, max(int(values.max(initial=0)) for values in columns))
    for values in columns:
        yield _spreads_of(by.ordered(values), groups, values, running)


def _spreads_of(every: Ordered, groups: Values, values: Values, running: int) -> Iterator[tuple[int, Spread]]:
    over = len(values) - running
    asked = Asked(every, every.first(over) if running else every)
    among = every.among(asked.cells)
    yield from asked.large(among, among.first(over) if running else among)
    for group, rows in _listed(groups, values, asked.few) if asked.few.any() else ():
        own, still = (values[each].astype(float).tolist() for each in (rows[rows < over], rows[rows >= over]))
        yield group, spread(own, still, int(every.unknown[group]))


def _listed(groups: Values, values: Values, wanted: Values) -> Iterator[tuple[int, Numbers]]:
    """The rows of each group wanted whose values are known."""
    rows = np.flatnonzero(wanted[groups] & (values != UNKNOWN))
    own = groups[rows]
    order = np.argsort(own, kind="stable")
    rows, own, found = rows[order], own[order], np.flatnonzero(wanted)
    starts, ends = (np.searchsorted(own, found, side=side) for side in ("left", "right"))
    for group, start, end in zip(found.tolist(), starts.tolist(), ends.tolist(), strict=True):
        yield group, rows[start:end]


class Asked:
    """What is asked of the groups of `every` value and of those that have `ended`; `few`: which groups have
    too few values for percentiles."""

    def __init__(self, every: Ordered, ended: Ordered) -> None:
        self._missing = every.unknown
        self._n, self._known = every.groups - self._missing, ended.groups - self._missing
        self._groups, self.few = np.flatnonzero(self._n >= SMALL), (self._n < SMALL) & (every.groups > 0)
        self._every = _Percentiles(every, self._n, self._n, self._groups)
        self._ended = _Percentiles(ended, self._n, self._known, self._groups)
        self.cells = np.concatenate([every.holding(self._every.ranks), ended.holding(self._ended.ranks)])

    def large(self, among: Among, ended: Among) -> Iterator[tuple[int, Spread]]:
        """The groups that have enough values, out of those in the cells asked for."""
        figures = self._every.of(among)
        highest = figures if ended is among else self._ended.of(ended)
        columns = (self._groups, *(of[self._groups] for of in (self._n, self._known, self._missing)))
        rows = zip(*(each.tolist() for each in (*columns, figures, highest)), strict=True)
        for group, n, known, missing, (median, p90), (most, p90_most) in rows:
            yield (
                group,
                Spread(n, n - known, missing, Figure(median, most != median), Figure(p90, p90_most != p90)),
            )


class _Percentiles:
    """The percentiles of some groups of `n` values each, those beyond the `known` ones being without end."""

    def __init__(self, order: Ordered, n: Numbers, known: Numbers, groups: Numbers) -> None:
        positions = np.multiply.outer(n[groups] - 1, np.array(SHARES))
        at = np.floor(positions).astype(np.int64)
        ranks = np.stack([at, at + 1])
        # The unknown ones of a group come first in it.
        begin = (np.cumsum(order.groups) - known)[groups, np.newaxis]
        self._order, self._part = order, positions - at
        self._there = ranks < known[groups, np.newaxis]
        self.ranks = (begin + ranks)[self._there]

    def of(self, among: Among) -> NDArray[np.float64]:
        values = np.full(self._there.shape, inf)
        values[self._there] = self._order.at(self.ranks, among)
        below, above = values
        with np.errstate(invalid="ignore"):
            found: NDArray[np.float64] = np.where(
                self._part == 0, below, below + self._part * (above - below)
            )
        return found


def spread_of(ended: Values, running: Values, missing: int = 0, *, per: int = 1) -> Spread:
    """Describe durations: those that ended, and those still running at their age so far; `per` make one."""
    n = len(ended) + len(running)
    if n < SMALL:
        over, still = ([int(value) / per for value in each] for each in (ended, running))
        return spread(over, still, missing)
    values = percentiles(np.concatenate([ended, running]) if len(running) else ended, n, per=per)
    most = percentiles(ended, n, per=per) if len(running) else values
    median, p90 = (
        Figure(value=value, at_least=high != value) for value, high in zip(values, most, strict=True)
    )
    return Spread(n=n, running=len(running), missing=missing, median=median, p90=p90)


def percentiles(values: Values, n: int, shares: Sequence[float] = SHARES, *, per: int = 1) -> list[float]:
    """The percentiles of `n` values by linear interpolation; those that are not given are without end.

    Only the ranks asked for are put in their place.
    """
    places = [(floor(position), position - floor(position)) for position in _positions(n, shares)]
    ranks = sorted({rank for at, _ in places for rank in (at, at + 1) if rank < len(values)})
    found = np.partition(values, ranks) if ranks else values
    return [_between(found, at, part, per) for at, part in places]


def _positions(n: int, shares: Sequence[float]) -> list[float]:
    return [share * (n - 1) for share in shares]


def _between(values: Values, at: int, part: float, per: int) -> float:
    below = _at(values, at, per)
    return below if part == 0 else below + part * (_at(values, at + 1, per) - below)


def _at(values: Values, rank: int, per: int) -> float:
    return values[rank].item() / per if rank < len(values) else inf
