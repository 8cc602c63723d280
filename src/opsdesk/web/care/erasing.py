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
from opsdesk.history import redaction as imports
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import holdings, redaction
from opsdesk.mail.holdings import Subject
from opsdesk.review import redaction as reviews
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


def row(request: Request, row_id: int) -> HttpResponse:
    """One row that an import has kept aside."""

    def act(reason: str) -> object:
        return imports.redact_row(row_id, reason=reason, actor=request.actor, now=request.now)

    intro = _("What stands in it goes; its line and why it was kept stay. Backups made before still hold it.")
    address = reverse("erase_row", args=[row_id])
    return _asked(request, _("Erase this row"), intro, address, reverse("imports"), act)


def meeting_note(request: Request, note_id: int) -> HttpResponse:
    """One meeting note, and what was taken from it."""

    def act(reason: str) -> object:
        return reviews.redact_meeting_note(note_id, reason=reason, actor=request.actor, now=request.now)

    intro = _(
        "Its words and title go, and the words of the points that were taken from it. That there was a note,"
        " who attached it and when stays. Backups made before still hold it."
    )
    address = reverse("erase_meeting_note", args=[note_id])
    return _asked(request, _("Erase this meeting note"), intro, address, reverse("home"), act)


def point(request: Request, point_id: int) -> HttpResponse:
    """One point of a review."""

    def act(reason: str) -> object:
        return reviews.redact_point(point_id, reason=reason, actor=request.actor, now=request.now)

    intro = _(
        "Its words go; what it was, whose and until when stays. The meeting note that it was taken from keeps"
        " them. Backups made before still hold it."
    )
    address = reverse("erase_point", args=[point_id])
    return _asked(request, _("Erase the words of this point"), intro, address, reverse("home"), act)


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
        "imported": imports.held(subject) if subject else None,
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
    if data["name"] and not data["address"]:
        return imports.subject_of(data["name"])
    return holdings.subject_of(data["address"])


def _erased(request: Request, subject: Subject, reason: str) -> bool:
    """Some steps, imports first; says how much went and how much is left."""
    if _more_of_imports(request, subject, reason):
        return True
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
    if not left and (waits := holdings.waiting(subject)):
        messages.warning(request, _still_waiting(waits))
    return True


def _still_waiting(letters: int) -> str:
    return ngettext(
        "One letter still waits to be sent, so the address stays. Give it up on Letters, then press again.",
        "%(number)d letters still wait to be sent, so the address stays. Give them up on Letters, then press"
        " again.",
        letters,
    ) % {"number": letters}


def _more_of_imports(request: Request, subject: Subject, reason: str) -> bool:
    """Some steps of what imports hold; whether there is more of it. What mail holds waits for that."""
    erased, some = 0, 0
    for _step in range(STEPS):
        some = imports.erase_step(subject, reason=reason, actor=request.actor, now=request.now)
        if not some:
            break
        erased += some
    if erased:
        words = ngettext(
            "Of imports, the words in one place are erased.",
            "Of imports, the words in %(number)d places are erased.",
            erased,
        ) % {"number": erased}
        more = " " + _("More are left: press the button again.") if some else ""
        messages.success(request, words + more)
    return some > 0
