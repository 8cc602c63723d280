"""Writes docs/handbook/glossary.md from the labels and the catalogs: bin/messages, once Django is set up."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise

from opsdesk.web.deals.glossary import in_language, sections
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


def table(title: str | Promise, words: Words) -> Iterator[str]:
    yield f"## {in_language(title, 'en')}\n"
    yield "| code | English | 한국어 | Монгол |"
    yield "|---|---|---|---|"
    for code, label in words.items():
        yield f"| `{code}` | {' | '.join(in_language(label, language) for language in LANGUAGES)} |"


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")
