"""Events of an XES log, one at a time: whatever has been read is let go at once."""

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

CASE = "case:"


class NotXes(ValueError):
    """What is no well-formed XML, or XML that asks for more than its own text."""


def events(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Each event's attributes by their keys, with those of its trace as `case:` and the key.

    Attributes within attributes are left out. Raises `NotXes` where the text ends too soon or is none.
    """
    try:
        yield from _events(file)
    except (ParseError, DefusedXmlException) as problem:
        raise NotXes(problem) from None


def _events(file: IO[bytes]) -> Iterator[dict[str, str]]:
    path: list[Element] = []
    trace: dict[str, str] = {}
    for what, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if what == "start":
            path.append(element)
            if _tag(element) == "trace":
                trace = {}
            continue
        path.pop()
        tag, parent = _tag(element), path[-1] if path else None
        inside = _tag(parent) if parent is not None else ""
        if tag == "event":
            yield {**trace, **_attributes(element)}
        elif inside == "trace":
            trace.update((CASE + key, value) for key, value in _attribute(element))
        if parent is not None and inside != "event":
            parent.remove(element)


def _attributes(element: Element) -> dict[str, str]:
    return dict(pair for child in element for pair in _attribute(child))


def _attribute(element: Element) -> list[tuple[str, str]]:
    key, value = element.get("key"), element.get("value")
    return [(key, value)] if key is not None and value is not None else []


def _tag(element: Element) -> str:
    """Without its namespace."""
    return str(element.tag).rpartition("}")[2]
