"""Requests made up from the API's own description, with deals in every state for them to hit."""

import re
from itertools import count
from typing import Any

import schemathesis
from django.core.wsgi import get_wsgi_application
from schemathesis import Case
from schemathesis.hooks import HookContext
from schemathesis.schemas import BaseSchema

from opsdesk.api import drafts, once
from opsdesk.api.evidence import ITEM_LENGTH, KINDS
from tests.api.marketplace import DEALER, JPEG, PRIVATE, Program

KEY = "Idempotency-Key"
SCOPES = (PRIVATE, PRIVATE, DEALER)
_numbers = count(1)
Stock = dict[str, list[int]]


def described(stock: Stock) -> BaseSchema:
    """The API as it describes itself; of the numbers made up most become those of `stock`, by parameter."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())

    @schema.hook
    def map_path_parameters(context: HookContext, path_parameters: dict[str, Any]) -> dict[str, Any]:
        return {
            name: stock[name][value % len(stock[name])] if name in stock and type(value) is int else value
            for name, value in (path_parameters or {}).items()
        }

    @schema.hook
    def map_body(context: HookContext, body: Any) -> Any:
        return _sensible(body) if isinstance(body, dict) else body

    return schema


def _sensible(body: dict[str, Any]) -> dict[str, Any]:
    """What no description can say: which scopes and items there are, and what a picture is.

    Only what fits is made sensible: what is wrong on purpose stays wrong.
    """
    item, scope, fits = body.get("item"), body.get("scope"), dict[str, Any]()
    if (
        isinstance(item, str)
        and isinstance(scope, str)
        and re.fullmatch(drafts.SCOPE, scope)
        and len(item) % 2
    ):
        fits["scope"] = SCOPES[len(item) % len(SCOPES)]
    if isinstance(body.get("file"), bytes | str):
        fits["file"] = JPEG
        if isinstance(item, str) and re.fullmatch(drafts.LINE_OR_NOTHING, item) and len(item) <= ITEM_LENGTH:
            fits["item"] = "exterior" if len(item) % 2 else ""
        if body.get("kind") in KINDS:
            fits["kind"] = "PHOTO"
    return body | fits


def stock(program: Program) -> Stock:
    """Deals created, funded, inspected, disputed and settled, and numbers that nothing has."""
    created, funded, inspected = program.deal(), program.deal(), [program.inspected() for _ in range(4)]
    program.post(f"deals/{funded}/funding")
    files = [program.send(number).json()["id"] for number in inspected[:3]]
    raised = program.post(f"deals/{inspected[0]}/issue", {"reason": "DAMAGE_MINOR"}).json()["id"]
    program.post(f"deals/{inspected[1]}/approval")
    return {
        "deal_id": [created, *inspected, funded, 2**40],
        "dispute_id": [raised, 2**63],
        "evidence_id": [*files, 2**64],
    }


def knock(case: Case, token: str) -> None:
    """Send one request and hold the answer against the description.

    A fit key becomes one of its own: one that comes again for another request is refused, rightly.
    """
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and re.fullmatch(once.KEY, key):
        case.headers[KEY] = f"{next(_numbers)}-{key}"[:255]
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
