"""Does one e-mail ask for several things? A proposal: passages of its text, each a request. Pure, linear.

Looked for are lists whose points ask for something, and paragraphs that each begin a matter of their
own. A list of steps or of examples is no list of requests. Quotations and signatures are never looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from opsdesk.mail import asking, quotes

LOOKED_AT = 60_000
MAX_PARTS = 20
SUBJECT = 80
_WORDS = 2_000

NUMBERED = "numbered"
BULLETS = "bullets"
PARAGRAPHS = "paragraphs"

_NUMBER = re.compile(
    r"^[ \t]{0,8}(?:[(（]?(?P<n>\d{1,2})[.)）、:](?!\d)|(?P<c>[①-⑳])|[#№](?P<h>\d{1,2})[.):]?(?=\s)"
    r"|[(（](?P<l>[a-h])[)）]|(?P<m>[a-h])\)|(?P<k>[가-하])[.)](?=\s))[ \t]*(?=\S)"
)
_BULLET = re.compile(r"^(?P<indent>[ \t]{0,8})(?P<mark>[-*•‣▪◦·–—○●■□])[ \t]+(?=\S)")
_SENTENCE = re.compile(r"(?:(?<=[?？])|[.!。！]+)(?:\s|$)|\n")
_LETTERS = "abcdefgh"
_KOREAN = "가나다라마바사아자차카타파하"


@dataclass(frozen=True, slots=True)
class Part:
    """`text[start:end]` asks for one thing; `subject` is its beginning in one line."""

    start: int
    end: int
    subject: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two parts or more in their order, by which sign they were told apart, and what belongs to none.

    `rest` are the passages (start, end) of what the mail itself says that are in no part.
    """

    parts: tuple[Part, ...]
    sign: str
    rest: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Item:
    """A point of a list: where it begins and ends, and what it says without its mark."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class _List:
    sign: str
    items: tuple[_Item, ...]
    before: str


def propose(text: str) -> Proposal | None:
    """The proposed split of a mail's text; None where it asks for one thing, as most do."""
    spans = [span for span in quotes.folded(text[:LOOKED_AT]) if span.kind == quotes.VISIBLE]
    lines = [line for span in spans for line in _lines(text, span.start, span.end)]
    found = [one for one in _lists(lines) if _asks_in_each(one)]
    if found:
        best = max(found, key=lambda one: len(one.items))
        return _proposal(text, best.sign, best.items, spans)
    paragraphs = _own_matters(list(_paragraphs(lines)))
    return _proposal(text, PARAGRAPHS, paragraphs, spans) if len(paragraphs) >= 2 else None


def rest_of(
    text: str, taken: Sequence[tuple[int, int]], spans: Sequence[quotes.Span]
) -> tuple[tuple[int, int], ...]:
    """What the mail itself says (its visible spans) that no taken passage covers; blanks count as nothing."""
    rest: list[tuple[int, int]] = []
    for span in spans:
        at = span.start
        for start, end in sorted(taken):
            if end <= span.start or start >= span.end:
                continue
            rest.append((at, min(start, span.end)))
            at = max(at, end)
        rest.append((at, span.end))
    return tuple(found for found in (_stripped(text, *one) for one in rest) if found[0] < found[1])


def subject_of(words: str) -> str:
    """The first sentence in one line, cut at a blank when it is long."""
    first = _SENTENCE.split(words.strip(), maxsplit=1)[0] or words
    line = " ".join(first.split())
    if len(line) <= SUBJECT:
        return line
    return line[: SUBJECT - 1].rsplit(" ", 1)[0] + "…"


def _proposal(text: str, sign: str, items: Sequence[_Item], spans: Sequence[quotes.Span]) -> Proposal:
    parts = tuple(Part(*_stripped(text, one.start, one.end), subject_of(one.words)) for one in items)
    return Proposal(parts, sign, rest_of(text, [(part.start, part.end) for part in parts], spans))


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    at = start
    for line in text[start:end].splitlines(keepends=True):
        yield _Line(at, at + len(line), line)
        at += len(line)


