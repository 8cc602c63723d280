"""Deals, disputes and incidents as of an instant, from the facts: what `metrics.deals_ground` says in SQL.

States are worked out of instants, so the facts of now answer for any instant.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.columns.choosing import Keys, keys, second
from opsdesk.insight.columns.paths import Codes, Flags, Numbers
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Column, Columns, Facts, Part, rows_of
from opsdesk.insight.registry import WITHOUT, Question

# A dimension: the code of each row, and the values by code, of which some may be the same.
Dimension = tuple[Codes, tuple[str, ...]]
Names = tuple[str, ...]
PLACES: dict[str, Callable[[str], str]] = {
    "scope": lambda scope: scope,
    "country": lambda scope: scope.partition(".")[0],
    "category": lambda scope: scope.partition(".")[2],
}
HOUR = 3600
LAST = 2**32
# Under this part of its rows, what is chosen is taken out of a table before more is asked of it.
FEW = 0.5


def between(instants: Column, low: int, high: int) -> Flags:
    """Which instants lie from `low` up to, not with, `high`, in seconds; NEVER lies nowhere."""
    low, high = max(low, 1), min(high, LAST)
    if high <= low:
        return np.zeros(len(instants), dtype=np.bool_)
    # Unsigned: what lies below, and NEVER, comes out above.
    found: Flags = (instants - np.uint32(low)) < np.uint32(high - low)
    return found


def counted_on(start: int, rows: Numbers | slice) -> Numbers | slice:
    """Rows of what begins at a row, as rows of the whole."""
    return slice(start + rows.start, start + rows.stop) if isinstance(rows, slice) else rows + start


@dataclass
class Rows(ABC):
    """Some rows of a table as of the end of the second `at`; `only`: which.

    `of_end`: those that stand at the end of a period. A column is read, and a flag worked out, once.
    """

    facts: Facts
    columns: Columns
    question: Question
    at: int
    of_end: bool = False
    only: Numbers | slice = field(default_factory=partial(slice, 0, None))
    _read: dict[str, Column] = field(default_factory=dict)
    _had: dict[str, Flags] = field(default_factory=dict)
    _lasted: dict[tuple[str, str], Numbers] = field(default_factory=dict)

    @classmethod
    @abstractmethod
    def table(cls, part: Part) -> Columns:
        """The columns of a part that these rows are of."""

    @classmethod
    def of_part(cls, facts: Facts, part: Part, question: Question, at: int, *, of_end: bool) -> Self:
        """The rows of a part, perhaps without some that are not there."""
        return cls(facts, cls.table(part), question, at, of_end)

    @abstractmethod
    def there(self) -> Flags:
        """Which rows there were then, of those that are not out of date."""

    @abstractmethod
    def dimension(self, name: str) -> Dimension:
        """The values of the rows by which they are filtered and broken down."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        if isinstance(self.only, slice):
            return len(range(*self.only.indices(rows_of(self.columns))))
        return len(self.only)

    def column(self, name: str) -> Column:
        """A column of these rows."""
        if name not in self._read:
            of, only = self.columns[name], self.only
            self._read[name] = of[only] if isinstance(only, slice) else of.take(only)
        return self._read[name]

    def had(self, name: str) -> Flags:
        """Whether an instant of the rows had come."""
        if name not in self._had:
            self._had[name] = between(self.column(name), 1, self.at + 1)
        return self._had[name]

    def within(self, name: str, *, come: bool = True) -> Flags:
        """Whether an instant lies in the period and, `come`, had come."""
        period = self.question.period
        start, end = second(period.start), second(period.end)
        return between(self.column(name), start, min(end, self.at + 1) if come else end)

    def lasted(self, start: str, end: str) -> Numbers:
        """Seconds from one instant to another, if both had come and lie less than 68 years apart."""
        if (start, end) not in self._lasted:
            # In 32 bits without a sign, read with one: a third of the time that 64 bits take.
            self._lasted[start, end] = (self.column(end) - self.column(start)).view(np.int32)
        return self._lasted[start, end]

    def taken(self, flags: Flags) -> tuple[Self, Flags]:
        """The rows chosen: with their flags; or, where they are few, those between the first and the last of
        them; or they alone, where they lie apart."""
        n = int(np.count_nonzero(flags))
        if n >= len(flags) * FEW:
            return self, flags
        rows = np.flatnonzero(flags)
        near = slice(int(rows[0]), int(rows[-1]) + 1) if n else slice(0, 0)
        if n >= (near.stop - near.start) * FEW:
            return self._fewer(near), flags[near]
        return self._fewer(rows), np.ones(n, dtype=np.bool_)

    def _fewer(self, rows: Numbers | slice) -> Self:
        """Some of these rows."""
        only = self.only[rows] if not isinstance(self.only, slice) else counted_on(self.only.start, rows)
        return replace(self, only=only, _read={}, _had={}, _lasted={})

    def is_one_of(self, name: str, chosen: Iterable[str]) -> Flags:
        """Whether a row's value of a dimension is one of those."""
        codes, values = self.dimension(name)
        wanted = set(chosen)
        found = np.zeros(len(codes), dtype=np.bool_)
        for code, value in enumerate(values):
            if value in wanted:
                found |= codes == code
        return found

    def keys(self, dimensions: Iterable[Dimension], rows: Numbers | None) -> Keys:
        """The keys of some of the rows, None for all, by dimensions."""
        found = [(codes if rows is None else codes[rows], values) for codes, values in dimensions]
        return keys([distinct(*each) for each in found], self.size if rows is None else len(rows))

    def _placed(self, name: str) -> Dimension:
        """The scope, or what stands in its name."""
        return self.column("scope"), tuple(PLACES[name](each) for each in self.facts.books["scope"])

    def _since(self, name: str, instant: str) -> Dimension:
        """A value that the rows have had since an instant; before it none."""
        codes: Codes = self.column(name) * self.had(instant)
        return codes, (WITHOUT, *self.facts.books[name][1:])


