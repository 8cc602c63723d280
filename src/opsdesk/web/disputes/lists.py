"""The dispute queue: by time left, with its filters in the address; taking the next one; kept views."""

from functools import cache
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.cases.queries import desk as desk_of
from opsdesk.deals.ground import DESK
from opsdesk.disputes import lists, taking
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import actions as people
from opsdesk.people import queries as persons
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.disputes.filters import BAND_LABELS, FilterForm, cursor_of, cursor_text, filters_of, order_of
from opsdesk.web.disputes.rows import Lines, stencil
from opsdesk.web.disputes.sheet import sheet
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, page, sent, wants_fragment
from opsdesk.web.moments import Moments
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.queues.forms import ViewForm
from opsdesk.web.refusals import message_of, submitted

PAGE = "disputes"


def queue(request: Request) -> HttpResponseBase:
    """The disputes, soonest deadline first whatever the category."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = FilterForm(request.GET)
    filters, order = filters_of(form, request.actor), order_of(form)
    if (file := sheet_file(request, sheet(filters, order, now=request.now))) is not None:
        return file
    found = lists.page(filters, order, cursor_of(request.GET.get("after", "")), now=request.now)
    may_take = may(request.actor, Act.TAKE, desk=DESK)
    context = {
        "form": form,
        "lines": list(Lines(desk_of(DESK), Moments(request.now), stencil(pickable=may_take)).of(found.rows)),
        "bands": _bands(request, lists.bands(filters, now=request.now), form.value("band")),
        "next": _address(request, after=cursor_text(found.next)) if found.next else "",
        "first": _address(request, after="") if request.GET.get("after") else "",
        "path": request.get_full_path(),
        "may_take": may_take,
        "may_assign": may(request.actor, Act.ASSIGN_OTHERS, desk=DESK),
        "sits": any(seat.desk == DESK for seat in request.actor.seats),
        "views": cache(lambda: persons.views(request.person.id, PAGE)),
        "view_query": _view_query(request),
    }
    return page(
        request, "disputes/queue.html#list" if wants_fragment(request) else "disputes/queue.html", context
    )


def _bands(request: Request, counts: dict[str, int], chosen: str) -> list[dict[str, object]]:
    """Each band of time left with its count and its address; first all of them."""
    every = {"name": _("All"), "count": sum(counts.values()), "address": _address(request, band="", after="")}
    bands = [
        {
            "name": words,
            "count": counts.get(band, 0),
            "address": _address(request, band=band, after=""),
            "here": band == chosen,
        }
        for band, words in BAND_LABELS.items()
    ]
    return [{**every, "here": not chosen}, *bands]


def _address(request: Request, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _view_query(request: Request) -> str:
    """The filters without the place in the list and without what is empty."""
    query: QueryDict = request.GET.copy()
    query.pop("after", None)
    for name in [name for name, value in query.items() if not value]:
        query.pop(name)
    return query.urlencode()


@require_POST
def take_next(request: Request) -> HttpResponse:
    """Take the unassigned dispute whose deadline is the soonest, or go on with one's own."""
    try:
        dispute_id = taking.take_next(actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.warning(request, message_of(refusal))
        return redirect("disputes")
    return redirect("dispute", dispute_id)


def save_view(request: Request) -> HttpResponse:
    """Keep the filters under a name."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = ViewForm(sent(request), initial={"query": request.GET.get("query", "")})

    def act(data: dict[str, Any]) -> object:
        return people.save_view(page=PAGE, actor=request.actor, now=request.now, **data)

    back = reverse("disputes")
    if submitted(form, act):
        messages.success(request, _("The view is kept."))
        return go(request, f"{back}?{form.cleaned_data['query']}")
    return show(request, Dialog(_("Keep this view"), reverse("save_dispute_view"), _("Keep"), back, form))


def remove_view(request: Request, view_id: int) -> HttpResponse:
    """Take a view away, after asking."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = ConfirmForm(sent(request))
    if not form.is_bound:
        persons.check_removable(view_id, actor=request.actor)

    def act(data: dict[str, Any]) -> object:
        return people.remove_view(view_id=view_id, actor=request.actor, now=request.now)

    back = reverse("disputes")
    if submitted(form, act):
        messages.success(request, _("The view is gone."))
        return go(request, back)
    action = reverse("remove_dispute_view", args=[view_id])
    return show(request, Dialog(_("Remove this view?"), action, _("Remove"), back, form, danger=True))
