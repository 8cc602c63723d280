"""What a report of a mail server says: who was not reached, why, and which mail of ours it is about. Pure.

Delivery status notifications (RFC 3464) are read by their fields; older kinds by flufl.bounce. Runs in the
parser process: reports quote strangers' bytes.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from flufl.bounce import all_failures

from opsdesk.mail import headers, parsing
from opsdesk.mail.bodies import Leaf, RawMessage

MAX_FAILURES = 50
MAX_IDS = 20
_LOOKED_AT = 64 * 1024

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY = re.compile(r"\b([45]\d\d)[ -]")
_MESSAGE_ID = re.compile(
    r"^[ \t>|]*(?:X-Original-)?Message-ID:\s*<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE
)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that was not reached. `status`: `5.1.1` or the SMTP reply, "" where none is given.

    `permanent` False: the server still tries.
    """

    recipient: str
    status: str
    permanent: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """The failures, and the Message-IDs of mails that the report quotes or answers, the likeliest first."""

    failures: tuple[Failure, ...]
    about: tuple[str, ...]


NOTHING = Report((), ())


def report_of(raw: bytes) -> Report:
    """What a bounce says; NOTHING in it where nothing can be made out. Raises NotUnderstood."""
    root, leaves = parsing.opened(raw)
    failures = [failure for leaf in leaves for failure in _of_status(leaf)] or list(
        _of_old_kinds(root, leaves)
    )
    named = dict.fromkeys(_ids(root, leaves))
    return Report(tuple(failures[:MAX_FAILURES]), tuple(named)[:MAX_IDS])


def to_wire(report: Report) -> bytes:
    return json.dumps(asdict(report)).encode()


def from_wire(body: bytes) -> Report:
    found = json.loads(body)
    return Report(tuple(Failure(**one) for one in found["failures"]), tuple(found["about"]))


def _of_status(leaf: Leaf) -> Iterator[Failure]:
    """The failures that a `message/delivery-status` part lists, a block of fields for each address."""
    if leaf.content_type != "message/delivery-status":
        return
    for block in _BLANK_LINE.split(_text(leaf.data)):
        fields = _fields(block)
        recipient = _address(fields.get("original-recipient", "") or fields.get("final-recipient", ""))
        action = fields.get("action", "").lower()
        if not recipient or action in ("delivered", "relayed", "expanded"):
            continue
        diagnostic = fields.get("diagnostic-code", "").partition(";")[2].strip()
        status = _status(fields.get("status", "")) or _status(diagnostic)
        permanent = action == "failed" or (action == "" and not status.startswith("4"))
        yield Failure(recipient, status, permanent, headers.one_line(diagnostic)[:1000])


def _fields(block: str) -> dict[str, str]:
    """Field values by lower-case name, continuation lines joined; the first of a doubled one."""
    found: dict[str, str] = {}
    for line in _FOLD.sub(" ", block).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _address(value: str) -> str:
    """`rfc822; sam@dealer.example` as an address; "" where there is none."""
    return headers.address_of(value.partition(";")[2].strip() or value.strip())


def _status(text: str) -> str:
    match = _STATUS.search(text) or _REPLY.search(text)
    return match[1] if match else ""


def _of_old_kinds(root: RawMessage, leaves: tuple[Leaf, ...]) -> Iterator[Failure]:
    nobody: tuple[frozenset[bytes], frozenset[bytes]] = (frozenset(), frozenset())
    temporary, permanent = headers.quietly(lambda: all_failures(root), nobody)
    named = headers.quietly(lambda: str(root.get("X-Failed-Recipients", "")), "")
    gone = {_decoded(one) for one in permanent} | {headers.address_of(one) for one in named.split(",")}
    slow = {_decoded(one) for one in temporary} - gone
    for recipient in sorted(address for address in gone | slow if address):
        detail = _reason(recipient, leaves)
        yield Failure(recipient, _status(detail), recipient in gone, detail)


def _decoded(address: bytes) -> str:
    return headers.address_of(address.decode("ascii", "replace"))


def _reason(recipient: str, leaves: tuple[Leaf, ...]) -> str:
    """The words near the address in the first text: what the server says is wrong."""
    text = next(
        (_text(leaf.data) for leaf in leaves if leaf.content_type == "text/plain" and not leaf.inner), ""
    )
    at = text.lower().find(recipient)
    near = text[at : at + 400] if at >= 0 else text[:400]
    return headers.one_line(_BLANK_LINE.split(near.partition("\n")[2] or near)[0])[:1000]


def _ids(root: RawMessage, leaves: tuple[Leaf, ...]) -> Iterator[str]:
    """Ids quoted from the mail that came back, then those the report answers, then any in its text."""
    own = headers.quietly(lambda: str(root.get("Message-ID", "")), "")
    for leaf in leaves:
        if leaf.content_type in ("message/rfc822", "text/rfc822-headers", "message/global-headers"):
            yield from _quoted(_text(leaf.data).partition("\n\n")[0], own)
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        value = headers.quietly(lambda name=name: str(root.get(name, "")), "")  # type: ignore[misc]
        yield from re.findall(r"<([^<>\s]{3,250})>", value)
    for leaf in leaves:
        if leaf.content_type in ("text/plain", "message/delivery-status"):
            yield from _quoted(_text(leaf.data), own)


def _quoted(text: str, own: str) -> Iterator[str]:
    return (found for found in _MESSAGE_ID.findall(text) if found not in own)


def _text(data: bytes) -> str:
    return data[:_LOOKED_AT].decode("utf-8", "replace").replace("\r\n", "\n")
