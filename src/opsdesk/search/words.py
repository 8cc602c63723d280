"""Our own tokeniser, the same for both engines: what of a text can be searched for.

A word is a run of letters and digits, in lower case, without accents, compatibility forms made plain
(NFKC). So `RQ-1234-ab` and `ann@mail.dealer.example` are words that stand side by side, and asking for the
whole code or for a part of it is asking for words in a row. Scripts that set no spaces (Chinese, Japanese,
Korean, Thai and their neighbours) are cut into pairs of letters, each run ending with its last letter
alone: 배송이 is 배송 송이 이. That finds words of two letters, inside longer ones too.

Private-use letters never come out of a text, so tokens of ours begin with them.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

LONGEST_WORD = 64
MOST_WORDS = 16_000
# A `tsvector` holds 1 MB; each word costs it up to 5 bytes more.
MOST_BYTES = 900_000

# Words of the sender again, for `from:`; the kind of an entry; its place in time.
SENDER, KIND, TIME = "\ue002", "\ue000", "\ue001"

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff"
    "\u3100-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_BEYOND = re.compile("[^\x00-\x7f]+")
_REMEMBERED = 30
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
_LAST_RUN = re.compile(f"([{UNSPACED}]+)[^0-9a-z\u0080-\U0010ffff]*$")
_BETWEEN = re.compile(f"[^\\w\x00-\x7f{UNSPACED}]+")
_WORD = re.compile("[0-9a-z\u0080-\U0010ffff]+")
_LONG = re.compile(f"([0-9a-z\u0080-\U0010ffff]{{{LONGEST_WORD}}})[0-9a-z\u0080-\U0010ffff]+")
_UNDECOMPOSED = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
}  # fmt: skip
# Letters of their own, not letters with accents.
_KEPT = frozenset("йїўґѓќ")


def _folding() -> dict[int, str | None]:
    """Accents of the Latin, Greek and Cyrillic letters taken away, lone combining marks too."""
    table: dict[int, str | None] = {ord(letter): plain for letter, plain in _UNDECOMPOSED.items()}
    for code in (*range(0x00C0, 0x0250), *range(0x0370, 0x0530), *range(0x1E00, 0x2000)):
        letter = chr(code)
        plain = "".join(part for part in unicodedata.normalize("NFD", letter) if not _is_mark(part))
        if plain != letter and letter not in _KEPT:
            table[code] = plain
    return table | dict.fromkeys(range(0x0300, 0x0370))


def _is_mark(letter: str) -> bool:
    return "\u0300" <= letter <= "\u036f"


_FOLDING = _folding()


def plain(text: str) -> str:
    """Lower case, compatibility forms and accents made plain; what lies between words stays."""
    return text.lower() if text.isascii() else _BEYOND.sub(lambda run: _plain_run(run[0]), text.lower())


def paired(text: str) -> str:
    """A text whose words are exactly its runs of ASCII letters, digits and letters beyond ASCII."""
    found = text.lower()
    if not found.isascii():
        found = _BEYOND.sub(_paired_match, found)
    return _LONG.sub(r"\1", found) if _LONG.search(found) else found


def _paired_match(run: re.Match[str]) -> str:
    # What repeats (quotation marks, an accent, the words of a language) is made plain once.
    return _remembered_run(run[0]) if len(run[0]) <= _REMEMBERED else _paired_run(run[0])


def _paired_run(run: str) -> str:
    return _BETWEEN.sub(" ", _UNSPACED_RUN.sub(_pairs, _plain_run(run)))


_remembered_run = lru_cache(maxsize=20_000)(_paired_run)


def _plain_run(run: str) -> str:
    return unicodedata.normalize("NFKC", run).casefold().translate(_FOLDING)


def _pairs(run: re.Match[str]) -> str:
    letters = run[0]
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)]
    return f" {' '.join(pairs)} {letters[-1]} "


def words(text: str) -> list[str]:
    """The words of a text, in their order."""
    return split(paired(text))


def split(text: str) -> list[str]:
    """The words of a text that is paired already."""
    return _WORD.findall(text)


def asked(text: str) -> tuple[tuple[str, ...], bool]:
    """The words somebody asks for, and whether the last of them is only a beginning.

    A run of an unspaced script may go on in the text, so its last letter alone isn't asked for; a single
    letter is the beginning of a pair.
    """
    folded = plain(text)
    found = split(paired(text))
    run = _LAST_RUN.search(folded)
    if not run or not found:
        return tuple(found), False
    return (tuple(found), True) if len(run[1]) == 1 else (tuple(found[:-1]), False)


def indexed(sections: Sequence[str], *, sender: str, kind: int) -> str:
    """What goes into the index of one entry: its sections and its sender, kept apart by its kind.

    At most `MOST_WORDS` words of together `MOST_BYTES` in UTF-8; separated by what is neither an ASCII
    letter nor digit.
    """
    apart = f" {KIND}{kind} "
    prefixed = " ".join(SENDER + word for word in words(sender))
    whole = apart.join(["", *(paired(each) for each in (sender, *sections) if each), prefixed])
    if len(whole) <= 2 * MOST_WORDS:
        return whole
    found = split(whole)
    kept = _within_bytes(found[:MOST_WORDS])
    return whole if len(kept) == len(found) else " ".join([prefixed, f"{KIND}{kind}", *kept])


def _within_bytes(found: list[str]) -> list[str]:
    """The first words, as many as `MOST_BYTES` hold."""
    sums = accumulate(len(word.encode(errors="replace")) + 1 for word in found)
    return [word for word, size in zip(found, sums, strict=True) if size <= MOST_BYTES]


def positions(text: str) -> Iterator[tuple[str, list[int]]]:
    """Each word of an indexed text with where it stands, counted from 1."""
    found: dict[str, list[int]] = {}
    for at, word in enumerate(split(text), 1):
        found.setdefault(word, []).append(at)
    yield from found.items()
