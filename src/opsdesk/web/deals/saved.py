"""Keeping the filters of the list of deals under a name."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals.ground import DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.people import actions as people
from opsdesk.people import queries as persons
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, sent
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.queues.forms import ViewForm
from opsdesk.web.refusals import submitted

PAGE = "deals"


def save_view(request: Request) -> HttpResponse:
    """Keep the filters under a name."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = ViewForm(sent(request), initial={"query": request.GET.get("query", "")})

    def act(data: dict[str, Any]) -> object:
        return people.save_view(page=PAGE, actor=request.actor, now=request.now, **data)

    back = reverse("deals")
    if submitted(form, act):
        messages.success(request, _("The view is kept."))
        return go(request, f"{back}?{form.cleaned_data['query']}")
    return show(request, Dialog(_("Keep this view"), reverse("save_deals_view"), _("Keep"), back, form))


def remove_view(request: Request, view_id: int) -> HttpResponse:
    """Take a view away, after asking."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = ConfirmForm(sent(request))
    if not form.is_bound:
        persons.check_removable(view_id, actor=request.actor)

    def act(data: dict[str, Any]) -> object:
        return people.remove_view(view_id=view_id, actor=request.actor, now=request.now)

    back = reverse("deals")
    if submitted(form, act):
        messages.success(request, _("The view is gone."))
        return go(request, back)
    action = reverse("remove_deals_view", args=[view_id])
    return show(request, Dialog(_("Remove this view?"), action, _("Remove"), back, form, danger=True))
