"""What the environment says of mail: the server that takes ours, and where the desk takes others'.

What can't be used raises ValueError; its text names the variable and says what to write.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PORTS = {"starttls": 587, "tls": 465, "none": 25}
MAX_BYTES = 50 * 1024 * 1024
SMALLEST_MAX_BYTES = 64 * 1024
LARGEST_MAX_BYTES = 64 * 1024 * 1024
LONGEST_STEP_S = 60
_HERE = ("localhost", "127.0.0.1", "::1")
_HOW = "Write it as smtp://user:password@mail.example.com:587?security=starttls."
_WHERE = "Write it as 0.0.0.0:25 or [::]:25."


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes what the desk sends. `timeout_s` is for each step of the conversation.

    `security`: `starttls` and `tls` never fall back to clear text. `verify` False trusts any certificate;
    `ca_file` names the authorities to trust instead of the machine's. `helo` "" is this machine's name.
    """

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = "password"
    verify: bool = True
    ca_file: str = ""
    helo: str = ""
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the desk takes mail by SMTP. With `cert` and `key` it offers STARTTLS."""

    host: str
    port: int
    cert: str = ""
    key: str = ""


def relay(url: str) -> Relay | None:
    """The server of an address such as `smtp://user:password@host:587?security=starttls`; "" is none."""
    if not url:
        return None
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.scheme != "smtp" or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"OPSDESK_SMTP_URL is no address of a mail server. {_HOW}")
    security = _one_of(options.pop("security", "starttls"), "security", tuple(PORTS))
    found = Relay(
        host=parts.hostname,
        port=_port(parts, "OPSDESK_SMTP_URL", _HOW) or PORTS[security],
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        auth=_one_of(options.pop("auth", "password"), "auth", ("password", "xoauth2")),
        verify=_one_of(options.pop("verify", "yes"), "verify", ("yes", "no")) == "yes",
        ca_file=_file(options.pop("ca_file", ""), "ca_file of OPSDESK_SMTP_URL"),
        helo=options.pop("helo", ""),
        timeout_s=_seconds(options.pop("timeout", "30")),
    )
    if options:
        raise ValueError(f"OPSDESK_SMTP_URL has an unknown option {min(options)!r}. {_HOW}")
    if security == "none" and (found.user or found.password) and found.host not in _HERE:
        raise ValueError(
            "OPSDESK_SMTP_URL would sign in without TLS, where anybody on the way can read the password:"
            " that is for a server on this machine only. Write security=starttls or security=tls."
        )
    return found


def listen(address: str, *, cert: str, key: str) -> Listen | None:
    """Where to listen, from `host:port`; "" is nowhere."""
    if bool(cert) != bool(key):
        raise ValueError("OPSDESK_SMTP_CERT and OPSDESK_SMTP_KEY belong together: set both or neither.")
    if not address:
        return None
    parts = urlsplit(f"//{address}")
    port = _port(parts, "OPSDESK_SMTP_LISTEN", _WHERE)
    if not parts.hostname or not port or parts.path or parts.query or "@" in address:
        raise ValueError(f"OPSDESK_SMTP_LISTEN is {address!r}. {_WHERE}")
    return Listen(parts.hostname, port, _file(cert, "OPSDESK_SMTP_CERT"), _file(key, "OPSDESK_SMTP_KEY"))


def max_bytes(text: str) -> int:
    """The largest mail that is taken, in bytes."""
    if not text:
        return MAX_BYTES
    if not (text.isascii() and text.isdigit() and SMALLEST_MAX_BYTES <= int(text) <= LARGEST_MAX_BYTES):
        raise ValueError(
            f"OPSDESK_SMTP_MAX_BYTES is {text!r}. Write a number of bytes from {SMALLEST_MAX_BYTES}"
            f" to {LARGEST_MAX_BYTES}."
        )
    return int(text)


def _port(parts: SplitResult, variable: str, remedy: str) -> int:
    try:
        return parts.port or 0
    except ValueError:
        raise ValueError(f"{variable} names no port from 1 to 65535. {remedy}") from None


def _one_of(value: str, option: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        there = ", ".join(f"{option}={each}" for each in allowed)
        raise ValueError(f"OPSDESK_SMTP_URL says {option}={value}. There are: {there}.")
    return value


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_STEP_S):
        raise ValueError(
            f"OPSDESK_SMTP_URL says timeout={text}. Write seconds for each step, from 1 to {LONGEST_STEP_S}."
        )
    return float(text)


def _file(name: str, variable: str) -> str:
    if name and not Path(name).is_file():
        raise ValueError(f"{variable} names {name!r}, and there is no such file.")
    return name
