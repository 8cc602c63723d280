"""What was said around a mail when it was handed over: its sender and its recipients, not in its bytes."""

import json
from dataclasses import dataclass, replace

from opsdesk.mail.marks import AUTO_REPLY
from opsdesk.mail.parsing import ParsedMail

_LONGEST = 320
_MOST = 100


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who handed a mail over as whose (`sender` "": a machine that wants no answer), and to whom."""

    sender: str
    recipients: tuple[str, ...]


def written(envelope: Envelope | None) -> str | None:
    """As it is kept with an arrival."""
    if envelope is None:
        return None
    recipients = [_plain(each) for each in envelope.recipients[:_MOST]]
    return json.dumps([_plain(envelope.sender), *recipients])


def read(text: str | None) -> Envelope | None:
    """What `written` wrote."""
    if not text:
        return None
    sender, *recipients = json.loads(text)
    return Envelope(sender, tuple(recipients))


def _plain(address: str) -> str:
    """An address as mails have theirs: without brackets, in lower case."""
    cleaned = address.encode("utf-8", "replace").decode().replace("\x00", "")
    return cleaned.strip().strip("<>").strip().lower()[:_LONGEST]


def delivered(mail: ParsedMail, envelope: Envelope | None) -> ParsedMail:
    """The mail with what its envelope adds: whom it was delivered to; without a sender it is a machine's.

    RFC 3834 and 5321: what is sent by itself has an empty sender, so that nobody answers.
    """
    if envelope is None:
        return mail
    machine = mail.machine or ("" if envelope.sender else AUTO_REPLY)
    more = tuple(each for each in envelope.recipients if each not in mail.delivered_to)
    return replace(mail, machine=machine, delivered_to=(*mail.delivered_to, *more))
