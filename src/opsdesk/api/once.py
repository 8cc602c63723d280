"""A request that changes something is done once under its key; every answer to it, a no too, is kept."""

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated

from django.db import transaction
from django.http import HttpResponse
from ninja import Header
from pydantic import BaseModel

from opsdesk.api.http import REPLAYED, Request, said
from opsdesk.api.problems import body_of, status_of
from opsdesk.api.refusals import AnswerErased
from opsdesk.journal import idempotency
from opsdesk.journal.idempotency import Answer
from opsdesk.kernel.refusal import Refusal

KEY = r"^[\x21-\x7e]{1,255}$"
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY,
        description="Yours to choose, new for each new request: the same again gets the same answer.",
        examples=["5f6c0a5e-4a3c-4c7e-9a34-6c1d5f3f7f10"],
    ),
]


def once(
    request: Request, key: str, act: Callable[[], BaseModel], *, status: int = 200, sent: str = ""
) -> HttpResponse:
    """Answer with what `act` gives, or with the answer this key got before.

    `sent`: what was sent, where the bytes of the body differ each time although they say the same.
    """
    answer = idempotency.once(
        owner_id=request.actor.id or 0,
        key=key,
        fingerprint=fingerprint(request, sent),
        act=lambda: _answer(request, act, status),
        now=request.now,
    )
    if answer.replayed and not answer.body:
        raise AnswerErased
    headers = {REPLAYED: "true"} if answer.replayed else {}
    return said(answer.body, answer.status, **headers)


def fingerprint(request: Request, sent: str) -> str:
    """The digest of method, address and body."""
    body = sent or sha256(request.body).hexdigest()
    return sha256(f"{request.method}\n{request.get_full_path()}\n{body}".encode()).hexdigest()


def _answer(request: Request, act: Callable[[], BaseModel], status: int) -> Answer:
    try:
        with transaction.atomic():
            return Answer(status, act().model_dump_json(by_alias=True))
    except Refusal as refusal:
        return Answer(status_of(type(refusal)), body_of(refusal, instance=request.path))
