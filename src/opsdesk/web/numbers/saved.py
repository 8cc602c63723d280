"""Saved views of any page of numbers: its filters under a name, one's own or shared."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from opsdesk.cases.queries import desk as desk_of
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.people import actions as people
from opsdesk.people import queries as persons
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.funnel.forms import families_apart
from opsdesk.web.http import Request, go, sent, with_query
from opsdesk.web.numbers.address import FILTERS, views_of
from opsdesk.web.numbers.forms import BarForm, one_period
from opsdesk.web.numbers.rolling import ROLLING
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.queues.forms import ViewForm
from opsdesk.web.refusals import submitted


class FiltersUnusable(Refusal):
    message = gettext_noop(
        "No page can be filtered so, so this view can't be kept. Open the page anew and choose its filters"
        " there."
    )


def save_view(request: Request, desk: str, page: str) -> HttpResponse:
    """Keep a page's filters under a name."""
    _check(request, desk)
    _check_own(page, desk)
    form = ViewForm(sent(request), initial={"query": request.GET.get("query", "")})

    def act(data: dict[str, Any]) -> object:
        check_usable(page, data["query"], desk, now=request.now)
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
    if not form.is_bound:
        persons.check_removable(view_id, actor=request.actor)

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


def check_usable(page: str, query: str, desk: str, *, now: datetime) -> None:
    """Whether a page of the desk could show what these filters say. Refuses `FiltersUnusable`."""
    definition, default = desk_of(desk), next(iter(ROLLING))
    given = one_period(QueryDict(query), default)
    if page == views_of("funnel", desk):
        given = families_apart(given)
    takes = [name for name in FILTERS if name in given]
    if not BarForm(given, desk=definition, takes=takes, default=default, now=now).is_valid():
        raise FiltersUnusable


def _back(request: Request) -> str:
    """The path of the page the view is of; an address that is none of ours leads home."""
    address = request.GET.get("back", "")
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address.partition("?")[0] if ours else reverse("home")