class Deals(Rows):
    """Deals, at rest in one of five states."""

    STATES = ("CREATED", "FUNDED", "INSPECTION", "ISSUE", "SETTLED")
    ENTERED = ("created", "funded", "delivered", "issue", "settled")

    @classmethod
    def table(cls, part: Part) -> Columns:
        return part.deals

    def there(self) -> Flags:
        found: Flags = self.column("scope") > 0
        found &= self.had("created")
        if self.of_end:
            found &= ~self.had("settled")
        return found

    @cached_property
    def state(self) -> NDArray[np.uint8]:
        """The number of each one's state: the last of the five that it had entered."""
        found = np.zeros(self.size, dtype=np.uint8)
        for number, instant in enumerate(self.ENTERED[1:], 1):
            np.maximum(found, self.had(instant) * np.uint8(number), out=found)
        return found

    def is_in(self, *states: str) -> Flags:
        """Whether each is in one of those states."""
        return self.is_one_of("state", states)

    @property
    def since(self) -> Column:
        """When each entered its state."""
        found = self.column("created").copy()
        for instant in self.ENTERED[1:]:
            np.copyto(found, self.column(instant), where=self.had(instant))
        return found

    def dimension(self, name: str) -> Dimension:
        if name in PLACES:
            return self._placed(name)
        if name == "state":
            return self.state, self.STATES
        return self._since(name, {"reason": "issue", "ending": "settled"}[name])


class Disputes(Rows):
    """Disputes, open until they are decided."""

    URGENCIES = ("<24", "24-48", ">48")

    @classmethod
    def table(cls, part: Part) -> Columns:
        return part.disputes

    def there(self) -> Flags:
        found: Flags = self.column("scope") > 0
        found &= self.had("raised")
        return found

    @property
    def is_ruled(self) -> Flags:
        """Whether an operator had decided each."""
        found: Flags = self.column("basis") == self.facts.code("basis", "ruling")
        found &= self.had("decided")
        return found

    def dimension(self, name: str) -> Dimension:
        if name in PLACES:
            return self._placed(name)
        if name == "reason":
            return self.column("reason"), self.facts.books["reason"]
        if name == "state":
            return self.had("decided").astype(np.uint8), ("ISSUE", "SETTLED")
        if name == "urgency":
            due = self.column("due").astype(np.int64) - self.at
            return (due >= 24 * HOUR).astype(np.uint8) + (due > 48 * HOUR), self.URGENCIES
        return self._since(name, "decided")


class Incidents(Rows):
    """Incidents of the question's desk that were not void."""

    # What ended has one instant for it, by its state.
    ENDS: ClassVar[dict[str, str]] = {"resolved": "resolved", "voided": "void"}

    @classmethod
    def table(cls, part: Part) -> Columns:
        return part.cases

    @classmethod
    def of_part(cls, facts: Facts, part: Part, question: Question, at: int, *, of_end: bool) -> Self:
        rows = super().of_part(facts, part, question, at, of_end=of_end)
        return rows.taken(rows.is_incident)[0]

    @property
    def is_incident(self) -> Flags:
        """Whether each is an incident of the desk, and not out of date."""
        found: Flags = self.column("kind") == self.facts.code("kind", "incident")
        found &= self.column("desk") == self.facts.code("desk", self.question.desk)
        return found

    def there(self) -> Flags:
        found = self.is_incident & self.had("opened")
        found &= ~self.had("voided")
        return found

    def column(self, name: str) -> Column:
        if name not in self.ENDS:
            return super().column(name)
        ended = super().column("state") == self.facts.code("state", self.ENDS[name])
        return np.where(ended, super().column("last"), np.uint32(NEVER))

    def dimension(self, name: str) -> Dimension:
        return self.column(name), self.facts.books[name]


def distinct(codes: Codes, values: Names) -> Dimension:
    """The same with each value once."""
    names = tuple(dict.fromkeys(values))
    if len(names) == len(values):
        return codes, names
    table = np.array([names.index(each) for each in values], dtype=codes.dtype)
    return table[codes], names
