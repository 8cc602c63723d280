"""Tallies, shares, means and spreads of deals, disputes and incidents, from the facts.

Each says what `metrics.deals_ground` says in SQL of the same name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from opsdesk.insight.bands import Share
from opsdesk.insight.columns.choosing import Given, given, second
from opsdesk.insight.columns.deals_rows import Rows
from opsdesk.insight.columns.deals_spreads import spreads_by
from opsdesk.insight.columns.paths import Codes, Flags, Numbers
from opsdesk.insight.facts.values import Column, Facts
from opsdesk.insight.metrics.deals_ground import known_at
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Question, Tally
from opsdesk.insight.statistics import spread
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period

T = TypeVar("T")
Condition = Callable[[Any], Flags]
# Beyond so many combinations of the dimensions' values only those that occur are counted.
MOST_GROUPS = 1 << 16


def everything(rows: Rows) -> Flags:
    return np.ones(rows.size, dtype=np.bool_)


def nothing(rows: Rows) -> Flags:
    return np.zeros(rows.size, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Counting:
    """What a number counts: rows of a kind that meet `whole`; of these `hit`, or not yet, `open`.

    `dated`: the instant that lies in the period and had come. `lasted`: from when to when the seconds are
    that a mean or a spread is of. `of_end`: a snapshot, of the end of the period.
    """

    of: type[Rows]
    dated: str = ""
    whole: Condition | None = None
    hit: Condition = everything
    open: Condition = nothing
    lasted: tuple[str, str] = ("", "")
    of_end: bool = False


def chosen(facts: Facts, question: Question, counting: Counting) -> Iterator[tuple[Rows, Flags]]:
    """The rows of each part that a question is about, with which of them meet the whole."""
    of = _asked(
        facts,
        question.desk,
        question.period,
        question.as_of,
        given(question),
        (counting.of, counting.dated, counting.of_end),
    )
    for rows, flags in of:
        if counting.whole:
            yield rows.taken(flags & counting.whole(rows))
        else:
            yield rows, flags


@remembered
def _asked(
    facts: Facts,
    desk: str,
    period: Period,
    as_of: datetime,
    filters: Given,
    kind: tuple[type[Rows], str, bool],
) -> tuple[tuple[Rows, Flags], ...]:
    """The rows of each part that pass the filters: many numbers of a page are of the same ones."""
    (of, dated, of_end), question = kind, Question(desk, period, as_of, dict(filters))
    at, found = second(known_at(question, of_end=of_end)), []
    for part in facts.parts:
        rows = of.of_part(facts, part, question, at, of_end=of_end)
        # The period first: what is asked of its few rows alone costs little.
        rows, flags = rows.taken(rows.within(dated) if dated else everything(rows))
        flags = flags & rows.there()
        for name, values in question.filters.items():
            if values:
                rows, flags = rows.taken(flags)
                flags = flags & rows.is_one_of(name, values)
        found.append(rows.taken(flags))
    return tuple(found)


def tally(facts: Facts, question: Question, counting: Counting) -> Answers:
    """How many records are counted."""

    def flagged(rows: Rows, whole: Flags) -> Sequence[Flags]:
        return (whole & counting.hit(rows),)

    return {key: Tally(n) for key, (n,) in _counts(facts, question, counting, flagged).items()}


def share(facts: Facts, question: Question, counting: Counting) -> Answers:
    """How many of the whole are counted, with what is open between the bounds."""

    def flagged(rows: Rows, whole: Flags) -> Sequence[Flags]:
        return whole & counting.hit(rows), whole & counting.open(rows), whole

    found = _counts(facts, question, counting, flagged)
    return {key: Share(hit, hit + open, of) for key, (hit, open, of) in found.items()}


def mean(facts: Facts, question: Question, counting: Counting, *, per: int = 1) -> Answers:
    """The mean of the seconds, `per` of them each; those of the whole that are open have none yet."""

    def flagged(rows: Rows, whole: Flags) -> Sequence[Flags]:
        return whole & counting.hit(rows), whole & counting.open(rows), whole

    found = _counts(facts, question, counting, flagged, timed=True)
    return {key: Mean(float(total) / per, n, open) for key, (n, open, _, total) in found.items()}


def spreads(facts: Facts, question: Question, counting: Counting, *, per: int = 1) -> Answers:
    """Median and p90 of the seconds, `per` of them each."""
    codes, seconds, by = [], [], None
    for rows, whole in chosen(facts, question, counting):
        flags = whole & counting.hit(rows)
        own = None if flags.all() else np.flatnonzero(flags)
        by = rows.keys([rows.dimension(name) for name in question.by], own)
        codes.append(by.of)
        seconds.append(_among(rows.lasted(*counting.lasted), own))
    found: dict[Key, Answer] = {} if question.by else {(): spread([])}
    if by is not None:
        groups, of = replace(by, of=np.concatenate(codes)).fewer(MOST_GROUPS)
        each = spreads_by(of, np.concatenate(seconds), len(groups), per=per)
        found |= {by.key(int(groups[group])): answer for group, answer in each}
    return _ordered(found)


Flagged = Callable[[Rows, Flags], Sequence[Flags]]


def _counts(
    facts: Facts, question: Question, counting: Counting, flagged: Flagged, *, timed: bool = False
) -> Mapping[Key, Sequence[int]]:
    """For each key the number of rows that have each flag, of which the last is the widest; `timed`: behind
    them the seconds of those that have the first."""
    found: dict[Key, Numbers] = {}
    for rows, whole in chosen(facts, question, counting):
        flags = flagged(rows, whole)
        seconds = rows.lasted(*counting.lasted) * flags[0] if timed else None
        for key, numbers in _of_part(rows, flags, seconds, question):
            found[key] = found[key] + numbers if key in found else numbers
    return _ordered({key: [int(each) for each in numbers] for key, numbers in found.items()})


def _of_part(
    rows: Rows, flags: Sequence[Flags], seconds: Numbers | None, question: Question
) -> Iterator[tuple[Key, Numbers]]:
    if not question.by:
        total = [] if seconds is None else [seconds.sum()]
        yield (), np.array([*(np.count_nonzero(each) for each in flags), *total], dtype=np.int64)
        return
    by = rows.keys([rows.dimension(name) for name in question.by], None)
    groups, of = by.fewer(MOST_GROUPS)
    cells = _cells(of, flags, len(groups))
    counts = [cells[:, np.arange(cells.shape[1]) >> n & 1 > 0].sum(axis=1) for n in range(len(flags))]
    if seconds is not None:
        # Whole seconds add up exactly up to 2**53.
        counts.append(np.bincount(of, weights=seconds, minlength=len(groups)).astype(np.int64))
    table = np.stack(counts, axis=1)
    for group in np.flatnonzero(counts[len(flags) - 1]):
        yield by.key(int(groups[group])), table[group]


def _cells(of: Codes, flags: Sequence[Flags], size: int) -> Numbers:
    """For each group how many rows have which of the flags: the n-th is the n-th bit of a column's number."""
    width = len(flags)
    of = of.astype(np.uint16 if size << width <= 1 << 16 else np.int64)
    of <<= width
    for n, each in enumerate(flags):
        of |= each.view(np.uint8) << n
    found: Numbers = np.bincount(of, minlength=size << width)
    return found.reshape(size, 1 << width)


def _among(values: Column, own: Numbers | None) -> Column:
    return values if own is None else values[own]


def _ordered(found: Mapping[Key, T]) -> dict[Key, T]:
    return dict(sorted(found.items()))
