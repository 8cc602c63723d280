"""The points of lists in a text: lines with numbers or bullets, and what belongs to each. Pure, linear."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NUMBERED = "numbered"
BULLETS = "bullets"
MAX_POINTS = 20
_WORDS = 2_000

_NUMBER = re.compile(
    r"^(?P<indent>[ \t]{0,8})[*_]{0,2}(?:[(（]?(?P<n>\d{1,2})(?:[.)）、:/](?!\d)|[ \t]+[-–—](?=[ \t]))"
    r"|(?P<c>[①-⑳])|[#№](?P<h>\d{1,2})[.):]?(?=\s)"
    r"|(?:q|question|request|issue|item|point|problem|frage|anfrage|demande|pregunta|вопрос|запрос"
    r"|문의|요청|질문|асуулт|хүсэлт|質問|問題|问题|请求)[ \t]?[#№]?(?P<q>\d{1,2})[.):：](?!\d)"
    r"|[(（](?P<l>[a-h])[)）]|(?P<m>[a-h])(?:\)|\.(?=[*_]{0,2}\s))"
    r"|(?P<r>viii|vii|vi|iv|ix|iii|ii|i|v|x)[.)](?=[*_]{0,2}\s)|(?P<k>[가-하])[.)](?=\s))"
    r"[*_]{0,2}[ \t]*(?=\S)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?P<indent>[ \t]{0,8})(?P<mark>[-*•‣▪◦·–—○●■□])[ \t]+(?=\S)")
_LETTERS = "abcdefgh"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_KOREAN = "가나다라마바사아자차카타파하"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, with its end: `text` is what stands from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a list: where it begins and ends, and what it says without its mark."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list: its kind of marks, its points, the line above it, and how far it is set in."""

    sign: str
    items: tuple[Item, ...]
    before: str
    depth: int


class Runs:
    """Runs of two points or more, marked alike: numbers that count up, or bullets that stand equally deep.

    One kind of marks at a time: the other kind's lines belong to the points they stand under.
    """

    def __init__(self, sign: str) -> None:
        self.sign = sign
        self.items: list[Item] = []
        self.label, self.depth, self.before = "", 0, ""
        self.is_between = False

    def among(self, lines: Sequence[Line]) -> Iterator[Points]:
        for number, line in enumerate(lines):
            label, depth, words = _mark(line.text, self.sign)
            if self.items and label and depth <= self.depth and _follows(self.sign, self.label, label):
                self._next(Item(line.start, line.end, words), label)
            elif label and not (self.items and depth > self.depth) and _begins(self.sign, label):
                yield from self._ended()
                self.items, self.label, self.depth = [Item(line.start, line.end, words)], label, depth
                self.before = _introduction(lines, number)
            elif self.items and line.text.strip():
                yield from self._under(line, belongs=_belongs(lines, number))
        yield from self._ended()

    def _next(self, item: Item, label: str) -> None:
        """The next point. What stood between it and the last number goes with that one."""
        last = self.items[-1]
        if self.is_between:
            self.items[-1] = Item(last.start, item.start, last.words)
        self.items.append(item)
        self.label, self.is_between = label, False

    def _under(self, line: Line, *, belongs: bool) -> Iterator[Points]:
        """A line without this mark: of the point above, or between two numbers, or after the list."""
        last = self.items[-1]
        if belongs and not self.is_between:
            more = "" if len(last.words) > _WORDS else " " + line.text.strip()
            self.items[-1] = Item(last.start, line.end, last.words + more)
        elif self.sign == NUMBERED:
            self.is_between = True
        else:
            yield from self._ended()

    def _ended(self) -> Iterator[Points]:
        if len(self.items) >= 2:
            yield Points(self.sign, tuple(self.items[:MAX_POINTS]), self.before, self.depth)
        self.items, self.is_between = [], False


def _mark(line: str, sign: str) -> tuple[str, int, str]:
    """(label, depth, words) of a line that this kind of mark begins; ("", 0, "") of another."""
    match = (_NUMBER if sign == NUMBERED else _BULLET).match(line)
    if match is None:
        return "", 0, ""
    depth = len(match["indent"].expandtabs(4))
    label = _ordinal(match) if sign == NUMBERED else f"{depth}{match['mark']}"
    return label, depth, line[match.end() :].strip()


def _ordinal(match: re.Match[str]) -> str:
    """The kind of numbering and the number."""
    if number := match["n"] or match["h"] or match["q"]:
        return f"n{int(number)}"
    if match["r"]:
        return f"r{_ROMAN.index(match['r'].lower()) + 1}"
    if match["c"]:
        return f"n{ord(match['c']) - ord('①') + 1}"
    if match["k"]:
        return f"k{_KOREAN.find(match['k']) + 1}"
    return f"l{_LETTERS.index((match['l'] or match['m']).lower()) + 1}"


def _follows(sign: str, mark: str, label: str) -> bool:
    if sign == BULLETS:
        return label == mark
    return label[0] == mark[0] and int(label[1:]) == int(mark[1:]) + 1


def _begins(sign: str, label: str) -> bool:
    return sign == BULLETS or label[1:] == "1"


def _belongs(lines: Sequence[Line], number: int) -> bool:
    """A line goes on with the point above: it follows without a blank line between, or is set in."""
    line = lines[number].text
    if not line.strip():
        return False
    above = lines[number - 1].text.strip() if number else ""
    return bool(above) or line[:1] in " \t"


def _introduction(lines: Sequence[Line], number: int) -> str:
    """The paragraph's line above a list: what it says the list is."""
    for line in reversed(lines[max(number - 3, 0) : number]):
        if line.text.strip():
            return line.text.strip()
    return ""
