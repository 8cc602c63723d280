"""The wire to an IMAP server: opened, asked, listened to. Every error comes out as one of `trouble`."""

import base64
import contextlib
import socket
import ssl
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any

from imapclient import SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from opsdesk.mailboxes import trouble
from opsdesk.mailboxes.listening import Client
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.rules import Described, to_ranges
from opsdesk.mailboxes.trouble import Trouble, said

CONNECT_WITHIN_S = 20.0
ANSWER_WITHIN_S = 60.0
# A line of over a megabyte is refused by the standard library: longer lists are asked for in pieces.
LISTED_AT_ONCE = 75_000
DESCRIBED_AT_ONCE = 500
_BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "too many")


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach and open a mailbox. `word` is the password or the access token."""

    host: str
    port: int
    security: str
    username: str
    auth: str
    word: str = field(repr=False)
    connect_within_s: float = CONNECT_WITHIN_S
    answer_within_s: float = ANSWER_WITHIN_S

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error text may repeat, in the forms in which it goes over the wire."""
        forms = (self.word, self.xoauth2, f"\x00{self.username}\x00{self.word}")
        return (*forms, *(base64.b64encode(form.encode()).decode() for form in forms))

    @property
    def xoauth2(self) -> str:
        return f"user={self.username}\x01auth=Bearer {self.word}\x01\x01"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was selected: how many mails, and the number the next one gets at least."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as fetched."""

    raw: bytes
    internal_at: datetime | None


class NotGiven(Exception):
    """The server answers, but does not give what was asked for; the connection is still good."""


class Line:
    """A signed-in connection. It marks nothing as read: folders are opened for reading only."""

    def __init__(self, client: Client, access: Access) -> None:
        self._client = client
        self._access = access
        self.idling = False
        with self._speaking():
            self.can_idle = bool(client.has_capability("IDLE"))

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        with speaking(self._access):
            yield

    def examine(self, name: str) -> Folder:
        """Open a folder for reading, anew if it is open."""
        with self._speaking():
            try:
                answer = self._client.select_folder(name, readonly=True)
            except (IMAPClientAbortError, ProtocolError):
                raise
            except IMAPClientError as error:
                text = said(error, self._access.secrets)
                raise Trouble(trouble.BUSY if _is_busy(text) else trouble.FOLDER, text) from None
            if b"UIDVALIDITY" not in answer:
                raise Trouble(trouble.ODD, "no UIDVALIDITY")
            return Folder(answer[b"UIDVALIDITY"], answer.get(b"UIDNEXT") or 0, answer.get(b"EXISTS", 0))

    def uids_from(self, first: int, folder: Folder) -> list[int]:
        """The numbers from `first` on, ascending."""
        new = folder.uidnext - first if folder.uidnext else folder.exists
        if min(folder.exists, new) > LISTED_AT_ONCE:
            return [uid for uid in self.all_uids(folder) if uid >= first]
        with self._speaking():
            # The last mail comes even when its number is lower.
            return sorted(uid for uid in self._client.search(["UID", f"{first}:*"]) if uid >= first)

    def all_uids(self, folder: Folder) -> list[int]:
        """Every number, ascending."""
        return [uid for piece in self.pieces(folder) for uid in piece]

    def pieces(self, folder: Folder, *, since: date | None = None) -> Iterator[list[int]]:
        """Every number, ascending, of INTERNALDATE `since` on; long lists by position, piece by piece.

        Pieces overlap, so that mails deleted meanwhile, which move the positions, hide no other.
        """
        limit, seen = LISTED_AT_ONCE, 0
        for start in range(1, folder.exists + 1, limit):
            first, last = max(start - limit // 10, 1), min(start + limit - 1, folder.exists)
            which: list[object] = ["ALL" if folder.exists <= limit else f"{first}:{last}"]
            with self._speaking():
                found = self._client.search([*which, "SINCE", since] if since else which)
            piece = sorted({uid for uid in found if uid > seen})
            seen = max(piece, default=seen)
            yield piece

    def there(self, uids: Collection[int]) -> set[int]:
        """Which of these numbers the server has."""
        ordered, found = sorted(uids), set[int]()
        with self._speaking():
            for start in range(0, len(ordered), DESCRIBED_AT_ONCE):
                piece = to_ranges(ordered[start : start + DESCRIBED_AT_ONCE])
                found.update(self._client.search(["UID", piece]))
        return found & set(ordered)

    def describe(self, uids: Collection[int]) -> list[Described]:
        """Size and INTERNALDATE of those that are there, in the order of their numbers."""
        ordered, found = sorted(uids), []
        with self._speaking():
            for start in range(0, len(ordered), DESCRIBED_AT_ONCE):
                piece = to_ranges(ordered[start : start + DESCRIBED_AT_ONCE])
                answer = self._client.fetch(piece.split(","), ["RFC822.SIZE", "INTERNALDATE"], whole=True)
                # News of a mail's flags comes unasked, and without its size.
                found += [_described(uid, data) for uid, data in answer.items() if b"RFC822.SIZE" in data]
        wanted = set(ordered)
        return sorted((each for each in found if each.uid in wanted), key=lambda each: each.uid)

    def fetch(self, uids: Collection[int]) -> dict[int, Letter]:
        """The mails, without marking them read; a missing one is no error. Raises `NotGiven` for a no."""
        with self._speaking():
            try:
                answer = self._client.fetch(sorted(uids), ["INTERNALDATE", "BODY.PEEK[]"])
            except (IMAPClientAbortError, ProtocolError):
                raise
            except IMAPClientError as error:
                raise NotGiven(said(error, self._access.secrets)) from None
            given = {uid: data for uid, data in answer.items() if isinstance(data.get(b"BODY[]"), bytes)}
            return {uid: Letter(data[b"BODY[]"], _aware(data)) for uid, data in given.items()}

    def begin_idling(self) -> None:
        with self._speaking():
            self._client.idle()
        self.idling = True

    def heard(self, seconds: float) -> bool:
        """Listen for so long; whether the server said something, or hung up: look either way."""
        with self._speaking():
            begun = monotonic()
            answers = self._client.idle_check(timeout=seconds)
            return bool(answers) or monotonic() - begun < seconds / 2

    def end_idling(self) -> None:
        if self.idling:
            self.idling = False
            with self._speaking():
                self._client.idle_done()

    def close(self) -> None:
        """Take leave if the server listens, and hang up."""
        with contextlib.suppress(Trouble):
            self.end_idling()
            with self._speaking():
                self._client.logout()
        self.cut()

    def cut(self) -> None:
        """Hang up at once, also from another thread: whoever waits on this line gets an error."""
        with contextlib.suppress(OSError, AttributeError):
            # The plain shutdown: that of a TLS socket takes it to pieces while the other thread reads.
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)
        with contextlib.suppress(OSError, AttributeError):
            self._client.shutdown()


