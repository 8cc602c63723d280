"""The subjects behind a number as arrays: all are counted, those of one page are put in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Listed:
    """Each subject once, in no order: `rank`, by which the highest come first, and its id.

    Mostly `rank` is the second of opening; of times it is the time in seconds, and a subject is there once
    for each of its own. Of the same rank the higher id comes first.
    """

    rank: NDArray[Any]
    ids: NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, size: int | None = None, *, start: int = 0) -> tuple[int, ...]:
        """The ids in order: `size` of them, all without, behind the first `start`."""
        many = len(self) if size is None else min(start + size, len(self))
        among = self._top(many)
        order = np.lexsort((among.ids, among.rank))[::-1]
        return tuple(among.ids[order[start:many]].tolist())

    def behind(self, rank: int, id: int) -> "Listed":
        """Those that come after one of that rank and id."""
        return self.only((self.rank < rank) | ((self.rank == rank) & (self.ids < id)))

    def _top(self, many: int) -> "Listed":
        """Those that may be among the first: finding the rank of the last of these takes no sorting."""
        if many == len(self):
            return self
        least = np.partition(self.rank, len(self) - many - 1)[len(self) - many - 1]
        return self.only(self.rank >= least)

    def only(self, keep: NDArray[np.bool_]) -> "Listed":
        """Some of them."""
        return Listed(self.rank[keep], self.ids[keep])


@dataclass(frozen=True, slots=True)
class Ordered:
    """Ids that stand in their order already."""

    ids: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, size: int | None = None, *, start: int = 0) -> tuple[int, ...]:
        """As of `Listed`."""
        return self.ids[start : None if size is None else start + size]


NONE = Listed(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def together(parts: Iterable[Listed]) -> Listed:
    """Those of several parts, none of which is in two."""
    found = [each for each in parts if len(each)]
    if len(found) < 2:
        return found[0] if found else NONE
    ranks, ids = ([each.rank for each in found], [each.ids for each in found])
    return Listed(np.concatenate(ranks), np.concatenate(ids))
