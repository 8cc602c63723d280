import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.insight.bands import (
    LAST_RESORT,
    NO_BAND,
    TIER_1_SHARE,
    TIER_2_RATE,
    TIER_3_SHARE,
    Band,
    Share,
    State,
    last_resort,
)
from opsdesk.web.funnel.words import share_text, state_text

H, W, R = State.HEALTHY, State.WATCH, State.RED


@pytest.mark.parametrize(
    ("band", "hits", "of", "state"),
    [
        (TIER_1_SHARE, 7000, 10000, H),
        (TIER_1_SHARE, 6999, 10000, W),
        (TIER_1_SHARE, 5000, 10000, W),
        (TIER_1_SHARE, 4999, 10000, R),
        (TIER_1_SHARE, 10000, 10000, H),
        (TIER_2_RATE, 8000, 10000, H),
        (TIER_2_RATE, 7999, 10000, R),
        (TIER_3_SHARE, 499, 10000, H),
        (TIER_3_SHARE, 500, 10000, W),
        (TIER_3_SHARE, 1000, 10000, W),
        (TIER_3_SHARE, 1001, 10000, R),
        (LAST_RESORT, 0, 10000, H),
        (LAST_RESORT, 1, 10000, W),
        (LAST_RESORT, 500, 10000, W),
        (LAST_RESORT, 501, 10000, R),
        (last_resort(limit=1), 101, 10000, R),
    ],
)
def test_a_share_is_judged_to_the_last_one(band: Band, hits: int, of: int, state: State) -> None:
    assert Share(hits, hits, of, band).state is state


@pytest.mark.parametrize(
    ("band", "hits", "noted"),
    [(TIER_1_SHARE, 81, True), (TIER_1_SHARE, 80, False), (TIER_2_RATE, 91, True), (TIER_2_RATE, 90, False)],
)
def test_a_very_high_share_is_healthy_with_a_note(band: Band, hits: int, noted: bool) -> None:
    share = Share(hits, hits, 100, band)
    assert share.state is State.HEALTHY
    assert share.noted is noted


def test_no_verdict_while_the_open_ones_could_change_it() -> None:
    share = Share(65, 75, 100, TIER_1_SHARE)
    assert share.state is State.NOT_YET_KNOWN
    assert state_text(share) == "not yet known (10 open)"
    assert share_text(share) == "65-75 %"


def test_a_verdict_that_the_open_ones_cannot_change_stands() -> None:
    assert Share(72, 79, 100, TIER_1_SHARE).state is State.HEALTHY
    assert Share(20, 49, 100, TIER_1_SHARE).state is State.RED


def test_a_note_needs_both_bounds() -> None:
    assert not Share(78, 85, 100, TIER_1_SHARE).noted


def test_under_20_a_share_has_a_range_and_no_verdict() -> None:
    share = Share(19, 19, 19, TIER_1_SHARE)
    assert share.state is State.TOO_FEW
    assert share_text(share) == "19 of 19 (83-100 %)"
    assert state_text(share) == "too little data"
    assert share_text(Share(1, 4, 4, TIER_1_SHARE)) == "1-4 of 4 (5-100 %)"
    assert Share(20, 20, 20, TIER_1_SHARE).state is State.HEALTHY


def test_a_share_of_nothing_says_so() -> None:
    assert Share(0, 0, 0, TIER_1_SHARE).state is State.NOTHING
    assert share_text(Share(0, 0, 0, TIER_1_SHARE)) == "–"


@pytest.mark.parametrize(("low", "high", "of"), [(2, 1, 5), (1, 6, 5), (-1, 0, 5)])
def test_a_share_counts_part_of_a_whole(low: int, high: int, of: int) -> None:
    with pytest.raises(ValueError, match="part of a whole"):
        Share(low, high, of, NO_BAND)


@pytest.mark.parametrize(
    ("band", "hits", "of", "text"),
    [
        (TIER_1_SHARE, 1393, 2000, "69.7 %"),
        (TIER_1_SHARE, 69996, 100000, "69.996 %"),
        (TIER_1_SHARE, 1404, 2000, "70 %"),
        (LAST_RESORT, 1, 1000, "0.1 %"),
        (NO_BAND, 1393, 2000, "70 %"),
    ],
)
def test_a_share_is_not_rounded_over_a_threshold(band: Band, hits: int, of: int, text: str) -> None:
    assert share_text(Share(hits, hits, of, band)) == text


@given(st.integers(20, 3000), st.data())
def test_the_written_share_has_the_state_of_the_exact_one(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    for band in (TIER_1_SHARE, TIER_2_RATE, TIER_3_SHARE, LAST_RESORT):
        written = share_text(Share(hits, hits, of, band)).removesuffix(" %")
        exact = band.judge(hits, of)
        assert band.judge(round(float(written) * 10**4), 100 * 10**4) is exact
