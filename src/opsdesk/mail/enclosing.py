"""Files that go out with a mail of ours: what may go, under which name, and how they stand in the bytes."""

import binascii
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from email.message import MIMEPart

from opsdesk.mail import outgoing
from opsdesk.mail.headers import one_line
from opsdesk.mail.refusals import AttachmentsTooLarge, TooManyAttachments

MAX_BYTES = 25 * 1024 * 1024
MAX_FILES = 20
LONGEST_NAME = 120
ANYTHING = "application/octet-stream"

_UNSAFE = re.compile(r'[<>:"/\\|?*%]')
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,40}/[a-z0-9][a-z0-9.+-]{0,58}")
_LINE_BYTES = 57  # 76 letters of base64
_LINES_AT_ONCE = 4096
_FIELD = re.compile(rb"\r\n(?![ \t])")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along. `filename` and `media_type` are as somebody's browser said them."""

    filename: str
    media_type: str
    data: bytes


def check_sizes(sizes: Collection[int]) -> None:
    """Refuses `TooManyAttachments`, `AttachmentsTooLarge`. Sizes in bytes, before any encoding."""
    if len(sizes) > MAX_FILES:
        raise TooManyAttachments(files=len(sizes), most=MAX_FILES)
    if sum(sizes) > MAX_BYTES:
        # Rounded up: what is just too large must not be said to be as large as is allowed.
        raise AttachmentsTooLarge(size=-(-sum(sizes) // 1024 // 1024), most=MAX_BYTES // 1024 // 1024)


def safe(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """The same with names and types that can be sent. Refuses as `check_sizes`."""
    check_sizes([len(one.data) for one in attachments])
    return tuple(
        Attachment(safe_name(one.filename), safe_type(one.media_type), one.data) for one in attachments
    )


def safe_name(name: str) -> str:
    """A name that any system can keep: no path, nothing unreadable, at most LONGEST_NAME letters."""
    shown = one_line(unicodedata.normalize("NFC", name)).replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("_", " ".join(shown.split())).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10 and len(plain) > LONGEST_NAME:
        plain = f"{stem[: LONGEST_NAME - len(ending) - 1].strip('. ')}.{ending}"
    return plain[:LONGEST_NAME].strip(". ") or "file"


def safe_type(media_type: str) -> str:
    """A type for the header. A mail or a container is sent as bytes: nothing of ours looks into it."""
    written = media_type.partition(";")[0].strip().lower()
    nested = written.startswith(("message/", "multipart/"))
    return written if _TYPE.fullmatch(written) and not nested else ANYTHING


def enclosed(raw: bytes, attachments: Sequence[Attachment]) -> bytes:
    """A mail of one text as one that carries these files, too; they are `safe`."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = _FIELD.split(head)
    of_text = [field for field in fields if field.lower().startswith(b"content-")]
    # Neither quoted-printable nor base64 can hold "=_", and no two mails of ours have the same line.
    line = b"=_" + hashlib.sha256(head).hexdigest()[:32].encode()
    container = b'Content-Type: multipart/mixed; boundary="' + line + b'"'
    pieces = [b"\r\n".join([*(field for field in fields if field not in of_text), container, b"", b""])]
    pieces += [b"--", line, b"\r\n", b"\r\n".join(of_text), b"\r\n\r\n", body]
    for one in attachments:
        pieces += [b"\r\n--", line, b"\r\n", _header_of(one), *_base64(one.data)]
    return b"".join([*pieces, b"\r\n--", line, b"--\r\n"])


def _header_of(attachment: Attachment) -> bytes:
    part = MIMEPart(policy=outgoing.POLICY)
    part["Content-Type"] = attachment.media_type
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
    return part.as_bytes()


def _base64(data: bytes) -> Iterator[bytes]:
    step = _LINE_BYTES * _LINES_AT_ONCE
    for start in range(0, len(data), step):
        some = memoryview(data)[start : start + step]
        yield b"".join(
            binascii.b2a_base64(some[at : at + _LINE_BYTES], newline=False) + b"\r\n"
            for at in range(0, len(some), _LINE_BYTES)
        )
