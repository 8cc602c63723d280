"""Median and p90 of the seconds of many rows by group, exactly as `insight.statistics` works out of a list.

What deals took is said in days: each value is divided by what makes one before it is weighed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import numpy as np

from opsdesk.insight.columns.paths import Codes, Numbers
from opsdesk.insight.columns.ranks import ordered
from opsdesk.insight.columns.spreads import SHARES
from opsdesk.insight.statistics import SMALL, Figure, Spread, spread


@dataclass(frozen=True, slots=True)
class Between:
    """A percentile of a group: at a rank, or some part of the way to the next."""

    rank: int
    part: float

    @property
    def last(self) -> int:
        return self.rank + (self.part > 0)

    def of(self, low: int, high: int, per: int) -> Figure:
        """The figure, by the values at both ranks."""
        below = low / per
        value = below + self.part * (high / per - below) if self.part else below
        return Figure(value, at_least=False)


def spreads_by(groups: Codes, seconds: Numbers, size: int, *, per: int) -> Iterator[tuple[int, Spread]]:
    """The number of each group below `size` that has values, and their spread; `per` seconds make one."""
    least = min(int(seconds.min(initial=0)), 0)
    order = ordered(groups, seconds - least if least else seconds, size)
    large = np.flatnonzero(order.groups >= SMALL)
    begins = (np.cumsum(order.groups) - order.groups)[large]
    numbers = order.groups[large]
    asked = [[_at(n, share) for share in SHARES] for n in numbers.tolist()]
    ranks = [[(each.rank, each.last) for each in of] for of in asked]
    wanted = np.array(ranks, dtype=np.int64).reshape(-1, 2 * len(SHARES)) + begins[:, np.newaxis]
    values = (order.at(wanted.ravel()) + least).reshape(-1, len(SHARES), 2)
    for group, n, of, found in zip(large.tolist(), numbers.tolist(), asked, values.tolist(), strict=True):
        median, p90 = (each.of(low, high, per) for each, (low, high) in zip(of, found, strict=True))
        yield group, Spread(n=n, running=0, missing=0, median=median, p90=p90)
    for group in np.flatnonzero((order.groups > 0) & (order.groups < SMALL)).tolist():
        yield group, spread([each / per for each in seconds[groups == group].tolist()])


def _at(n: int, share: float) -> Between:
    position = share * (n - 1)
    return Between(floor(position), position - floor(position))
