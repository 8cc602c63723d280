"""Counting how requests went through the tiers, from the facts."""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import Numbers, ways
from opsdesk.insight.columns.tallies import tallies
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.flow import Cell, Parts, cells, keyed
from opsdesk.insight.registry import Answer, Answers, Key, Question

Counted = defaultdict[tuple[Key, int], Numbers]


def answers(facts: Facts, question: Question, parts: Parts) -> Answers:
    """The number by the question's dimensions. Refuses `NoSuchDesk`."""
    top = tiers_of(question.desk, cases.desk(question.desk).top_tier)
    over, sides = cells(question, top), parts.sides
    found: Counted = defaultdict(lambda: np.zeros(len(sides), dtype=np.int64))
    for part in facts.parts:
        _count(facts, part, question, parts, over, top, found)
    if not question.by:
        found[(), 0] += 0
    answered: dict[Key, Answer] = {}
    for (rest, n), numbers in found.items():
        if numbers.any() or not question.by:
            answered[keyed(question, rest, over[n])] = parts.answer([int(each) for each in numbers])
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
    for row, key in tallied.groups():
        for n, numbers in enumerate(sums[row].reshape(len(over), -1)):
            found[key, n] += numbers
