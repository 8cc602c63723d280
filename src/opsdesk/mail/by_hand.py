"""A request for a mail that was not understood or set aside, in the words of the person who read it."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.accounts import queries as accounts
from opsdesk.cases.opening import open_request
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.actions import Filed, Letter, file_messages, link
from opsdesk.mail.headers import address_of
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome
from opsdesk.mail.parsing import typed
from opsdesk.mail.placing import Placed, opening_for
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.rules import BY_HAND, Verdict


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads in a mail. `requester_email` may be empty: then nobody can be answered."""

    subject: str
    text: str
    requester_email: str


def place(arrival: Arrival, words: Words, *, actor: Actor, now: datetime) -> Placed:
    """Open the request, in the caller's transaction. Refuses `Invalid` fields."""
    address = address_of(words.requester_email)
    if words.requester_email.strip() and not address:
        raise Invalid("requester_email", gettext_noop("This is no e-mail address."))
    if not words.subject.strip():
        raise Invalid("subject", gettext_noop("Say in a few words what the mail asks for."))
    received = arrival.received_at or arrival.recorded_at
    message = arrival.message or _typed(arrival, words, address, received, now=now)
    account = accounts.find(message.from_address)
    opening = opening_for(
        message,
        desk=arrival.source.desk,
        account_id=account.id if account else None,
        opened_at=received,
    )
    case = open_request(opening, actor=actor, now=now)
    link(case_id=case.id, message_id=message.id, how=CaseMessage.How.OPENED, now=now)
    return Placed(
        arrival,
        NotUnderstood("by hand"),
        received_at=received,
        filed=Filed(message, known=False),
        verdict=Verdict(Outcome.REQUESTS, BY_HAND),
        case_id=case.id,
    )


def _typed(arrival: Arrival, words: Words, address: str, received: datetime, *, now: datetime) -> Message:
    """The message of bytes that we could not read, known by their digest."""
    identity = f"sha256:{arrival.blob_id}"
    there = Message.objects.filter(identity=identity).first()
    if there is not None:
        return there
    mail = typed(subject=words.subject.strip(), text=words.text.strip(), sender=address)
    return file_messages([Letter(mail, identity, arrival.blob_id, (), received)], now=now)[0].message
