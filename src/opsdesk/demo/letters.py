"""E-mails as customers' programs write them: RFC 5322 bytes, in many forms. Pure."""

import base64
import binascii
import quopri
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from html import escape

from opsdesk.demo.dealerships import Customer

WORD_BYTES = 42
LINE = b"\r\n"


class Form(StrEnum):
    PLAIN = "plain"
    HTML = "html"
    ALTERNATIVE = "alternative"


class Transfer(StrEnum):
    AS_IS = "8bit"
    QUOTED_PRINTABLE = "quoted-printable"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class File:
    """An attachment."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written, and the way the sender's program puts it into bytes."""

    sender: Customer
    to: str
    subject: str
    text: str
    sent_at: datetime
    message_id: str
    references: tuple[str, ...] = ()
    cc: tuple[Customer, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    form: Form = Form.PLAIN
    charset: str = "utf-8"
    transfer: Transfer = Transfer.QUOTED_PRINTABLE
    files: tuple[File, ...] = ()
    quoted_html: str = field(default="")


def written(letter: Letter) -> bytes:
    """The bytes of the letter as they reach us."""
    mark = f"{binascii.crc32(letter.message_id.encode()):08x}"
    body = _body(letter, mark)
    if letter.files:
        body = _multipart("mixed", f"mixed-{mark}", [body, *(_attached(file) for file in letter.files)])
    return LINE.join([*_headers(letter), body])


def _headers(letter: Letter) -> list[bytes]:
    host = letter.sender.address.rpartition("@")[2]
    arrived = format_datetime(letter.sent_at + timedelta(seconds=4))
    lines = [
        (
            "Received",
            f"from mx.{host} ([203.0.113.{len(host)}])\r\n by in.opsdesk.example with ESMTPS; {arrived}",
        ),
        ("From", _mailbox(letter.sender, letter.charset)),
        ("To", letter.to),
        ("Subject", _words(letter.subject, letter.charset)),
        ("Date", format_datetime(letter.sent_at)),
        ("Message-ID", f"<{letter.message_id}>"),
    ]
    if letter.cc:
        lines.append(("Cc", ",\r\n ".join(_mailbox(each, letter.charset) for each in letter.cc)))
    if letter.references:
        lines.append(("In-Reply-To", f"<{letter.references[-1]}>"))
        lines.append(("References", "\r\n ".join(f"<{each}>" for each in letter.references)))
    return [f"{name}: {value}".encode() for name, value in [*lines, *letter.headers, ("MIME-Version", "1.0")]]


def _body(letter: Letter, mark: str) -> bytes:
    """The text's own part, beginning with its content headers."""
    plain = _text_part("plain", letter.text, letter)
    if letter.form is Form.PLAIN:
        return plain
    html = _text_part("html", _as_html(letter), letter)
    if letter.form is Form.HTML:
        return html
    return _multipart("alternative", f"alt-{mark}", [plain, html])


def _text_part(kind: str, text: str, letter: Letter) -> bytes:
    data = text.replace("\n", "\r\n").encode(
        letter.charset, "xmlcharrefreplace" if kind == "html" else "replace"
    )
    way = f"Content-Transfer-Encoding: {letter.transfer.value}"
    headers = f"Content-Type: text/{kind}; charset={letter.charset}\r\n{way}"
    return headers.encode() + LINE + LINE + _transferred(data, letter.transfer)


def _transferred(data: bytes, transfer: Transfer) -> bytes:
    if transfer is Transfer.BASE64:
        return base64.encodebytes(data).replace(b"\n", LINE)
    if transfer is Transfer.QUOTED_PRINTABLE:
        return quopri.encodestring(data.replace(LINE, b"\n")).replace(b"\n", LINE) + LINE
    return data + LINE


def _as_html(letter: Letter) -> str:
    paragraphs = "".join(
        f"<p>{escape(block).replace(chr(10), '<br>')}</p>"
        for block in letter.text.split("\n\n")
        if block.strip()
    )
    return (
        f'<html><head><meta charset="{letter.charset}"></head>'
        f'<body style="font-family:sans-serif">{paragraphs}{letter.quoted_html}</body></html>'
    )


def _attached(file: File) -> bytes:
    name = file.name if file.name.isascii() else _encoded_word(file.name.encode(), "utf-8")
    headers = (
        f'Content-Type: {file.media_type}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64'
    )
    return headers.encode() + LINE + LINE + base64.encodebytes(file.data).replace(b"\n", LINE)


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode()
    mark = b"--" + boundary.encode()
    inside = b"".join(mark + LINE + part + LINE for part in parts)
    return head + LINE + LINE + inside + mark + b"--" + LINE


def _mailbox(customer: Customer, charset: str) -> str:
    if not customer.name:
        return customer.address
    name = f'"{customer.name}"' if customer.name.isascii() else _words(customer.name, charset)
    return f"{name} <{customer.address}>"


def _words(text: str, charset: str) -> str:
    """RFC 2047 words of a header that is not ASCII, folded; a character is never cut in two."""
    if text.isascii():
        return text
    words: list[str] = []
    piece = b""
    for character in text:
        encoded = character.encode(charset, "replace")
        if len(piece) + len(encoded) > WORD_BYTES:
            words.append(_encoded_word(piece, charset))
            piece = b""
        piece += encoded
    return "\r\n ".join([*words, _encoded_word(piece, charset)])


def _encoded_word(data: bytes, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
