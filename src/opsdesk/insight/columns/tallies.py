"""How many of the requests asked for took each way, by their dimensions: what counts are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from opsdesk.insight.columns.choosing import Given, Keys, given, keys, named, requests
from opsdesk.insight.columns.paths import Codes, Numbers, ways
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import Key, Question
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period

# Beyond so many combinations of the dimensions' values only those that occur are counted.
MOST_GROUPS = 2_000
COLUMNS = {"account": "account", "family": "family", "type": "type", "month": "opened", "queue": "queue"}


@dataclass(frozen=True)
class Tallies:
    """`counts`: per number of `numbers` and way how many; `by` names the numbers."""

    by: Keys
    numbers: Codes
    counts: Numbers

    @cached_property
    def groups(self) -> Sequence[tuple[int, Key]]:
        """The rows of the keys that have requests, with these."""
        rows = np.flatnonzero(self.counts.any(axis=1))
        numbers = self.numbers[rows].tolist()
        return [(row, self.by.key(number)) for row, number in zip(rows.tolist(), numbers, strict=True)]


def tallies(part: Part, facts: Facts, question: Question) -> Tallies:
    """A part's requests by the question's dimensions; those of one page's numbers are tallied once."""
    return _tallies(part, facts, question.desk, question.period, question.as_of, given(question), question.by)


@remembered
def _tallies(
    part: Part,
    facts: Facts,
    desk: str,
    period: Period,
    as_of: datetime,
    filters: Given,
    by: tuple[str, ...],
) -> Tallies:
    question, took = Question(desk, period, as_of, dict(filters), by), ways(part, facts)
    rows = np.flatnonzero(requests(part, facts, question))
    codes = {name: part.cases[COLUMNS[name]].take(rows) for name in by}
    found = keys(named(facts, question, by, codes), len(rows))
    numbers, place = found.fewer(MOST_GROUPS)
    way = took.of.take(rows)
    if len(numbers) > 1:
        way = np.multiply(place, took.size, dtype=np.intp) + way
    counts = np.bincount(way, minlength=len(numbers) * took.size)
    return Tallies(found, numbers, counts.reshape(len(numbers), took.size))
