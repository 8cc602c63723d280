"""Erasing for good: a message, a note, what came in, or all that is held of a person. Each asks first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.accounts import queries as accounts
from opsdesk.cases import redaction as cases
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import holdings, redaction
from opsdesk.mail.holdings import Subject
from opsdesk.web.care.forms import ErasureForm, HoldingForm, SearchForm
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, back_address, go, page, sent, with_query
from opsdesk.web.refusals import status_of, submitted

# A request erases so many steps' worth at most; what is left is erased by the next click.
STEPS = 10


def message(request: Request, message_id: int) -> HttpResponse:
    """One mail, wherever it came in."""

    def act(reason: str) -> object:
        return redaction.redact_message(message_id, reason=reason, actor=request.actor, now=request.now)

    intro = _(
        "Its words, names, files and bytes go, wherever it came in, and what its case took over from it."
        " That there was a mail, its sender and its times stay. Replies that quote it are mails of their own,"
        " and backups made before still hold it."
    )
    address = reverse("erase_message", args=[message_id])
    return _asked(request, _("Erase this mail"), intro, address, reverse("ledger"), act)


def note(request: Request, note_id: int) -> HttpResponse:
    """One note."""

    def act(reason: str) -> object:
        return cases.redact_note(note_id, reason=reason, actor=request.actor, now=request.now)

    intro = _("Its words go; who wrote it and when stays. Backups made before still hold it.")
    address = reverse("erase_note", args=[note_id])
    return _asked(request, _("Erase this note"), intro, address, reverse("home"), act)


def arrival(request: Request, arrival_id: int) -> HttpResponse:
    """What came in, understood or not."""

    def act(reason: str) -> object:
        return redaction.redact_arrival(arrival_id, reason=reason, actor=request.actor, now=request.now)

    intro = _("The bytes go, and the mail they are of if there is one. Backups made before still hold it.")
    address, back = reverse("erase_arrival", args=[arrival_id]), reverse("arrival", args=[arrival_id])
    return _asked(request, _("Erase what came in"), intro, address, back, act)


def _asked(
    request: Request, title: str, intro: str, address: str, fallback: str, act: Callable[[str], object]
) -> HttpResponse:
    check_may(request.actor, Act.REDACT, desk=EVERY_DESK)
    back = back_address(request, fallback)
    form = ErasureForm(sent(request))

    def run(data: dict[str, Any]) -> bool:
        act(data["reason"])
        return True

    if submitted(form, run):
        messages.success(request, _("It is erased."))
        return go(request, back)
    action = with_query(address, back=back)
    return show(request, Dialog(title, action, _("Erase it"), back, form, intro=intro, danger=True))


def holding(request: Request) -> HttpResponse:
    """What is held of an address or an account, listed before any of it is erased."""
    check_may(request.actor, Act.REDACT, desk=EVERY_DESK)
    search = SearchForm(request.GET or None, accounts=_accounts())
    subject = submitted(search, _subject)
    form = HoldingForm(sent(request))
    if subject and submitted(form, lambda data: _erased(request, subject, data["reason"])):
        return go(request, request.get_full_path())
    context = {
        "search": search,
        "subject": subject,
        "held": holdings.held(subject) if subject else None,
        "form": form,
        "here": request.get_full_path(),
    }
    return page(request, "care/holding.html", context, status=max(status_of(form), status_of(search)))


def _accounts() -> list[tuple[str, str]]:
    return [(row.key, row.name) for row in accounts.everybody()]


def _subject(data: dict[str, Any]) -> Subject:
    if data["account"] and not data["address"]:
        found = accounts.by_key(data["account"])
        return Subject(account_id=found.id if found else 0)
    return holdings.subject_of(data["address"])


def _erased(request: Request, subject: Subject, reason: str) -> bool:
    """Some steps; says how many messages went and how many are left."""
    erased, left = 0, 1
    for _step in range(STEPS):
        step = holdings.erase_step(subject, reason=reason, actor=request.actor, now=request.now)
        erased, left = erased + step.erased, step.left
        if not left:
            break
    words = ngettext("One mail is erased.", "%(number)d mails are erased.", erased) % {"number": erased}
    if left:
        words += " " + _("%(number)d are left: press the button again.") % {"number": left}
    messages.success(request, words)
    return True
