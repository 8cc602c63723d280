"""The mailboxes: how each goes, what is missing, and the numbers behind every figure."""

from datetime import date

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from opsdesk.journal.queries import history
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mailboxes import alarms, changing, days, queries
from opsdesk.mailboxes.providers import PROVIDERS
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, page, wants_fragment
from opsdesk.web.mailboxes.sheet import by_day, of_a_day, sheet

FIGURES = {
    "on_server": _("On the server"),
    "in_ledger": _("In the ledger"),
    "leaked": _("Leaked"),
    "pending": _("Pending"),
    "vanished": _("Vanished"),
    "found": _("Found late"),
}


def check_admin(request: Request) -> None:
    check_may(request.actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)


def mailboxes(request: Request) -> HttpResponseBase:
    """All of them with their state."""
    check_admin(request)
    rows = queries.mailboxes(request.now)
    if (file := sheet_file(request, sheet(rows))) is not None:
        return file
    context = {"rows": rows, "alarms": queries.alarms(request.now)}
    template = "mailboxes/mailboxes.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def mailbox(request: Request, mailbox_id: int) -> HttpResponseBase:
    """One mailbox: state, cursor, alarms, and the server beside the ledger by day."""
    check_admin(request)
    row = queries.mailbox(mailbox_id, request.now)
    if (file := sheet_file(request, by_day(row))) is not None:
        return file
    context = {
        "row": row,
        "provider": PROVIDERS[row.provider].name,
        "alarms": alarms.alarms_of(row, request.now),
        "days": days.days(mailbox_id),
        "facts": history("mailbox", mailbox_id, limit=20),
        "has_mail": changing.has_mail(mailbox_id),
        "is_asked": bool(
            row.reconcile_asked_at
            and (row.reconciled_at is None or row.reconcile_asked_at > row.reconciled_at)
        ),
    }
    template = "mailboxes/mailbox.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def day(request: Request, mailbox_id: int, day: str, what: str) -> HttpResponseBase:
    """The numbers behind one figure of one day."""
    check_admin(request)
    row = queries.mailbox(mailbox_id, request.now)
    if what not in FIGURES:
        raise Http404
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if (file := sheet_file(request, of_a_day(row, on, what, str(FIGURES[what])))) is not None:
        return file
    lines = days.listed(mailbox_id, on, what)
    context = {"row": row, "day": on, "figure": FIGURES[what], "lines": lines, "most": days.LISTED}
    return page(request, "mailboxes/day.html", context)
