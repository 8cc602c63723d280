"""What our mail's headers look like on the wire: ASCII only, ids whole, lines folded at blanks."""

from email.headerregistry import Address as HeaderAddress
from email.policy import EmailPolicy
from typing import Any

from opsdesk.mail.headers import Address, one_line, quietly

_WHOLE = frozenset({"message-id", "in-reply-to", "references", "reply-to"})


class _IdsStayWhole(EmailPolicy):
    """The library writes an id longer than a line as RFC 2047 words, which nobody's mail program reads.

    A case's own address, in Reply-To, is such an id.
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower() not in _WHOLE:
            folded: str = super().fold(name, value)
            return folded
        return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() not in _WHOLE:
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


POLICY = _IdsStayWhole(linesep="\r\n")


def is_sendable_id(message_id: str) -> bool:
    """Whether an id may stand in a header: one with other letters than ASCII was none to begin with."""
    return bool(message_id) and message_id.isascii() and message_id.isprintable()


def is_sendable(address: str) -> bool:
    """Whether any server takes it: an ASCII name, and a domain that DNS can be asked for."""
    local, _, _ = address.rpartition("@")
    return bool(local) and local.isascii() and local.isprintable() and bool(wire_domain(address))


def wire_domain(address: str) -> str:
    """The domain of an address in ASCII (`xn--`), "" when it has none that can be written so."""
    domain = address.rpartition("@")[2]
    written = quietly(lambda: domain.encode("idna"), b"").decode("ascii")
    return written if len(written) <= 253 else ""


def mailbox(address: Address) -> HeaderAddress:
    """A sendable address with its name, for a header."""
    local = address.address.rpartition("@")[0]
    return HeaderAddress(one_line(address.name), local, wire_domain(address.address))
