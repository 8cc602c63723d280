"""Long runs of base64 are lifted out of a big mail before it is parsed.

The parser holds each line as an object of its own, eight times the mail: 50 MB must do with 400 MB.
Such lines can be neither header nor boundary, so nothing else changes.
"""

import binascii
import re
import secrets
from dataclasses import dataclass

FROM_BYTES = 1024 * 1024
_RUN = re.compile(rb"(?:^[A-Za-z0-9+/]{40,100}\r?\n){1000,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lifted:
    """Where the runs lie in the raw mail, by the mark that stands in their place."""

    raw: bytes
    runs: dict[bytes, tuple[int, int]]
    mark: bytes

    def restored(self, payload: bytes) -> bytes:
        """The payload with its runs back in place."""
        if not self.runs or self.mark not in payload:
            return payload
        pieces: list[bytes | memoryview] = []
        view = memoryview(self.raw)
        for line in payload.splitlines(keepends=True):
            run = self.runs.get(line.strip())
            pieces.append(view[run[0] : run[1]] if run else line)
        return b"".join(pieces)

    def holds(self, payload: str) -> bool:
        return bool(self.runs) and self.mark.decode() in payload


def lifted(raw: bytes) -> tuple[bytes, Lifted]:
    """(what to parse, what was lifted out of it)."""
    mark = b"opsdesk" + secrets.token_hex(16).encode()
    if len(raw) < FROM_BYTES:
        return raw, Lifted(raw, {}, mark)
    pieces: list[bytes | memoryview] = []
    runs: dict[bytes, tuple[int, int]] = {}
    view, position = memoryview(raw), 0
    for run in _RUN.finditer(raw):
        name = mark + b"x%d" % len(runs)
        runs[name] = run.span()
        pieces += [view[position : run.start()], name, b"\n"]
        position = run.end()
    return b"".join([*pieces, view[position:]]), Lifted(raw, runs, mark)


def base64_bytes(payload: bytes) -> bytes:
    """Decoded bytes of a restored base64 payload, as they stand where it is broken."""
    try:
        return binascii.a2b_base64(payload)
    except binascii.Error:
        return payload
