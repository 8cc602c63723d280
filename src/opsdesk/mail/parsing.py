"""Raw bytes to a ParsedMail: pure, never another exception than NotUnderstood.

Parsed with the `compat32` policy, each header decoded by itself. Hangs and memory are the matter
of the process it runs in (`child.py`); the limits here keep what can be known in advance.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from opsdesk.mail import bodies, forwarded, headers, marks
from opsdesk.mail.bodies import Leaf, Part, RawMessage
from opsdesk.mail.bulk import Lifted, lifted
from opsdesk.mail.headers import Address
from opsdesk.mail.refusals import NotUnderstood

MAX_BYTES = 64 * 1024 * 1024
MAX_HEADERS = 2_000
MAX_HEADER_BYTES = 1024 * 1024
NOBODY = Address("", "")

_TELLING = ("from", "to", "subject", "date", "message-id", "received", "sender", "return-path", "reply-to")
_MOST_HOPS = 100
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What a mail says of itself. Strings hold no NUL and no lone surrogate; instants are aware UTC.

    `machine` is a kind of `marks`, "" for a person. `received_at` is the newest readable Received date.
    `content_digest` is the same for the same mail by any way. `delivered_to` are the addresses that the
    hops wrote down, `loops` those of X-Loop, `hops` how many Received headers there are.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    received_at: datetime | None
    text: str
    html: str
    parts: tuple[Part, ...]
    machine: str
    list_id: str
    content_digest: str
    delivered_to: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    hops: int = 0


def parse(raw: bytes) -> ParsedMail:
    """The mail of these bytes. Raises NotUnderstood: empty, too large, no headers, a limit passed."""
    try:
        return _parse(raw)
    except RecursionError:
        raise NotUnderstood("nested too deep", "the parser ran out of stack") from None
    except MemoryError:
        raise NotUnderstood("too much memory") from None


def opened(raw: bytes) -> tuple[RawMessage, tuple[Leaf, ...]]:
    """The mail as the parser has it, and its leaves. Raises NotUnderstood."""
    message, bulk = _message(raw)
    return message, bodies.leaves(message, bulk)


def part_content(raw: bytes, path: str) -> bytes:
    """The decoded bytes of one part. Raises NotUnderstood, also when there is no such part."""
    for leaf in bodies.leaves(*_message(raw)):
        if leaf.path == path and not leaf.inner:
            return leaf.data
    raise NotUnderstood("no such part", path)


def parts_content(raw: bytes, paths: Collection[str]) -> dict[str, bytes]:
    """The decoded bytes of several parts by path; what isn't there is left out. Raises NotUnderstood."""
    if not paths:
        return {}
    found = bodies.leaves(*_message(raw))
    return {leaf.path: leaf.data for leaf in found if leaf.path in paths and not leaf.inner}


def typed(*, subject: str, text: str, sender: str) -> ParsedMail:
    """A mail as somebody typed it from what they could read; it has no id, no date and no parts."""
    nobody: tuple[Address, ...] = ()
    return ParsedMail(
        message_id="",
        in_reply_to=(),
        references=(),
        sender=Address("", sender),
        to=nobody,
        cc=nobody,
        reply_to=nobody,
        subject=subject,
        sent_at=None,
        received_at=None,
        text=text,
        html="",
        parts=(),
        machine="",
        list_id="",
        content_digest="",
    )


def _parse(raw: bytes) -> ParsedMail:
    message, bulk = _message(raw)
    named = _Headers(message)
    found = bodies.leaves(message, bulk)
    text, html = bodies.texts(found)
    sender = named.sender()
    digest_of = (named.first("from"), named.first("date"), named.first("subject"))
    return ParsedMail(
        message_id=headers.message_id(named.raw("message-id")),
        in_reply_to=headers.message_ids(named.raw("in-reply-to")),
        references=headers.message_ids(" ".join(named.every("references"))),
        sender=sender,
        to=named.addresses("to"),
        cc=named.addresses("cc"),
        reply_to=named.addresses("reply-to"),
        subject=named.first("subject")[:998],
        sent_at=headers.instant(named.raw("date")),
        received_at=named.received_at(),
        text=forwarded.appended(text, message, found),
        html=html,
        parts=tuple(
            bodies.part_of(leaf, named.hint, otherwise=forwarded.file_name(leaf))
            for leaf in found
            if not leaf.inner
        ),
        machine=marks.machine_kind(named.firsts(), *_types(message), sender.address),
        list_id=named.first("list-id")[:300],
        content_digest=bodies.content_digest(digest_of, found),
        delivered_to=named.bare(_DELIVERED_TO),
        loops=named.bare(("x-loop",)),
        hops=len(named.every("received")),
    )


