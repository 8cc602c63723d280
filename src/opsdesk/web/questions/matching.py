"""Finding a question by the words somebody typed: whole words, none cut to its stem. Pure."""

import re
from collections.abc import Iterable, Mapping
from math import log

WORD = re.compile(r"\w+")
LONGEST = 500


def tokens(text: str) -> frozenset[str]:
    """The words of a text in small letters."""
    return frozenset(WORD.findall(text[:LONGEST].casefold()))


def ranked(text: str, known: Mapping[str, Iterable[str]], empty: frozenset[str]) -> list[tuple[str, float]]:
    """The keys whose texts share a word with what was typed, those that share most and rarest first.

    A word counts log(1 + questions / questions that have it); the first text of a key, its own words,
    counts twice. `empty` words count nothing.
    """
    asked = tokens(text) - empty
    words = {key: [tokens(each) - empty for each in texts] for key, texts in known.items()}
    having = {word: sum(any(word in each for each in found) for found in words.values()) for word in asked}
    weight = {word: log(1 + len(words) / n) for word, n in having.items() if n}
    scores = {key: _score(asked, found, weight) for key, found in words.items()}
    return sorted(((key, score) for key, score in scores.items() if score), key=lambda each: -each[1])


def _score(asked: frozenset[str], found: list[frozenset[str]], weight: Mapping[str, float]) -> float:
    return sum(
        weight[word] * (2 if number == 0 else 1)
        for number, words in enumerate(found)
        for word in asked & words
    )


def best(found: list[tuple[str, float]]) -> str:
    """The one that fits best; empty where none does, or where two do alike."""
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        return ""
    return found[0][0]
