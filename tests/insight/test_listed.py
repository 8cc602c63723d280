"""Lists behind numbers as arrays: any page of them is that of the whole list in order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.insight.listed import NONE, Listed, Ordered, together

# Few ranks for many ids, so that several share one.
ranks = st.lists(st.integers(0, 9), max_size=40)


def listed(given: list[int]) -> Listed:
    return Listed(np.array(given, dtype=np.uint32), np.arange(len(given), dtype=np.uint32))


def in_order(given: list[int]) -> list[int]:
    return sorted(range(len(given)), key=lambda id: (-given[id], -id))


@given(ranks, st.integers(0, 45), st.integers(1, 9))
def test_a_page_is_a_piece_of_the_whole_in_its_order(given: list[int], start: int, size: int) -> None:
    found, whole = listed(given), in_order(given)
    assert list(found.first()) == whole
    assert list(found.first(size, start=start)) == whole[start : start + size]
    assert Ordered(tuple(whole)).first(size, start=start) == found.first(size, start=start)


@given(ranks.filter(bool), st.data())
def test_what_is_behind_one_goes_on_after_it(given: list[int], data: st.DataObject) -> None:
    whole = in_order(given)
    at = data.draw(st.integers(0, len(given) - 1))
    assert list(listed(given).behind(given[whole[at]], whole[at]).first()) == whole[at + 1 :]


@pytest.mark.parametrize("cut", [0, 2, 5])
def test_parts_are_listed_as_one(cut: int) -> None:
    given = [3, 1, 3, 2, 1]
    every = listed(given)
    parts = [Listed(every.rank[some], every.ids[some]) for some in (slice(0, cut), slice(cut, None))]
    assert list(together(parts).first()) == in_order(given)
    assert len(together([])) == len(NONE) == 0
    assert Ordered((5, 4)).first() == (5, 4)
    assert len(Ordered((5, 4))) == 2
