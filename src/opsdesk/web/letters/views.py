"""What we send: queued, failing, failed, sent today; and trying again or giving up."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, NoDeskHere, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import deliveries, outbox
from opsdesk.web.exports.sheets import PAGE, sheet_file
from opsdesk.web.http import Request, back_address, go, page, wants_fragment, with_query
from opsdesk.web.letters.forms import STATES, LettersForm
from opsdesk.web.letters.sheet import sheet
from opsdesk.web.refusals import message_of


def letters(request: Request) -> HttpResponseBase:
    """The letters of a desk in one state; without a state the first that needs somebody."""
    desk = _readable_desk(request)
    form = LettersForm(request.GET)
    since = _midnight(request.now, desk)
    counts = outbox.counts(desk.key, since=since)
    state = form.value("state") or _first(counts)
    text = form.value("text") or ""
    some = partial(outbox.page, state, desk.key, since=since, text=text)
    all_of_them = sheet(
        f"letters-{desk.key}-{state}", lambda before: some(before=before, size=PAGE), desk.zone
    )
    if (file := sheet_file(request, all_of_them)) is not None:
        return file
    found = some(before=form.value("before"))
    kept = {"desk": desk.key if len(cases.mail_desks()) > 1 else "", "text": text}
    context = {
        "form": form,
        "desk": desk,
        "state": state,
        "state_name": STATES[state],
        "text": text,
        "rows": found.rows,
        "figures": _figures(counts, kept, state),
        "next": _next(kept, state, found.next_before),
        "path": request.get_full_path(),
        "held": settings.OPSDESK_SMTP is None,
        "may_handle": may(request.actor, Act.HANDLE_MAIL, desk=desk.key),
    }
    template = "letters/letters.html#letters" if wants_fragment(request) else "letters/letters.html"
    return page(request, template, context)


@require_POST
def retry(request: Request, message_id: int) -> HttpResponse:
    """Send it again at once."""
    return _act(request, message_id, deliveries.retry, _("It is tried again at once."))


@require_POST
def give_up(request: Request, message_id: int) -> HttpResponse:
    """Try it no more."""
    return _act(request, message_id, deliveries.give_up, _("It is tried no more."))


def _act(request: Request, message_id: int, verb: Callable[..., object], done: str) -> HttpResponse:
    try:
        verb(message_id, actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    else:
        messages.success(request, done)
    return go(request, back_address(request, reverse("letters")))


def _readable_desk(request: Request) -> DeskDefinition:
    """The desk whose letters are shown: the one asked for, else the first one the person may read."""
    readable = [desk for desk in cases.mail_desks() if may(request.actor, Act.READ, desk=desk.key)]
    asked = [desk for desk in readable if desk.key == request.GET.get("desk")]
    if not readable:
        raise NoDeskHere(desk=EVERY_DESK)
    return (asked or readable)[0]


def _midnight(now: datetime, desk: DeskDefinition) -> datetime:
    return now.astimezone(desk.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _first(counts: dict[str, int]) -> str:
    """What needs somebody comes first: failed, failing, then the queue."""
    return next((state for state in (outbox.DEAD, outbox.FAILING) if counts[state]), outbox.QUEUED)


def _figures(counts: dict[str, int], kept: dict[str, str], here: str) -> list[dict[str, Any]]:
    return [
        {
            "key": state,
            "name": STATES[state],
            "number": number,
            "address": with_query(reverse("letters"), **kept, state=state),
            "here": state == here,
        }
        for state, number in counts.items()
    ]


def _next(kept: dict[str, str], state: str, before: int | None) -> str:
    return with_query(reverse("letters"), **kept, state=state, before=before) if before else ""
