"""Counting how requests went through the tiers, from the facts."""

from dataclasses import replace

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import ways
from opsdesk.insight.columns.tallies import tallies
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.flow import Cell, Parts, cells, keyed
from opsdesk.insight.registry import Answer, Answers, Key, Question

# By key and cell, one count for each side.
Counted = dict[tuple[Key, int], list[int]]


def answers(facts: Facts, question: Question, parts: Parts) -> Answers:
    """The number by the question's dimensions. Refuses `NoSuchDesk`."""
    top = tiers_of(question.desk, cases.desk(question.desk).top_tier)
    over, sides = cells(question, top), parts.sides
    found: Counted = {} if question.by else {((), 0): [0] * len(sides)}
    for part in facts.parts:
        _count(facts, part, question, parts, over, top, found)
    answered: dict[Key, Answer] = {}
    for (rest, n), numbers in found.items():
        if any(numbers) or not question.by:
            answered[keyed(question, rest, over[n])] = parts.answer(numbers)
    return answered


def _count(
    facts: Facts, part: Part, question: Question, parts: Parts, over: list[Cell], top: int, found: Counted
) -> None:
    """Add a part's numbers, by the dimensions but the tier, and by the cell."""
    took, names = ways(part, facts), tuple(name for name in question.by if name != "tier")
    tallied = tallies(part, facts, replace(question, by=names))
    masks = [met(part_(cell.tiers, top), took, top) for cell in over for part_ in parts.sides.values()]
    if not masks:
        return
    sums = tallied.counts @ np.stack(masks, axis=1).astype(np.int64)
    by_cell = sums.reshape(len(sums), len(over), -1).tolist()
    for row, key in tallied.groups:
        for n, numbers in enumerate(by_cell[row]):
            known = found.get((key, n))
            found[key, n] = [sum(pair) for pair in zip(known, numbers, strict=True)] if known else numbers