def open_line(access: Access) -> Line:
    """Connect and sign in. Raises `Trouble`."""
    client = _connected(access)
    try:
        with speaking(access):
            if access.auth == Mailbox.Auth.XOAUTH2:
                answers = iter([access.xoauth2])
                # A refusal comes as one more question, answered with nothing.
                client.sasl_login("XOAUTH2", lambda asked: next(answers, ""))
            else:
                client.login(access.username, access.word)
        return Line(client, access)
    except Trouble:
        _drop(client)
        raise


def _connected(access: Access) -> Client:
    limits = SocketTimeout(connect=access.connect_within_s, read=access.answer_within_s)
    tls = access.security == Mailbox.Security.TLS
    safe = None if access.security == Mailbox.Security.NONE else ssl.create_default_context()
    try:
        client = Client(access.host, access.port, ssl=tls, ssl_context=safe, timeout=limits)
    except ssl.SSLError as error:
        raise Trouble(trouble.UNSAFE, said(error)) from None
    except (OSError, IMAPClientError, UnicodeError) as error:
        raise Trouble(trouble.UNREACHABLE, said(error)) from None
    if access.security == Mailbox.Security.STARTTLS:
        try:
            client.starttls(safe)
        except (OSError, IMAPClientError) as error:
            _drop(client)
            raise Trouble(trouble.UNSAFE, said(error)) from None
    return client


def _drop(client: Client) -> None:
    with contextlib.suppress(OSError):
        client.shutdown()


@contextlib.contextmanager
def speaking(access: Access) -> Iterator[None]:
    """Turn whatever the wire and the library raise into a `Trouble` that repeats no secret."""
    try:
        yield
    except LoginError as error:
        text = said(error, access.secrets)
        if isinstance(error.__context__, IMAPClientAbortError):
            raise Trouble(trouble.CUT, text) from None
        raise Trouble(trouble.BUSY if _is_busy(text) else trouble.REFUSED, text) from None
    except (IMAPClientAbortError, OSError) as error:
        raise Trouble(trouble.CUT, said(error, access.secrets)) from None
    except (IMAPClientError, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise Trouble(trouble.ODD, said(error, access.secrets)) from None
    except RecursionError:
        raise Trouble(trouble.ODD, "nested too deep") from None


def _is_busy(text: str) -> bool:
    return any(word.lower() in text.lower() for word in _BUSY)


def _described(uid: int, data: dict[bytes, Any]) -> Described:
    size = data.get(b"RFC822.SIZE")
    return Described(uid, size if isinstance(size, int) else 0, _aware(data))


def _aware(data: dict[bytes, Any]) -> datetime | None:
    """INTERNALDATE, where the server gives one that can be read."""
    found = data.get(b"INTERNALDATE")
    return found if isinstance(found, datetime) and found.tzinfo else None
