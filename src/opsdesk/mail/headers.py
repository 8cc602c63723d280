"""One header at a time, in functions that cannot raise on any input; all of them take linear time."""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from opsdesk.mail.charsets import decoded

MAX_HEADER = 64 * 1024
MAX_ADDRESSES = 500
MAX_REFERENCES = 100
MAX_ID = 250
MAX_NAME = 200

_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=")
_UNREADABLE = re.compile("[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_BRACKETED = re.compile(r"<([^<>]*)>")
_SPACE = re.compile(r"\s+")
_LOCAL_AND_DOMAIN = re.compile(r'[^@\s<>()\[\],;:"\\\x00-\x1f]+@[\w.-]*\w[\w.-]*')


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^>]*>?|[(),;:]|[^"<(),;:]+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: `address` is lower case, or "" when only the name could be read."""

    name: str
    address: str


@dataclass(slots=True)
class _Piece:
    display: str = ""
    bracketed: str = ""
    comment: str = ""


def raw_text(value: str, hint: str = "") -> str:
    """A header as the parser left it (8-bit bytes as surrogates), decoded; RFC 2047 words stay."""
    data = value[:MAX_HEADER].encode("utf-8", "surrogateescape")
    return decoded(data, "" if data.isascii() else hint)


def readable(value: str, hint: str = "") -> str:
    """A header for people: RFC 2047 words decoded, on one line, without control or bidi characters."""
    return one_line(_words_decoded(raw_text(value, hint)))


def one_line(text: str) -> str:
    return _UNREADABLE.sub(" ", text).strip()


def _words_decoded(text: str) -> str:
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[bytes] = []
    charset, end = "", 0
    for word in _WORD.finditer(text):
        gap = text[end : word.start()]
        adjacent = bool(pending) and not gap.strip()
        if not adjacent or word[1].lower() != charset:
            out.append(decoded(b"".join(pending), charset) if pending else "")
            out.append("" if adjacent else gap)
            pending, charset = [], word[1].lower()
        # One character's bytes may be cut between two words of one charset: join before decoding.
        pending.append(_word_bytes(word[2], word[3]))
        end = word.end()
    out.append(decoded(b"".join(pending), charset) if pending else "")
    return "".join(out) + text[end:]


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def address_of(text: str) -> str:
    """A mail address in lower case; "" for what is none."""
    address = _SPACE.sub("", text).removeprefix("mailto:").strip("<>\"'").lower()
    return address if len(address) <= 254 and _LOCAL_AND_DOMAIN.fullmatch(address) else ""


def addresses(value: str, hint: str = "") -> tuple[Address, ...]:
    """The mailboxes of an address header, at most MAX_ADDRESSES; groups are flattened."""
    text = raw_text(value, hint)
    found = [_mailbox(piece) for piece in _pieces(text)]
    if len(found) == 1 and not found[0].address and "@" in found[0].name:
        # Some senders encode the whole of "Name <address>" into one word.
        found = [_mailbox(piece) for piece in _pieces(found[0].name)]
    return tuple(one for one in found if one.address or one.name)[:MAX_ADDRESSES]


def _mailbox(piece: _Piece) -> Address:
    words, bare = piece.display.split(), ""
    if not piece.bracketed:
        bare = next((word for word in words if address_of(word)), "")
        words = [word for word in words if word != bare]
    name = one_line(_words_decoded(" ".join(words) or piece.comment))
    return Address(name.strip("\"' ")[:MAX_NAME], address_of(piece.bracketed or bare))


def _pieces(text: str) -> list[_Piece]:
    """The mailboxes of the text, unread; comments nest by a counter, never by recursion."""
    pieces = [_Piece()]
    depth = 0
    for token in _TOKEN.findall(text):
        if len(pieces) > MAX_ADDRESSES:
            break
        piece = pieces[-1]
        if depth or token == "(":
            depth += (token == "(") - (token == ")")
            piece.comment += token if token not in "()" else " "
        elif token in ",;":
            pieces.append(_Piece())
        elif token == ":" and not piece.bracketed and "@" not in piece.display:
            piece.display = ""  # what stood before was the name of a group, or "mailto"
        elif token[0] == "<":
            piece.bracketed = piece.bracketed or token.strip("<>")
        else:
            piece.display += _unquoted(token) if token[0] == '"' else token
    return pieces


def _unquoted(token: str) -> str:
    return _ESCAPED.sub(r"\1", token.strip('"'))


def message_id(value: str) -> str:
    """The id between <>, whitespace out; "" when it is missing or nonsense (no `left@right`, or too long)."""
    found = message_ids(value)
    return found[0] if found else ""


def message_ids(value: str) -> tuple[str, ...]:
    """The distinct ids of References or In-Reply-To in their order: the first and the newest, at most 100."""
    text = raw_text(value)
    candidates = _BRACKETED.findall(text) or text.split()
    stripped = (_UNREADABLE.sub("", candidate) for candidate in candidates)
    found = tuple(dict.fromkeys(one for one in stripped if _is_id(one)))
    return found if len(found) <= MAX_REFERENCES else (found[0], *found[1 - MAX_REFERENCES :])


def _is_id(text: str) -> bool:
    left, at, right = text.rpartition("@")
    return bool(at) and len(text) <= MAX_ID and _has_word(left) and _has_word(right)


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def instant(value: str) -> datetime | None:
    """An aware UTC instant of a date header, None when unreadable or outside 1980 to 2100."""
    text = one_line(raw_text(value))[:200]
    found: datetime | None = quietly(lambda: parsedate_to_datetime(text), None)
    if found is None:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    utc: datetime | None = quietly(lambda: aware.astimezone(UTC), None)
    return utc if utc and 1980 <= utc.year < 2100 else None


def quietly(attempt: Callable[[], T], otherwise: T) -> T:
    """The value of an attempt on hostile input, `otherwise` when the library under it raises anything."""
    try:
        return attempt()
    except Exception:  # noqa: BLE001 - whatever it is, it concerns this one value
        return otherwise
