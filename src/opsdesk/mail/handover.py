"""One conversation with the mail server that takes what we send. Knows no database.

Whatever the server does, it ends: each step has a limit, and so has the whole, from before it is looked up
and well below a task's lease.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from typing import Any, Protocol

from opsdesk.kernel.refusal import Refusal
from opsdesk.mail.headers import one_line

WHOLE_S = 200.0
LONGEST_ANSWER = 500
_ABOUT_US = (
    "The server refuses the desk, not this letter: every letter waits. Check the user, the password and the"
    " address the desk sends from at the server of OPSDESK_SMTP_URL."
)
# Answers that ask who we are, whatever they are given to.
_WHO_ARE_YOU = (530, 534, 535, 538)
# At the sender, these alone are about the message: too large, letters or bytes that can't be passed on.
_TOO_LARGE = 552
_OF_MESSAGE = re.compile(r"5\.(?:2\.3|3\.4|6\.\d+)\b")
# "Relay access denied" and the like: no name of a host, no word on an address (5.1) or a mailbox (5.2).
_RELAYING = re.compile(r"(?!5\.[12]\.).*(?<![-.@\w])relay(?:ing)?(?![-\w]|\.\w)", re.IGNORECASE)


class Server(Protocol):
    """Where our mail goes, and how; as the environment says."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def security(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def auth(self) -> str: ...
    @property
    def verify(self) -> bool: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def helo(self) -> str: ...
    @property
    def timeout_s(self) -> float: ...


# Gives the access token of a user's mailbox, for XOAUTH2. Raises a Refusal where there is none.
Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Bytes with who sends them and who gets them."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def is_ascii(self) -> bool:
        return self.raw.isascii()

    @property
    def needs_utf8(self) -> bool:
        """Whether an address or a header has other letters than ASCII as they stand."""
        head = self.raw.partition(b"\r\n\r\n")[0]
        return not (head.isascii() and "".join((self.sender, *self.recipients)).isascii())


class _Answer(Exception):
    """`code` is short and names nobody; `text` is what the server said, on one line."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code[:100]
        self.text = one_line(text)[:4000]


class NotNow(_Answer):
    """A passing failure: a 4xx, trouble on the way, a server that doesn't know us. Try again later."""


class NotTaken(_Answer):
    """A lasting one: the server refuses the message, or every recipient."""


def hand_over(
    server: Server,
    envelope: Envelope,
    *,
    wait_for_all: bool,
    accepted: Callable[[str], None],
    token: Token | None = None,
) -> None:
    """Give the envelope to the server; `accepted` is called at once when it has taken it.

    It is told who was refused, "" for nobody. Raises `NotTaken` and `NotNow`. With `wait_for_all` a
    recipient refused for now puts all off; without, the others get it.
    """
    with _conversation(server, envelope, token) as talk:
        problem = _recipients(talk, envelope, wait_for_all=wait_for_all)
        code, text = talk.data(envelope.raw)
        if code != 250:
            raise _of(code, text, "message")
        accepted(problem)


class _Talk(smtplib.SMTP):
    """smtplib's client on a socket that is cut when the whole takes too long."""

    def __init__(self, server: Server, sender: str) -> None:
        self.server = server
        self.until_s = monotonic() + WHOLE_S
        self.guard: Timer | None = None
        self.twin: socket.socket | None = None
        name = server.helo or sender.rpartition("@")[2] or "localhost"
        super().__init__(local_hostname=name, timeout=server.timeout_s)
        self._host = server.host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = _connected(host, port, timeout, until_s=self.until_s)
        self.twin = found.dup()
        self.guard = Timer(max(self.until_s - monotonic(), 0), _cut, [self.twin])
        self.guard.daemon = True
        self.guard.start()
        if self.server.security == "tls":
            return _context(self.server).wrap_socket(found, server_hostname=host)
        return found

    def begin(self, token: Token | None) -> None:
        """Connect, greet, make it private, sign in."""
        code, text = self.connect(self.server.host, self.server.port)
        if code != 220:
            raise NotNow(f"{code} greeting", _said(text))
        self.ehlo_or_helo_if_needed()
        if self.server.security == "starttls":
            if not self.has_extn("starttls"):
                raise NotNow(
                    "no STARTTLS", "The server offers no STARTTLS, and nothing is sent in clear text."
                )
            self.starttls(context=_context(self.server))
            self.ehlo_or_helo_if_needed()
        if self.server.user:
            self._sign_in(token)

    def _sign_in(self, token: Token | None) -> None:
        if self.server.auth == "password":
            self.login(self.server.user, self.server.password)
            return
        try:
            held = token(self.server.user) if token is not None else ""
        except Refusal as refusal:
            raise NotNow(f"no token: {refusal.code}", str(refusal)) from None
        if not held:
            raise NotNow("no token", f"No mailbox {self.server.user} is authorised.")
        first = f"user={self.server.user}\x01auth=Bearer {held}\x01\x01"
        # What is asked after the first answer is an error in JSON; the empty answer fetches its code.
        self.auth("XOAUTH2", lambda challenge=None: first if challenge is None else "")

    def end(self) -> None:
        """Say goodbye, and wait for no answer: whatever it is, it changes nothing any more."""
        with suppress(OSError):
            if self.sock is not None:
                self.sock.sendall(b"QUIT\r\n")
        self.close()
        if self.guard is not None and self.twin is not None:
            self.guard.cancel()
            self.twin.close()


