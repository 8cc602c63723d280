"""Counting how requests went through the tiers, from the facts."""

from collections import defaultdict

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns.choosing import keys, named, requests
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import Codes, Numbers, ways
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.flow import Cell, Parts, cells, keyed
from opsdesk.insight.registry import Answer, Answers, Key, Question

# Beyond so many combinations of the dimensions' values only those that occur are counted.
MOST_GROUPS = 2_000
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
    took = ways(part, facts)
    rows = np.flatnonzero(requests(part, facts, question))
    names = [name for name in question.by if name != "tier"]
    codes = {
        "account": part.cases["account"], "family": part.cases["family"], "type": part.cases["type"],
        "month": part.cases["opened"], "queue": part.cases["queue"],
    }  # fmt: skip
    own = {name: codes[name][rows] for name in names}
    by = keys(named(facts, question, names, own), len(rows))
    groups, of = by.fewer(MOST_GROUPS)
    way: Codes = took.of[rows]
    if names:
        way = of.astype(np.intp) * took.size + way
    table = np.bincount(way, minlength=len(groups) * took.size)
    counts = table.reshape(len(groups), took.size)
    for n, cell in enumerate(over):
        masks = [met(part_(cell.tiers, top), took, top) for part_ in parts.sides.values()]
        for group in np.flatnonzero(counts.any(axis=1)):
            found[by.key(int(groups[group])), n] += [counts[group][mask].sum() for mask in masks]
