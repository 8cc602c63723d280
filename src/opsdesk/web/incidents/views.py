"""Incidents: the list by severity, and writing one down. One incident is a case, on the page of cases."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases.incidents import DESK
from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk as desk_of
from opsdesk.deals import overview
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.watch import actions, queries
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, page, sent, wants_fragment, with_query
from opsdesk.web.incidents.forms import ReportForm, ViewForm
from opsdesk.web.incidents.labels import VIEW_NAMES
from opsdesk.web.incidents.sheet import sheet
from opsdesk.web.refusals import submitted


def incidents(request: Request) -> HttpResponseBase:
    """The incidents of the deals desk in one view; without a word the first that has any."""
    check_may(request.actor, Act.READ, desk=DESK)
    form, counts = ViewForm(request.GET), queries.counts()
    view = form.view_or_first(counts)
    if (file := sheet_file(request, sheet(view, desk_of(DESK)))) is not None:
        return file
    found = queries.incidents(view, before=form.place)
    address = reverse("incidents")
    context = {
        "desk": desk_of(DESK),
        "view": view,
        "view_name": VIEW_NAMES[view],
        "figures": [
            {
                "key": each,
                "name": VIEW_NAMES[each],
                "number": number,
                "address": with_query(address, view=each),
                "look": "is-bad" if each == queries.UNANSWERED and number else "",
            }
            for each, number in counts.items()
        ],
        "rows": found.rows,
        "next": with_query(address, view=view, before=found.next_before) if found.next_before else "",
        "money": queries.state(),
        "path": request.get_full_path(),
        "may_report": may(request.actor, Act.NOTE, desk=DESK),
    }
    template = "incidents/list.html"
    return page(request, f"{template}#list" if wants_fragment(request) else template, context)


def report(request: Request) -> HttpResponse:
    """Write an incident down."""
    check_may(request.actor, Act.NOTE, desk=DESK)
    form = ReportForm(sent(request), desk=desk_of(DESK), scopes=overview.keys())

    def act(data: dict[str, Any]) -> Case:
        return actions.report(**data, actor=request.actor, now=request.now)

    if case := submitted(form, act):
        messages.success(request, _("It is open, with whoever is on call."))
        return go(request, reverse("case", args=[case.id]))
    title, button = _("Report an incident"), _("Open it")
    dialog = Dialog(title, reverse("report_incident"), button, reverse("incidents"), form, draft="incident")
    return show(request, dialog)
