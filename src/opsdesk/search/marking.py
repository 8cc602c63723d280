"""The passage of a text that was searched for, with the words marked in it. Pure.

Texts are folded letter by letter here: what is found can be pointed at in the text as it was written.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from opsdesk.search.asking import Term
from opsdesk.search.words import LONGEST_WORD, UNSPACED, plain

BEFORE, LENGTH = 60, 240
_LETTERS = re.compile(rf"(?:[^\W_]|[{UNSPACED}])+")
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `marked` where it is what was searched for."""

    text: str
    marked: bool = False


Marked = tuple[Piece, ...]


def pattern(terms: Iterable[Term]) -> re.Pattern[str] | None:
    """What finds any of the wanted terms in a folded text; None where no word is wanted."""
    wanted = [_needle(term) for term in terms if not term.negated]
    return re.compile("|".join(sorted(filter(None, wanted), key=len, reverse=True))) if any(wanted) else None


def _needle(term: Term) -> str:
    letters = _LETTERS.findall(folded(unicodedata.normalize("NFC", term.text)))
    if not letters:
        return ""
    parts = [re.escape(each[:LONGEST_WORD]) for each in letters]
    before = "" if _UNSPACED.match(letters[0][0]) else r"(?<![^\W_])"
    open_end = term.phrase.prefix or _UNSPACED.match(letters[-1][-1])
    return before + r"[\W_]+".join(parts) + ("" if open_end else r"(?![^\W_])")


def folded(text: str) -> str:
    """A text made plain letter by letter: as long as before."""
    return text.lower() if text.isascii() else "".join(map(_letter, text))


@lru_cache(maxsize=20_000)
def _letter(letter: str) -> str:
    made = plain(letter)
    return made if len(made) == 1 else letter


def marked(text: str, found: re.Pattern[str] | None) -> Marked:
    """A whole text with the words marked."""
    return _pieces(unicodedata.normalize("NFC", text), found)


def passage(texts: Sequence[str], found: re.Pattern[str] | None) -> Marked:
    """The passage around the first word found in any of the texts; else how the first of them begins."""
    for text in texts:
        composed = unicodedata.normalize("NFC", text)
        hit = found.search(folded(composed)) if found else None
        if hit:
            return _pieces(_cut(composed, hit.start()), found)
    return _pieces(_cut(unicodedata.normalize("NFC", next(iter(texts), "")), 0), found)


def _cut(text: str, at: int) -> str:
    """Some words before the place and more after it, on one line."""
    start = max(0, at - BEFORE)
    start = start if start == 0 else text.find(" ", start, at) + 1 or start
    end = start + LENGTH
    cut = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{cut}{' …' if end < len(text) else ''}"


def _pieces(text: str, found: re.Pattern[str] | None) -> Marked:
    pieces: list[Piece] = []
    at = 0
    for hit in found.finditer(folded(text)) if found else ():
        if hit.start() > at:
            pieces.append(Piece(text[at : hit.start()]))
        pieces.append(Piece(text[hit.start() : hit.end()], marked=True))
        at = hit.end()
    return (*pieces, Piece(text[at:])) if at < len(text) else tuple(pieces)
