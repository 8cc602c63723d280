"""The address of a single case: `support+c12-k3v9q2xm@desk.example`. Who answers to it answers that case.

The letters behind the number are a MAC by the key of the installation: an address can't be made up.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

_LETTERS = 10
_LONGEST_LOCAL = 64
_PLACE = re.compile(r"^(?P<local>[^@+]+)\+c(?P<case>\d{1,19})-(?P<mac>[a-z2-7]{10})@(?P<domain>[^@]+)$")
_TOKEN = re.compile(r"\[#(?P<case>\d{1,19})-(?P<mac>[a-z2-7]{10})\]")


def address_for(case_id: int, desk_address: str, *, key: str) -> str:
    """The case's own address at its desk; the desk's where that has a plus-part or grows too long."""
    local, _, domain = desk_address.rpartition("@")
    tagged = f"{local}+c{case_id}-{mac(case_id, key)}"
    if "+" in local or len(tagged) > _LONGEST_LOCAL:
        return desk_address
    return f"{tagged}@{domain}"


def token_for(case_id: int, *, key: str) -> str:
    """What stands in a subject to the same end: `[#12-k3v9q2xmab]`."""
    return f"[#{case_id}-{mac(case_id, key)}]"


def case_of(addresses: Iterable[str], desk_addresses: Iterable[str], *, key: str) -> int | None:
    """The case that one of the addresses is of, None where none is or its MAC is wrong."""
    ours = {address.lower() for address in desk_addresses}
    for address in addresses:
        match = _PLACE.match(address.strip().lower())
        if match and f"{match['local']}@{match['domain']}" in ours:
            found = _checked(match, key)
            if found is not None:
                return found
    return None


def case_in_subject(subject: str, *, key: str) -> int | None:
    """The case whose token stands in the subject; the last one where several do."""
    for match in reversed(list(_TOKEN.finditer(subject[:2000].lower()))):
        found = _checked(match, key)
        if found is not None:
            return found
    return None


def without_tokens(subject: str) -> str:
    """The subject as people read it."""
    return " ".join(re.sub(_TOKEN.pattern, " ", subject, flags=re.IGNORECASE).split())


def mac(case_id: int, key: str) -> str:
    """Ten letters (50 bits) that only this installation can make."""
    made = hmac.new(key.encode(), f"case address {case_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(made).decode("ascii").lower()[:_LETTERS]


def _checked(match: re.Match[str], key: str) -> int | None:
    case_id = int(match["case"])
    right = hmac.compare_digest(mac(case_id, key).encode(), match["mac"].encode())
    return case_id if right and 0 < case_id < 2**63 else None
