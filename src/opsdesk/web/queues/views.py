"""Lists of cases: one's own, each queue's, all of a desk's; saved views; acts on many."""

from functools import cache
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.accounts import queries as accounts
from opsdesk.cases import actions as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.lists import QueueFilters, count, queue_page
from opsdesk.cases.queries import desk as desk_of
from opsdesk.cases.queries import standings
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.deals.ground import DISPUTES
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import actions as people
from opsdesk.people import queries as persons
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.disputes import lists as disputes
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, page, sent, wants_fragment
from opsdesk.web.moments import Moments
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.queues import bulk as bulk_acts
from opsdesk.web.queues.filters import FilterForm, Place, cursor_of, cursor_text, filters_of
from opsdesk.web.queues.forms import ViewForm
from opsdesk.web.queues.rows import Lines, stencil
from opsdesk.web.queues.sheet import sheet
from opsdesk.web.refusals import message_of, submitted

COUNTED = 1000


def mine(request: Request, desk: str) -> HttpResponseBase:
    """My cases, then the unassigned ones of my queues."""
    return _list(request, Place(_readable(request, desk), mine=True))


def queue(request: Request, desk: str, queue: str) -> HttpResponseBase:
    """One queue."""
    definition = _readable(request, desk)
    if not definition.has_queue(queue):
        raise Http404
    return _list(request, Place(definition, queue=queue))


def all_cases(request: Request, desk: str) -> HttpResponseBase:
    """Every case of the desk."""
    return _list(request, Place(_readable(request, desk)))


def _readable(request: Request, desk: str) -> DeskDefinition:
    definition = desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)
    return definition


def _list(request: Request, place: Place) -> HttpResponseBase:
    everybody = cache(lambda: persons.persons_of_desk(place.desk.key, request.now))
    form = FilterForm(request.GET, desk=place.desk, persons=everybody)
    filters = filters_of(form, place, request.actor)
    if (file := sheet_file(request, sheet(place, filters, request.person.id))) is not None:
        return file
    found = queue_page(filters, person_id=request.person.id, after=cursor_of(request.GET.get("after", "")))
    around = _around(request, place, filters)
    row = stencil(pickable=bool(around["acts"]), in_queue=bool(place.queue))
    context = {
        "place": place,
        "queue": place.desk.queue(place.queue) if place.queue else None,
        "form": form,
        "lines": list(Lines(place.desk, Moments(request.now), row).of(found.rows)),
        "next": _address(request, after=cursor_text(found.next)) if found.next else "",
        "first": _address(request, after="") if request.GET.get("after") else "",
        "path": request.get_full_path(),
        **around,
    }
    return page(request, "queues/list.html#list" if wants_fragment(request) else "queues/list.html", context)


def _around(request: Request, place: Place, filters: QueueFilters) -> dict[str, object]:
    """What stands around the rows: how many there are, the views, what may be done to many.

    What only the whole page shows is asked for when it is drawn: a list that refreshes itself needs none.
    """
    number = count(filters, person_id=request.person.id, most=COUNTED)
    actor, desk = request.actor, place.desk.key
    return {
        "count": number,
        "count_is_more": number >= COUNTED,
        "views": cache(lambda: persons.views(request.person.id, _view_page(desk))),
        "view_query": _view_query(request, place),
        "accounts": cache(lambda: accounts.page(size=300).rows),
        "acts": [key for key, act in bulk_acts.ACTS.items() if may(actor, act.act, desk=desk)],
        "may_take": may(actor, Act.TAKE, desk=desk),
        "sits": any(seat.desk == desk for seat in actor.seats),
    }


def _address(request: Request, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _view_page(desk: str) -> str:
    return f"cases:{desk}"


def _view_query(request: Request, place: Place) -> str:
    """The filters as they'd read on the page of all cases."""
    query: QueryDict = request.GET.copy()
    query.pop("after", None)
    for name in [name for name, value in query.items() if not value]:
        query.pop(name)
    if place.queue:
        query["queue"] = place.queue
    if place.mine:
        query["assignee"] = "me"
    return query.urlencode()


def save_view(request: Request, desk: str) -> HttpResponse:
    """Keep the filters under a name."""
    _readable(request, desk)
    form = ViewForm(sent(request), initial={"query": request.GET.get("query", "")})

    def act(data: dict[str, Any]) -> object:
        return people.save_view(page=_view_page(desk), actor=request.actor, now=request.now, **data)

    back = reverse("all_cases", args=[desk])
    if submitted(form, act):
        messages.success(request, _("The view is kept."))
        return go(request, f"{back}?{form.cleaned_data['query']}")
    return show(
        request, Dialog(_("Keep this view"), reverse("save_view", args=[desk]), _("Keep"), back, form)
    )


def remove_view(request: Request, desk: str, view_id: int) -> HttpResponse:
    """Take a view away, after asking."""
    _readable(request, desk)
    form = ConfirmForm(sent(request))
    if not form.is_bound:
        persons.check_removable(view_id, actor=request.actor)

    def act(data: dict[str, Any]) -> object:
        return people.remove_view(view_id=view_id, actor=request.actor, now=request.now)

    back = reverse("all_cases", args=[desk])
    if submitted(form, act):
        messages.success(request, _("The view is gone."))
        return go(request, back)
    action = reverse("remove_view", args=[desk, view_id])
    return show(request, Dialog(_("Remove this view?"), action, _("Remove"), back, form, danger=True))


@require_POST
def take_next(request: Request, desk: str) -> HttpResponse:
    """Take the due-soonest unassigned case of my queues; of disputes the one with the soonest deadline."""
    if desk == DEALS and request.actor.sits_in(desk, DISPUTES):
        return disputes.take_next(request)
    try:
        case = cases.take_next(desk=desk, actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.warning(request, message_of(refusal))
        return redirect("mine", desk)
    return redirect("case", case.id)


def bulk(request: Request, desk: str, act: str) -> HttpResponse:
    """One act on the picked cases: asked on GET, done on POST, told case by case."""
    definition = _readable(request, desk)
    chosen = bulk_acts.ACTS.get(act)
    if chosen is None:
        raise Http404
    source = request.POST if request.method == "POST" else request.GET
    numbers = [text for text in source.getlist("case") if text.isdecimal() and len(text) < 19]
    picked = [int(text) for text in numbers][: chosen.form.MOST]
    everybody = persons.persons_of_desk(desk, request.now)
    places = standings(picked, desk=desk)
    form = chosen.form(sent(request), picked=picked, places=places, desk=definition, persons=everybody)
    back = reverse("mine", args=[desk])
    if form.problem:
        messages.warning(request, str(form.problem))
        return go(request, back)
    if form.is_bound and form.is_valid():
        results = bulk_acts.run(request, chosen, form.cleaned_data)
        template = "queues/bulk_result.html#results" if wants_fragment(request) else "queues/bulk_result.html"
        return page(request, template, {"results": results, "title": chosen.title, "back": back})
    intro = _("%(count)d picked: %(numbers)s") % {"count": len(picked), "numbers": _numbers(picked)}
    action = reverse("bulk", args=[desk, act])
    dialog = Dialog(
        str(chosen.title), action, str(chosen.button), back, form, intro=intro, danger=chosen.danger
    )
    return show(request, dialog)


def _numbers(picked: list[int]) -> str:
    shown = ", ".join(f"#{number}" for number in picked[:12])
    return f"{shown} …" if len(picked) > 12 else shown
