"""The parts of a parsed mail: its text, its HTML, its attachments; every look into a part is guarded."""

import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from typing import TypeAlias

from opsdesk.mail.bulk import Lifted, base64_bytes
from opsdesk.mail.charsets import decoded
from opsdesk.mail.headers import one_line, quietly, readable
from opsdesk.mail.html import text_of_html
from opsdesk.mail.refusals import NotUnderstood

MAX_PARTS = 500
MAX_DEPTH = 50
MAX_TEXT = 1_000_000
MAX_HTML = 5_000_000
_BYTES_A_SIGN = 4
_UUENCODED = ("x-uuencode", "uuencode", "uue", "x-uue")

RawMessage: TypeAlias = "Message[str, str]"
_TRAILING = re.compile(r"[^\S\n]+\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is no container. `path` counts as IMAP does (`1`, `2.1`); `body`: shown as text."""

    path: str
    filename: str
    content_type: str
    size: int
    disposition: str
    content_id: str
    body: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part with its decoded bytes. What lies inside an attached mail is `inner`: digested, not listed."""

    path: str
    message: RawMessage
    content_type: str
    data: bytes
    alternative: bool
    inner: bool


def leaves(root: RawMessage, bulk: Lifted) -> tuple[Leaf, ...]:
    """All leaves in order. Raises NotUnderstood beyond MAX_DEPTH or MAX_PARTS (containers count too)."""
    found: list[Leaf] = []
    seen = 0
    stack: list[tuple[str, RawMessage, int, bool, bool]] = [("", root, 0, False, False)]
    while stack:
        path, message, depth, alternative, inner = stack.pop()
        seen += 1
        if seen > MAX_PARTS:
            raise NotUnderstood("too many parts", f"more than {MAX_PARTS}")
        if depth > MAX_DEPTH:
            raise NotUnderstood("nested too deep", f"more than {MAX_DEPTH} levels")
        kind = message.get_content_type()
        children = list(_children(path, message))
        if not children or kind.startswith("message/"):
            found.append(Leaf(path or "1", message, kind, _part_bytes(message, bulk), alternative, inner))
        below_alternative = kind == "multipart/alternative" or (alternative and kind.startswith("multipart/"))
        below_inner = inner or kind.startswith("message/")
        for child_path, child in reversed(children):
            stack.append((child_path, child, depth + 1, below_alternative, below_inner))
    return tuple(found)


def _children(path: str, message: RawMessage) -> Iterator[tuple[str, RawMessage]]:
    payload = quietly(message.get_payload, None)
    if isinstance(payload, list):
        for number, child in enumerate(payload, start=1):
            if isinstance(child, Message):
                yield (f"{path}.{number}" if path else str(number)), child


def _part_bytes(message: RawMessage, bulk: Lifted) -> bytes:
    """The decoded bytes of a leaf; of an attached mail, its source."""
    payload = quietly(message.get_payload, None)
    if isinstance(payload, list):
        inner = [child for child in payload if isinstance(child, Message)]
        return bulk.restored(b"".join(_source(child) for child in inner))
    if bulk.layers and bulk.holds(lighter := _as_it_is(message)):
        return _decoded_whole(message, bulk.restored(lighter))
    data = quietly(lambda: message.get_payload(decode=True), None)
    if isinstance(data, bytes):
        return data
    return str(payload or "").encode("utf-8", "surrogateescape")


def _as_it_is(message: RawMessage) -> bytes:
    """The bytes of a leaf as they came: without an encoding the library has nothing to decode."""
    bare = copy(message)
    del bare["Content-Transfer-Encoding"]
    data = quietly(lambda: bare.get_payload(decode=True), None)
    return data if isinstance(data, bytes) else b""


def _decoded_whole(message: RawMessage, whole: bytes) -> bytes:
    """The bytes of a leaf from which something was lifted; the library would take several times as much."""
    encoding = str(quietly(lambda: message.get("Content-Transfer-Encoding", ""), "")).strip().lower()
    if encoding == "base64":
        return base64_bytes(whole)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(whole)
    if encoding in _UUENCODED:
        message.set_payload(whole.decode("ascii", "surrogateescape"))
        data = quietly(lambda: message.get_payload(decode=True), None)
        return data if isinstance(data, bytes) else whole
    return whole


def _source(message: RawMessage) -> bytes:
    return quietly(lambda: message.as_bytes(policy=compat32), b"")


def part_of(leaf: Leaf, hint: str, *, otherwise: str = "") -> Part:
    """The part of a leaf; `otherwise`: its file's name where it says none."""
    message = leaf.message
    name = quietly(lambda: message.get_filename() or "", "") or otherwise
    content_id = one_line(str(quietly(lambda: message.get("Content-ID", ""), ""))).strip("<> ")
    return Part(
        path=leaf.path,
        filename=_file_name(readable(str(name), hint)),
        content_type=one_line(leaf.content_type)[:100],
        size=len(leaf.data),
        disposition=one_line(str(quietly(message.get_content_disposition, None) or ""))[:40],
        content_id=content_id[:200],
        body=_is_body(leaf),
    )


def _kind_of_text(leaf: Leaf) -> str:
    """The type a text is read as. A container whose parts can't be told apart is read as it stands."""
    return "text/plain" if leaf.content_type.startswith("multipart/") else leaf.content_type


def _file_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].strip(". ")[:200]


