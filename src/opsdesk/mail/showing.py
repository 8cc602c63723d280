"""A mail's HTML as the page of a sandboxed frame, its own pictures in place. Runs in the parser process."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from opsdesk.mail import parsing
from opsdesk.mail.html import document, sanitised
from opsdesk.mail.refusals import NotUnderstood

REMOTE = "remote"
MAX_PICTURE = 4 * 1024 * 1024
MAX_PICTURES = 16 * 1024 * 1024

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_CID = re.compile(r"""\bcid:([^"'\s>)]{1,200})""", re.IGNORECASE)
_REMOTE = re.compile(r"""<img\b[^<>]*?\bsrc\s*=\s*["']?\s*https?://""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """The page, and whether the mail names pictures on other servers."""

    page: str
    names_remote: bool


def shown(raw: bytes, *, remote: bool) -> Shown:
    """The mail's HTML. Pictures inside the mail are put in; those elsewhere only with `remote`, by https.

    Raises NotUnderstood.
    """
    mail = parsing.parse(raw)
    if not mail.html:
        raise NotUnderstood("no HTML")
    page = document(sanitised(mail.html, pictures=_pictures(raw, mail), remote=remote))
    return Shown(page, bool(_REMOTE.search(mail.html)))


def to_wire(found: Shown) -> bytes:
    """A flag of one byte, then the page."""
    return bytes([found.names_remote]) + found.page.encode("utf-8")


def from_wire(body: bytes) -> Shown:
    """What `to_wire` wrote."""
    return Shown(body[1:].decode("utf-8"), names_remote=bool(body[0]))


def picture_type(data: bytes) -> str:
    """The type of a picture that browsers show, by its first bytes; "" for anything else, SVG included."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")


def _pictures(raw: bytes, mail: parsing.ParsedMail) -> Mapping[str, str]:
    """The pictures that the HTML names by Content-ID, as `data:` addresses; too big ones are left out."""
    named = {name.lower() for name in _CID.findall(mail.html)}
    wanted = {part.path: part.content_id.lower() for part in mail.parts if part.content_id.lower() in named}
    found: dict[str, str] = {}
    left = MAX_PICTURES
    for path, data in parsing.parts_content(raw, set(wanted)).items():
        kind = picture_type(data)
        if kind and len(data) <= min(MAX_PICTURE, left):
            left -= len(data)
            found[wanted[path]] = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return found
