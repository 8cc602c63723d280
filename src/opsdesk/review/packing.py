"""Frozen values as JSON and back, by their annotations. Pure.

What a later version adds needs a default: a value that was kept before reads as if it had that. What a later
version no longer knows is passed over.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Mean, Tally
from opsdesk.insight.statistics import Spread

Value = TypeVar("Value")
# An instant, a day and the classes that stand in for one another say what they are.
AT, ON, IS = "at", "on", "is"
TAGGED: Mapping[str, type] = {"tally": Tally, "share": Share, "spread": Spread, "mean": Mean}
_TAGS = {kind: name for name, kind in TAGGED.items()}


def packed(value: Any) -> Any:
    """A value as JSON holds it. What is as by default is left out."""
    if value is None or isinstance(value, Enum):
        return value.value if value is not None else None
    if isinstance(value, datetime):
        return {AT: value.isoformat()}
    if isinstance(value, date):
        return {ON: value.isoformat()}
    if is_dataclass(value):
        tag = {IS: _TAGS[type(value)]} if type(value) in _TAGS else {}
        held = ((each, getattr(value, each.name)) for each in fields(value))
        return tag | {each.name: packed(own) for each, own in held if not _is_default(each, own)}
    if isinstance(value, Mapping):
        return {str(key): packed(own) for key, own in value.items()}
    return [packed(own) for own in value] if isinstance(value, tuple | list) else value


def _is_default(of: "Field[Any]", value: Any) -> bool:
    if of.default is not MISSING:
        return bool(value == of.default)
    return of.default_factory is not MISSING and bool(value == of.default_factory())


def unpacked(kind: type[Value], data: Any) -> Value:
    """A value of that class from what `packed` made of it. `TypeError`: a field without default lacks."""
    value: Value = _read(kind, data)
    return value


def _read(hint: Any, data: Any) -> Any:
    if isinstance(data, Mapping):
        return _read_mapping(hint, data)
    if isinstance(data, list):
        return _read_tuple(hint, data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    enums = [each for each in get_args(hint) if isinstance(each, type) and issubclass(each, Enum)]
    return enums[0](data) if enums and data is not None else data


def _read_mapping(hint: Any, data: Mapping[str, Any]) -> Any:
    if data.keys() == {AT}:
        return datetime.fromisoformat(data[AT])
    if data.keys() == {ON}:
        return date.fromisoformat(data[ON])
    kind = TAGGED[data[IS]] if IS in data else _among(hint, is_dataclass)
    if kind is not None:
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], own) for name, own in data.items() if name in hints})
    own = get_args(_among(hint, lambda each: get_origin(each) is not None) or hint)
    return {key: _read(own[1] if len(own) > 1 else Any, each) for key, each in data.items()}


def _read_tuple(hint: Any, data: list[Any]) -> tuple[Any, ...]:
    of = get_args(_among(hint, lambda each: str(get_origin(each)) == str(tuple)) or hint)
    if len(of) == 2 and of[1] is ...:
        return tuple(_read(of[0], own) for own in data)
    return tuple(_read(own, each) for own, each in zip(of, data, strict=True))


def _among(hint: Any, fits: Any) -> Any:
    """The hint itself, or the first of its union, that fits."""
    each = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return next((one for one in each if fits(one)), None)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
