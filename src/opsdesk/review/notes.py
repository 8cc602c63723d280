"""Reading a meeting note: whether it is text, and which of its lines are points to take over. Pure.

Taken for points are open items of task lists wherever they stand, and the lines under headings that say what
they are: action items, problems, what works, what does not, what would help. A section ends with the next
heading that is not below its own; a line all in bold, or one that ends with a colon, is a heading of the
lowest level. Code is passed over, and so are items that are ticked off and those that are only a picture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from opsdesk.review.models import Point
from opsdesk.review.refusals import NoteEmpty, NoteNotText, NoteTooLong

MOST_BYTES = 1_000_000
MOST_WORDS = 500
MOST_PROPOSALS = 200
# What is further on in a line is no point; looking for links there would take for ever.
MOST_OF_A_LINE = 2_000
LOWEST = 7

HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*)$")
BOLD = re.compile(r"^\s*(\*\*|__)(.+?)\1:?\s*$")
ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(.*)$")
TASK = re.compile(r"^\[([ xX])\]\s+(.*)$")
FENCE = re.compile(r"^\s*(```|~~~)")
# Each sign of a line can be read in one way only: what is no link in the end costs no second look.
LINK = re.compile(
    r"!?\[([^\[\]]*)\]"
    r"\(((?:[^()\s]|\([^()\s]*\))*)(?:\s(?:[^()]|\([^()]*\))*)?\)"
)
JOINERS = "\u200c\u200d"
MARKS = re.compile(r"(\*\*|__|`)")
TITLES = {
    Point.Kind.ACTION: r"(action|next|follow)[ -]?(items?|steps?|points?|ups?)|actions|to[ -]?dos?|tasks",
    Point.Kind.PROBLEM: r"problems|issues|blockers|pain points",
    Point.Kind.WORKS: r"(what )?(works|worked|went well|is working)( well)?",
    Point.Kind.DOESNT: r"(what )?(does ?n[o'’]?t|did ?n[o'’]?t|does not|did not)( works?| go well)?( well)?",
    Point.Kind.WOULD_HELP: r"(what )?would help|wishes|ideas|suggestions",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line of a note that may become a point; lines count from 1."""

    line: int
    kind: Point.Kind
    words: str


def text_of(data: bytes) -> str:
    """The note's text. Refuses `NoteTooLong`, `NoteNotText`, `NoteEmpty`."""
    if len(data) > MOST_BYTES:
        raise NoteTooLong(size=len(data), most=MOST_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoteNotText(place=error.start + 1) from None
    if "\x00" in text:
        raise NoteNotText(place=data.index(b"\x00") + 1)
    if not text.strip():
        raise NoteEmpty
    return text


def proposals(text: str) -> tuple[Proposal, ...]:
    """The points that a note proposes, in their order, each once."""
    found: dict[tuple[Point.Kind, str], Proposal] = {}
    for each in _lines(text):
        found.setdefault((each.kind, each.words), each)
        if len(found) == MOST_PROPOSALS:
            break
    return tuple(found.values())


def _lines(text: str) -> Iterator[Proposal]:
    section: tuple[int, Point.Kind] | None = None
    fenced = False
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole[:MOST_OF_A_LINE]
        if FENCE.match(line):
            fenced = not fenced
        if fenced or FENCE.match(line) or not line.strip():
            continue
        if heading := _heading(line):
            section = _entered(section, *heading)
            continue
        kind, words = _said(line, section[1] if section else None)
        if kind is not None and words:
            yield Proposal(number, kind, words[:MOST_WORDS])


def _heading(line: str) -> tuple[int, str] | None:
    """The level and the words of a heading."""
    if found := HEADING.match(line):
        return len(found[1]), _plain(found[2].rstrip().rstrip("#"))
    if ITEM.match(line):
        return None
    if found := BOLD.match(line):
        return LOWEST, _plain(found[2])
    return (LOWEST, _plain(line)) if line.rstrip().endswith(":") else None


def _entered(section: tuple[int, Point.Kind] | None, level: int, title: str) -> tuple[int, Point.Kind] | None:
    """The section after a heading: the one it opens, or the one around it."""
    wanted = title.rstrip(":").strip().casefold()
    for kind, titles in TITLES.items():
        if re.fullmatch(titles, wanted):
            return level, kind
    return section if section and level > section[0] else None


def _said(line: str, kind: Point.Kind | None) -> tuple[Point.Kind | None, str]:
    """What a line says, and as what; an item that is ticked off says nothing."""
    item = ITEM.match(line)
    words = item[1] if item else line
    task = TASK.match(words) if item else None
    if task is None:
        return kind, _point(words)
    return kind or Point.Kind.ACTION, "" if task[1] in "xX" else _point(task[2])


def _point(words: str) -> str:
    """The words of a point; what is only a picture has none."""
    return "" if _is_picture(words) else _plain(words)


def _is_picture(words: str) -> bool:
    """Whether pictures, linked or not, are all there is."""
    left = LINK.sub(lambda link: "" if link[0].startswith("!") else link[0], words)
    return left != words and not tidy(MARKS.sub("", LINK.sub(lambda link: link[1], left)))


def _plain(words: str) -> str:
    """Words without the marks of Markdown, on one line; a link keeps its words, or its address."""
    return tidy(MARKS.sub("", LINK.sub(lambda link: link[1] or link[2], words)))


def tidy(words: str) -> str:
    """Words on one line, without characters that nobody sees, but those that join letters and pictures."""
    return " ".join("".join(each if each.isprintable() or each in JOINERS else " " for each in words).split())
