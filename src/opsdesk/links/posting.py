"""One POST to a server that may be anybody's: slow, endless, lying about where it is.

The name is looked up once, every address it has is judged, and the connection is made to a judged one: what
the name stands for a moment later changes nothing. Redirects lead nowhere; of an answer only the beginning
is read.
"""

import io
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from time import monotonic

from opsdesk.links.addresses import Target, is_public

CONNECT_S = 5.0
TOTAL_S = 15.0
# So long the rest of an answer is waited for whose beginning is there.
REST_S = 1.0
MOST_HEAD = 32 * 1024
SHOWN = 500
AGENT = "Opsdesk-Webhooks/1"
_PIECE = 4096
_END_OF_HEAD = b"\r\n\r\n"

Resolve = Callable[[str, int], Sequence[str]]


class NotDelivered(Exception):
    """There was no answer, or none that counts; the text says why in a line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `start` is the beginning of its body."""

    status: int
    start: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed and how long it may take, in seconds."""

    allow_private: bool = False
    connect_s: float = CONNECT_S
    total_s: float = TOTAL_S


def looked_up(host: str, port: int) -> list[str]:
    """The addresses a name has now. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    limits: Limits,
    resolve: Resolve = looked_up,
) -> Answer:
    """Send the bytes and give what was answered, whatever its status. Raises `NotDelivered`."""
    ends = monotonic() + limits.total_s
    try:
        line = _connected(_judged(target, limits, resolve), target, limits, ends)
        with _safe(line, target, ends) as safe:
            safe.settimeout(_left(ends))
            safe.sendall(_request(target, body, headers))
            return _answer(_received(safe, ends))
    except TimeoutError:
        raise NotDelivered("no answer in time") from None
    except ssl.SSLError as error:
        raise NotDelivered(f"TLS: {error.reason or error}") from None
    except OSError as error:
        raise NotDelivered(error.strerror or type(error).__name__) from None


def _judged(target: Target, limits: Limits, resolve: Resolve) -> Sequence[str]:
    """The addresses of the server; one that is not of the public network condemns them all."""
    try:
        found = resolve(target.host, target.port)
    except (OSError, UnicodeError):
        raise NotDelivered(f"{target.host} has no address") from None
    if not found:
        raise NotDelivered(f"{target.host} has no address")
    inside = [address for address in found if not is_public(address)]
    if inside and not limits.allow_private:
        raise NotDelivered(f"{target.host} leads into our own network ({inside[0]})")
    return found


def _connected(addresses: Sequence[str], target: Target, limits: Limits, ends: float) -> socket.socket:
    """A connection to the first of these addresses that takes one."""
    failed: OSError = TimeoutError()
    for address in addresses:
        try:
            return socket.create_connection((address, target.port), min(limits.connect_s, _left(ends)))
        except OSError as error:
            failed = error
    raise failed


def _safe(line: socket.socket, target: Target, ends: float) -> socket.socket:
    """The line under TLS, where the server shows a certificate for its name."""
    if not target.is_safe:
        return line
    try:
        line.settimeout(_left(ends))
        return ssl.create_default_context().wrap_socket(line, server_hostname=target.host)
    except BaseException:
        line.close()
        raise


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "Host": target.named,
        "User-Agent": AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "*/*",
        "Connection": "close",
        **headers,
    }
    head = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join(head).encode("ascii") + _END_OF_HEAD + body


def _received(line: socket.socket, ends: float) -> bytes:
    """The head of the answer and what comes of its body, as far as it is shown."""
    data, head = b"", -1
    while head < 0 or len(data) < head + SHOWN:
        if head < 0 and len(data) > MOST_HEAD:
            raise NotDelivered("the head of the answer has no end")
        line.settimeout(_left(ends))
        try:
            piece = line.recv(_PIECE)
        except (TimeoutError, ConnectionResetError, ssl.SSLError):
            if head < 0:
                raise
            break
        if not piece:
            break
        data += piece
        if head < 0 and (head := _end_of_head(data)) >= 0:
            ends = min(ends, monotonic() + REST_S)
        if head >= 0 and _is_whole(data, head):
            break
    return data


def _end_of_head(data: bytes) -> int:
    """Where the body begins; below 0 while the head, or what precedes it (100 Continue), goes on."""
    start = 0
    while data[start:].startswith(b"HTTP/1.1 1"):
        end = data.find(_END_OF_HEAD, start)
        if end < 0:
            return -1
        start = end + len(_END_OF_HEAD)
    end = data.find(_END_OF_HEAD, start)
    return end + len(_END_OF_HEAD) if end >= 0 else -1


def _is_whole(data: bytes, head: int) -> bool:
    """Whether a body whose length is told is all there."""
    for line in data[:head].lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length" and value.strip().isdigit():
            return len(data) - head >= int(value)
    return data[:head].split(b" ")[1:2] in ([b"204"], [b"304"])


def _answer(data: bytes) -> Answer:
    response = HTTPResponse(_Said(data))  # type: ignore[arg-type]
    try:
        response.begin()
    except (HTTPException, ValueError):
        raise NotDelivered("the answer is no HTTP" if data else "closed without an answer") from None
    try:
        start = response.read(SHOWN)
    except IncompleteRead as part:
        start = part.partial
    except (HTTPException, ValueError):
        start = b""
    text = start.decode("utf-8", "replace")
    return Answer(response.status, "".join(sign if sign.isprintable() else " " for sign in text))


class _Said:
    """What was received, as the reader of answers wants it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def _left(ends: float) -> float:
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
