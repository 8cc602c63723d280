"""How a search was understood, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.mail.finding import Found
from opsdesk.mail.narrowing import ME, NOBODY
from opsdesk.search.asking import Note, Term

LABELS: dict[str, str | Promise] = {
    "account": _("account"),
    "after": _("on or after"),
    "assignee": _("assigned to"),
    "before": _("before"),
    "desk": _("desk"),
    "from": _("from"),
    "in": _("in"),
    "is": _("state"),
    "on": _("on"),
    "queue": _("queue"),
    "type": _("type"),
}
VALUES: dict[str, str | Promise] = {
    "open": _("open"),
    "waiting": _("waiting"),
    "resolved": _("resolved"),
    "merged": _("merged"),
    "void": _("void"),
    "unresolved": _("unresolved"),
    "unassigned": _("unassigned"),
    "mine": _("mine"),
    "overdue": _("overdue"),
    "reopened": _("reopened"),
    "subjects": _("subjects"),
    "messages": _("messages"),
    "notes": _("notes"),
    "today": _("today"),
    "yesterday": _("yesterday"),
    ME: _("me"),
    NOBODY: _("nobody"),
}
EXAMPLES: Sequence[tuple[str, str | Promise]] = (
    ("rental price", _("both words, in one message, note or subject")),
    ('"op code"', _("these words in a row")),
    ("-invoice", _("texts without the word")),
    ("schedul*", _("words that begin so")),
    ("from:ann@dealer.example", _("written by; a name, an address or a domain")),
    ("queue:ops", _("cases in a queue, by its key or name")),
    ("type:integration", _("cases of a type or a family")),
    ("account:north-star", _("cases of an account, by its key or name")),
    ("assignee:me", _("assigned to me, to nobody, or to a name")),
    (
        "is:unassigned",
        _("open, waiting, resolved, merged, void, unresolved, unassigned, mine, overdue, reopened"),
    ),
    ("in:notes", _("only in notes, messages or subjects")),
    ("after:2026-10-01", _("on that day or later; a month or a year will do too")),
    ("before:2026-10", _("earlier than that")),
    ("on:yesterday", _("on that day, in that month or year")),
    ("#123", _("the case of that number, and texts that name it")),
    ("RQ-1234-ab", _("a code, a Message-ID or an address, whole or in part")),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was searched for."""

    label: str
    value: str
    negated: bool


def chips(found: Found) -> list[Chip]:
    """The parts of the search as they were understood."""
    parts = [(part.name, part.value, part.negated) for part in found.parts]
    filters = [
        Chip(str(LABELS[name]), str(VALUES.get(value, value)), negated) for name, value, negated in parts
    ]
    return [*(_chip(term) for term in found.asked.terms), *filters]


def _chip(term: Term) -> Chip:
    value = term.text
    if not term.phrase.sender and len(term.phrase.words) > 1 and " " in value:
        value = f"“{value}”"
    return Chip(str(LABELS["from"]) if term.phrase.sender else "", value, term.negated)


def sentences(notes: Sequence[Note]) -> list[str]:
    """What was not understood as it stands."""
    return [gettext(note.message) % note.details for note in notes]
