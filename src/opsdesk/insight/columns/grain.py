"""Counting rows of requests from the facts: what `metrics.desk_counting` counts in SQL."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.insight.columns.choosing import Keys, dimension, keys, of_desk, second, within
from opsdesk.insight.columns.marks import repeated
from opsdesk.insight.columns.paths import Codes, Flags
from opsdesk.insight.facts.schema import LAST_INSTANT
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import WITHOUT, Answer, Answers, Key, Question

# Of so many combinations of the dimensions' values each has a place of its own while they are counted.
MOST_PLACES = 1 << 20
OF_ROWS = ("queue", "person")
# A dimension's number in each row, and the values that the numbers stand for.
Column = tuple[Codes, tuple[str, ...]]


@dataclass(frozen=True)
class Rows:
    """Rows of a part, each of the case in the row `case`, in the order of these.

    `columns`: their own dimensions, worked out when asked for. `sides`: which of the rows are in each of the
    numbers that an answer is made of, None for all. `once`: no case has two rows.
    """

    case: Codes
    columns: Mapping[str, Callable[[], Column]]
    sides: tuple[Flags | None, ...] = (None,)
    once: bool = True


Gather = Callable[[Facts, Part, Question], Rows]


def answers(
    facts: Facts, question: Question, gather: Gather, answered: Callable[[tuple[int, ...]], Answer]
) -> Answers:
    """How many requests have a row on each side, by the question's dimensions."""
    found: dict[Key, list[int]] = {}
    for part in facts.parts:
        rows = chosen(part, facts, question, gather(facts, part, question))
        if not question.by:
            found.setdefault((), [0] * len(rows.sides))
        by = keys([column(part, facts, question, rows, name) for name in question.by], len(rows.case))
        for side in range(len(rows.sides)):
            for key, n in _counted(question, rows, by, side):
                found.setdefault(key, [0] * len(rows.sides))[side] += n
    return {key: answered(tuple(counts)) for key, counts in found.items() if any(counts) or not key}


def chosen(part: Part, facts: Facts, question: Question, rows: Rows) -> Rows:
    """Those of the rows whose own queue and person were asked for."""
    keep: Flags | None = None
    for name in (name for name in OF_ROWS if name in rows.columns and question.chosen(name)):
        codes, values = rows.columns[name]()
        wanted = np.array([value in question.chosen(name) for value in values], dtype=np.bool_)[codes]
        keep = wanted if keep is None else keep & wanted
    return rows if keep is None else picked(rows, keep)


def picked(rows: Rows, keep: Flags) -> Rows:
    """Some of the rows."""
    sides = tuple(None if side is None else side[keep] for side in rows.sides)
    columns = {name: partial(_picked, column, keep) for name, column in rows.columns.items()}
    return replace(rows, case=rows.case[keep], columns=columns, sides=sides)


def _picked(column: Callable[[], Column], keep: Flags) -> Column:
    codes, values = column()
    return codes[keep], values


def _counted(question: Question, rows: Rows, by: Keys, side: int) -> Iterator[tuple[Key, int]]:
    """How many requests each key has on a side."""
    of_side = rows.sides[side]
    numbers = by.of if of_side is None else by.of[of_side]
    if not rows.once:
        case = rows.case if of_side is None else rows.case[of_side]
        numbers = numbers[_counting_once(rows, case, question, numbers)]
    if not question.by:
        yield (), len(numbers)
    elif by.size <= MOST_PLACES:
        counts = np.bincount(numbers, minlength=1)
        for number in np.flatnonzero(counts).tolist():
            yield by.key(number), int(counts[number])
    else:
        at, found = np.unique(numbers, return_counts=True)
        for number, n in zip(at.tolist(), found.tolist(), strict=True):
            yield by.key(number), n


def _counting_once(rows: Rows, case: Codes, question: Question, numbers: Codes) -> Flags:
    """The first row of each case with each number; `case` are those of some of the rows."""
    if any(name in rows.columns for name in question.by):
        return ~repeated(case, numbers)
    first = np.ones(len(case), dtype=np.bool_)
    np.not_equal(case[1:], case[:-1], out=first[1:])
    return first


def column(part: Part, facts: Facts, question: Question, rows: Rows, name: str) -> Column:
    """A dimension of the rows: one of their own, or their case's."""
    if name in rows.columns:
        return rows.columns[name]()
    return dimension(facts, question, name, part.cases[name][rows.case])


def asked(part: Part, facts: Facts, question: Question) -> Flags:
    """The requests opened in the period by `as_of` and neither void nor merged, that pass the filters of
    their own columns."""
    opened = part.cases["opened"]
    found = alive(part, facts, question)
    found &= within(opened, question.period)
    found &= opened <= moment(question.as_of)
    return found


def alive(part: Part, facts: Facts, question: Question) -> Flags:
    """The requests, whenever they were opened, that are neither void nor merged."""
    state, found = part.cases["state"], whoever(part, facts, question)
    found &= state != facts.code("state", "void")
    found &= state != facts.code("state", "merged")
    return found


def moment(instant: datetime) -> np.uint32:
    """An instant to compare columns of instants with."""
    return np.uint32(min(max(second(instant), 0), LAST_INSTANT))


def whoever(part: Part, facts: Facts, question: Question) -> Flags:
    """All requests that pass the filters of their own columns, but parts whose split was taken back."""
    found = of_desk(part, facts, question)
    found &= part.cases["void_reason"] != facts.code("void_reason", SPLIT_UNDONE)
    return found


def coded(codes: Codes, values: tuple[str, ...]) -> Column:
    """A column whose empty value is called `-`."""
    return codes, tuple(value or WITHOUT for value in values)


def booked(facts: Facts, book: str, codes: Codes) -> Column:
    """A column of the codes of a book."""
    return coded(codes, facts.books[book])


def queued(facts: Facts, places: Codes) -> Column:
    """The queues of places."""
    return booked(facts, "queue", facts.queues[places])


def through(table: tuple[str, ...], codes: Codes) -> Column:
    """Codes that stand for the values of a table in which one may be there twice."""
    values = sorted(set(table))
    numbers = np.array([values.index(value) for value in table], dtype=np.uint16)
    return coded(numbers[codes], tuple(values))
