import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.search import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RQ-1234-ab", ["rq", "1234", "ab"]),
        ("ann.lee@mail.Dealer.example", ["ann", "lee", "mail", "dealer", "example"]),
        ("req_8f3k2Lx9", ["req", "8f3k2lx9"]),
        ("Éclair, naïve; Łódź straße", ["eclair", "naive", "lodz", "strasse"]),
        ("e\u0301clair", ["eclair"]),
        ("ﬁle Ｆｕｌｌ ①", ["file", "full", "1"]),
        ("Ёлка май Өнөөдөр төхөөрөмж", ["елка", "май", "өнөөдөр", "төхөөрөмж"]),
        ("배송이 늦어요", ["배송", "송이", "이", "늦어", "어요", "요"]),
        ("対応履歴ABC", ["対応", "応履", "履歴", "歴", "abc"]),
        ("車", ["車"]),
        ("サーバー", ["サー", "ーバ", "バー", "ー"]),
        ("“quoted”… 😀 ok", ["quoted", "ok"]),
        ("\ue000k \ue002x", ["k", "x"]),
        ("a\x00b", ["a", "b"]),
        ("x" * 200, ["x" * 64]),
        ("", []),
    ],
)
def test_a_text_has_these_words(text: str, found: list[str]) -> None:
    assert words.words(text) == found


@pytest.mark.parametrize(
    ("text", "found", "beginning"),
    [
        ("배송", ("배송",), False),
        ("배송이", ("배송", "송이"), False),
        ("이", ("이",), True),
        ("배송 문제", ("배송", "송", "문제"), False),
        ("ABC를", ("abc", "를"), True),
        ("op code", ("op", "code"), False),
        ("…", (), False),
    ],
)
def test_what_is_asked_for_may_go_on_where_a_script_sets_no_spaces(
    text: str, found: tuple[str, ...], beginning: bool
) -> None:
    assert words.asked(text) == (found, beginning)


@given(st.text(max_size=200))
def test_every_word_is_made_of_what_both_engines_keep_together(text: str) -> None:
    for word in words.words(text):
        assert word
        assert len(word) <= words.LONGEST_WORD
        assert word == word.lower() or not word.isascii()
        assert not any(
            mark in word for mark in "'\"\\ :*&|!()<>-\x00" + words.SENDER + words.KIND + words.TIME
        )


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_words_of_two_texts_side_by_side_are_those_of_each(one: str, two: str) -> None:
    assert words.words(f"{one}\n{two}") == words.words(one) + words.words(two)


@given(st.text(alphabet="배송이늦어요対応履歴車abc 1é", min_size=1, max_size=30), st.data())
def test_any_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    """What is cut out of a text, at words where there are spaces, stands in its words in a row."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    part = text[start:end]
    if any(at < len(text) and is_spaced(text[at - 1]) and is_spaced(text[at]) for at in (start, end) if at):
        return
    asked, beginning = words.asked(part)
    if asked:
        assert stands_in(asked, beginning, words.words(text))


def is_spaced(letter: str) -> bool:
    return letter in "abc1é"


def stands_in(asked: tuple[str, ...], beginning: bool, found: list[str]) -> bool:
    count = len(asked)
    for at in range(len(found) - count + 1):
        row = found[at : at + count]
        same_end = row[-1].startswith(asked[-1]) if beginning else row[-1] == asked[-1]
        if row[:-1] == list(asked[:-1]) and same_end:
            return True
    return False


def test_an_entry_keeps_its_sections_apart_and_says_its_sender_twice() -> None:
    found = words.split(words.indexed(("Op code", "missing"), sender="Sam <sam@x.example>", kind=1))
    kind = f"{words.KIND}1"
    assert found[0] == kind
    assert found[found.index("code") + 1] == kind
    assert words.SENDER + "sam" in found
    assert "sam" in found


def test_an_entry_has_an_end() -> None:
    found = words.split(words.indexed(("word " * 50_000,), sender="Sam", kind=1))
    assert len(found) <= words.MOST_WORDS + 4
    assert found[:2] == [f"{words.SENDER}sam", f"{words.KIND}1"]


def test_long_words_of_many_bytes_are_as_many_as_a_vector_holds() -> None:
    texts = (" ".join(f"{number:05}" + "ж" * 70 for number in range(20_000)), "\U00010400" * 60 + " last")
    text = words.indexed(texts, sender="Ann", kind=1)
    assert len(text.encode()) < 1_000_000
    assert "ann" in words.split(text)
    assert len(words.split(text)) > 6_000