def _lists(lines: Sequence[_Line]) -> Iterator[_List]:
    """Runs of two points or more, marked alike: numbers that count up, bullets that stand equally deep."""
    items: list[_Item] = []
    sign, mark, opened_at = "", "", 0
    before = ""
    for number, line in enumerate(lines):
        here, label, words = _mark(line.text)
        follows = bool(items) and here == sign and _follows(sign, mark, label)
        if here and follows:
            items.append(_Item(line.start, line.end, words))
            mark = label
        elif here and _begins(here, label):
            if len(items) >= 2:
                yield _List(sign, tuple(items[:MAX_PARTS]), before)
            items, sign, mark, opened_at = [_Item(line.start, line.end, words)], here, label, number
            before = _introduction(lines, opened_at)
        elif items and _belongs(lines, number):
            last = items[-1]
            more = "" if len(last.words) > _WORDS else " " + line.text.strip()
            items[-1] = _Item(last.start, line.end, last.words + more)
        elif items and line.text.strip():
            if len(items) >= 2:
                yield _List(sign, tuple(items[:MAX_PARTS]), before)
            items, sign, mark = [], "", ""
    if len(items) >= 2:
        yield _List(sign, tuple(items[:MAX_PARTS]), before)


def _mark(line: str) -> tuple[str, str, str]:
    """(sign, label, words): how a line is marked as a point of a list; ("", "", "") when it isn't."""
    if match := _NUMBER.match(line):
        return NUMBERED, _ordinal(match), line[match.end() :].strip()
    if match := _BULLET.match(line):
        return BULLETS, f"{len(match['indent'].expandtabs(4))}{match['mark']}", line[match.end() :].strip()
    return "", "", ""


def _ordinal(match: re.Match[str]) -> str:
    """The kind of numbering and the number."""
    if match["n"] or match["h"]:
        return f"n{int(match['n'] or match['h'])}"
    if match["c"]:
        return f"n{ord(match['c']) - ord('①') + 1}"
    if match["k"]:
        return f"k{_KOREAN.find(match['k']) + 1}"
    return f"l{_LETTERS.index(match['l'] or match['m']) + 1}"


def _follows(sign: str, mark: str, label: str) -> bool:
    if sign == BULLETS:
        return label == mark
    return label[0] == mark[0] and int(label[1:]) == int(mark[1:]) + 1


def _begins(sign: str, label: str) -> bool:
    return sign == BULLETS or label[1:] == "1"


def _belongs(lines: Sequence[_Line], number: int) -> bool:
    """A line goes on with the point above: it follows without a blank line between, or is set in."""
    line = lines[number].text
    if not line.strip():
        return False
    above = lines[number - 1].text.strip() if number else ""
    return bool(above) or line[:1] in " \t"


def _introduction(lines: Sequence[_Line], number: int) -> str:
    """The paragraph's line above a list: what it says the list is."""
    for line in reversed(lines[max(number - 3, 0) : number]):
        if line.text.strip():
            return line.text.strip()
    return ""


def _asks_in_each(found: _List) -> bool:
    """Whether the points are requests: the introduction says so, or most of them ask by themselves."""
    if asking.introduces_no_requests(found.before):
        return False
    asks = [asking.asks(item.words) for item in found.items]
    if asking.introduces_requests(found.before):
        return all(len(item.words) > 3 for item in found.items) and not all(
            asking.is_step(item.words) for item in found.items
        )
    return sum(asks) * 2 > len(asks) and asks.count(True) >= 2


def _paragraphs(lines: Sequence[_Line]) -> Iterator[_Item]:
    start, end = -1, -1
    words: list[str] = []
    for line in lines:
        if line.text.strip():
            start = line.start if start < 0 else start
            end = line.end
            words.append(line.text.strip())
        elif words:
            yield _Item(start, end, " ".join(words))
            start, words = -1, []
    if words:
        yield _Item(start, end, " ".join(words))


def _own_matters(paragraphs: Sequence[_Item]) -> list[_Item]:
    """The paragraphs that ask for something of their own: a later one says that it begins another matter.

    What stands between goes with the matter before it.
    """
    first = next((n for n, one in enumerate(paragraphs) if asking.asks(one.words)), None)
    if first is None:
        return []
    found = [paragraphs[first]]
    for one in paragraphs[first + 1 :]:
        if asking.begins_another(one.words) and asking.asks(one.words):
            found.append(one)
        elif not asking.is_courtesy(one.words) and not asking.begins_another(one.words):
            found[-1] = _Item(found[-1].start, one.end, found[-1].words)
    return found[:MAX_PARTS]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    passage = text[start:end]
    begin = start + len(passage) - len(passage.lstrip())
    return begin, max(begin, start + len(passage.rstrip()))
