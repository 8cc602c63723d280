"""Spreads of some rows of whole columns, counted as what other rows leave, beside those of plain lists."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from opsdesk.insight.columns.piles import Pile, spreads
from opsdesk.insight.facts.schema import UNKNOWN
from opsdesk.insight.statistics import Spread, spread

SIZE = 3
lengths = st.one_of(st.integers(0, 600), st.integers(86_000, 86_400), st.sampled_from((2**24 + 1, 2**31 - 1)))
asked = st.sampled_from((True, True, True, True, False))
rows = st.lists(st.tuples(st.integers(0, SIZE), lengths | st.just(UNKNOWN), asked), min_size=1, max_size=150)
running = st.lists(st.tuples(st.integers(0, SIZE - 1), lengths), max_size=30)
# Two of the codes are of one group.
GROUPS = np.array([0, 1, 1, 2])


def expected(over: list[tuple[int, int, bool]], still: list[tuple[int, int]]) -> dict[int, Spread]:
    own = [(int(GROUPS[code]), value) for code, value, chosen in over if chosen]
    found = {}
    for group in {group for group, _ in (*own, *still)}:
        values = [value for each, value in own if each == group]
        known = [value for value in values if value != UNKNOWN]
        ages = [value for each, value in still if each == group]
        found[group] = spread(known, ages, len(values) - len(known))
    return found


@settings(max_examples=60)
@given(over=rows, still=running)
def test_most_rows_of_a_column_are_told_by_the_others(
    over: list[tuple[int, int, bool]], still: list[tuple[int, int]]
) -> None:
    codes, values, chosen = (np.array(each) for each in zip(*over, strict=True))
    values, codes = values.astype(np.int32), codes.astype(np.uint8)
    ages: np.ndarray = np.array([value for _, value in still], dtype=np.int32)
    of = np.array([group for group, _ in still], dtype=np.int64)
    pile = Pile(values, {"it": values}, chosen, codes, GROUPS, {"it": ages}, of)
    found = [spreads([pile], SIZE, long=1)]
    # What is not asked for may have gone out of date, and its code with it.
    now = replace(pile, codes=np.where(chosen, codes, 0).astype(np.uint8))
    found.append(spreads([now], SIZE, long=1))
    # Given by their numbers they are gone through one by one.
    found.append(spreads([replace(pile, rows=np.flatnonzero(chosen))], SIZE))
    assert found == [{"it": expected(over, still)}] * 3


def test_columns_of_several_parts_are_taken_together() -> None:
    values: np.ndarray = np.arange(100, dtype=np.int32)
    codes, all_of_them = np.zeros(100, dtype=np.uint8), np.ones(100, dtype=np.bool_)
    piles = [Pile(each, {"it": each}, all_of_them, codes, GROUPS) for each in (values, values + 100)]
    assert spreads(piles, SIZE, long=1) == {"it": {0: spread(range(200))}}