def _connected(host: str, port: int, timeout: float, *, until_s: float) -> socket.socket:
    """To the first address that answers, each within `timeout`, all of them by `until_s`. Raises OSError."""
    trouble: OSError = TimeoutError("the server can't be reached in time")
    for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        left = until_s - monotonic()
        if left <= 0:
            break
        with ExitStack() as unless_connected:
            try:
                found = unless_connected.enter_context(socket.socket(family, kind, protocol))
                found.settimeout(min(timeout, left))
                found.connect(address)
            except OSError as failed:
                trouble = failed
            else:
                unless_connected.pop_all()
                found.settimeout(timeout)
                return found
    raise trouble


def _cut(twin: socket.socket) -> None:
    """Wake whoever waits for the server; the twin is there because TLS takes the first socket over."""
    try:
        twin.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@contextmanager
def _conversation(server: Server, envelope: Envelope, token: Token | None) -> Iterator[_Talk]:
    talk = _Talk(server, envelope.sender)
    try:
        talk.begin(token)
        yield talk
    except smtplib.SMTPDataError as refused:
        raise _of(refused.smtp_code, refused.smtp_error, "message") from None
    except smtplib.SMTPAuthenticationError as refused:
        raise _of(refused.smtp_code, refused.smtp_error, "sign-in", about_us=True) from None
    except smtplib.SMTPResponseException as refused:
        raise NotNow(f"{refused.smtp_code}", _said(refused.smtp_error)) from None
    except (OSError, smtplib.SMTPException) as trouble:
        raise NotNow(type(trouble).__name__, str(trouble)) from None
    finally:
        talk.end()


def _context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not server.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _recipients(talk: _Talk, envelope: Envelope, *, wait_for_all: bool) -> str:
    """Name sender and recipients; who of them was refused, with the server's words."""
    code, text = talk.mail(envelope.sender, _options(talk, envelope))
    if code != 250:
        is_ours = code != _TOO_LARGE and not _OF_MESSAGE.match(_said(text))
        raise _of(code, text, "sender", about_us=is_ours)
    answers = [(address, *talk.rcpt(address)) for address in envelope.recipients]
    refused = [answer for answer in answers if answer[1] not in (250, 251)]
    for _address, code, text in refused:
        if len(refused) == len(answers) and code >= 500 and _RELAYING.match(_said(text)):
            raise _of(code, text, "relaying", about_us=True)
        if code in _WHO_ARE_YOU:
            raise _of(code, text, "sign-in", about_us=True)
    passing = [answer for answer in refused if answer[1] < 500]
    if passing and (wait_for_all or len(refused) == len(answers)):
        raise NotNow(f"{passing[0][1]} recipient", _told(refused))
    if len(refused) == len(answers):
        raise NotTaken(f"{refused[0][1]} recipient", _told(refused))
    return _told(refused)


def _options(talk: _Talk, envelope: Envelope) -> Sequence[str]:
    """What the server has to be told of the bytes; only what they need."""
    options = []
    if talk.has_extn("size"):
        options.append(f"size={len(envelope.raw)}")
    if envelope.needs_utf8:
        if not talk.has_extn("smtputf8"):
            raise NotTaken("no SMTPUTF8", "The server takes no addresses or headers beyond ASCII.")
        options.append("SMTPUTF8")
    if not envelope.is_ascii and talk.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    return options


def _of(code: int, text: Any, about: str, *, about_us: bool = False) -> _Answer:
    """What an answer means for the letter; `about_us`: what it refuses is the desk, with any letter."""
    if code >= 500 and (about_us or code in _WHO_ARE_YOU):
        return NotNow(f"{code} {about}", f"{_said(text, code)} {_ABOUT_US}")
    kind = NotTaken if code >= 500 else NotNow
    return kind(f"{code} {about}", _said(text, code))


def _told(refused: Sequence[tuple[str, int, Any]]) -> str:
    return "; ".join(f"{address}: {_said(text, code)}" for address, code, text in refused)


def _said(text: Any, code: int | None = None) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    words = one_line(words)[:LONGEST_ANSWER]
    return f"{code} {words}" if code else words
