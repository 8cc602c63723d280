"""Mails that lie in a mail as its parts: their words are read and found like those forwarded in the text."""

from collections.abc import Sequence
from email.message import Message
from typing import TypeAlias

from opsdesk.mail import bodies
from opsdesk.mail.bodies import MAX_TEXT, Leaf, RawMessage
from opsdesk.mail.headers import quietly, readable

_Enclosed: TypeAlias = "Message[str, str] | None"
MOST = 10
_KIND = "message/rfc822"
_DIVIDER = "---------- Forwarded message ---------"
# What carries no name by custom. A file that only its type would tell is named by it.
_NAMES = {
    "text/calendar": "invitation.ics",
    "application/ics": "invitation.ics",
    "application/pkcs7-mime": "encrypted.p7m",
    "application/x-pkcs7-mime": "encrypted.p7m",
    "application/pgp-encrypted": "version.asc",
    "application/pgp-signature": "signature.asc",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
}
_NAMED = ("From", "Date", "To", "Subject")


def appended(text: str, root: RawMessage, found: Sequence[Leaf]) -> str:
    """A mail's own text, and below it that of the mails it carries; not what a report carries back."""
    if root.get_content_type() == "multipart/report":
        return text
    carried = [leaf for leaf in found if leaf.content_type == _KIND and not leaf.inner][:MOST]
    return "\n\n".join(filter(None, (text, *(_words(leaf, found) for leaf in carried))))[:MAX_TEXT]


def file_name(leaf: Leaf) -> str:
    """A name for a file whose part says none: a mail's subject, or what its type tells; else ""."""
    if leaf.content_type != _KIND:
        return _NAMES.get(leaf.content_type, "")
    inner = _mail_in(leaf)
    subject = _header(inner, "Subject") if inner is not None else ""
    return f"{subject[:120].replace('/', '-')}.eml" if subject else ""


def _words(leaf: Leaf, found: Sequence[Leaf]) -> str:
    inner = _mail_in(leaf)
    if inner is None:
        return ""
    head = [f"{name}: {value}" for name in _NAMED if (value := _header(inner, name))]
    return "\n".join((_DIVIDER, *head, "", bodies.texts(_own(leaf, found), inner=True)[0]))


def _own(leaf: Leaf, found: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """The parts of the mail in a part, without those of mails that lie deeper in it."""
    # A mail that is nothing but another one counts its parts as that one does.
    is_all = leaf is found[0]
    below = [each for each in found if each.inner and (is_all or each.path.startswith(f"{leaf.path}."))]
    deeper = tuple(f"{each.path}." for each in below if each.content_type.startswith("message/"))
    return tuple(each for each in below if not (deeper and each.path.startswith(deeper)))


def _mail_in(leaf: Leaf) -> _Enclosed:
    payload = quietly(leaf.message.get_payload, None)
    inner = payload[0] if isinstance(payload, list) and payload else None
    return inner if isinstance(inner, Message) else None


def _header(message: RawMessage, name: str) -> str:
    return readable(str(quietly(lambda: message.get(name, ""), "")))[:998]