def _message(raw: bytes) -> tuple[RawMessage, Lifted]:
    if not raw or raw.isspace():
        raise NotUnderstood("empty", f"{len(raw)} bytes")
    if len(raw) > MAX_BYTES:
        raise NotUnderstood("too large", f"{len(raw)} bytes, at most {MAX_BYTES}")
    light, bulk = lifted(raw)
    try:
        message: RawMessage = BytesParser(policy=compat32).parsebytes(light)
    except RecursionError:
        raise NotUnderstood("nested too deep", "the parser ran out of stack") from None
    names = {name.lower() for name, _ in message.raw_items()}
    if not names.intersection(_TELLING):
        raise NotUnderstood("no headers")
    if len(message) > MAX_HEADERS:
        raise NotUnderstood("too many headers", f"{len(message)}, at most {MAX_HEADERS}")
    if sum(len(value) for _, value in message.raw_items()) > MAX_HEADER_BYTES:
        raise NotUnderstood("headers too large", f"more than {MAX_HEADER_BYTES} bytes")
    return message, bulk


def _types(message: RawMessage) -> tuple[str, str]:
    report: object = headers.quietly(lambda: message.get_param("report-type"), None)
    return message.get_content_type(), str(report or "").lower()


class _Headers:
    """The headers by lower-case name, as the parser left them; the body's charset hints at 8-bit ones."""

    def __init__(self, message: RawMessage) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._values.setdefault(name.lower(), []).append(value)
        self.hint = _hint(message)

    def every(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def raw(self, name: str) -> str:
        """The first of a header that is there, a doubled one's others are ignored; "" when missing."""
        return next((value for value in self.every(name) if value.strip()), "")

    def first(self, name: str) -> str:
        return headers.readable(self.raw(name), self.hint)

    def firsts(self) -> dict[str, str]:
        """Readable values of the headers that tell machines from people."""
        there = marks.TELLING & self._values.keys()
        return {name: self._all(name) if name in marks.EVERY else self.first(name) for name in there}

    def _all(self, name: str) -> str:
        return ", ".join(headers.readable(value, self.hint) for value in self.every(name)[:_MOST_HOPS])

    def addresses(self, name: str) -> tuple[Address, ...]:
        found = [one for value in self.every(name) for one in headers.addresses(value, self.hint)]
        return tuple(found[: headers.MAX_ADDRESSES])

    def bare(self, names: Collection[str]) -> tuple[str, ...]:
        """The addresses of headers that hold nothing else."""
        there = [value for name in names for value in self.every(name)[:_MOST_HOPS]]
        found = (one.address for value in there for one in headers.addresses(value))
        return tuple(dict.fromkeys(address for address in found if address))[:_MOST_HOPS]

    def sender(self) -> Address:
        """From; where it names nobody, Sender, Reply-To, Return-Path."""
        named = self.addresses("from")
        for name in ("from", "sender", "reply-to", "return-path"):
            for one in self.addresses(name):
                if one.address:
                    return Address(one.name or (named[0].name if named else ""), one.address)
        return named[0] if named else NOBODY

    def received_at(self) -> datetime | None:
        """The date of the topmost readable Received header: each hop writes its own above the others."""
        for value in self.every("received"):
            found = headers.instant(value.rpartition(";")[2])
            if found:
                return found
        return None


def _hint(message: RawMessage) -> str:
    for part in [message, *_shallow(message)]:
        charset = headers.quietly(part.get_content_charset, None)
        if charset:
            return charset
    return ""


def _shallow(message: RawMessage) -> list[RawMessage]:
    payload = headers.quietly(message.get_payload, None)
    if not isinstance(payload, list):
        return []
    return [part for part in payload[:5] if isinstance(part, Message)]
