"""Median and p90 of many values at once, the same as `insight.statistics` works out of a list."""

from collections.abc import Sequence
from math import floor, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.statistics import SMALL, Figure, Spread, spread

Values = NDArray[Any]
SHARES = (0.5, 0.9)


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
