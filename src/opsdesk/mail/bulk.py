"""What is long in a big mail is lifted out before it is parsed: runs of base64, the rest of long bodies.

The parser holds each line as an object of its own, eight times the mail: 50 MB must do with 400 MB.
What is lifted can be neither header nor boundary, so nothing else changes.
"""

import binascii
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

FROM_BYTES = 1024 * 1024
# What stays of a long body: more than the headers that may stand at its beginning.
_KEPT = 256 * 1024
_KEPT_ON_TOP = 2 * FROM_BYTES
_RUN = re.compile(rb"(?:^[A-Za-z0-9+/]{40,100}\r?\n){1000,}", re.MULTILINE)
# Only a line that begins so can be a boundary.
_DASHES = re.compile(rb"(?:\r\n|[\r\n])--")


@dataclass(frozen=True, slots=True)
class _Layer:
    """Where the runs lie in what was lifted from, by the mark that stands in their place.

    `glued`: the line that such a mark stands on was broken for it.
    """

    raw: bytes
    mark: bytes
    runs: dict[bytes, tuple[int, int]]
    glued: frozenset[bytes]

    def restored(self, payload: bytes) -> bytes:
        if self.mark not in payload:
            return payload
        pieces: list[bytes | memoryview] = []
        view = memoryview(self.raw)
        for line in payload.splitlines(keepends=True):
            name = line.strip()
            run = self.runs.get(name)
            if run is None:
                pieces.append(line)
                continue
            if name in self.glued and pieces:
                pieces[-1] = bytes(pieces[-1][:-1])
            pieces += [view[run[0] : run[1]], line[len(name) :]]
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Lifted:
    """What was lifted out of a mail, the last lifted last."""

    layers: tuple[_Layer, ...]

    def restored(self, payload: bytes) -> bytes:
        """The payload with its runs back in place."""
        for layer in reversed(self.layers):
            payload = layer.restored(payload)
        return payload

    def holds(self, payload: bytes) -> bool:
        return any(layer.mark in payload for layer in self.layers)


def lifted(raw: bytes) -> tuple[bytes, Lifted]:
    """(what to parse, what was lifted out of it)."""
    if len(raw) < FROM_BYTES:
        return raw, Lifted(())
    layers: list[_Layer] = []
    for find in (_base64_runs, _long_bodies):
        spans = list(find(raw))
        if spans:
            light, layer = _without(raw, spans)
            layers.append(layer)
            raw = light
    return raw, Lifted(tuple(layers))


def _base64_runs(raw: bytes) -> Iterator[tuple[int, int]]:
    """Runs of full lines of base64, but for the end of their last line."""
    for run in _RUN.finditer(raw):
        yield run.start(), run.end() - (2 if raw.endswith(b"\r\n", 0, run.end()) else 1)


def _long_bodies(raw: bytes) -> Iterator[tuple[int, int]]:
    """What follows the first of every long stretch without a line that could be a boundary."""
    start, kept = 0, _KEPT_ON_TOP
    for end in (*(match.start() for match in _DASHES.finditer(raw)), len(raw)):
        if end - start > 2 * kept:
            begin = raw.find(b"\n", start + kept, start + kept + _KEPT) + 1
            yield begin or start + kept, end
        start, kept = end, _KEPT


def _without(raw: bytes, spans: list[tuple[int, int]]) -> tuple[bytes, _Layer]:
    mark = b"opsdesk" + secrets.token_hex(16).encode()
    pieces: list[bytes | memoryview] = []
    runs: dict[bytes, tuple[int, int]] = {}
    glued: set[bytes] = set()
    view, position = memoryview(raw), 0
    for start, end in spans:
        name = mark + b"x%d" % len(runs)
        runs[name] = (start, end)
        pieces.append(view[position:start])
        if start and raw[start - 1 : start] != b"\n":
            pieces.append(b"\n")
            glued.add(name)
        pieces.append(name)
        position = end
    light = b"".join([*pieces, view[position:]])
    return light, _Layer(raw, mark, runs, frozenset(glued))


def base64_bytes(payload: bytes) -> bytes:
    """Decoded bytes of a restored base64 payload, as they stand where it is broken."""
    try:
        return binascii.a2b_base64(payload)
    except binascii.Error:
        return payload
