"""How long things took, from the facts: what `insight.times` gathers row by row, column by column."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from opsdesk.insight.clocks import Clock
from opsdesk.insight.columns.choosing import Keys, keys, named
from opsdesk.insight.columns.paths import Codes, Numbers
from opsdesk.insight.columns.spreads import each_spreads_of
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import Key, Question
from opsdesk.insight.statistics import Spread, spread

# Of so many combinations of the dimensions' values each has a place of its own while they are told apart.
MOST_GROUPS = 2**16
Spreads = dict[Key, Spread]


# What times are told apart by: the clock, or more.
Of = TypeVar("Of", bound=Hashable)


@dataclass(frozen=True)
class Taken(Generic[Of]):
    """Times of a part: each one's seconds of each sort asked for, UNKNOWN where there are none, and the
    codes of its dimensions.

    Those of the last `running` rows still run.
    """

    seconds: Mapping[Of, Numbers]
    codes: dict[str, Codes]
    running: int = 0

    def __len__(self) -> int:
        return len(next(iter(self.seconds.values())))


Gather = Callable[[Facts, Part, Question, Sequence[Clock]], Taken[Clock]]


def answers(facts: Facts, question: Question, gather: Gather, clock: Clock) -> Spreads:
    """Median and p90 by the question's dimensions; what still runs enters at its age."""
    return spreads(facts, question, [gather(facts, part, question, (clock,)) for part in facts.parts])[clock]


def spreads(facts: Facts, question: Question, taken: Sequence[Taken[Of]]) -> dict[Of, Spreads]:
    """The same out of what was gathered of all parts, for each sort of times."""
    by = _keys(facts, question, taken)
    numbers, place = by.fewer(MOST_GROUPS)
    running = sum(each.running for each in taken)
    sorts = list(taken[0].seconds)
    seconds = [_joined(taken, [each.seconds[of] for each in taken]) for of in sorts]
    found: dict[Of, Spreads] = {}
    for of, every in zip(sorts, each_spreads_of(place, seconds, running, len(numbers)), strict=True):
        found[of] = {by.key(int(numbers[n])): each for n, each in every}
        if not question.by:
            found[of].setdefault((), spread(()))
    return found


def _keys(facts: Facts, question: Question, taken: Sequence[Taken[Of]]) -> Keys:
    """The keys of all parts' rows, in which the same number stands for the same values."""
    each = [keys(named(facts, question, question.by, one.codes), len(one)) for one in taken]
    return Keys(_joined(taken, [one.of for one in each]), each[0].size, each[0].values)


def _joined(taken: Sequence[Taken[Of]], columns: Sequence[Numbers | Codes]) -> Numbers | Codes:
    """A column of all parts: what ended before what still runs."""
    if len(columns) == 1:
        return columns[0]
    over = [len(each) - each.running for each in taken]
    ended = [column[:n] for column, n in zip(columns, over, strict=True)]
    return np.concatenate([*ended, *(column[n:] for column, n in zip(columns, over, strict=True))])
