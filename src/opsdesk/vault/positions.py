"""YAML read with positions: plain values, and the line each of them stands on.

A small, strict reading: no anchors, no tags, no key twice, keys are always text. `yes`, `no` and
`on` are text too, so that a country `NO` stays Norway; numbers with a point are exact decimals.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import yaml

from opsdesk.kernel.refusal import gettext_noop

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 30
REMEMBERED = 20_000

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong on a line (from 1), with the remedy. `details` fill the places of `message`."""

    line: int
    message: str
    details: dict[str, object]

    @property
    def text(self) -> str:
        return self.message % self.details


class Unreadable(Exception):
    """The text can't be read as a document at all."""

    def __init__(self, line: int, message: str, **details: object) -> None:
        super().__init__(message % details)
        self.problem = Problem(line, message, details)


def read(text: str) -> tuple[object, dict[Path, int]]:
    """The plain value of a YAML text and the line (from 1) of every path in it; raises `Unreadable`.

    The same short text again is not taken apart again: nobody may change what is given.
    """
    return _known(text) if len(text) <= REMEMBERED else _read(text)


@lru_cache(maxsize=64)
def _known(text: str) -> tuple[object, dict[Path, int]]:
    return _read(text)


def _read(text: str) -> tuple[object, dict[Path, int]]:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(
            1,
            gettext_noop("the document has %(length)s characters; at most %(most)s are read"),
            length=len(text),
            most=MAX_CHARACTERS,
        )
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(
            mark.line + 1 if mark else 1,
            gettext_noop("this is not YAML: %(problem)s"),
            problem=error.problem or error.context,
        ) from None
    except yaml.YAMLError as error:
        raise Unreadable(1, gettext_noop("this is not YAML: %(problem)s"), problem=error) from None
    if root is None:
        raise Unreadable(1, gettext_noop("the document is empty"))
    lines: dict[Path, int] = {}
    return _value(root, (), lines), lines


class _Loader(yaml.SafeLoader):
    """Refuses what a document needs not have, before it can do harm."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unreadable(line, gettext_noop("anchors and aliases are not read; write the value out"))
        if event.tag not in (None, "!"):
            raise Unreadable(line, gettext_noop("the tag %(tag)s is not read; leave it out"), tag=event.tag)
        if self.depth >= MAX_DEPTH:
            raise Unreadable(line, gettext_noop("more than %(most)s levels deep"), most=MAX_DEPTH)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return {key: _value(child, (*path, key), lines) for key, child in _pairs(node, path, lines)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, index), lines) for index, child in enumerate(node.value)]
    return _scalar(node)


def _pairs(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key_node, child in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise Unreadable(line, gettext_noop("a key must be a word"))
        key = key_node.value
        if key in seen:
            raise Unreadable(line, gettext_noop('the key "%(key)s" stands here a second time'), key=key)
        seen.add(key)
        lines[*path, key] = line
        yield key, child


def _scalar(node: yaml.Node) -> object:
    assert isinstance(node, yaml.ScalarNode)
    text: str = node.value
    if node.style is not None:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.match(text) and len(text) < 20:
        return int(text)
    if _DECIMAL.match(text) and len(text) < 40:
        return Decimal(text)
    return text
