from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.insight.statistics import Figure, median_range, percentile, spread, wilson

lengths = st.lists(st.integers(0, 10**6), min_size=2, max_size=60)


def test_a_percentile_lies_between_its_neighbours_by_position() -> None:
    assert percentile([10, 20, 30, 40], 0.5) == 25
    assert percentile([10, 20, 30, 40], 0.9) == pytest.approx(37)
    assert percentile([7], 0.9) == 7


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@given(lengths)
def test_a_percentile_is_the_inclusive_quantile(values: list[int]) -> None:
    values = sorted(values)
    expected = quantiles(values, n=10, method="inclusive")
    assert percentile(values, 0.5) == pytest.approx(expected[4])
    assert percentile(values, 0.9) == pytest.approx(expected[8])


def test_10_of_10_is_72_to_100_per_cent() -> None:
    low, high = wilson(10, 10)
    assert (round(low * 100, 1), high) == (72.2, 1.0)


@pytest.mark.parametrize(
    ("hits", "of", "expected"),
    [(0, 10, (0, 27.8)), (5, 10, (23.7, 76.3)), (1, 4, (4.6, 69.9)), (1, 1, (20.7, 100))],
)
def test_a_small_share_has_its_wilson_range(hits: int, of: int, expected: tuple[float, float]) -> None:
    low, high = wilson(hits, of)
    assert (round(low * 100, 1), round(high * 100, 1)) == expected


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (8, 1), (9, 2), (12, 3), (15, 4), (19, 5)])
def test_a_small_median_lies_between_order_statistics(n: int, rank: int) -> None:
    """Ranks as in the usual tables of the sign test's interval at 95 %."""
    assert median_range(list(range(1, n + 1))) == (rank, n + 1 - rank)


def test_under_six_values_a_median_has_no_range() -> None:
    assert median_range([1, 2, 3, 4, 5]) == (None, None)


def test_a_figure_that_running_ones_could_raise_is_at_least_what_it_says() -> None:
    found = spread([10, 20, 30], running=[5])
    assert found.n == 4
    assert found.running == 1
    assert found.median is not None
    assert (found.median.value, found.median.at_least) == (15, True)


def test_running_ones_beyond_a_figure_leave_it_as_it_is() -> None:
    found = spread([10, 20, 30, 40], running=[50])
    assert found.median is not None
    assert found.p90 is not None
    assert (found.median.value, found.median.at_least) == (30, False)
    assert found.p90.at_least


@given(lengths, lengths)
def test_growing_the_running_ones_never_lowers_a_figure(ended: list[int], running: list[int]) -> None:
    now = spread(ended, running)
    later = spread(ended, [age + 1000 for age in running])
    for one, other in ((now.median, later.median), (now.p90, later.p90)):
        assert one is not None
        assert other is not None
        assert other.value >= one.value
        if not one.at_least:
            assert other.value == one.value


def test_a_limit_that_running_ones_could_raise_is_at_least_what_it_says() -> None:
    found = spread([1, 2, 3, 4, 5, 6, 7, 8], running=[4, 4, 4, 4])
    assert found.median_low == Figure(3, at_least=False)
    assert found.median_high == Figure(6, at_least=True)
    assert spread([1, 2, 3, 4, 5, 6, 7], running=[9]).median_low == Figure(1, at_least=False)
    ended = spread([1, 2, 3, 4, 5, 6, 7, 8])
    assert ended.median_high == Figure(8, at_least=False)


def test_missing_values_are_counted_and_left_out() -> None:
    found = spread([10], missing=2)
    assert (found.n, found.missing) == (1, 2)


def test_nothing_has_no_spread() -> None:
    assert spread([]).median is None
