"""How long things took, from the facts: what `insight.times` gathers row by row, column by column."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from opsdesk.insight.clocks import Clock
from opsdesk.insight.columns.choosing import keys, named
from opsdesk.insight.columns.paths import Codes, Numbers
from opsdesk.insight.columns.spreads import spread_of
from opsdesk.insight.facts.books import smallest
from opsdesk.insight.facts.schema import UNKNOWN
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import Key, Question
from opsdesk.insight.statistics import Spread

# Of so many combinations of the dimensions' values each has a place of its own while they are told apart.
MOST_GROUPS = 2**16
Grouped = defaultdict[Key, list[Numbers]]


@dataclass(frozen=True)
class Taken:
    """Times of a part: each one's seconds, UNKNOWN where there are none, and the codes of its dimensions.

    Those of the last `running` rows still run.
    """

    seconds: Numbers
    codes: dict[str, Codes]
    running: int = 0


Gather = Callable[[Facts, Part, Question, Clock], Taken]


def answers(facts: Facts, question: Question, gather: Gather, clock: Clock) -> dict[Key, Spread]:
    """Median and p90 by the question's dimensions; what still runs enters at its age."""
    ended: Grouped = defaultdict(list)
    running: Grouped = defaultdict(list)
    for part in facts.parts:
        taken = gather(facts, part, question, clock)
        over = len(taken.seconds) - taken.running
        for found, rows in ((ended, slice(0, over)), (running, slice(over, len(taken.seconds)))):
            for key, seconds in _grouped(facts, question, taken, rows):
                found[key].append(seconds)
    if not question.by:
        ended[()] += []
    return {key: _spread(ended[key], running[key]) for key in {*ended, *running}}


def _grouped(facts: Facts, question: Question, taken: Taken, rows: slice) -> Iterator[tuple[Key, Numbers]]:
    """The seconds of each key among the rows."""
    seconds = taken.seconds[rows]
    if not len(seconds):
        return
    if not question.by:
        yield (), seconds
        return
    codes = {name: each[rows] for name, each in taken.codes.items()}
    by = keys(named(facts, question, question.by, codes), len(seconds))
    numbers, place = by.fewer(MOST_GROUPS)
    # A stable sort of small numbers counts them, which is quicker than any other.
    order = np.argsort(place.astype(smallest(len(numbers))), kind="stable")
    counts = np.bincount(place, minlength=len(numbers))
    ends = np.cumsum(counts)
    ordered = seconds[order]
    for n in np.flatnonzero(counts):
        yield by.key(int(numbers[n])), ordered[ends[n] - counts[n] : ends[n]]


def _spread(ended: list[Numbers], running: list[Numbers]) -> Spread:
    over, still = _one(ended), _one(running)
    known = over[over != UNKNOWN]
    return spread_of(known, still, len(over) - len(known))


def _one(arrays: list[Numbers]) -> Numbers:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)
