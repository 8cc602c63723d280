"""Percentiles of many groups at once, put in their place only where it matters, beside plain sorting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsdesk.insight.columns.ranks import ordered
from opsdesk.insight.columns.spreads import spreads_of
from opsdesk.insight.facts.schema import UNKNOWN
from opsdesk.insight.statistics import Spread, spread

Rows = list[tuple[int, int]]

# So few groups that some have a percentile, in tables of cells as fine as they get, coarse, and of one each.
SIZES = (4, 5_000, 300_000)
groups = st.integers(0, 3)
lengths = st.one_of(
    st.sampled_from((0, 1, 254, 255, 3_600, 2**24 - 2, 2**24 + 1, 2**31 - 1)),
    st.integers(0, 600),
    st.integers(86_000, 86_900),
    st.integers(0, 2**31 - 1),
)
unknown = st.just(UNKNOWN)
ended = st.lists(st.tuples(groups, lengths | unknown), max_size=150)
running = st.lists(st.tuples(groups, lengths), max_size=40)
widths = st.sampled_from((np.int32, np.int64))


def columns(rows: Rows, width: type) -> tuple[np.ndarray, np.ndarray]:
    of, values = zip(*rows, strict=True) if rows else ((), ())
    return np.array(of, dtype=np.uint16), np.array(values, dtype=width)


def expected(over: Rows, still: Rows) -> dict[int, Spread]:
    found = {}
    for group in {group for group, _ in (*over, *still)}:
        own = [value for each, value in over if each == group]
        known = [value for value in own if value != UNKNOWN]
        age = [value for each, value in still if each == group]
        found[group] = spread(known, age, len(own) - len(known))
    return found


@pytest.mark.parametrize("size", SIZES)
@settings(max_examples=25)
@given(over=ended, still=running, width=widths)
def test_the_spread_of_each_group_is_that_of_its_list(
    size: int, over: Rows, still: Rows, width: type
) -> None:
    of, values = columns(over + still, width)
    assert dict(spreads_of(of, values, len(still), size)) == expected(over, still)


@pytest.mark.parametrize("size", SIZES)
@settings(max_examples=25)
@given(rows=ended, first=st.integers(0, 150), width=widths)
def test_what_stands_at_a_rank_is_what_sorting_puts_there(
    size: int, rows: Rows, first: int, width: type
) -> None:
    of, values = columns(rows, width)
    known = ordered(of, values, size).first(first)
    of, values = of[:first], values[:first]
    in_order = np.lexsort((values, of))
    ranks = np.flatnonzero(values[in_order] != UNKNOWN)
    assert known.at(ranks).tolist() == values[in_order][ranks].tolist()
    assert known.groups[:4].tolist() == np.bincount(of, minlength=4).tolist()
    assert known.unknown[:4].tolist() == np.bincount(of[values == UNKNOWN], minlength=4).tolist()


@pytest.mark.parametrize("most", [2**40, 2**60])
def test_lengths_beyond_what_32_bits_hold_are_in_their_place(most: int) -> None:
    known = [5, most + 1, most, 2**33, *range(most // 2, most, most // 64)]
    values = np.array([*known, UNKNOWN], dtype=np.int64)
    found = dict(spreads_of(np.zeros(len(values), dtype=np.uint16), values, 0, 1))
    assert found == {0: spread(known, (), 1)}
    every = ordered(np.zeros(len(values), dtype=np.uint16), values, 1)
    assert every.at(np.arange(1, len(values))).tolist() == sorted(known)
