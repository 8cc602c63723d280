"""A review as files to keep and to send: Markdown, HTML in one piece, PDF."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from opsdesk.web.moments import Moments
from opsdesk.web.review.markdown import markdown
from opsdesk.web.review.paper import NoteLine, Paper
from opsdesk.web.review.printing import pdf

STYLE = Path(__file__).with_name("file.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what it is sent as, and how it is made."""

    media_type: str
    made: Callable[[Paper, Moments], bytes]


@dataclass(frozen=True, slots=True)
class FileNote:
    """A note with its instant in words."""

    line: NoteLine
    at: str


def html(paper: Paper, moments: Moments) -> str:
    """The review in one file: its styles inside, its pictures SVG, no script, nothing fetched."""
    context = {
        "paper": paper,
        "as_of": moments.full(paper.as_of),
        "notes": [FileNote(note, moments.full(note.at)) for note in paper.notes],
        "style": SafeString(f"<style>\n{STYLE}</style>"),
        "language": get_language() or "en",
        "is_file": True,
        "base": base_of(paper),
    }
    return render_to_string("review/file.html", context)


def base_of(paper: Paper) -> str:
    """The desk's own address, before every path: a file lies anywhere."""
    return re.sub(r"(?<=[^:/])/.*$", "", paper.address)


KINDS: dict[str, Kind] = {
    "md": Kind("text/markdown; charset=utf-8", lambda paper, moments: markdown(paper, moments).encode()),
    "html": Kind("text/html; charset=utf-8", lambda paper, moments: html(paper, moments).encode()),
    "pdf": Kind("application/pdf", lambda paper, moments: pdf(html(paper, moments))),
}


def made(kind: str, paper: Paper, moments: Moments) -> bytes:
    """The file of that kind. Refuses as `printing.pdf`."""
    return KINDS[kind].made(paper, moments)
