"""Answers by fewer dimensions are those that would have been asked for."""

import pytest

from opsdesk.insight.adding import by_fewer
from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Mean, Tally, Unit

BY = ("queue", "age")
COUNTS = {("ops", "a"): Tally(2), ("ops", "b"): Tally(3), ("core", "a"): Tally(5)}
SHARES = {("ops", "a"): Share(1, 2, 4), ("core", "a"): Share(0, 1, 3)}


def test_counts_and_shares_add_up_by_what_is_left() -> None:
    by_queue = {("ops",): Tally(5), ("core",): Tally(5)}
    assert by_fewer(COUNTS, BY, ("queue",), Unit.CASES) == by_queue
    assert by_fewer(COUNTS, BY, ("age", "queue"), Unit.CASES)[("a", "core")] == Tally(5)
    assert by_fewer(COUNTS, BY, (), Unit.CASES) == {(): Tally(10)}
    assert by_fewer(SHARES, BY, (), Unit.SHARE) == {(): Share(1, 3, 7)}


def test_nothing_adds_up_to_none_in_all() -> None:
    assert by_fewer({}, BY, (), Unit.CASES) == {(): Tally(0)}
    assert by_fewer({}, BY, (), Unit.SHARE) == {(): Share(0, 0, 0)}
    assert by_fewer({}, BY, ("age",), Unit.CASES) == {}


def test_a_mean_is_no_sum() -> None:
    with pytest.raises(AssertionError):
        by_fewer({("ops", "a"): Mean(1.0, 2)}, BY, (), Unit.DAYS)
