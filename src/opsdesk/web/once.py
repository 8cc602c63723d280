"""A form that is sent twice does once what it asks: by the key that its page drew, whatever page that is.

What a case's own dialogs do about it, and say, is in `case/sending.py`; here it is the same for any form that
has the field. A form changed since, or one that was refused, is another one.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from opsdesk.journal import idempotency
from opsdesk.journal.idempotency import Answer
from opsdesk.people.models import Person
from opsdesk.web.http import Request, go
from opsdesk.web.sent import fingerprint

FIELD = "once_key"
REFUSED = 400


class _Refused(Exception):
    """Nothing was done, so nothing is kept."""


class OnceMiddleware:
    """Gives a form that was sent before what it led to, instead of doing it again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not isinstance(getattr(request, "person", None), Person):
            return self.get_response(request)
        key = request.POST.get(FIELD, "").replace("\0", "")[:64]
        return self._once(request, key) if key else self.get_response(request)  # type: ignore[arg-type]

    def _once(self, request: Request, key: str) -> HttpResponseBase:
        asked = sha256(f"{request.path} {fingerprint(request)}".encode()).hexdigest()
        attempt = _Attempt(request, self.get_response)
        done = None
        with suppress(_Refused):
            done = idempotency.once_where_done(
                owner_id=request.person.id,
                key=f"form {key} {asked[:40]}",
                fingerprint=asked,
                act=attempt.act,
                now=request.now,
            )
        if attempt.response is not None:
            return attempt.response
        messages.info(request, _("You had sent this before, and it was done once."))
        return go(request, done.body if done else request.path)


@dataclass
class _Attempt:
    """One run of a page; its response, once it has run."""

    request: Request
    get_response: Callable[[HttpRequest], HttpResponseBase]
    response: HttpResponseBase | None = None

    def act(self) -> Answer | None:
        """Where it led to; None for a page that only shows what would be done."""
        self.response = self.get_response(self.request)
        if self.response.status_code >= REFUSED:
            raise _Refused
        address = led_to(self.response)
        return Answer(self.response.status_code, address) if address else None


def led_to(response: HttpResponseBase) -> str:
    """The address that a page which has done something goes on to."""
    kept = getattr(response, "led_to", "")
    return str(kept or response.headers.get("HX-Redirect") or response.headers.get("Location") or "")


def shown_once(response: HttpResponse, *, after: str) -> HttpResponse:
    """A page that has done something and shows what nobody sees again: a second sending leads to `after`."""
    response.led_to = after  # type: ignore[attr-defined]
    return response
