"""A request for a mail that was not understood or set aside, in the words of the person who read it."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.accounts import queries as accounts
from opsdesk.cases.opening import Opening, open_request
from opsdesk.journal import rows
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.actions import Filed, Letter, file_messages, link, message_row
from opsdesk.mail.filing import Placed
from opsdesk.mail.headers import address_of
from opsdesk.mail.inhand import InHand
from opsdesk.mail.models import CaseMessage, Message, Outcome
from opsdesk.mail.parsing import ParsedMail, typed
from opsdesk.mail.placing import excerpt_of
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.rules import BY_HAND, Verdict


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads in a mail. `requester_email` may be empty: then nobody can be answered."""

    subject: str
    text: str
    requester_email: str


def place(arrival: InHand, words: Words, *, actor: Actor, now: datetime) -> Placed:
    """Open the request, in the caller's transaction. Refuses `Invalid` fields."""
    address = address_of(words.requester_email)
    if words.requester_email.strip() and not address:
        raise Invalid("requester_email", gettext_noop("This is no e-mail address."))
    if not words.subject.strip():
        raise Invalid("subject", gettext_noop("Say in a few words what the mail asks for."))
    received = arrival.received_at or arrival.recorded_at
    account = accounts.find(address)
    mail = typed(subject=words.subject.strip(), text=words.text.strip(), sender=address)
    shown = _messages(arrival, mail, received, now=now)
    opening = Opening(
        desk=arrival.desk,
        subject=mail.subject,
        opened_at=received,
        excerpt=excerpt_of(mail.text),
        requester_email=address,
        requester_name=next((one.from_name for one in shown if one.from_address == address), ""),
        account_id=account.id if account else None,
    )
    case = open_request(opening, actor=actor, now=now)
    for message in shown:
        link(case_id=case.id, message_id=message.id, how=CaseMessage.How.OPENED, now=now)
    return Placed(
        arrival,
        NotUnderstood("by hand"),
        received_at=received,
        filed=Filed(_of_arrival(arrival) or shown[0], known=False),
        verdict=Verdict(Outcome.REQUESTS, BY_HAND),
        case_id=case.id,
    )


def _messages(arrival: InHand, mail: ParsedMail, received: datetime, *, now: datetime) -> list[Message]:
    """What the case shows: the mail, and what was typed where that says something else.

    Bytes that could not be read have a message of what was typed, known by their digest.
    """
    identity = f"sha256:{arrival.digest}"
    there = _of_arrival(arrival) or Message.objects.filter(identity=identity).first()
    if there is None:
        return [file_messages([Letter(mail, identity, arrival.digest, (), received)], now=now)[0].message]
    theirs = [there] if there.direction == Message.Direction.IN else []
    if theirs and _same_words(mail.text, there.text):
        return theirs
    letter = Letter(mail, f"by-hand:{arrival.id}", arrival.digest, (), received)
    beside = message_row(letter, there.thread_id, now)
    rows.insert_row(beside)
    return [*theirs, beside]


def _of_arrival(arrival: InHand) -> Message | None:
    return Message.objects.get(id=arrival.message_id) if arrival.message_id else None


def _same_words(one: str, other: str) -> bool:
    return not one or one.split() == other.split()
