"""Writes docs/handbook/glossary.md from the labels and the catalogs: bin/messages, once Django is set up."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import override

from opsdesk.disputes.models import Basis, Kind
from opsdesk.web.deals import labels
from opsdesk.web.disputes.filters import BAND_LABELS
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "handbook" / "glossary.md"
LANGUAGES = ("en", "ko", "mn")
HEAD = """\
# The words of the deals desk in three languages

Made from the labels in the code and the catalogs in `src/opsdesk/locale`; `bin/messages` writes it again,
and a test holds it. The codes are the same everywhere: in the API, in documents, in the ledger.

The Korean and the Mongolian words are **unreviewed**: no speaker has signed them yet
([languages](languages.md) says how one does).
"""
Words = Mapping[str, str | Promise]


def page() -> str:
    return "\n".join([HEAD, *(line for title, words in sections() for line in (*table(title, words), ""))])


def sections() -> Iterator[tuple[str, Words]]:
    """Each list of codes with its labels."""
    yield "States of a deal", labels.STATES
    yield "Moves", labels.MOVES
    yield "How a deal ended", labels.ENDINGS
    yield "Timers", labels.TIMERS
    yield "Money actions", labels.ACTIONS
    yield "Parts of the money", labels.CAUSES
    yield "Parties", labels.PARTIES
    yield "Reasons of an issue", labels.REASONS
    yield "Outcomes of a dispute", labels.OUTCOMES
    yield "Bases of a ruling", dict(Basis.choices)
    yield "Bands of time left", BAND_LABELS
    yield "Types of evidence", dict(Kind.choices)
    yield "Stages of a scope", labels.STAGES


def table(title: str, words: Words) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| code | English | 한국어 | Монгол |"
    yield "|---|---|---|---|"
    for code, label in words.items():
        yield f"| `{code}` | {' | '.join(in_language(label, language) for language in LANGUAGES)} |"


def in_language(label: str | Promise, language: str) -> str:
    with override(language):
        return str(label)


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")
