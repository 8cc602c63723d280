"""The description of the API as people read it, made from the one that programs read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext

from opsdesk.api.app import description
from opsdesk.api.problems import STATUSES, title_of

SHOWN_CODES = 12
PLACE = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body. `shape`: the name of the shape it has, if it is one."""

    name: str
    kind: str
    shape: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one address does. `body` and `answer` are names of shapes, where they have one."""

    key: str
    method: str
    path: str
    title: str
    words: str
    parameters: tuple[Field, ...]
    body: str
    form: tuple[Field, ...]
    status: str
    answer: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a body or an answer holds."""

    name: str
    words: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: `words` with dots where each has its own."""

    code: str
    title: str
    status: int
    words: str


@cache
def operations() -> dict[str, tuple[Operation, ...]]:
    """Every operation, by what it is about."""
    found: dict[str, list[Operation]] = {}
    for path, methods in description()["paths"].items():
        for method, said in methods.items():
            found.setdefault(said["tags"][0], []).append(_operation(path, method, said))
    return {tag: tuple(each) for tag, each in found.items()}


@cache
def shapes() -> tuple[Shape, ...]:
    """Every shape, by name."""
    return tuple(
        Shape(name, schema.get("description", ""), tuple(_fields(schema)))
        for name, schema in sorted(description()["components"]["schemas"].items())
    )


def problems() -> tuple[ProblemKind, ...]:
    """Every kind of problem that is met here, by name, in the reader's language."""
    kinds = sorted(STATUSES.items(), key=lambda each: each[0].__name__)
    return tuple(
        ProblemKind(kind.__name__, title_of(kind), status, PLACE.sub("…", gettext(kind.message)))
        for kind, status in kinds
    )


def _operation(path: str, method: str, said: Mapping[str, Any]) -> Operation:
    content = said.get("requestBody", {}).get("content", {})
    status, answer = next(iter(said["responses"].items()))
    form = content.get("multipart/form-data", {}).get("schema", {})
    return Operation(
        key=said["operationId"],
        method=method.upper(),
        path=path,
        title=said["operationId"].replace("_", " ").capitalize(),
        words=said.get("description", ""),
        parameters=tuple(
            _field(each["name"], each["schema"], required=each["required"]) for each in said["parameters"]
        ),
        body=_shape(content.get("application/json", {}).get("schema", {})),
        form=tuple(_fields(form)),
        status=str(status),
        answer=_shape(next(iter(answer["content"].values()))["schema"]),
    )


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    for name, said in schema.get("properties", {}).items():
        yield _field(name, said, required=name in schema.get("required", ()))


def _field(name: str, schema: Mapping[str, Any], *, required: bool) -> Field:
    return Field(name, _kind(schema), _shape(schema), required, schema.get("description", ""))


def _shape(schema: Mapping[str, Any]) -> str:
    """The name of the shape that this is, or holds several of."""
    nested = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    return next((each["$ref"].rpartition("/")[2] for each in nested if "$ref" in each), "")


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    codes = schema.get("enum", ())
    if codes and len(codes) <= SHOWN_CODES:
        return "one of " + ", ".join(code or "(empty)" for code in codes)
    return str(schema.get("format") or schema.get("type") or "")
