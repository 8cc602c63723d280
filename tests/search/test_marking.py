import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.search.asking import read
from opsdesk.search.marking import Marked, folded, marked, passage, pattern


def shown(pieces: Marked) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("price", "The PRICE of prices", "The [PRICE] of prices"),
        ("pric*", "The PRICE of prices", "The [PRIC]E of [pric]es"),
        ("eclair", "Un Éclair, s'il vous plaît", "Un [Éclair], s'il vous plaît"),
        ("éclair", "an eclair", "an [eclair]"),
        ("배송", "내 배송이 늦어요", "내 [배송]이 늦어요"),
        ('"op code"', "Op code, op-code, opcode", "[Op code], [op-code], opcode"),
        ("rq-1234-ab", "see RQ 1234/AB now", "see [RQ 1234/AB] now"),
        ("өнөөдөр", "Өнөөдөр ирсэн", "[Өнөөдөр] ирсэн"),
        ("-price car", "price of a car", "price of a [car]"),
        ("is:open", "open", "open"),
        ("ａｂｃ", "abc", "[abc]"),
        ("a.c", "abc a.c", "abc [a.c]"),
        ("cafe", "cafe\u0301s cafe\u0301", "cafés [café]"),
    ],
)
def test_the_words_are_marked_as_they_were_written(query: str, text: str, expected: str) -> None:
    assert shown(marked(text, pattern(read(query).terms))) == expected


def test_a_passage_is_cut_around_the_first_word_of_the_first_text_that_has_one() -> None:
    long = "before " * 60 + "the needle is here " + "after " * 60
    pieces = passage(("nothing", long), pattern(read("needle").terms))
    text = shown(pieces)
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert "the [needle] is here" in text
    assert len(text) < 320


def test_without_a_word_in_it_a_passage_is_how_the_text_begins() -> None:
    assert shown(passage(("Hello\n\n  there", "x"), pattern(read("needle").terms))) == "Hello there"
    assert shown(passage((), None)) == ""


@given(st.text(max_size=200))
def test_folding_keeps_every_letter_in_its_place(text: str) -> None:
    assert len(folded(text)) == len(text) or text.isascii()


@given(st.text(max_size=100), st.text(max_size=20))
def test_marking_loses_no_letter(text: str, query: str) -> None:
    found = pattern(read(query).terms)
    pieces = marked(text, found)
    assert folded("".join(piece.text for piece in pieces)) == folded(shown(marked(text, None)))
