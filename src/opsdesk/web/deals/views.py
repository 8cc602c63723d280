"""Deals: the list with its filters, and one deal with its money, its timers and its life."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from opsdesk.deals import card as cards
from opsdesk.deals import lists, overview
from opsdesk.deals.ground import DESK, DISPUTES
from opsdesk.deals.lifecycle import State
from opsdesk.disputes import evidence, timers
from opsdesk.disputes import queries as disputes
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.people import queries as persons
from opsdesk.web.deals import labels, rows, words
from opsdesk.web.deals.filters import AT_REST, FilterForm, cursor_of, cursor_text, filters_of
from opsdesk.web.deals.saved import PAGE
from opsdesk.web.deals.sheet import sheet, transfers
from opsdesk.web.deals.timeline import lines_of, names_of, who
from opsdesk.web.evidence.words import in_language
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, page, wants_fragment, with_query


def deals(request: Request) -> HttpResponseBase:
    """Every deal that the filters let through, newest first; counts by state, each with its list."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = FilterForm(request.GET, scopes=overview.keys())
    filters = filters_of(form)
    if (file := sheet_file(request, sheet(filters))) is not None:
        return file
    found = lists.page(filters, after=cursor_of(request.GET.get("after", "")))
    context = {
        "form": form,
        "figures": _figures(request, form),
        "lines": rows.lines(found.rows),
        "looked_back_to": found.looked_back_to,
        "next": _address(request, after=cursor_text(found.next)) if found.next else "",
        "first": _address(request, after="") if request.GET.get("after") else "",
        "path": request.get_full_path(),
        "views": cache(lambda: persons.views(request.person.id, PAGE)),
        "view_query": _query(request),
    }
    return page(request, "deals/list.html#list" if wants_fragment(request) else "deals/list.html", context)


def _figures(request: Request, form: FilterForm) -> list[dict[str, Any]]:
    """How many deals of each state the other filters let through, each with its list.

    None beside a text: counting what it finds would read every deal, and other counts would contradict it.
    """
    filters, chosen = filters_of(form), form.value("state")
    if filters.text.strip():
        return []
    counts = lists.counts(filters)
    return [
        {
            "state": state.value,
            "name": labels.word(labels.STATES, state),
            "number": _("%(count)d+") % {"count": number} if number >= lists.MOST_COUNTED else number,
            "address": _address(request, after="", state=state.value),
            "here": state == chosen,
        }
        for state in AT_REST
        for number in (counts.get(state, 0),)
    ]


def _address(request: Request, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _query(request: Request) -> str:
    """The filters that are used, as a view or a file asks for them."""
    query = request.GET.copy()
    query.pop("after", None)
    for name in [name for name, values in query.lists() if not any(values)]:
        query.pop(name)
    return query.urlencode()


def deal(request: Request, deal_id: int) -> HttpResponseBase:
    """One deal, whole, as it is after all that was due on it; to who has `seen` it so, nothing."""
    check_may(request.actor, Act.READ, desk=DESK)
    timers.catch_up(deal_id, now=request.now)
    card = cards.card(deal_id, now=request.now)
    if (file := sheet_file(request, transfers(card))) is not None:
        return file
    seen = f"{card.version}.{len(card.timeline)}"
    if wants_fragment(request) and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    dispute = disputes.of_deal(deal_id)
    names = names_of(card.timeline, [dispute] if dispute else [])
    context = {
        "deal": card,
        "dispute": dispute,
        "raised_by": who(dispute.raised_by_kind, dispute.raised_by_id, names) if dispute else "",
        "lines": lines_of(card, names),
        "whose": labels.word(words.WHOSE, card.state),
        "explained": words.explained(card.state, card.money.total, card.money.holdback),
        "timers": words.timers(card.timers),
        "no_timer": words.no_timer(card.state),
        "moves": words.moves(card.moves),
        "checklist": in_language(evidence.state_of(deal_id), card.terms),
        "may_raise": card.state is State.INSPECTION and _may_add(request),
        "may_add": card.state is not State.SETTLED and _may_add(request),
        "refreshed": with_query(request.path, seen=seen),
    }
    return page(request, "deals/deal.html#deal" if wants_fragment(request) else "deals/deal.html", context)


def _may_add(request: Request) -> bool:
    """Whether this person may raise an issue on behalf of the buyer, and add what shows it."""
    return may(request.actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1)
