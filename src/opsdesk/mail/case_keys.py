"""The key behind the addresses and tokens of single cases: drawn from the installation's master key."""

import hashlib
import hmac

from django.conf import settings

_LABEL = b"opsdesk case addresses 1"


def reply_key() -> str:
    """The same for every process of an installation; with another master key older addresses hold no more."""
    return hmac.new(settings.SECRET_KEY.encode(), _LABEL, hashlib.sha256).hexdigest()
