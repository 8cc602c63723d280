"""Writing down a request that did not come by mail."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import intake, written
from opsdesk.mail.arrivals import Stored
from opsdesk.mail.written import Written
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, back_address, go, sent
from opsdesk.web.newrequest.forms import WriteDownForm, begun
from opsdesk.web.refusals import submitted


def write_down(request: Request, desk_key: str) -> HttpResponse:
    """The form; once sent, the request that it became."""
    desk = cases.mail_desk(desk_key)
    check_may(request.actor, Act.HANDLE_MAIL, desk=desk.key)
    form = WriteDownForm(sent(request), initial=begun(request.now))

    def act(data: dict[str, Any]) -> Stored:
        key, at = data.pop("begun")
        entry = Written(desk=desk.key, key=key, begun_at=at, **data)
        return written.enter(entry, actor=request.actor, now=request.now)

    if stored := submitted(form, act):
        return go(request, _placed(request, stored))
    return show(
        request,
        Dialog(
            _("Write down a request"),
            reverse("new_request", args=[desk.key]),
            _("Open the request"),
            back_address(request, reverse("all_cases", args=[desk.key])),
            form,
            intro=_("For what came by telephone or in person. It is kept and sorted like a mail of theirs."),
            fields="newrequest/fields.html",
            draft=f"new-request:{desk.key}",
            keyed=True,
        ),
    )


def _placed(request: Request, stored: Stored) -> str:
    """Sort it now, like any other; the worker does it where this fails. Where it can be looked at."""
    intake.sort(stored.arrival_id, now=request.now)
    case_id = written.case_of(stored.arrival_id)
    if case_id is None:
        messages.warning(request, _("It is stored. See here what became of it."))
        return reverse("arrival", args=[stored.arrival_id])
    said = (
        _("Request #%(id)s is open.") if stored.new else _("It was written down before, as request #%(id)s.")
    )
    messages.success(request, said % {"id": case_id})
    return reverse("case", args=[case_id])
