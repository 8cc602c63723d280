"""Who is told of deal events, what became of each delivery, and every try."""

import json

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from opsdesk.journal.queries import history
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.links import queries
from opsdesk.links.queries import DEAD, FAILING, HELD, VIEWS, WAITING, EndpointRow
from opsdesk.links.timers import SUBJECT
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, page, wants_fragment, with_query
from opsdesk.web.webhooks.forms import ViewForm
from opsdesk.web.webhooks.labels import VIEWS as NAMES
from opsdesk.web.webhooks.sheet import deliveries, sheet

ALARMING = {FAILING: "is-watch", DEAD: "is-bad", HELD: "is-watch"}


def check_admin(request: Request) -> None:
    check_may(request.actor, Act.MANAGE_TOKENS, desk=EVERY_DESK)


def endpoints(request: Request) -> HttpResponseBase:
    """All of them with what waits and what lies."""
    check_admin(request)
    rows = queries.endpoints(request.now)
    if (file := sheet_file(request, sheet(rows))) is not None:
        return file
    context = {"rows": [(row, _figures(row)) for row in rows], "views": NAMES.values()}
    template = "webhooks/endpoints.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def endpoint(request: Request, endpoint_id: int) -> HttpResponseBase:
    """One of them with its deliveries in one view; without a word the first that needs somebody."""
    check_admin(request)
    row = queries.endpoint(endpoint_id, request.now)
    form = ViewForm(request.GET)
    view = form.value("view") or _first(row)
    if (file := sheet_file(request, deliveries(row, view, now=request.now))) is not None:
        return file
    found = queries.page(endpoint_id, view, request.now, before=form.value("before"))
    address = reverse("webhook", args=[endpoint_id])
    context = {
        "row": row,
        "figures": _figures(row),
        "view": view,
        "view_name": NAMES[view],
        "deliveries": found.rows,
        "next": with_query(address, view=view, before=found.next_before) if found.next_before else "",
        "facts": history(SUBJECT, endpoint_id, limit=20),
        "path": request.get_full_path(),
    }
    template = "webhooks/endpoint.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def delivery(request: Request, delivery_id: int) -> HttpResponse:
    """One event for one endpoint: its bytes, and what was answered each time."""
    check_admin(request)
    card = queries.card(delivery_id)
    body = json.dumps(json.loads(card.body), indent=2, ensure_ascii=False)
    return page(request, "webhooks/delivery.html", {"card": card, "row": card.row, "body": body})


def _first(row: EndpointRow) -> str:
    """What needs somebody comes first."""
    return next((view for view in (DEAD, HELD, FAILING) if row.counts[view]), WAITING)


def _figures(row: EndpointRow) -> list[dict[str, object]]:
    address = reverse("webhook", args=[row.id])
    return [
        {
            "key": view,
            "name": NAMES[view],
            "number": row.counts[view],
            "address": with_query(address, view=view),
            "look": ALARMING.get(view, "") if row.counts[view] else "",
        }
        for view in VIEWS
    ]
