"""Secrets at rest: sealed by a key drawn from the installation's master key, opened by nothing else."""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from opsdesk.kernel.refusal import Refusal, gettext_noop

VERSION = "s1"
_KEY_BYTES = 32
_MARK_BYTES = 4
_NONCE_BYTES = 12


class SealedByAnotherKey(Refusal):
    message = gettext_noop(
        "A stored secret was sealed by another master key. Put the master.key back that belongs to this"
        " database, or enter the secret again."
    )


class SealBroken(Refusal):
    message = gettext_noop("A stored secret is damaged or was sealed for something else. Enter it again.")


def seal(secret: str, *, purpose: str) -> str:
    """The secret as a text that only this installation opens, and only for the same `purpose`."""
    nonce = os.urandom(_NONCE_BYTES)
    locked = AESGCM(_drawn("secrets", _KEY_BYTES)).encrypt(nonce, secret.encode(), purpose.encode())
    return f"{VERSION}.{_mark()}.{base64.urlsafe_b64encode(nonce + locked).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """The secret again. Refuses `SealedByAnotherKey`, `SealBroken`; neither says anything of the secret."""
    version, _dot, rest = sealed.partition(".")
    mark, _dot, text = rest.partition(".")
    if version != VERSION:
        raise SealBroken
    if mark != _mark():
        raise SealedByAnotherKey
    try:
        data = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        nonce, locked = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return AESGCM(_drawn("secrets", _KEY_BYTES)).decrypt(nonce, locked, purpose.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError):
        raise SealBroken from None


def _mark() -> str:
    """What tells one master key from another, and nothing else about it."""
    return _drawn("mark", _MARK_BYTES).hex()


def _drawn(use: str, length: int) -> bytes:
    """Bytes of its own for each use of the master key."""
    drawing = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"opsdesk {VERSION} {use}".encode())
    return drawing.derive(settings.SECRET_KEY.encode())
