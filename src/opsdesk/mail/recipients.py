"""Which desk an address belongs to: its own, a plus-form of it, or the postmaster of its domain."""

from collections.abc import Sequence

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import mail_desks
from opsdesk.mail.outgoing import wire_domain

POSTMASTER = "postmaster"


def desk_of(address: str, all_desks: Sequence[DeskDefinition] | None = None) -> str:
    """The key of the desk that takes mail for an address, "" when none does.

    `support+anything@...` is `support@...`: so is the address of a single case. Case and the way the
    domain is written (`xn--`) make no difference.
    """
    asked = plain(address)
    asked_of = mail_desks() if all_desks is None else all_desks
    known = {plain(desk.address): desk.key for desk in reversed(asked_of) if desk.takes_mail}
    if asked in known:
        return known[asked]
    local, _, domain = asked.rpartition("@")
    if POSTMASTER not in (local, asked):
        return ""
    served = {each.rpartition("@")[2]: key for each, key in known.items()}
    return served.get(domain, "") if local else next(reversed(known.values()), "")


def is_own(address: str) -> bool:
    """Whether it is one of our own addresses: nothing is ever sent there."""
    return bool(desk_of(address))


def plain(address: str) -> str:
    """An address in lower case without its plus-part, its domain as DNS has it."""
    local, at, _ = address.strip().lower().rpartition("@")
    if not at:
        return address.strip().lower()
    return f"{local.partition('+')[0]}@{wire_domain(address.strip().lower())}"