def _is_body(leaf: Leaf, *, inner: bool = False) -> bool:
    if leaf.inner != inner or _kind_of_text(leaf) not in ("text/plain", "text/html"):
        return False
    message = leaf.message
    if quietly(message.get_content_disposition, None) == "attachment":
        return False
    return not quietly(message.get_filename, None)


def texts(found: tuple[Leaf, ...], *, inner: bool = False) -> tuple[str, str]:
    """(plain text, raw HTML). The text is that of the plain parts, or of the HTML where there are none.

    `inner`: of parts of an attached mail, which are else left out.
    """
    bodies = [leaf for leaf in found if _is_body(leaf, inner=inner)]
    html = "\n".join(_text(leaf) for leaf in bodies if _kind_of_text(leaf) == "text/html")[:MAX_HTML]
    plain = "\n".join(_text(leaf) for leaf in bodies if _kind_of_text(leaf) == "text/plain")
    if html and not plain.strip():
        plain = text_of_html(html)
    return tidied(plain)[:MAX_TEXT], html


def _text(leaf: Leaf) -> str:
    declared: object = quietly(lambda: leaf.message.get_param("charset"), None)
    if isinstance(declared, tuple):
        declared = declared[2]
    return decoded(_beginning(leaf), str(declared or ""))


def _beginning(leaf: Leaf) -> bytes:
    """What of a text can be shown: more is not decoded."""
    most = _BYTES_A_SIGN * (MAX_HTML if leaf.content_type == "text/html" else MAX_TEXT)
    if len(leaf.data) <= most:
        return leaf.data
    return leaf.data[: leaf.data.rfind(b"\n", 0, most) + 1 or most]


def tidied(text: str) -> str:
    """Lines ended by LF alone, without blanks at their ends; `-- ` of a signature keeps its blank."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("-- " if line == "-- " else line.rstrip() for line in lines).strip("\n")


def content_digest(marks: tuple[str, str, str], found: tuple[Leaf, ...]) -> str:
    """SHA-256 of From, Date, Subject and the decoded parts: the same mail by any way has the same one."""
    # The inner parts of an attached mail follow it; its source depends on the way it came.
    outer = (leaf for leaf in found if not leaf.content_type.startswith("message/"))
    return digest_of(marks, ((leaf.content_type, leaf.data) for leaf in outer))


def digest_of(marks: tuple[str, str, str], parts: Iterable[tuple[str, bytes]]) -> str:
    """The content digest of readable From, Date and Subject, and of parts: their types and decoded bytes."""
    digest = hashlib.sha256()
    for mark in marks:
        digest.update(one_line(mark).encode("utf-8", "replace") + b"\0")
    for content_type, data in parts:
        is_text = content_type.startswith("text/")
        plain = data.replace(b"\r\n", b"\n").rstrip() if is_text else data
        digest.update(content_type.encode("utf-8", "replace") + b"\0%d\0" % len(plain))
        digest.update(plain)
    return digest.hexdigest()
