"""Searching all texts of the cases one may read."""

from functools import partial
from zoneinfo import ZoneInfo

from django.http.response import HttpResponseBase
from django.urls import reverse

from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import NoDeskHere
from opsdesk.mail import finding, indexing
from opsdesk.search.asking import LONGEST
from opsdesk.search.models import Kind
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, page, wants_fragment, with_query
from opsdesk.web.search.sheet import sheet
from opsdesk.web.search.words import EXAMPLES, chips, sentences


def search(request: Request) -> HttpResponseBase:
    """The box, how it was understood, and what was found, newest first."""
    if not request.actor.grants:
        raise NoDeskHere(desk=EVERY_DESK)
    query = request.GET.get("q", "").strip()[: LONGEST + 1]
    find = partial(
        finding.find, query, reader=request.actor, now=request.now, zone=ZoneInfo(request.person.zone)
    )
    if (file := sheet_file(request, sheet(lambda below: find(below=below)))) is not None:
        return file
    found = find(below=_place(request.GET.get("below", "")))
    here = reverse("search")
    built = indexing.built()
    context = {
        "query": query,
        "found": found,
        "chips": chips(found),
        "notes": sentences(found.notes),
        "older": with_query(here, q=query, below=found.next) if found.next else "",
        "first": with_query(here, q=query) if request.GET.get("below") else "",
        "built": built,
        "kinds": dict(Kind.choices),
        "examples": EXAMPLES,
        "words_alone": with_query(here, q=" ".join(term.text for term in found.asked.wanted)),
    }
    fragment = "search/page.html#list"
    return page(request, fragment if wants_fragment(request) else "search/page.html", context)


def _place(text: str) -> int | None:
    """Where a page goes on; the beginning where the address makes no sense."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
