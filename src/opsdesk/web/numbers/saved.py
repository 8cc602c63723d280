"""Saved views of any page of numbers: its filters under a name, one's own or shared."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from opsdesk.cases.queries import desk as desk_of
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.people import actions as people
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, sent, with_query
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.queues.forms import ViewForm
from opsdesk.web.refusals import submitted


def save_view(request: Request, desk: str, page: str) -> HttpResponse:
    """Keep a page's filters under a name."""
    _check(request, desk)
    _check_own(page, desk)
    form = ViewForm(sent(request), initial={"query": request.GET.get("query", "")})

    def act(data: dict[str, Any]) -> object:
        return people.save_view(page=page, actor=request.actor, now=request.now, **data)

    back = _back(request)
    if submitted(form, act):
        messages.success(request, _("The view is kept."))
        return go(request, f"{back}?{form.cleaned_data['query']}")
    action = with_query(reverse("save_numbers_view", args=[desk, page]), back=back)
    return show(request, Dialog(_("Keep this view"), action, _("Keep"), back, form))


def remove_view(request: Request, desk: str, view_id: int) -> HttpResponse:
    """Take a view away, after asking."""
    _check(request, desk)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return people.remove_view(view_id=view_id, actor=request.actor, now=request.now)

    back = _back(request)
    if submitted(form, act):
        messages.success(request, _("The view is gone."))
        return go(request, back)
    action = with_query(reverse("remove_numbers_view", args=[desk, view_id]), back=back)
    return show(request, Dialog(_("Remove this view?"), action, _("Remove"), back, form, danger=True))


def _check(request: Request, desk: str) -> None:
    desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)


def _check_own(page: str, desk: str) -> None:
    """A view for another desk's page is kept by nobody."""
    _name, colon, of = page.rpartition(":")
    if colon and not desk.startswith(of):
        raise Http404


def _back(request: Request) -> str:
    """The path of the page the view is of; an address that is none of ours leads home."""
    address = request.GET.get("back", "")
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address.partition("?")[0] if ours else reverse("home")
