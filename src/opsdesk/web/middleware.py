"""Each request is one operation: the clock is read once, the actor is loaded once, refusals become pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.people.models import Person
from opsdesk.web import errors

NOBODY = Actor(kind=ActorKind.PERSON)
PROGRAMS = "/api/"


class OperationMiddleware:
    """Sets `now`, `actor` and `person` on the request; speaks the person's language, in their zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _leave_nuls_out(request)
        request.now = datetime.now(UTC)  # type: ignore[attr-defined]
        request.actor = NOBODY  # type: ignore[attr-defined]
        with remembering():
            person = request.user
            if not isinstance(person, Person):
                return _whole_page(request, self.get_response(request))
            request.person = person  # type: ignore[attr-defined]
            request.actor = people.actor(person.id, request.now)  # type: ignore[attr-defined]
            language = person.language or translation.get_language() or settings.LANGUAGE_CODE
            with timezone.override(ZoneInfo(person.zone)), translation.override(language):
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", language)
                return response

    def process_view(self, request: HttpRequest, *view: object) -> None:
        """No text that is kept holds a NUL (PostgreSQL has no such text): nothing is at such an address."""
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal outside a form says so on a page of its own."""
        return errors.refused(request, exception) if isinstance(exception, Refusal) else None


def _leave_nuls_out(request: HttpRequest) -> None:
    """What a person asks of a page is asked without them: the page is there. A program is told."""
    if request.path_info.startswith(PROGRAMS):
        return
    query = request.META.get("QUERY_STRING", "")
    while (clean := query.replace("%00", "").replace("\0", "")) != query:
        query = request.META["QUERY_STRING"] = clean
        request.__dict__.pop("GET", None)


def _whole_page(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A session that ended while a page refreshes itself leads to the sign-in, not into the table."""
    location = response.headers.get("Location", "")
    if request.headers.get("HX-Request") == "true" and location.startswith(resolve_url(settings.LOGIN_URL)):
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return response
