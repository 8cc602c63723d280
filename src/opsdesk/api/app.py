"""The API put together, and its description."""

from functools import cache
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI

from opsdesk.api import deals, disputes, door, evidence, moves, scopes
from opsdesk.api.problems import MEDIA_TYPE

DESCRIPTION = (
    "Create deals in escrow and move them, raise issues, send evidence, follow disputes and money. "
    "Every answer on a deal says whose move it is and what your token may do next."
)

api = NinjaAPI(
    title="Opsdesk deals",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    auth=door.Token(),
    parser=door.Json(),
)
door.guard(api)
api.add_router("v1/scopes", scopes.router)
api.add_router("v1/deals", deals.router)
api.add_router("v1/deals", moves.router)
api.add_router("v1/deals", evidence.router)
api.add_router("v1/disputes", disputes.router)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, where ninja's isn't exact: problems have their own media type, files are bytes,
    a parameter is never null."""
    found: dict[str, Any] = dict(api.get_openapi_schema())
    for operation in (each for methods in found["paths"].values() for each in methods.values()):
        for parameter in operation["parameters"]:
            _correct_parameter(parameter)
        for status, said in operation["responses"].items():
            _correct_answer(int(status), said)
    return found


def _correct_parameter(parameter: dict[str, Any]) -> None:
    parameter.pop("examples", None)
    schema = parameter["schema"]
    kinds = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    for kind in kinds:
        schema.update(kind)


def _correct_answer(status: int, said: dict[str, Any]) -> None:
    content = said["content"]
    schema = content["application/json"]["schema"]
    if status >= HTTPStatus.BAD_REQUEST:
        said["content"] = {MEDIA_TYPE: content["application/json"]}
    elif schema.get("format") == "binary":
        said["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
