"""How a receiver knows that a call is ours. Pure, but for the making of a secret."""

import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret nobody guesses: 256 bits."""
    return f"{PREFIX}{secrets.token_urlsafe(_BYTES)}"


def signature(secret: str, *, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, hexadecimal; `timestamp` in seconds since 1970."""
    return hmac.new(secret.encode(), b"%d." % timestamp + body, "sha256").hexdigest()


def header(secrets: Iterable[str], *, timestamp: int, body: bytes) -> str:
    """The value of `Opsdesk-Signature`: one signature for each secret that holds, `v1=...,v1=...`."""
    return ",".join(f"v1={signature(secret, timestamp=timestamp, body=body)}" for secret in secrets)
