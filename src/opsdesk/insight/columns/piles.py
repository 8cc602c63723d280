"""Median and p90 of rows of whole columns.

Long columns are counted as a whole once. Counts of most of their rows are what the few others
leave of these, so that no more than half of the rows is ever counted one by one.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.paths import Codes, Flags, Numbers, Some, numbers_of
from opsdesk.insight.columns.ranks import Among, Grouped, Ordered, Values, buckets
from opsdesk.insight.columns.spreads import Asked, each_spreads_of
from opsdesk.insight.facts.values import Column
from opsdesk.insight.statistics import Spread, spread

# So large may values be that are counted so.
MOST = 2**31 - 1
# Rows gone through at once, for what is worked out of them to stay in a processor's cache.
AT_ONCE = 1 << 15
# Rows of a whole column counted at once.
MANY = 1 << 20
# Columns of fewer rows are counted anew each time: parts of what has just changed are short-lived.
LONG = 1 << 14
NONE = np.zeros(0, dtype=np.int64)

Of = TypeVar("Of", bound=Hashable)
# The cells and the values of the rows in the cells wanted.
Inside = tuple[Numbers, Numbers]
Find = Callable[[Flags], Inside]


@dataclass(frozen=True, eq=False)
class Pile(Generic[Of]):
    """Times of a part: `seconds` of each sort for all rows, `rows`: which are asked for, flags or numbers.

    All these seconds are worked out once for the column `by`. `groups` gives the group of each of the `codes`
    of rows; those of the rows asked for are the same for all questions. Beside them is what still runs: the
    seconds of each sort, and the groups.
    """

    by: Column
    seconds: Mapping[Of, Numbers]
    rows: Some
    codes: Codes
    groups: Codes
    running: Mapping[Of, Numbers] = field(default_factory=dict)
    running_groups: Codes = field(default_factory=lambda: NONE)

    @cached_property
    def chosen(self) -> Numbers:
        """The rows asked for."""
        return numbers_of(self.rows)

    @property
    def are_most(self) -> bool:
        """Whether more than half of the rows are asked for."""
        return self.rows.dtype == np.bool_ and 2 * int(np.count_nonzero(self.rows)) > len(self.rows)

    def of(self, rows: Numbers) -> Codes:
        """The groups of rows."""
        return self.groups.take(self.codes.take(rows))

    def ages(self, of: Of) -> Numbers:
        """What still runs, of a sort."""
        return self.running.get(of, NONE)


def spreads(piles: Sequence[Pile[Of]], size: int, *, long: int = LONG) -> dict[Of, dict[int, Spread]]:
    """By sort of times the spreads of the groups below `size` that have any; columns of `long` rows and more
    are counted as a whole."""
    counting = [_Counting(pile, size, long) for pile in piles]
    ages = np.concatenate([pile.running_groups for pile in piles])
    found: dict[Of, dict[int, Spread]] = {}
    for of in piles[0].seconds:
        running = np.concatenate([pile.ages(of) for pile in piles])
        columns = [*(pile.seconds[of] for pile in piles), running]
        if counting[0].fine < 0 or any(each.itemsize > 4 and each.max(initial=0) > MOST for each in columns):
            found[of] = _one_by_one(piles, of)
        else:
            still = Grouped(ages, size, MOST).ordered(running)
            found[of] = dict(_spreads([each.of(of) for each in counting], still))
    return found


def _one_by_one(piles: Sequence[Pile[Of]], of: Of) -> dict[int, Spread]:
    """The same of one sort, each value looked at."""
    groups = [pile.of(pile.chosen) for pile in piles] + [pile.running_groups for pile in piles]
    values = [pile.seconds[of].take(pile.chosen) for pile in piles] + [pile.ages(of) for pile in piles]
    running, every = sum(len(pile.running_groups) for pile in piles), np.concatenate(groups)
    size = int(every.max(initial=0)) + 1
    return dict(next(each_spreads_of(every, [np.concatenate(values)], running, size)))


def _spreads(counted: Sequence[tuple[Numbers, Find]], still: Ordered) -> Iterator[tuple[int, Spread]]:
    """The spreads of the groups of what ended, by its counts, and of what still runs."""
    over = np.sum([counts for counts, _ in counted], axis=0)
    ended, every = (
        Ordered(NONE, NONE, counts, still.octaves, still.fine) for counts in (over, over + still.counts)
    )
    asked = Asked(every, ended)
    wanted = every.wanted(asked.cells)
    # Of groups of a few values all that are known.
    wanted.reshape(-1, every.each)[asked.few, 1:] = True
    own = _among(wanted, [find(wanted) for _, find in counted])
    ages = np.flatnonzero(wanted.take(still.cells))
    running = _among(wanted, [(still.cells[ages], still.values[ages].astype(np.int64))])
    both = _among(wanted, [(each.cells, each.values) for each in (own, running)]) if len(ages) else own
    yield from asked.large(both, own)
    for group in np.flatnonzero(asked.few).tolist():
        few, ages_of = (each.values[each.cells // every.each == group].tolist() for each in (own, running))
        yield group, spread(few, ages_of, int(every.unknown[group]))


def _among(wanted: Flags, inside: Sequence[Inside]) -> Among:
    cells, values = (np.concatenate(each) for each in zip(*inside, strict=True))
    return Among(wanted, NONE, cells, values)


class _Whole(Generic[Of]):
    """All rows of a pile. Its codes are held as they are: rows that go out of date are in no question."""

    def __init__(self, pile: Pile[Of], size: int) -> None:
        self.pile, self._size = pile, size

    @cached_property
    def counts(self) -> Mapping[Of, Numbers]:
        """By sort how many of all rows lie in each cell."""
        return {of: self._counts(values) for of, values in self.pile.seconds.items()}

    def _counts(self, values: Values) -> Numbers:
        found = np.zeros(1, dtype=np.int64)
        for start in range(0, len(values), MANY):
            some = slice(start, start + MANY)
            groups = self.pile.groups.take(self.pile.codes[some])
            found = found + Grouped(groups, self._size, MOST).ordered(values[some]).counts
        return found.astype(np.int32)


class _Counting(Generic[Of]):
    """How many of the rows of a pile that are asked for lie in each cell, and which do."""

    def __init__(self, pile: Pile[Of], size: int, long: int) -> None:
        self._pile, self._size = pile, size
        self._whole = self._known() if len(pile.codes) >= long and pile.are_most else None
        self._rows = np.flatnonzero(~pile.rows) if self._whole else pile.chosen
        self._by = Grouped((self._whole.pile if self._whole else pile).of(self._rows), size, MOST)
        self.fine = self._by.fine

    def _known(self) -> _Whole[Of]:
        """All rows, counted once."""
        pile = self._pile
        columns = (id(each) for each in pile.seconds.values())
        name = ("as a whole", *columns, self._size, pile.groups.tobytes())
        # It holds the columns, so that no other's identity can be that of one of them.
        return kept(name, pile.by, lambda: _Whole(replace(pile, rows=NONE, running={}), self._size))

    def of(self, of: Of) -> tuple[Numbers, Find]:
        """Per cell how many of one sort lie there, and how those in some are found."""
        values, whole = self._pile.seconds[of], self._whole
        some = self._by.ordered(values.take(self._rows))
        if whole is None:
            return some.counts, lambda wanted: _inside(some, wanted)
        return whole.counts[of] - some.counts, lambda wanted: self._among_all(values, wanted)

    def _among_all(self, values: Values, wanted: Flags) -> Inside:
        """Those in some cells out of all rows, gone through once for all groups."""
        pile, each = self._pile, self._by.cells // self._size
        of_any, found = wanted.reshape(-1, each).any(axis=0), [NONE]
        for start in range(0, len(values), AT_ONCE):
            some = of_any.take(buckets(values[start : start + AT_ONCE], self.fine))
            some &= pile.rows[start : start + AT_ONCE].astype(np.bool_, copy=False)
            found.append(np.flatnonzero(some) + start)
        rows = np.concatenate(found)
        own = values[rows]
        cells = pile.of(rows).astype(np.int64) * each + buckets(own, self.fine)
        there = wanted[cells]
        return cells[there], own[there].astype(np.int64)


def _inside(some: Ordered, wanted: Flags) -> Inside:
    rows = np.flatnonzero(wanted.take(some.cells))
    return some.cells[rows], some.values[rows].astype(np.int64)
