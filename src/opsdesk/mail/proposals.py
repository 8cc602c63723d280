"""Does one e-mail ask for several things? A proposal: passages of its text, each a request. Pure, linear.

Looked for are lists whose points ask for something, and paragraphs that each begin a matter of their
own. A list of steps or of examples is no list of requests. Quotations and signatures are never looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from opsdesk.mail import asking, quotes
from opsdesk.mail.points import BULLETS, MAX_POINTS, NUMBERED, Item, Line, Points, Runs

LOOKED_AT = 60_000
MAX_PARTS = MAX_POINTS
SUBJECT = 80

PARAGRAPHS = "paragraphs"

_SENTENCE = re.compile(r"(?:(?<=[?？])|[.!。！]+)(?:\s|$)|\n")
_SENTENCE_END = re.compile(r"[?？。！]+|[.!]+(?=\s)")


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


def propose(text: str) -> Proposal | None:
    """The proposed split of a mail's text; None where it asks for one thing, as most do."""
    spans = [span for span in quotes.folded(text[:LOOKED_AT]) if span.kind == quotes.VISIBLE]
    lines = [line for span in spans for line in _lines(text, span.start, span.end)]
    runs = [one for sign in (NUMBERED, BULLETS) for one in Runs(sign).among(lines)]
    found = [one for one in runs if _asks_in_each(one)]
    if found:
        best = max(found, key=lambda one: (-one.depth, len(one.items)))
        return _proposal(text, best.sign, best.items, spans)
    paragraphs = list(_paragraphs(lines))
    for told_apart in (_own_matters, _own_questions, partial(_own_sentences, text)):
        if len(matters := told_apart(paragraphs)) >= 2:
            return _proposal(text, PARAGRAPHS, matters, spans)
    return None


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


def _proposal(text: str, sign: str, items: Sequence[Item], spans: Sequence[quotes.Span]) -> Proposal:
    parts = tuple(Part(*_stripped(text, one.start, one.end), subject_of(one.words)) for one in items)
    return Proposal(parts, sign, rest_of(text, [(part.start, part.end) for part in parts], spans))


def _lines(text: str, start: int, end: int) -> Iterator[Line]:
    at = start
    for line in text[start:end].splitlines(keepends=True):
        yield Line(at, at + len(line), line)
        at += len(line)


def _asks_in_each(found: Points) -> bool:
    """Whether the points are requests: the introduction says so, or most of them ask by themselves."""
    if asking.introduces_no_requests(found.before):
        return False
    asks = [asking.asks(item.words) for item in found.items]
    if asking.introduces_requests(found.before):
        words = [item.words for item in found.items]
        return all(len(each) > 3 for each in words) and not any(
            all(map(others, words)) for others in (asking.is_step, asking.is_identifier)
        )
    return sum(asks) * 2 > len(asks) and asks.count(True) >= 2


def _paragraphs(lines: Sequence[Line]) -> Iterator[Item]:
    start, end = -1, -1
    words: list[str] = []
    for line in lines:
        if line.text.strip():
            start = line.start if start < 0 else start
            end = line.end
            words.append(line.text.strip())
        elif words:
            yield Item(start, end, " ".join(words))
            start, words = -1, []
    if words:
        yield Item(start, end, " ".join(words))


def _own_matters(paragraphs: Sequence[Item]) -> list[Item]:
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
            found[-1] = Item(found[-1].start, one.end, found[-1].words)
    return found[:MAX_PARTS]


def _own_questions(paragraphs: Sequence[Item]) -> list[Item]:
    """Paragraphs that are each a question of its own, where nothing else is asked for."""
    asked = [one for one in paragraphs if asking.asks(one.words) and not asking.is_courtesy(one.words)]
    if not all(asking.is_own_question(one.words) for one in asked):
        return []
    return asked[:MAX_PARTS]


def _own_sentences(text: str, paragraphs: Sequence[Item]) -> list[Item]:
    """Within the only paragraph that asks: a question, and later ones that say they begin another matter."""
    asked = [one for one in paragraphs if asking.asks(one.words) and not asking.is_courtesy(one.words)]
    if len(asked) != 1:
        return []
    found: list[Item] = []
    for sentence in _sentences(text, asked[0]):
        another = asking.begins_another(sentence.words) and asking.is_own_question(sentence.words)
        if another if found else asking.asks(sentence.words):
            found.append(sentence)
        elif found:
            found[-1] = Item(found[-1].start, sentence.end, found[-1].words)
    return found[:MAX_PARTS]


def _sentences(text: str, paragraph: Item) -> Iterator[Item]:
    at = paragraph.start
    ends = [match.end() for match in _SENTENCE_END.finditer(text, paragraph.start, paragraph.end)]
    for end in (*ends, paragraph.end):
        if text[at:end].strip():
            yield Item(at, end, " ".join(text[at:end].split()))
        at = end


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    passage = text[start:end]
    begin = start + len(passage) - len(passage.lstrip())
    return begin, max(begin, start + len(passage.rstrip()))
