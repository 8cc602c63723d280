"""The values at some ranks of many groups at once, exactly, without sorting the others.

Each value lies in a cell: its group, and within that a bucket as wide as the value is large. One count of the
cells says which of them holds a rank, and only what lies in those is sorted; not even that where a bucket is
of one value alone, as those of small values are.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.facts.schema import UNKNOWN

Values = NDArray[Any]
Numbers = NDArray[np.int64]

# A float of 32 bits: what lies under its exponent, and what an exponent of 0 is written as.
MANTISSA, BIAS = 23, 127
# What a number of 64 bits holds beside its sign.
BITS = 63
# A bucket is a 256th of its octave, or wider where there would be more cells than fit a processor's cache.
FINEST, MOST_CELLS = 8, 1 << 18
# Octaves begin at 1, which stands for UNKNOWN.
ABOVE = 1 - UNKNOWN


@dataclass(frozen=True)
class Among:
    """All values in the cells `wanted`: their rows, in order, with the cell and the value of each."""

    wanted: NDArray[np.bool_]
    rows: Numbers
    cells: Numbers
    values: Numbers

    @cached_property
    def in_order(self) -> Numbers:
        """The values by their cell and size."""
        return _sorted(self.cells, self.values)

    def first(self, number: int) -> "Among":
        """The same of the first rows of all."""
        last = np.searchsorted(self.rows, number)
        return Among(self.wanted, self.rows[:last], self.cells[:last], self.values[:last])


@dataclass(frozen=True)
class Ordered:
    """Values as if ordered by their group, within it those that are UNKNOWN first, then by size.

    `cells`: per value its cell; `counts`: how many lie in each cell. A group has `octaves` of cells, each of
    two to the power of `fine`, the first cell for UNKNOWN; -1: it has two, the second for all others.
    """

    values: Values
    cells: Numbers
    counts: Numbers
    octaves: int
    fine: int

    @property
    def each(self) -> int:
        """How many cells a group has."""
        return self.octaves << self.fine if self.fine >= 0 else 2

    @cached_property
    def groups(self) -> Numbers:
        """How many values each group has."""
        found: Numbers = self.counts.reshape(-1, self.each).sum(axis=1)
        return found

    @cached_property
    def ends(self) -> Numbers:
        """How many values lie before the end of each cell."""
        return np.cumsum(self.counts)

    @property
    def unknown(self) -> Numbers:
        """How many of them are UNKNOWN."""
        return self.counts[:: self.each]

    def holding(self, ranks: Numbers) -> Numbers:
        """The cell that holds each rank of the whole order, each rank below the number of values."""
        return np.searchsorted(self.ends, ranks, side="right")

    def wanted(self, cells: Numbers) -> NDArray[np.bool_]:
        """Per cell whether it is one of some, and holds more than one value."""
        found = np.zeros(len(self.counts), dtype=np.bool_)
        found[cells[self._wide(cells)]] = True
        return found

    def among(self, cells: Numbers) -> "Among":
        """The values in those of some cells that hold more than one."""
        wanted = self.wanted(cells)
        rows = np.flatnonzero(wanted.take(self.cells)) if wanted.any() else np.zeros(0, dtype=np.int64)
        return Among(wanted, rows, self.cells[rows], self.values[rows].astype(np.int64))

    def at(self, ranks: Numbers, among: "Among | None" = None) -> Numbers:
        """The values at ranks, found `among` those in the cells that hold them where these are at hand."""
        holding = self.holding(ranks)
        found, wide = self._alone(holding), self._wide(holding)
        if wide.any():
            there = among or self.among(holding)
            before_end = np.cumsum(np.where(there.wanted, self.counts, 0)) - self.ends
            found[wide] = there.in_order[(ranks + before_end[holding])[wide]]
        return found

    def _wide(self, cells: Numbers) -> NDArray[np.bool_]:
        """Which cells may hold more than one value."""
        wide: NDArray[np.bool_] = (cells % self.each) >> max(self.fine, 0) > self.fine
        return wide

    def _alone(self, cells: Numbers) -> Numbers:
        """The value of each cell that isn't wide."""
        octave, rest = np.divmod(cells % self.each, 1 << max(self.fine, 0))
        found: Numbers = (1 << octave) + (rest >> np.maximum(self.fine - octave, 0)) - ABOVE
        return found

    def first(self, number: int) -> "Ordered":
        """The same of the first values only."""
        counts = self.counts - np.bincount(self.cells[number:], minlength=len(self.counts))
        return Ordered(self.values[:number], self.cells[:number], counts, self.octaves, self.fine)


def _sorted(cells: Numbers, values: Numbers) -> Numbers:
    """Values by their cell and size."""
    width = int(values.max()).bit_length()
    if int(cells.max()).bit_length() + width > BITS:
        return values[np.lexsort((values, cells))]
    # One sort of numbers that begin with the cell is several times quicker.
    both = cells << width
    both |= values
    both.sort()
    return both & ((1 << width) - 1)


class Grouped:
    """Rows by their group, each below `size`, to order columns of values no larger than `most`.

    What is of the groups alone is worked out once for all columns.
    """

    def __init__(self, groups: Values, size: int, most: int) -> None:
        self._groups, self._size = groups, size
        # One more than the octaves of the largest: the float that stands for it may be rounded up.
        self.octaves = (most + ABOVE).bit_length() + 1
        self.fine = min((MOST_CELLS // (size * self.octaves)).bit_length() - 1, FINEST)

    @property
    def cells(self) -> int:
        """How many cells all groups have."""
        return self._size * (self.octaves << self.fine if self.fine >= 0 else 2)

    @cached_property
    def _first(self) -> NDArray[np.int32]:
        """Per row the first cell of its group."""
        return np.multiply(self._groups, self.cells // self._size, dtype=np.int32)

    def ordered(self, values: Values) -> Ordered:
        """The values of a column, from UNKNOWN up."""
        within = buckets(values, self.fine) if self.fine >= 0 else values != UNKNOWN
        # Added in half the room and widened at once, for the counting.
        cells = (self._first + within).astype(np.int64)
        return Ordered(values, cells, np.bincount(cells, minlength=self.cells), self.octaves, self.fine)


def ordered(groups: Values, values: Values, size: int) -> Ordered:
    """Values from UNKNOWN up, each of a group below `size`."""
    return Grouped(groups, size, int(values.max(initial=0))).ordered(values)


def buckets(values: Values, fine: int) -> Values:
    """Per value a number that never falls as values rise, 0 for UNKNOWN alone."""
    as_floats = values.astype(np.float32)
    as_floats += np.float32(ABOVE)
    found = as_floats.view(np.int32)
    found >>= MANTISSA - fine
    found -= BIAS << fine
    return found
