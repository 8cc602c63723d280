from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.mailboxes import rules
from opsdesk.mailboxes.rules import Described
from opsdesk.mailboxes.trouble import REMEDIES, WORDS, said
from tests.mailboxes.builders import NOW

UIDS = st.sets(st.integers(min_value=1, max_value=60))
SIZES = st.lists(st.integers(min_value=0, max_value=3 * rules.SMALL_BYTES), min_size=1, max_size=200)


@given(UIDS)
def test_ranges_hold_the_same_numbers(uids: set[int]) -> None:
    assert rules.from_ranges(rules.to_ranges(uids)) == sorted(uids)


def test_ranges_are_written_as_imap_does() -> None:
    assert rules.to_ranges([7, 1, 2, 3, 9]) == "1:3,7,9"
    assert rules.to_ranges([]) == ""


@given(st.integers(min_value=1, max_value=60), st.integers(min_value=0, max_value=60), UIDS)
def test_gaps_are_exactly_what_is_not_there(first: int, last: int, there: set[int]) -> None:
    holes = [uid for left, right in rules.gaps(first, last, there) for uid in range(left, right + 1)]
    assert holes == [uid for uid in range(first, last + 1) if uid not in there]


@given(SIZES, UIDS)
def test_mails_that_go_together_are_small_and_few_and_none_is_suspect(
    sizes: list[int], careful: set[int]
) -> None:
    mails = [Described(uid, size, None) for uid, size in enumerate(sizes, 1)]
    number = rules.together(mails, careful=careful)
    batch = mails[:number]
    assert 1 <= number <= rules.TOGETHER
    if number > 1:
        assert sum(each.size for each in batch) <= rules.TOGETHER_BYTES
        assert all(each.size <= rules.SMALL_BYTES and each.uid not in careful for each in batch)


@given(st.integers(min_value=1, max_value=10_000), st.booleans(), st.floats(0, 1, exclude_max=True))
def test_a_pause_grows_to_its_end_and_never_past_it(failures: int, refused: bool, luck: float) -> None:
    pause = rules.pause_after(failures, refused=refused, luck=luck)
    longest = rules.LONGEST_REFUSED_PAUSE_S if refused else rules.LONGEST_PAUSE_S
    assert 1.0 < pause <= longest
    assert pause <= rules.pause_after(failures + 1, refused=refused, luck=luck)


@pytest.mark.parametrize(("minutes", "late"), [(9, False), (10, True), (600, True)])
def test_a_mail_is_leaked_from_ten_minutes_on(minutes: int, late: bool) -> None:
    at = NOW - timedelta(minutes=minutes)
    assert rules.is_late(at, NOW, now=NOW) is late
    assert rules.is_late(None, at, now=NOW) is late


def test_every_trouble_has_words_and_a_remedy() -> None:
    assert set(WORDS) == set(REMEDIES)


def test_a_text_of_the_other_side_is_one_short_line_without_secrets() -> None:
    text = said("LOGIN failed\r\n for\x00 a-secret-word " + "x" * 999, ["a-secret-word", ""])
    assert text.startswith("LOGIN failed for … x")
    assert len(text) == 300
