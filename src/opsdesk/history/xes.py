"""Events of an XES log, one at a time: whatever has been read is let go at once."""

from collections.abc import Iterator
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate

CASE = "case:"
AT_ONCE = 1 << 16
# So much of the text may be held at once: no event, and nothing that a trace says, is that long.
LONGEST = 1 << 24
MOST_SAID = 1000
OUTER = 2


class NotXes(ValueError):
    """What is no well-formed XML, asks for more than its own text, or says more at once than can be held."""


def events(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Each event's attributes by their keys, with those of its trace as `case:` and the key.

    Attributes within attributes are left out. Raises `NotXes` where the text ends too soon or is none.
    """
    log = _Log()
    try:
        while data := file.read(AT_ONCE):
            yield from log.fed(data)
        log.end()
    except ExpatError as problem:
        raise NotXes(problem) from None


class _Log:
    """What the parser tells, put together. A document type is refused: only that can ask for other texts."""

    def __init__(self) -> None:
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._starts
        self._parser.EndElementHandler = self._ends
        self._parser.StartDoctypeDeclHandler = self._declares
        self._path: list[str] = [""]
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._found: list[dict[str, str]] = []
        self._held = 0

    def fed(self, data: bytes) -> list[dict[str, str]]:
        """The events that end in the next part of the text."""
        self._found = []
        self._held += len(data)
        self._parser.Parse(data, False)
        if self._held > LONGEST:
            raise NotXes(f"one element is longer than {LONGEST // 1024**2} MB")
        return self._found

    def end(self) -> None:
        """The text is over."""
        self._parser.Parse(b"", True)

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        tag, parent = name.rpartition(" ")[2], self._path[-1]
        self._path.append(tag)
        if tag == "event":
            self._event = {}
        elif tag == "trace":
            self._trace = {}
        elif parent in ("event", "trace") and "key" in attributes and "value" in attributes:
            if parent == "event":
                self._event[attributes["key"]] = attributes["value"]
            else:
                self._says(attributes["key"], attributes["value"])

    def _says(self, key: str, value: str) -> None:
        self._trace[CASE + key] = value
        if len(self._trace) > MOST_SAID:
            raise NotXes(f"a trace says more than {MOST_SAID} things")

    def _ends(self, name: str) -> None:
        if self._path.pop() == "event":
            self._found.append({**self._trace, **self._event})
        if len(self._path) <= OUTER + 1:
            self._held = 0

    def _declares(self, *_: object) -> None:
        raise NotXes("it has a document type, which no XES log needs")
