"""The month that somebody named in a question. Pure."""

import re
from collections.abc import Mapping
from datetime import date

from opsdesk.web.questions.matching import LONGEST, WORD

YEAR = re.compile(r"20\d\d")
# What is a month only before its year or after one of the words below.
ALSO_ANOTHER_WORD = frozenset({"may", "march"})
BEFORE_A_MONTH = frozenset({"in", "of", "for", "during", "since"})


def month_named(text: str, names: Mapping[str, int], today: date) -> str:
    """`2026-09` where a text names a month, by its name in small letters; empty where it names none.

    Without a year it is the last such month that has begun.
    """
    words = WORD.findall(text[:LONGEST].casefold())
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        dated = YEAR.fullmatch(after) is not None
        if word in names and (dated or word not in ALSO_ANOTHER_WORD or before in BEFORE_A_MONTH):
            month = names[word]
            year = int(after) if dated else today.year - (month > today.month)
            return f"{year}-{month:02}"
    return ""
