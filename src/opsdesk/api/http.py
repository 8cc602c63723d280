"""A request at the door, with its moment and the token's actor; answers as JSON."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from opsdesk.api.rates import Rate
from opsdesk.kernel.actor import Actor

JSON = "application/json"
REPLAYED = "Idempotent-Replayed"
V1 = "/api/v1"


class Request(HttpRequest):
    """A request that a token was shown with. `now` is read once, by the middleware of every request."""

    now: datetime
    actor: Actor
    rate: Rate


def answer(body: BaseModel, status: int = 200, **headers: Any) -> HttpResponse:
    """A value as JSON; instants are ISO 8601 in UTC."""
    return said(body.model_dump_json(by_alias=True), status, **headers)


def said(body: str, status: int, **headers: Any) -> HttpResponse:
    kind = JSON if status < 400 else "application/problem+json"
    return HttpResponse(body, status=status, content_type=kind, headers=headers)
