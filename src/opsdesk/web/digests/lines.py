"""The numbers of a digest as its page shows them, each with the way to what it counts."""

from dataclasses import dataclass

from django.urls import reverse

from opsdesk.insight.catalogue import metric
from opsdesk.review.digest_document import DigestDocument, Line
from opsdesk.review.digest_words import line_name
from opsdesk.web.http import with_query

# Behind these stands no list: the page that shows them.
HEALTH = ("mail_leaked", "mailboxes_silent")
QUARANTINE = "quarantine_open"


@dataclass(frozen=True, slots=True)
class Shown:
    """A line: its name, its number, where its list is; empty where it counts nothing."""

    name: str
    n: int
    href: str


def lines_of(document: DigestDocument, address: str) -> list[Shown]:
    """The digest's numbers; `address` is that of its page."""
    return [_shown(each, f"{address}/{n}") for n, each in enumerate(document.lines)]


def gaps_of(document: DigestDocument, address: str) -> list[Shown]:
    """What the numbers don't know."""
    return [_shown(each, f"{address}/gap-{n}") for n, each in enumerate(document.gaps)]


def line_at(document: DigestDocument, place: str) -> Line | None:
    """The line that an address names: `3`, or `gap-0`."""
    lines = document.gaps if place.startswith("gap-") else document.lines
    number = place.removeprefix("gap-")
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and int(number) < len(lines)):
        return None
    found = lines[int(number)]
    return found if metric(found.metric).members else None


def _shown(line: Line, listed: str) -> Shown:
    return Shown(line_name(line), line.n, (_elsewhere(line) or listed) if line.n else "")


def _elsewhere(line: Line) -> str:
    if line.metric in HEALTH:
        return reverse("health")
    if line.metric == QUARANTINE:
        return with_query(reverse("ledger"), outcome="quarantined")
    return ""
