"""What was typed into the search box, taken apart: words, phrases, filters, what made no sense. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from opsdesk.kernel.refusal import gettext_noop
from opsdesk.search.match import Phrase
from opsdesk.search.words import asked

FILTERS = ("queue", "type", "from", "account", "assignee", "is", "in", "before", "after", "on", "desk")
OTHER_NAMES = {
    "assigned": "assignee",
    "label": "type",
    "sender": "from",
    "since": "after",
    "state": "is",
    "status": "is",
    "subject": "in",
    "tag": "type",
    "until": "before",
}
MOST_TERMS = 20
MOST_WORDS = 60
LONGEST = 1000
SHORTEST_BEGINNING = 3

_TERM = re.compile(r'(?P<minus>-)?(?:(?P<name>\w+):)?(?:"(?P<quoted>[^"]*)(?P<end>"|$)|(?P<bare>[^\s"]+))?')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»＂", '"') | {"：": ":", "＊": "*", "　": " "})
_CASE_NUMBER = re.compile(r"#?(\d{1,17})")

TOO_LONG = gettext_noop("Only the first %(number)s characters were read.")
TOO_MANY = gettext_noop("Only the first %(number)s words and filters were read.")
NOT_CLOSED = gettext_noop("The quotation mark was not closed: it was read up to the end.")
NOTHING_IN_IT = gettext_noop("There is no letter or digit in “%(text)s”, so it was left out.")
NO_VALUE = gettext_noop("Say what, right after “%(text)s”, without a space. It was left out.")
NO_SUCH_FILTER = gettext_noop("There is no filter “%(text)s:”: it was read as words. Is it “%(meant)s:”?")
TOO_SHORT = gettext_noop("“%(text)s” was read as a word: a star needs %(number)s letters before it.")
NO_OR = gettext_noop("“%(text)s” was left out: every word must be there. Search twice for one or the other.")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was not understood as it stands; `message` is to be translated, `details` fill it."""

    message: str
    details: dict[str, object]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must be there in a row, or must not. `text` is how they were typed."""

    text: str
    phrase: Phrase
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as typed: its value still has to mean something."""

    name: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `number`: the case number that it may be as a whole."""

    terms: tuple[Term, ...]
    filters: tuple[Filter, ...]
    notes: tuple[Note, ...]
    number: int | None

    @property
    def wanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.negated)

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.filters)


def read(text: str) -> Asked:
    """Take a query apart. Whatever is typed has some meaning; what was left out is said in `notes`."""
    typed = text.replace("\x00", " ").translate(_QUOTES).strip()
    notes: list[Note] = [Note(TOO_LONG, {"number": LONGEST})] if len(typed) > LONGEST else []
    terms: list[Term] = []
    filters: list[Filter] = []
    for found in _found(typed[:LONGEST]):
        if len(terms) + len(filters) >= MOST_TERMS:
            notes.append(Note(TOO_MANY, {"number": MOST_TERMS}))
            break
        one = _one(found, notes)
        if isinstance(one, Filter):
            filters.append(one)
        elif one is not None:
            terms.append(one)
    whole = _CASE_NUMBER.fullmatch(typed)
    return Asked(tuple(terms), tuple(filters), tuple(notes), int(whole[1]) if whole else None)


def _found(typed: str) -> Iterator[re.Match[str]]:
    return (found for found in _TERM.finditer(typed) if found[0])


def _one(found: re.Match[str], notes: list[Note]) -> Term | Filter | None:
    name, quoted, bare = (found["name"] or "").lower(), found["quoted"], found["bare"] or ""
    if quoted is not None and not found["end"]:
        notes.append(Note(NOT_CLOSED, {}))
    negated = bool(found["minus"])
    if name in FILTERS:
        return _filter(found[0], name, bare if quoted is None else quoted, negated, notes)
    if quoted is None and not name and bare in ("OR", "|", "||", "AND", "&", "&&"):
        if bare not in ("AND", "&", "&&"):
            notes.append(Note(NO_OR, {"text": bare}))
        return None
    if meant := _meant(name, bare):
        notes.append(Note(NO_SUCH_FILTER, {"text": name, "meant": meant}))
    text = f"{found['name']}:" if name else ""
    words = text + (bare if quoted is None else quoted)
    return _term(words, negated, quoted is not None, notes, typed=found[0])


def _meant(name: str, value: str) -> str:
    """The filter that somebody may have had in mind."""
    if not name or value.startswith("//"):
        return ""
    close = get_close_matches(name, FILTERS, n=1, cutoff=0.6)
    return OTHER_NAMES.get(name) or (close[0] if close else "")


def _filter(text: str, name: str, value: str, negated: bool, notes: list[Note]) -> Term | Filter | None:
    if not value.strip():
        notes.append(Note(NO_VALUE, {"text": text}))
        return None
    if name != "from":
        return Filter(name, value.strip(), negated)
    return _term(value, negated, True, notes, typed=text, sender=True)


def _term(
    text: str, negated: bool, quoted: bool, notes: list[Note], *, typed: str, sender: bool = False
) -> Term | None:
    words, beginning = asked(text)
    if not words:
        notes.append(Note(NOTHING_IN_IT, {"text": typed.strip()}))
        return None
    starred = text.endswith("*") and not (quoted and not sender)
    if starred and not beginning:
        if len(words[-1]) < SHORTEST_BEGINNING:
            notes.append(Note(TOO_SHORT, {"text": text, "number": SHORTEST_BEGINNING}))
        else:
            beginning = True
    return Term(text.strip(), Phrase(words[:MOST_WORDS], beginning, sender), negated)
