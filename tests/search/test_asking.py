import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.search.asking import MOST_TERMS, read


def terms(query: str) -> list[tuple[str, ...]]:
    return [term.phrase.words for term in read(query).terms]


def notes(query: str) -> list[str]:
    return [note.message % note.details for note in read(query).notes]


def test_words_phrases_exclusions_and_beginnings_are_told_apart() -> None:
    asked = read('rental "op code" -invoice -"wrong part" schedul* from:ann@dealer.example')
    assert [(t.phrase.words, t.negated, t.phrase.prefix, t.phrase.sender) for t in asked.terms] == [
        (("rental",), False, False, False),
        (("op", "code"), False, False, False),
        (("invoice",), True, False, False),
        (("wrong", "part"), True, False, False),
        (("schedul",), False, True, False),
        (("ann", "dealer", "example"), False, False, True),
    ]
    assert asked.notes == ()


def test_filters_are_taken_with_their_values_and_may_be_excluded() -> None:
    asked = read('queue:ops -is:resolved account:"North Star" BEFORE:2026-10-01')
    assert [(f.name, f.value, f.negated) for f in asked.filters] == [
        ("queue", "ops", False),
        ("is", "resolved", True),
        ("account", "North Star", False),
        ("before", "2026-10-01", False),
    ]
    assert asked.terms == ()


@pytest.mark.parametrize(
    ("query", "number"),
    [("#123", 123), ("123", 123), ("  #7 ", 7), ("#12 help", None), ("12-13", None), ("9" * 18, None)],
)
def test_a_number_alone_may_be_a_case(query: str, number: int | None) -> None:
    assert read(query).number == number


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("<abc.1@mail.example>", [("abc", "1", "mail", "example")]),
        ("10:30", [("10", "30")]),
        ("https://desk.example/a", [("https", "desk", "example", "a")]),
        ("“op code” 배송이", [("op", "code"), ("배송", "송이")]),
        ("a AND b", [("a",), ("b",)]),
        ('say"hello"', [("say",), ("hello",)]),
    ],
)
def test_what_looks_odd_is_read_as_words(query: str, words: list[tuple[str, ...]]) -> None:
    assert terms(query) == words
    assert notes(query) == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('"op code', "not closed"),
        ("!!!", "no letter or digit in “!!!”"),
        ("-", "no letter or digit in “-”"),
        ('""', 'no letter or digit in “""”'),
        ("from:!", "no letter or digit in “from:!”"),
        ("queue:", "right after “queue:”"),
        ("state:open", "“is:”"),
        ("quue:ops", "“queue:”"),
        ("a OR b", "every word must be there"),
        ("ab*", "a star needs 3 letters"),
        ("x " * (MOST_TERMS + 1), "first 20 words"),
        ("x" * 1001, "first 1000 characters"),
    ],
)
def test_what_makes_no_sense_is_said_and_the_rest_is_searched_for(query: str, says: str) -> None:
    assert any(says in note for note in notes(query)), notes(query)


def test_a_star_after_one_letter_of_an_unspaced_script_is_a_beginning_anyway() -> None:
    (term,) = read("배*").terms
    assert term.phrase.prefix
    assert notes("배*") == []


@given(st.text(max_size=300))
def test_nothing_that_is_typed_fails(query: str) -> None:
    asked = read(query)
    assert len(asked.terms) + len(asked.filters) <= MOST_TERMS
    for term in asked.terms:
        assert term.phrase.words
    assert all(note.message % note.details for note in asked.notes)
