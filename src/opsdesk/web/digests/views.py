"""Digests: those that were made, each to be read, and who gets them by mail."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.review import digest_actions as actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import Rhythm, alone
from opsdesk.review.digest_composing import calendar_of, compose, desk_of
from opsdesk.review.digest_document import DigestDocument
from opsdesk.review.digest_queries import DigestUnknown, Made, Posted, Subscriber
from opsdesk.review.digest_words import day_of, gaps_text, period_of, sentence
from opsdesk.web.digests.lines import gaps_of, lines_of
from opsdesk.web.http import Request, go, page, with_query
from opsdesk.web.labels import shipped
from opsdesk.web.refusals import message_of

NAMES: dict[str, str | Promise] = {
    Rhythm.DAILY: gettext_lazy("End of day"),
    Rhythm.WEEKLY: gettext_lazy("Weekly"),
}
STATES: dict[str, tuple[str | Promise, str]] = {
    queries.MAILED: (gettext_lazy("mailed"), "is-good"),
    queries.WAITING: (gettext_lazy("waits to be mailed"), ""),
    queries.FAILING: (gettext_lazy("not mailed yet, tried again"), "is-watch"),
    queries.DEAD: (gettext_lazy("not mailed"), "is-bad"),
    queries.CALLED_OFF: (gettext_lazy("called off: a newer one, or no right to read it"), ""),
}
LONGEST_NUMBER = 18


def digests(request: Request, desk: str) -> HttpResponse:
    """The digests made, the newest first; what is mailed to oneself; for leads, who gets what."""
    definition = readable(request, desk)
    rhythm = request.GET.get("rhythm", "")
    rhythm = rhythm if rhythm in NAMES else ""
    found = queries.page(desk, rhythm, after=_number(request.GET.get("after", "")))
    here = reverse("digests", args=[desk])
    context = {
        "desk": definition,
        "desk_name": shipped(definition.name),
        "rows": [_row(each, desk) for each in found.rows],
        "rhythm": rhythm,
        "choices": _choices(here, rhythm),
        "after": with_query(here, rhythm=rhythm, after=found.after) if found.after else "",
        "is_first": "after" not in request.GET,
        "kinds": _kinds(request, definition),
        "subscribers": _subscribers(request, desk),
        "held": settings.OPSDESK_SMTP is None,
        "here": here,
    }
    return page(request, "digests/digests.html", context)


def digest(request: Request, desk: str, digest_id: int) -> HttpResponse:
    """One digest, every number with its list."""
    definition = readable(request, desk)
    made = found_or_404(desk, digest_id)
    address = reverse("digest", args=[desk, made.id])
    leads = may(request.actor, Act.SET_TARGETS, desk=desk)
    context = {
        **shown(made.document, definition, address),
        "made": made,
        "posted": [_posted(each) for each in queries.posted(made)] if leads else [],
        "leads": leads,
        "held": settings.OPSDESK_SMTP is None,
    }
    return page(request, "digests/digest.html", context)


def so_far(request: Request, desk: str, rhythm: str) -> HttpResponse:
    """What the next digest would say now. It is not kept."""
    definition = readable(request, desk)
    document = running(definition, rhythm, request)
    address = reverse("digest_so_far", args=[desk, rhythm])
    return page(request, "digests/digest.html", {**shown(document, definition, address), "made": None})


@require_POST
def letters(request: Request, desk: str) -> HttpResponse:
    """Have digests mailed to oneself, or no more."""
    verb = actions.subscribe if request.POST.get("wanted") == "yes" else actions.unsubscribe
    try:
        verb(desk=desk, rhythm=request.POST.get("rhythm", ""), actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    else:
        wants = verb is actions.subscribe
        messages.success(
            request, _("It will be mailed to you.") if wants else _("It is mailed to you no more.")
        )
    return go(request, reverse("digests", args=[desk]))


@require_POST
def retry(request: Request, desk: str, digest_id: int) -> HttpResponse:
    """Try a letter that was not mailed again at once."""
    person = _number(request.POST.get("person", "")) or 0
    try:
        actions.retry(desk=desk, digest_id=digest_id, person_id=person, actor=request.actor, now=request.now)
    except DigestUnknown:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    else:
        messages.success(request, _("It is tried again at once."))
    return go(request, reverse("digest", args=[desk, digest_id]))


def readable(request: Request, desk: str) -> DeskDefinition:
    """The desk, for who may read it. Refuses others, and a desk without digests."""
    definition = desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)
    return definition


def found_or_404(desk: str, digest_id: int) -> Made:
    """The digest of that number."""
    try:
        return queries.digest(desk, digest_id)
    except DigestUnknown:
        raise Http404 from None


def running(desk: DeskDefinition, rhythm: str, request: Request) -> DigestDocument:
    """The digest that is due next, as of now: since the newest that was made, or since the one due before."""
    if rhythm not in NAMES:
        raise Http404
    due = queries.next_after(desk.key, Rhythm(rhythm), request.now)
    if due is None:
        raise Http404
    of, last = alone(due, calendar_of(desk)), queries.newest(desk.key, Rhythm(rhythm))
    if last is None or last.document.until >= request.now:
        return compose(desk, of.begun(min(of.since, request.now)), now=request.now)
    known = (last.document.made_at, request.now)
    return compose(desk, of.begun(last.document.until), known=known, now=request.now)


def shown(document: DigestDocument, desk: DeskDefinition, address: str) -> dict[str, Any]:
    """What the page of a digest shows of it."""
    return {
        "desk": desk,
        "desk_name": shipped(desk.name),
        "document": document,
        "kind": NAMES[document.rhythm],
        "day": day_of(document),
        "period": period_of(document, desk.zone),
        "sentence": sentence(document),
        "lines": lines_of(document, address),
        "gaps": gaps_of(document, address),
        "all": reverse("digests", args=[desk.key]),
    }


def _row(made: Made, desk: str) -> dict[str, Any]:
    document = made.document
    return {
        "address": reverse("digest", args=[desk, made.id]),
        "id": made.id,
        "day": day_of(document),
        "kind": NAMES[document.rhythm],
        "sentence": sentence(document),
        "gaps": gaps_text(document),
        "until": document.until,
    }


def _choices(here: str, chosen: str) -> list[tuple[str, str | Promise, bool]]:
    named = [("", _("All of them")), *NAMES.items()]
    return [(with_query(here, rhythm=key), name, key == chosen) for key, name in named]


def _kinds(request: Request, desk: DeskDefinition) -> list[dict[str, Any]]:
    """Of each rhythm: whether it is mailed to the reader, and when the next one comes."""
    wanted = queries.rhythms_of(request.person.id, desk.key)
    found = []
    for rhythm, name in NAMES.items():
        due = queries.next_after(desk.key, Rhythm(rhythm), request.now)
        so_far = reverse("digest_so_far", args=[desk.key, rhythm]) if due else ""
        found.append(
            {
                "rhythm": str(rhythm),
                "name": name,
                "wanted": rhythm in wanted,
                "due_at": due.at if due else None,
                "so_far": so_far,
            }
        )
    return found


def _subscribers(request: Request, desk: str) -> list[tuple[Subscriber, str]] | None:
    """Who gets what; None for who does not lead the desk."""
    if not may(request.actor, Act.SET_TARGETS, desk=desk):
        return None
    found = queries.subscribers(desk, request.now)
    return [(each, ", ".join(str(NAMES[rhythm]) for rhythm in each.rhythms)) for each in found]


def _posted(posted: Posted) -> tuple[Posted, str | Promise, str]:
    return posted, *STATES[posted.state]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
