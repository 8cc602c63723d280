"""Which rows a question is about, and under which key each is counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor, prod

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.asking import ACCOUNTS, months
from opsdesk.insight.columns.paths import Codes, Flags
from opsdesk.insight.facts.schema import LAST_INSTANT
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import WITHOUT, Key, Question
from opsdesk.insight.sql import rows
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period

Given = tuple[tuple[str, tuple[str, ...]], ...]
OWN = ("account", "family", "type")
# Where zones begin their days, and so months.
QUARTER_S = 900
FEW = 8


def second(instant: datetime) -> int:
    """An instant as the facts hold it: whole seconds since 1970, cut."""
    return floor(instant.timestamp())


def requests(part: Part, facts: Facts, question: Question, *, queue: bool = True) -> Flags:
    """The requests opened in the period that pass the filters; `queue`: also that of where they stand.

    Those of one page's numbers are chosen once.
    """
    asked = (name for name in (*OWN, "queue") if queue or name != "queue")
    filters = tuple((name, question.chosen(name)) for name in asked)
    return _requests(part, facts, question.desk, question.period, question.as_of, filters).copy()


def given(question: Question) -> Given:
    """The filters of a question as something to remember by."""
    return tuple(sorted(question.filters.items()))


@remembered
def _requests(part: Part, facts: Facts, desk: str, period: Period, as_of: datetime, filters: Given) -> Flags:
    question = Question(desk, period, as_of, dict(filters))
    found = of_desk(part, facts, question)
    found &= within(part.cases["opened"], period)
    if question.chosen("queue"):
        found &= in_queues(part, facts, question)
    return found


def of_desk(part: Part, facts: Facts, question: Question) -> Flags:
    """The desk's requests that pass the filters of their own columns."""
    cases = part.cases
    found: Flags = cases["desk"] == facts.code("desk", question.desk)
    found &= cases["kind"] == facts.code("kind", "request")
    for name in OWN:
        if question.chosen(name):
            found &= any_of(cases[name], _codes(facts, name, question.chosen(name)), len(facts.books[name]))
    return found


def within(instants: NDArray[np.unsignedinteger], period: Period) -> Flags:
    """Which instants lie in the period."""
    start, end = max(second(period.start), 0), max(second(period.end), 0)
    found: Flags = instants >= np.uint32(min(start, LAST_INSTANT))
    found &= instants < np.uint32(min(end, LAST_INSTANT))
    return found


def in_queues(part: Part, facts: Facts, question: Question) -> Flags:
    """Which cases stand in a queue that was chosen."""
    wanted = _codes(facts, "queue", question.chosen("queue"))
    return any_of(part.cases["queue"], wanted, len(facts.books["queue"]))


def _codes(facts: Facts, name: str, chosen: Sequence[str]) -> set[int]:
    values = {WITHOUT: ""}
    if name == "account":
        values |= {key: str(id) for id, key in rows(ACCOUNTS, {}) if key in set(chosen)}
        return {facts.code(name, values[key]) for key in chosen if key in values}
    return {facts.code(name, values.get(value, value)) for value in chosen}


def any_of(codes: Codes, wanted: Iterable[int], known: int) -> Flags:
    """Which codes, all below `known`, are among those wanted."""
    table = np.zeros(known, dtype=np.bool_)
    table[[code for code in wanted if code < known]] = True
    few = table if 2 * np.count_nonzero(table) <= known else ~table
    if np.count_nonzero(few) > FEW:
        return table.take(codes)
    # A few comparisons are quicker than a look-up.
    found = np.zeros(len(codes), dtype=np.bool_)
    for code in np.flatnonzero(few):
        found |= codes == codes.dtype.type(code)
    return found if few is table else ~found


@dataclass(frozen=True)
class Keys:
    """Per row a number below `size`; `names` gives the values that each stands for."""

    of: Codes
    size: int
    values: tuple[tuple[str, ...], ...]

    def fewer(self, most: int) -> tuple[Codes, Codes]:
        """The numbers that may occur, those that do where they may be more than `most`; per row its place."""
        if self.size <= most:
            return np.arange(self.size), self.of
        found, place = np.unique(self.of, return_inverse=True)
        return found, place

    def key(self, number: int) -> Key:
        """The values of a number, in the order of the dimensions."""
        found: list[str] = []
        for each in reversed(self.values):
            number, rest = divmod(number, len(each))
            found.append(each[rest])
        return tuple(reversed(found))


def keys(columns: Sequence[tuple[Codes, tuple[str, ...]]], length: int) -> Keys:
    """Keys out of one column of codes and their values for each dimension."""
    size = prod(len(values) for _, values in columns)
    of: Codes = np.zeros(length, dtype=np.uint16 if size < 2**16 else np.int64)
    for n, (codes, values) in enumerate(columns):
        if n:
            of *= of.dtype.type(len(values))
        np.add(of, codes, out=of, casting="unsafe")
    return Keys(of, size, tuple(values for _, values in columns))


def _numbered(periods: Sequence[Period], instants: Codes) -> Codes:
    """In which of periods that follow one another each instant lies."""
    start = second(periods[0].start)
    ends = [second(period.end) - start for period in periods]
    since = instants.astype(np.uint32) - np.uint32(start)
    if any(end % QUARTER_S for end in ends):
        return np.searchsorted(np.array(ends), since, side="right").astype(np.uint16)
    of_quarter = np.repeat(np.arange(len(ends), dtype=np.uint16), np.diff([0, *ends]) // QUARTER_S)
    return of_quarter.take(since // np.uint32(QUARTER_S))


def named(
    facts: Facts, question: Question, names: Sequence[str], codes: Mapping[str, Codes]
) -> list[tuple[Codes, tuple[str, ...]]]:
    """Each dimension's codes of the rows and the values these stand for."""
    return [dimension(facts, question, name, codes[name]) for name in names]


def dimension(facts: Facts, question: Question, name: str, codes: Codes) -> tuple[Codes, tuple[str, ...]]:
    """Codes of one dimension, or instants of months, as numbers and the values that these stand for."""
    if name == "month":
        cut = months(question)
        return _numbered([period for _, period in cut], codes), tuple(name for name, _ in cut)
    if name == "tier":
        return codes, tuple(str(tier) for tier in range(17))
    if name == "account":
        known = {str(id): key for id, key in rows(ACCOUNTS, {})}
        return codes, tuple(known.get(id, WITHOUT) for id in facts.books["account"])
    return codes, tuple(value or WITHOUT for value in facts.books[name])
