"""A mail of ours as bytes: most are plain and written by hand; what is odd is left to the library.

The library takes thirty times as long. Both ways say the same to whoever reads the mail.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from opsdesk.mail import outgoing
from opsdesk.mail.bodies import Part, digest_of
from opsdesk.mail.enclosing import Attachment, enclosed
from opsdesk.mail.headers import MAX_ID, Address, addresses, one_line, readable
from opsdesk.mail.parsing import parse

LONGEST_CHAIN = 20
_CONTINUED = "\r\n "
_LINE, _LONGEST = 76, 78
_WORD_BYTES = 39  # with what stands around it, a line of an encoded word stays below _LINE
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_PHRASE = re.compile(rf"{_ATOM}(?: {_ATOM})*")
_ESCAPED = re.compile(r'(["\\])')


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to whom. `chain`: the ids of the conversation, the oldest first.

    `reply_to` is an address, "" where answers go to the sender's. `attachments` are `enclosing.safe`.
    """

    sender: Address
    to: Address
    cc: tuple[Address, ...]
    subject: str
    message_id: str
    chain: Sequence[str]
    text: str
    automatic: bool
    at: datetime
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """The bytes, and what the parser finds in them."""

    raw: bytes
    message_id: str
    sender: Address
    subject: str
    content_digest: str
    files: tuple[Part, ...] = ()


class Odd(Exception):
    """Something in the letter is rare enough to be the library's matter."""


def composed(letter: Letter) -> Composed:
    """The letter as a mail."""
    try:
        mail = by_hand(letter)
    except (Odd, UnicodeEncodeError):
        mail = by_library(letter)
    return _with_files(mail, letter.attachments) if letter.attachments else mail


def _with_files(mail: Composed, attachments: Sequence[Attachment]) -> Composed:
    raw = enclosed(mail.raw, attachments)
    found = parse(raw)
    files = tuple(part for part in found.parts if not part.body)
    return replace(mail, raw=raw, content_digest=found.content_digest, files=files)


def by_library(letter: Letter) -> Composed:
    """The letter as a mail, whatever stands in it."""
    mail = EmailMessage(policy=outgoing.POLICY)
    mail["From"] = outgoing.mailbox(letter.sender)
    mail["To"] = outgoing.mailbox(letter.to)
    if letter.cc:
        mail["Cc"] = [outgoing.mailbox(one) for one in letter.cc]
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.at)
    for name, value in _rest(letter):
        mail[name] = value
    mail.set_content(letter.text.strip() + "\n", charset="utf-8", cte="quoted-printable")
    raw = mail.as_bytes()
    found = parse(raw)
    return Composed(raw, found.message_id, found.sender, found.subject, found.content_digest)


def _rest(letter: Letter) -> Iterator[tuple[str, str]]:
    """The headers that need no care."""
    yield "Message-ID", f"<{letter.message_id}>"
    if letter.reply_to:
        yield "Reply-To", letter.reply_to
    if letter.chain:
        yield "In-Reply-To", f"<{letter.chain[-1]}>"
        yield "References", " ".join(f"<{one}>" for one in letter.chain[-LONGEST_CHAIN:])
    if letter.automatic:
        yield "Auto-Submitted", "auto-replied"
        yield "X-Auto-Response-Suppress", "All"
        yield "X-Loop", letter.sender.address


def by_hand(letter: Letter) -> Composed:
    """The letter as a mail, if it is as most are."""
    sender, subject, date = _mailbox(letter.sender), _subject(letter.subject), format_datetime(letter.at)
    head = [f"From: {sender}", f"To: {_mailbox(letter.to)}"]
    if letter.cc:
        head.append("Cc: " + ",\r\n ".join(_mailbox(one) for one in letter.cc))
    head += [f"Subject: {subject}", f"Date: {date}"]
    head += [_header(name, _plain(value).split()) for name, value in _rest(letter)]
    head += [
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "MIME-Version: 1.0",
    ]
    if len(letter.message_id) > MAX_ID:
        raise Odd
    lines = letter.text.strip().encode().splitlines()
    body = binascii.b2a_qp(b"".join(line + b"\r\n" for line in lines), istext=True)
    marks = (readable(sender), date, readable(subject))
    return Composed(
        raw="\r\n".join([*head, "", ""]).encode("ascii") + body,
        message_id=letter.message_id,
        sender=addresses(sender)[0],
        subject=readable(subject),
        content_digest=digest_of(marks, [("text/plain", b"\n".join(lines))]),
    )


def _header(name: str, words: Sequence[str]) -> str:
    """A header with a line for each word; where answers go stands whole on the first, however long it is."""
    fits = name != "X-Loop" or len(name) + 2 + len(words[0]) <= _LONGEST
    return f"{name}:{' ' if fits else _CONTINUED}{_CONTINUED.join(words)}"


def _mailbox(address: Address) -> str:
    name, local = one_line(address.name), address.address.rpartition("@")[0]
    plain = f"{local}@{outgoing.wire_domain(address.address)}"
    if not _DOT_ATOM.fullmatch(local) or plain.endswith("@") or len(plain) > _LINE - 4:
        raise Odd
    if not name:
        return plain
    shown = _phrase(name)
    gap = " " if len(shown) + len(plain) + 10 <= _LINE else "\r\n "
    return f"{shown}{gap}<{plain}>"


def _phrase(name: str) -> str:
    if not name.isascii():
        return _encoded(name)
    if len(name) > _LINE - 16:
        raise Odd
    return _plain(name) if _PHRASE.fullmatch(name) else '"' + _ESCAPED.sub(r"\\\1", _plain(name)) + '"'


def _subject(text: str) -> str:
    """The subject, broken where it has blanks, or as encoded words."""
    if not text.isascii():
        return _encoded(text)
    lines = [""]
    for word in _plain(text).split():
        if len(word) > _LINE - 10:
            raise Odd
        if len(lines[-1]) + len(word) > _LINE - 10:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\r\n ".join(lines)


def _encoded(text: str) -> str:
    """RFC 2047 words, one on a line; no character is cut in two."""
    words, start, size = [], 0, 0
    for place, character in enumerate(text):
        length = len(character.encode())
        if size + length > _WORD_BYTES:
            words.append(text[start:place])
            start, size = place, 0
        size += length
    words.append(text[start:])
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?=" for word in words)


def _plain(text: str) -> str:
    """Text that can stand in a header as it is; what looks like an encoded word cannot."""
    if "=?" in text or not text.isascii() or not text.isprintable():
        raise Odd
    return text
