"""The numbers of a digest as its page shows them, each with the way to what it counts."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.catalogue import metric
from opsdesk.review.digest_document import DigestDocument, Line
from opsdesk.review.digest_words import line_name
from opsdesk.web.http import with_query

# Behind these stands no list of cases: the page that shows them.
MAIL, HEALTH = ("threads_in", "messages_in"), ("mail_leaked", "mailboxes_silent")
QUARANTINE = "quarantine_open"


@dataclass(frozen=True, slots=True)
class Shown:
    """A line: its name, its number, where its list is; empty where it counts nothing."""

    name: str
    n: int
    href: str


def lines_of(document: DigestDocument, desk: DeskDefinition, address: str) -> list[Shown]:
    """The digest's numbers; `address` is that of its page."""
    return [_shown(each, f"{address}/{n}", document, desk) for n, each in enumerate(document.lines)]


def gaps_of(document: DigestDocument, desk: DeskDefinition, address: str) -> list[Shown]:
    """What the numbers don't know."""
    return [_shown(each, f"{address}/gap-{n}", document, desk) for n, each in enumerate(document.gaps)]


def line_at(document: DigestDocument, place: str) -> Line | None:
    """The line that an address names: `3`, or `gap-0`."""
    lines = document.gaps if place.startswith("gap-") else document.lines
    number = place.removeprefix("gap-")
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and int(number) < len(lines)):
        return None
    found = lines[int(number)]
    return found if metric(found.metric).members else None


def _shown(line: Line, listed: str, document: DigestDocument, desk: DeskDefinition) -> Shown:
    href = _elsewhere(line, document, desk) or listed
    return Shown(line_name(line), line.n, href if line.n else "")


def _elsewhere(line: Line, document: DigestDocument, desk: DeskDefinition) -> str:
    if line.metric in HEALTH:
        return reverse("health")
    if line.metric == QUARANTINE:
        return with_query(reverse("ledger"), outcome="quarantined")
    if line.metric not in MAIL:
        return ""
    first = document.since.astimezone(desk.zone).date()
    last = (document.until - timedelta(microseconds=1)).astimezone(desk.zone).date()
    page = reverse("flow_page", args=[desk.key, "mail"])
    return with_query(page, **{"from": first.isoformat(), "to": last.isoformat()})
