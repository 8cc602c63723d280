"""Percentiles and ranges of small samples. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, floor, inf, sqrt

Z_95 = 1.959963984540054
SMALL = 20


def percentile(values: Sequence[float], share: float) -> float:
    """The `share` (0 to 1) percentile of sorted values by linear interpolation, as `percentile_cont`.

    With n values the position is share x (n - 1), counted from 0. No values: `ValueError`.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    position = share * (len(values) - 1)
    below = floor(position)
    part = position - below
    if part == 0:
        return values[below]
    return values[below] + part * (values[below + 1] - values[below])


@dataclass(frozen=True, slots=True)
class Figure:
    """A percentile in its values' unit. `at_least`: values still running could raise it, write `>=`."""

    value: float
    at_least: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and p90 of n values, `running` of which still grow; `missing` had no value and are left out.

    Under 20 values `median_low` and `median_high` hold the 95 % range of the median, from 6 values on.
    """

    n: int
    running: int
    missing: int
    median: Figure | None
    p90: Figure | None
    median_low: Figure | None = None
    median_high: Figure | None = None

    @property
    def is_small(self) -> bool:
        return self.n < SMALL


def spread(ended: Sequence[float], running: Sequence[float] = (), missing: int = 0) -> Spread:
    """Describe durations: those that ended, and those still running at their age so far."""
    values = sorted([*ended, *running])
    if not values:
        return Spread(n=0, running=0, missing=missing, median=None, p90=None)
    at_most = sorted([*ended, *(inf for _ in running)])
    low, high = _range(values, at_most) if len(values) < SMALL else (None, None)
    return Spread(
        n=len(values),
        running=len(running),
        missing=missing,
        median=_figure(values, at_most, 0.5),
        p90=_figure(values, at_most, 0.9),
        median_low=low,
        median_high=high,
    )


def _figure(values: Sequence[float], at_most: Sequence[float], share: float) -> Figure:
    value = percentile(values, share)
    return Figure(value=value, at_least=percentile(at_most, share) != value)


def _range(values: Sequence[float], at_most: Sequence[float]) -> tuple[Figure | None, Figure | None]:
    """The median's range, each limit with whether values still running could raise it."""
    low, high = (
        None if value is None else Figure(value=value, at_least=most != value)
        for value, most in zip(median_range(values), median_range(at_most), strict=True)
    )
    return low, high


def median_range(values: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """The 95 % range of the median of sorted values: the r-th smallest and the r-th largest.

    r is the largest rank with P(Binomial(n, 1/2) < r) <= 2.5 %. Under 6 values there is none.
    """
    n = len(values)
    rank, tail = 0, 0.0
    while tail + comb(n, rank) / 2**n <= 0.025:
        tail += comb(n, rank) / 2**n
        rank += 1
    return (values[rank - 1], values[n - rank]) if rank else (None, None)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927), as fractions of 1. `of` is above 0."""
    share = hits / of
    square = Z_95 * Z_95
    centre = share + square / (2 * of)
    reach = Z_95 * sqrt(share * (1 - share) / of + square / (4 * of * of))
    scale = 1 + square / of
    low = 0.0 if hits == 0 else (centre - reach) / scale
    high = 1.0 if hits == of else (centre + reach) / scale
    return low, high
