"""What the environment may say, typed; nonsense fails at once with the variable's name and the remedy."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from opsdesk.config.mail import Listen, Relay, listen, max_bytes, relay

# How many requests a minute one token may send.
API_RATE = 600


class EnvironmentInvalid(Exception):
    """A variable that can't be used; the message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings that differ from one installation to the next."""

    home: Path
    database_url: str
    address: str
    hosts: tuple[str, ...]
    zone: str
    language: str
    trust_proxy: bool
    debug: bool
    smtp: Relay | None
    listen: Listen | None
    max_mail_bytes: int
    api_rate: int
    webhook_http: bool
    webhook_private: bool


KNOWN = {
    "OPSDESK_HOME",
    "OPSDESK_DATABASE_URL",
    "OPSDESK_ADDRESS",
    "OPSDESK_HOSTS",
    "OPSDESK_TIME_ZONE",
    "OPSDESK_LANGUAGE",
    "OPSDESK_TRUST_PROXY",
    "OPSDESK_DEBUG",
    "OPSDESK_SMTP_URL",
    "OPSDESK_SMTP_LISTEN",
    "OPSDESK_SMTP_MAX_BYTES",
    "OPSDESK_SMTP_CERT",
    "OPSDESK_SMTP_KEY",
    "OPSDESK_API_RATE",
    "OPSDESK_WEBHOOK_ALLOW_HTTP",
    "OPSDESK_WEBHOOK_ALLOW_PRIVATE",
}


def read(environ: Mapping[str, str]) -> Environment:
    """Read and check the `OPSDESK_*` variables; an unknown one is likely a slip, and refused."""
    unknown = sorted(name for name in environ if name.startswith("OPSDESK_") and name not in KNOWN)
    if unknown:
        raise EnvironmentInvalid(f"{unknown[0]} is no setting. There are: {', '.join(sorted(KNOWN))}.")
    home = Path(environ.get("OPSDESK_HOME") or "~/.local/share/opsdesk").expanduser().absolute()
    address = environ.get("OPSDESK_ADDRESS") or "http://127.0.0.1:8000"
    return Environment(
        home=home,
        database_url=environ.get("OPSDESK_DATABASE_URL", ""),
        address=_address(address),
        hosts=_hosts(environ.get("OPSDESK_HOSTS", ""), address),
        zone=_zone(environ.get("OPSDESK_TIME_ZONE") or "UTC"),
        language=environ.get("OPSDESK_LANGUAGE") or "en",
        trust_proxy=_flag(environ, "OPSDESK_TRUST_PROXY"),
        debug=_flag(environ, "OPSDESK_DEBUG"),
        api_rate=_rate(environ.get("OPSDESK_API_RATE", "")),
        webhook_http=_flag(environ, "OPSDESK_WEBHOOK_ALLOW_HTTP"),
        webhook_private=_flag(environ, "OPSDESK_WEBHOOK_ALLOW_PRIVATE"),
        **_mail(environ),
    )


class _Mail(TypedDict):
    smtp: Relay | None
    listen: Listen | None
    max_mail_bytes: int


def _mail(environ: Mapping[str, str]) -> _Mail:
    """How mail goes out by SMTP, and comes in by it."""
    cert, key = environ.get("OPSDESK_SMTP_CERT", ""), environ.get("OPSDESK_SMTP_KEY", "")
    try:
        return {
            "smtp": relay(environ.get("OPSDESK_SMTP_URL", "")),
            "listen": listen(environ.get("OPSDESK_SMTP_LISTEN", ""), cert=cert, key=key),
            "max_mail_bytes": max_bytes(environ.get("OPSDESK_SMTP_MAX_BYTES", "")),
        }
    except ValueError as problem:
        raise EnvironmentInvalid(str(problem)) from None


def database(url: str, home: Path) -> dict[str, object]:
    """Django's settings of the one database: SQLite in the home, or PostgreSQL as the address says."""
    if not url:
        return _sqlite(home / "opsdesk.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(url)
    raise EnvironmentInvalid(
        f"OPSDESK_DATABASE_URL begins with {parts.scheme!r}. Write postgresql://user:password@host:5432/name,"
        " or leave it out for SQLite."
    )


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-20000; PRAGMA temp_store=MEMORY;",
        },
    }


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    name = parts.path.lstrip("/")
    if not name:
        raise EnvironmentInvalid("OPSDESK_DATABASE_URL names no database. Write postgresql://user@host/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # No statement of ours lives long enough to be worth compiling.
        "OPTIONS": {"options": "-c jit=off", **query},
    }


def _address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnvironmentInvalid(f"OPSDESK_ADDRESS is {address!r}. Write it as https://desk.example.com.")
    return address.rstrip("/")


def _hosts(hosts: str, address: str) -> tuple[str, ...]:
    named = tuple(host.strip() for host in hosts.split(",") if host.strip())
    return named or tuple({urlsplit(address).hostname or "", "localhost", "127.0.0.1", "[::1]"})


def _zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise EnvironmentInvalid(f"OPSDESK_TIME_ZONE is {zone!r}. Write a zone such as Asia/Seoul.") from None
    return zone


def _rate(text: str) -> int:
    if not text:
        return API_RATE
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) > 0):
        raise EnvironmentInvalid(
            f"OPSDESK_API_RATE is {text!r}. Write how many requests a minute, as {API_RATE}."
        )
    return int(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").lower()
    if value in ("", "0", "no", "false"):
        return False
    if value in ("1", "yes", "true"):
        return True
    raise EnvironmentInvalid(f"{name} is {value!r}. Write yes or no.")


def from_process() -> Environment:
    return read(os.environ)
