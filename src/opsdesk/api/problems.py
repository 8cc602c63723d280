"""Refusals as problems (RFC 9457): each class of them one type, with a status and what to do."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from opsdesk.api import refusals as door
from opsdesk.deals import refusals as deals
from opsdesk.disputes import refusals as disputes
from opsdesk.journal import idempotency
from opsdesk.kernel import money, permissions
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.vault import queries as vault

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/problems/"
CONFLICT = HTTPStatus.CONFLICT

# What stands in no row is a conflict with the state of things.
STATUSES: Mapping[type[Refusal], HTTPStatus] = {
    door.RequestUnreadable: HTTPStatus.BAD_REQUEST,
    door.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    permissions.NotThisToken: HTTPStatus.FORBIDDEN,
    permissions.NotYourDesk: HTTPStatus.FORBIDDEN,
    permissions.NotYourRight: HTTPStatus.FORBIDDEN,
    permissions.NotYourQueue: HTTPStatus.FORBIDDEN,
    permissions.NotYourTier: HTTPStatus.FORBIDDEN,
    permissions.NotAnAdmin: HTTPStatus.FORBIDDEN,
    door.AddressUnknown: HTTPStatus.NOT_FOUND,
    deals.DealUnknown: HTTPStatus.NOT_FOUND,
    deals.ScopeUnknown: HTTPStatus.NOT_FOUND,
    deals.TemplateMissing: HTTPStatus.NOT_FOUND,
    disputes.DisputeUnknown: HTTPStatus.NOT_FOUND,
    disputes.EvidenceUnknown: HTTPStatus.NOT_FOUND,
    disputes.NotYourFile: HTTPStatus.FORBIDDEN,
    vault.BlobRedacted: HTTPStatus.GONE,
    door.AnswerErased: HTTPStatus.GONE,
    door.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    door.LengthMissing: HTTPStatus.LENGTH_REQUIRED,
    door.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    disputes.FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    door.MediaTypeRefused: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    disputes.NotEvidence: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    disputes.FileEmpty: HTTPStatus.UNPROCESSABLE_ENTITY,
    disputes.FileDamaged: HTTPStatus.UNPROCESSABLE_ENTITY,
    door.FieldsInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    money.CurrencyUnknown: HTTPStatus.UNPROCESSABLE_ENTITY,
    deals.CurrencyOfAnother: HTTPStatus.UNPROCESSABLE_ENTITY,
    idempotency.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    door.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    door.TooManyWrongTokens: HTTPStatus.TOO_MANY_REQUESTS,
    door.DeskFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
    door.DeskBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    idempotency.InFlight: CONFLICT,
    deals.ScopeClosed: CONFLICT,
    deals.ScopeStopped: CONFLICT,
    deals.ScopeVolumeReached: CONFLICT,
    deals.ReferenceTaken: CONFLICT,
    deals.DealMoved: CONFLICT,
    deals.NotAwaitingFunds: CONFLICT,
    deals.NotAwaitingDelivery: CONFLICT,
    deals.NotInInspection: CONFLICT,
    deals.EvidenceMissing: CONFLICT,
    disputes.EvidenceFrozen: CONFLICT,
    disputes.EvidenceErased: CONFLICT,
    disputes.TooManyFiles: CONFLICT,
}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field. `place`: body, query, header; `pointer`: a JSON pointer, or a name."""

    place: str
    pointer: str
    detail: str


def problem(request: HttpRequest, refusal: Refusal, *, errors: Sequence[FieldProblem] = ()) -> HttpResponse:
    """The answer to a refused request."""
    status = status_of(type(refusal))
    answer = HttpResponse(
        body_of(refusal, instance=request.path, errors=errors), status=status, content_type=MEDIA_TYPE
    )
    if "seconds" in refusal.details:
        answer["Retry-After"] = str(refusal.details["seconds"])
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = "5"
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def body_of(refusal: Refusal, *, instance: str, errors: Sequence[FieldProblem] = ()) -> str:
    """The problem as JSON text."""
    kind = type(refusal)
    said: dict[str, Any] = {
        "type": f"{ADDRESS}{refusal.code}",
        "title": title_of(kind),
        "status": int(status_of(kind)),
        "detail": words_of(refusal),
        "instance": instance,
        "code": refusal.code,
    }
    if isinstance(refusal, Invalid):
        errors = [FieldProblem("body", pointer(refusal.field.split(".")), words_of(refusal))]
    if errors:
        said["errors"] = [{"in": e.place, "pointer": e.pointer, "detail": e.detail} for e in errors]
    return json.dumps(said, ensure_ascii=False)


def status_of(kind: type[Refusal]) -> HTTPStatus:
    """The status of a class of refusals: its own, or that of the nearest class it derives from."""
    return next((STATUSES[each] for each in kind.__mro__ if each in STATUSES), CONFLICT)


def title_of(kind: type[Refusal]) -> str:
    """`NotInInspection` as "Not in inspection": the same for every problem of the type."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize()


def words_of(refusal: Refusal) -> str:
    """The refusal in the language the request asks for."""
    details = {
        name: gettext(value) if isinstance(value, str) and value else value
        for name, value in refusal.details.items()
    }
    return gettext(refusal.message) % details


def pointer(path: Sequence[object]) -> str:
    """A JSON pointer (RFC 6901) as a fragment: `#/buyer/name`; `#` is the whole body."""
    return "#" + "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in path)
