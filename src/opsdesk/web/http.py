"""What every page gets and gives: the request with its moment and its actor, and the ways to answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from opsdesk.kernel.actor import Actor
from opsdesk.people.models import Person

T = TypeVar("T")


class Request(HttpRequest):
    """A request as `OperationMiddleware` leaves it. `now` is read once; `person` is who signed in."""

    now: datetime
    actor: Actor
    person: Person
    htmx: HtmxDetails


def page(
    request: HttpRequest, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """Render a whole page, or the `#fragment` of it that htmx asked for."""
    return render(request, template, dict(context), status=status)


def go(request: Request, address: str) -> HttpResponse:
    """Send the browser to `address`; htmx would follow a redirect and swap the page into a form."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form's data is: what was sent, even if that is nothing; None while it is only shown."""
    return request.POST if request.method == "POST" else None


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a piece of a page; a boosted link or a history restore wants all of it."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def back_address(request: HttpRequest, fallback: str) -> str:
    """The address a form says it came from, if it is one of ours."""
    address = request.POST.get("back") or request.GET.get("back") or ""
    if url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return address
    return fallback


def with_query(address: str, **values: object) -> str:
    """An address with the values that are not empty as its query."""
    filled = {name: str(value) for name, value in values.items() if value not in (None, "", False)}
    return f"{address}?{urlencode(filled)}" if filled else address


def or_404(value: T | None) -> T:
    """The value, or the page that says there is none."""
    if value is None:
        raise Http404
    return value
