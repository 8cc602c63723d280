"""The facts as values: parts of the same shape, whose numbers add up, and the books of their codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.facts import schema
from opsdesk.journal.queries import Cursor

Column = NDArray[Any]
# The columns of a table by name, all of one length; `schema` says what each holds.
Columns = Mapping[str, Column]


class Place(NamedTuple):
    """Where a stay is: its queue, of which desk and tier, and whether that is a last resort."""

    desk: str
    queue: str
    tier: int
    last_resort: bool


class Arrival(NamedTuple):
    """How a stay began, and for which reason a hand-off up."""

    entrance: str
    reason: str


class Who(NamedTuple):
    """On whom a case waits: `customer`, or `third_party` with its key."""

    on: str
    party: str


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the cases, deals and arrivals, each with all that belongs to it. The columns are never written.

    A part is equal to itself alone.
    """

    cases: Columns
    stays: Columns
    waits: Columns
    deals: Columns
    disputes: Columns
    again: Columns
    arrivals: Columns

    @cached_property
    def stays_each(self) -> NDArray[np.int64]:
        """How many stays each case has."""
        ends = np.append(self.cases["first"][1:], len(self.stays["entered"]))
        return ends.astype(np.int64) - self.cases["first"]

    def of_stays(self, values: Column) -> Column:
        """A value per case as a value per stay: that of its case."""
        return np.repeat(values, self.stays_each)

    @cached_property
    def elapsed(self) -> NDArray[np.int64]:
        """Seconds each stay took by the wall, as it was written when it ended; UNKNOWN while it is open."""
        left = self.stays["left"].astype(np.int64)
        took = left - self.stays["entered"] - self.stays["carried"]
        took[left == schema.NEVER] = schema.UNKNOWN
        return took


@dataclass(frozen=True, eq=False)
class Facts:
    """All cases, deals and arrivals at one place of the change sequence, for a question of `as_of`.

    A case is in one part only: what is counted or listed over the parts adds up; percentiles are taken of
    the values of all parts together. `books`: the values by code, the same for all parts. In a part of many
    cases a row that has become out of date has code 0 as its desk, place, who, scope or source.
    """

    parts: tuple[Part, ...]
    books: Mapping[str, tuple[str, ...]]
    cursor: Cursor
    as_of: datetime

    def code(self, book: str, value: str) -> int:
        """The code of a value; one that no row has, where the book doesn't know it."""
        values = self.books[book]
        return values.index(value) if value in values else len(values)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places by code."""
        return (Place("", "", 0, False), *(_place(each) for each in self.books["place"][1:]))

    @cached_property
    def queues(self) -> NDArray[np.uint16]:
        """The code of each place's queue, by code of the place."""
        codes = {queue: code for code, queue in enumerate(self.books["queue"])}
        return np.array([codes.get(place.queue, 0) for place in self.places], dtype=np.uint16)

    @cached_property
    def arrivals(self) -> tuple[Arrival, ...]:
        """How stays began, by code."""
        return (Arrival("", ""), *(Arrival(*_halves(each)) for each in self.books["arrival"][1:]))

    @cached_property
    def waited_on(self) -> tuple[Who, ...]:
        """On whom cases waited, by code."""
        return (Who("", ""), *(Who(*_halves(each)) for each in self.books["who"][1:]))


def _place(value: str) -> Place:
    desk, rest = _halves(value)
    queue, tier, last_resort = rest.rsplit(schema.PART, 2)
    return Place(desk, queue, int(tier), last_resort == "1")


def queue_of(place: str) -> str:
    """The queue of a place as its book has it."""
    return _halves(place)[1].rsplit(schema.PART, 2)[0]


def _halves(value: str) -> tuple[str, str]:
    first, _, second = value.partition(schema.PART)
    return first, second


def rows_of(columns: Columns) -> int:
    """How many rows a table has."""
    return len(next(iter(columns.values())))
