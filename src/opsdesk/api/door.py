"""Who is let in: a token, counted. What: a body of the right kind and size. All else is a problem."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from opsdesk.api import refusals
from opsdesk.api.fields import words_of
from opsdesk.api.http import JSON, Request
from opsdesk.api.problems import FieldProblem, pointer, problem
from opsdesk.api.rates import count
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import tokens

FAILURES_A_MINUTE = 300
MOST_JSON = 128 * 1024
MOST_UPLOAD = 26 * 1024 * 1024
MULTIPART = "multipart/form-data"
BEARER = "bearer"
DIGITS = 20
BODIES = ("body", "form", "file")
log = logging.getLogger("opsdesk.api")


class Token(HttpBearer):
    """A token of the tokens page, as `Authorization: Bearer opd_...`."""

    def __call__(self, request: Request) -> Actor:  # type: ignore[override]
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, secret.strip() if scheme.lower() == BEARER else "")

    def authenticate(self, request: Request, token: str) -> Actor:  # type: ignore[override]
        actor = tokens.actor_of(token, now=request.now)
        if actor is None:
            raise _wrong(request) if token else refusals.Unauthenticated
        request.actor = actor
        request.rate = count(f"api:{actor.id}", limit=settings.OPSDESK_API_RATE, now=request.now)
        if request.rate.is_over:
            raise refusals.TooManyRequests(limit=request.rate.limit, seconds=request.rate.reset_s)
        _check_length(request)
        return actor


def _wrong(request: Request) -> Refusal:
    """Only who has no token is counted by address: behind a proxy those who have one share it."""
    peer = request.META.get("REMOTE_ADDR", "")
    rate = count(f"api-failed:{peer}", limit=FAILURES_A_MINUTE, now=request.now)
    return refusals.TooManyWrongTokens(seconds=rate.reset_s) if rate.is_over else refusals.Unauthenticated()


def _check_length(request: HttpRequest) -> None:
    """A body says how long it is, and is no longer than anybody needs."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise refusals.LengthMissing
    most = MOST_UPLOAD if request.content_type == MULTIPART else MOST_JSON
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        raise refusals.LengthMissing
    if int(length) > most:
        raise refusals.BodyTooLarge(most=most)


class Json(Parser):
    """Reads bodies that say they are JSON, and strictly: neither NaN nor two values under one name."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type not in (None, JSON):
            raise refusals.MediaTypeRefused(wanted=JSON)
        try:
            return json.loads(
                request.body, parse_float=_number, parse_constant=_no_number, object_pairs_hook=_once_each
            )
        except (ValueError, RecursionError) as wrong:
            raise refusals.RequestUnreadable(problem=str(wrong)[:200]) from None


def _number(text: str) -> int | float:
    """5.0 and 5e0 are whole numbers in JSON, read exactly; what is no amount stays a float and is refused."""
    with suppress(ArithmeticError):
        value = Decimal(text)
        if abs(value.adjusted()) < DIGITS and value == value.to_integral_value():
            return int(value)
    return float(text)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    errors = [_field(each["loc"], words_of(each)) for each in wrong.errors]
    return problem(request, refusals.FieldsInvalid(), errors=errors)


def _field(location: tuple[object, ...], words: str) -> FieldProblem:
    """ninja names a body's fields below the name of the view's argument, others as they are sent."""
    place, *path = location
    if place == "body":
        return FieldProblem("body", pointer(path[1:]), words)
    name = str(path[0]) if path else ""
    return FieldProblem("body" if place in BODIES else str(place), name, words)


def _of_ninja(request: HttpRequest, wrong: HttpError) -> HttpResponse:
    cause = wrong.__cause__
    if isinstance(cause, Refusal):
        return problem(request, cause)
    if wrong.status_code == HTTPStatus.UNAUTHORIZED:
        return problem(request, refusals.Unauthenticated())
    return problem(request, refusals.RequestUnreadable(problem=wrong.message[:200]))


def _unreadable(request: HttpRequest, wrong: Exception) -> HttpResponse:
    return problem(request, refusals.RequestUnreadable(problem=str(wrong)[:200]))


def _nothing_there(request: HttpRequest, missing: Exception) -> HttpResponse:
    return problem(request, refusals.AddressUnknown())


def _busy(request: HttpRequest, trouble: Exception) -> HttpResponse:
    log.warning(
        "%s %s could not be done: %s", request.method, request.path, type(trouble).__name__, exc_info=trouble
    )
    return problem(request, refusals.DeskBusy())


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(request, refusals.DeskFailed())


ANSWERS: Mapping[type[Exception], Any] = {
    Refusal: problem,
    ValidationError: _invalid,
    HttpError: _of_ninja,
    UnreadablePostError: _unreadable,
    MultiPartParserError: _unreadable,
    SuspiciousOperation: _unreadable,
    UnicodeError: _unreadable,
    Http404: _nothing_there,
    DatabaseError: _busy,
    Exception: _failed,
}


def guard(api: NinjaAPI) -> None:
    """Have everything that is raised at the door answered as a problem."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, answer)
