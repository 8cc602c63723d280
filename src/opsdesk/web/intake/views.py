"""The intake ledger: what came in, what became of it, and what to do about the rest."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.period import Period, days
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import intake, ledger
from opsdesk.mail.models import Outcome
from opsdesk.web.case.files import download
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, back_address, go, page, sent, wants_fragment, with_query
from opsdesk.web.intake.desks import readable_desk
from opsdesk.web.intake.forms import ByHandForm, LedgerForm, SetAsideForm
from opsdesk.web.intake.sheet import sheet
from opsdesk.web.phrases import opening, phrase
from opsdesk.web.refusals import message_of, submitted

SAID = {
    Outcome.REQUESTS.value: gettext_lazy("It became a request."),
    Outcome.JOINED.value: gettext_lazy("It joined a case."),
    Outcome.QUARANTINED.value: gettext_lazy("It is still not understood, and stays in quarantine."),
    Outcome.SET_ASIDE.value: gettext_lazy("It is set aside."),
    Outcome.DUPLICATE.value: gettext_lazy("It repeats a mail that came before."),
}


def ledger_page(request: Request) -> HttpResponseBase:
    """Counts by outcome, each with its list."""
    desk = readable_desk(request)
    form = LedgerForm(request.GET, sources=ledger.sources())
    filters = _filters(form, desk)
    if (file := sheet_file(request, sheet(filters, now=request.now, zone=desk.zone))) is not None:
        return file
    found = ledger.page(filters, now=request.now, after=_cursor(request.GET.get("after", "")))
    counts = ledger.counts(filters, now=request.now)
    kept = {name: request.GET.get(name, "") for name in ("desk", "source", "first", "last")}
    context = {
        "form": form,
        "rows": found.rows,
        "outcome": filters.outcome,
        "figures": _figures(counts, kept, filters.outcome),
        "late": counts.late,
        "total": _total(counts.total, with_query(reverse("ledger"), **kept)),
        "reasons": sorted(ledger.reasons(filters).items()) if filters.outcome else [],
        "here": with_query(reverse("ledger"), **kept, outcome=filters.outcome),
        "next": _next_address(request, found.next_cursor),
        "path": request.get_full_path(),
        "may_handle": may(request.actor, Act.HANDLE_MAIL, desk=desk.key),
        "may_set_aside": may(request.actor, Act.SET_ASIDE_IN_BULK, desk=desk.key)
        and any(row.outcome == Outcome.QUARANTINED for row in found.rows),
        "adds_mailboxes": may(request.actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK),
        "is_filtered": any(request.GET.values()),
    }
    return page(
        request, "intake/ledger.html#ledger" if wants_fragment(request) else "intake/ledger.html", context
    )


def _total(n: int, address: str) -> SafeString:
    """How many arrived, opening them all."""
    text = ngettext(
        "%(total)s arrival in all; each has exactly one outcome, or is in hand.",
        "%(total)s arrivals in all; each has exactly one outcome, or is in hand.",
        n,
    )
    return phrase(text, {"total": opening(n, address if n else "")})


def _filters(form: LedgerForm, desk: DeskDefinition) -> ledger.Filters:
    return ledger.Filters(
        source=form.value("source") or "",
        desk=desk.key,
        outcome=form.value("outcome") or "",
        reason=form.value("reason") or "",
        period=_period(form, desk),
    )


def _period(form: LedgerForm, desk: DeskDefinition) -> Period | None:
    first, last = form.value("first"), form.value("last")
    if not first and not last:
        return None
    first, last = first or last, last or first
    return days(min(first, last), max(first, last), desk.zone)


def _figures(counts: ledger.Counts, kept: dict[str, str], chosen: str) -> list[dict[str, Any]]:
    """Each number with its list."""
    numbers = {**counts.by_outcome, ledger.IN_HAND: counts.in_hand}
    labels = {**dict(Outcome.choices), ledger.IN_HAND: _("In hand")}
    return [
        {
            "key": key,
            "name": labels[key],
            "number": number,
            "address": with_query(reverse("ledger"), **kept, outcome=key),
            "here": key == chosen,
        }
        for key, number in numbers.items()
    ]


def _next_address(request: Request, cursor: ledger.Cursor | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["after"] = f"{cursor.came_at.isoformat()}~{cursor.id}"
    return f"{request.path}?{query.urlencode()}"


def _cursor(text: str) -> ledger.Cursor | None:
    at, _tilde, number = text.partition("~")
    try:
        found = ledger.Cursor(datetime.fromisoformat(at), int(number))
    except ValueError:
        return None
    return found if found.came_at.tzinfo and abs(found.id) < 2**62 else None


def arrival(request: Request, arrival_id: int) -> HttpResponse:
    """One arrival: what it is, what became of it, what can be done."""
    card = _card(request, arrival_id)
    handles = may(request.actor, Act.HANDLE_MAIL, desk=card.desk)
    return page(request, "intake/arrival.html", {"card": card, "row": card.row, "may_handle": handles})


def raw(request: Request, arrival_id: int) -> HttpResponse:
    """The bytes as they came, as a download."""
    _card(request, arrival_id)
    return download(ledger.raw(arrival_id), f"arrival-{arrival_id}.eml")


def _card(request: Request, arrival_id: int) -> ledger.ArrivalCard:
    card = ledger.arrival(arrival_id, now=request.now)
    check_may(request.actor, Act.READ, desk=card.desk)
    return card


@require_POST
def rerun(request: Request, arrival_id: int) -> HttpResponse:
    """Sort it again, with one click, from the list or from its page."""
    try:
        outcome = intake.rerun(arrival_id, actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    else:
        say = messages.warning if outcome == Outcome.QUARANTINED else messages.success
        say(request, str(SAID.get(outcome, outcome)))
    return go(request, back_address(request, reverse("arrival", args=[arrival_id])))


def set_aside(request: Request, arrival_id: int) -> HttpResponse:
    """Set a quarantined mail aside, with a reason."""
    _card(request, arrival_id)
    form = SetAsideForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        intake.set_aside(arrival_id, reason=data["reason"], actor=request.actor, now=request.now)
        return True

    back = reverse("arrival", args=[arrival_id])
    if submitted(form, act):
        messages.success(request, _("It is set aside."))
        return go(request, back)
    action = reverse("set_aside", args=[arrival_id])
    return show(request, Dialog(_("Set this mail aside"), action, _("Set it aside"), back, form))


def by_hand(request: Request, arrival_id: int) -> HttpResponse:
    """Turn a mail that was not understood into a request, as a person reads it."""
    card = _card(request, arrival_id)
    known = {"requester_email": card.row.from_address, "subject": card.row.subject, "text": card.text}
    form = ByHandForm(sent(request), initial=known)

    def act(data: dict[str, Any]) -> int:
        return intake.request_by_hand(arrival_id, actor=request.actor, now=request.now, **data)

    if case_id := submitted(form, act):
        messages.success(request, _("A request was made of it by hand."))
        return go(request, reverse("case", args=[case_id]))
    intro = _("Download the source, read it, and write down who asks for what.")
    action, back = reverse("by_hand", args=[arrival_id]), reverse("arrival", args=[arrival_id])
    title, draft = _("Make a request of this mail"), f"arrival:{arrival_id}"
    return show(request, Dialog(title, action, _("Open the request"), back, form, intro=intro, draft=draft))
