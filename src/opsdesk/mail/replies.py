"""Our words to the customer: a reply or an automatic notice becomes real bytes, queued with its delivery."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from opsdesk.cases import actions as cases
from opsdesk.cases.definition import DeskDefinition, ReplyAddress
from opsdesk.cases.merges import FAMILY
from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.clock.actions import schedule
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_one
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import case_address, notices, outgoing
from opsdesk.mail.actions import Link, addresses_as_json, link_all, write_parts
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.composing import Letter, composed
from opsdesk.mail.enclosing import Attachment, safe
from opsdesk.mail.headers import Address, address_of, one_line
from opsdesk.mail.indexed import of_message
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.refusals import AddressNotSendable, MessageUnknown, NobodyReadsThere, NobodyToAnswer
from opsdesk.mail.rules import identity_of
from opsdesk.mail.signing import signed
from opsdesk.mail.threads import continue_thread
from opsdesk.mail.timers import DELIVER, TASK_KINDS
from opsdesk.people import queries as people
from opsdesk.search import actions as search
from opsdesk.vault import actions as vault

MAX_CC = 50
_CONVERSATION = (
    f"{FAMILY} SELECT direction, message_id, thread_id, from_address, reply_to, machine FROM mail_message"
    " WHERE id IN (SELECT message_id FROM mail_casemessage"
    " WHERE case_id IN (SELECT id FROM own) AND removed_at IS NULL)"
    " ORDER BY received_at, id"
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of the conversation, as far as an answer asks."""

    direction: str
    message_id: str
    thread_id: int
    from_address: str
    reply_to: str
    machine: str


@transaction.atomic
def reply(
    *,
    case_id: int,
    text: str,
    cc: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
    signature: bool = False,
    wait: bool,
    seen_version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Message:
    """Answer the requester: the message, its delivery and the move on the case stand or fall together.

    With `wait` the case then waits on the customer; with `signature` the actor's stands below the text.
    Refuses `NobodyToAnswer`, `AddressNotSendable`, `NobodyReadsThere`, `AttachmentsTooLarge`,
    `TooManyAttachments`, `Invalid`, and what `cases.actions.record_reply` refuses.
    """
    if not text.strip():
        raise Invalid("text", gettext_noop("Write the answer first."))
    copies, files = _copies(cc), safe(attachments)
    words = signed(text, people.signature(actor.id)) if signature and actor.id else text
    case = cases.record_reply(case_id=case_id, wait=wait, actor=actor, now=now, seen_version=seen_version)
    conversation = _conversation(case)
    letter = _letter(
        case,
        conversation,
        to=_recipient(case, conversation),
        cc=copies,
        text=words,
        author=actor,
        automatic=False,
        attachments=files,
        now=now,
    )
    return _queued(case, conversation, letter, author=actor)


def notice(kind: str, *, case: Case, notify: bool | None, now: datetime) -> Message | None:
    """Tell the requester of an `opening`, `escalation` or `resolution`; within the caller's transaction.

    `notify` None: as the desk's definition says. None comes back when nothing was to be sent: a machine
    is never written to, nor is anybody without an address that mail can be sent to.
    """
    desk = desk_definition(case.desk)
    wanted = bool(getattr(desk.notices, kind)) if notify is None else notify
    if not wanted:
        return None
    conversation = _conversation(case)
    if _is_machine(case, conversation):
        return None
    to = _requester(case, conversation)
    if to is None or not outgoing.is_sendable(to.address):
        return None
    text = notices.text(kind, case=case, desk=desk)
    letter = _letter(case, conversation, to=to, cc=(), text=text, author=SYSTEM, automatic=True, now=now)
    return _queued(case, conversation, letter, author=SYSTEM)


@transaction.atomic
def mark_sent(message_id: int, *, now: datetime) -> None:
    """A carrier has handed the message over; saying so twice changes nothing. Refuses `MessageUnknown`."""
    sent = {"delivery": Message.Delivery.SENT, "delivered_at": now}
    if rows.update_rows(Message, sent, id=message_id, delivery=Message.Delivery.QUEUED):
        _record("message.sent", message_id, SYSTEM, now, {})
    elif not Message.objects.filter(id=message_id).exists():
        raise MessageUnknown(message=message_id)


def _copies(cc: Sequence[str]) -> tuple[Address, ...]:
    wanted = [one for one in cc if one.strip()]
    found = tuple(Address("", address_of(one)) for one in wanted)
    if len(found) > MAX_CC or not all(one.address for one in found):
        raise Invalid("cc", gettext_noop("This is no list of e-mail addresses."))
    if not all(outgoing.is_sendable(one.address) for one in found):
        raise Invalid("cc", gettext_noop("No mail can be sent to one of these addresses."))
    return found


def _is_machine(case: Case, conversation: Sequence[Earlier]) -> bool:
    theirs = [message for message in conversation if message.direction == Message.Direction.IN]
    newest = theirs[-1].machine if theirs else ""
    return bool(newest) or case.requester_email.split("@")[0] in notices.NOBODY_READS


def _queued(case: Case, conversation: Sequence[Earlier], letter: Letter, *, author: Actor) -> Message:
    now = letter.at
    thread_id = conversation[-1].thread_id if conversation else None
    message = _stored(letter, thread_id=thread_id, author=author)
    link_all([Link(case.id, message.id, CaseMessage.How.REPLY)], now=now)
    schedule(
        kind=DELIVER,
        lane=TASK_KINDS[DELIVER],
        unique_key=f"{DELIVER}:{message.id}",
        subject_kind="message",
        subject_id=message.id,
        due_at=now,
        now=now,
    )
    payload: dict[str, object] = {"case": case.id, "automatic": letter.automatic}
    if letter.attachments:
        sizes = [len(one.data) for one in letter.attachments]
        payload |= {"files": len(sizes), "bytes": sum(sizes)}
    _record("message.queued", message.id, author, now, payload)
    return message


def _conversation(case: Case) -> list[Earlier]:
    """The messages of the case, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_CONVERSATION, [case.id])
        return [Earlier(*row) for row in cursor.fetchall()]


def _requester(case: Case, conversation: Sequence[Earlier]) -> Address | None:
    """Whom to write to: where the requester's newest mail wants its answers, else the requester's address."""
    theirs = [one for one in conversation if one.from_address == case.requester_email and one.reply_to]
    address = address_of(theirs[-1].reply_to) if theirs else ""
    address = address or address_of(case.requester_email)
    return Address(one_line(case.requester_name), address) if address else None


def _recipient(case: Case, conversation: Sequence[Earlier]) -> Address:
    to = _requester(case, conversation)
    if to is None:
        raise NobodyToAnswer(case=case.id)
    if not outgoing.is_sendable(to.address):
        raise AddressNotSendable(address=to.address)
    if to.address.partition("@")[0] in notices.NOBODY_READS:
        raise NobodyReadsThere(address=to.address)
    return to


def _letter(
    case: Case,
    conversation: Sequence[Earlier],
    *,
    to: Address,
    cc: tuple[Address, ...],
    text: str,
    author: Actor,
    automatic: bool,
    now: datetime,
    attachments: tuple[Attachment, ...] = (),
) -> Letter:
    desk = desk_definition(case.desk)
    return Letter(
        sender=Address(author.name if author.is_person else desk.name, desk.address),
        to=to,
        cc=cc,
        subject=_subject(case, desk),
        message_id=f"{uuid.uuid4().hex}@{outgoing.wire_domain(desk.address)}",
        chain=[one.message_id for one in conversation if outgoing.is_sendable_id(one.message_id)],
        text=text,
        automatic=automatic,
        at=now,
        reply_to=_answers_to(case, desk),
        attachments=attachments,
    )


def _subject(case: Case, desk: DeskDefinition) -> str:
    """The case's subject as an answer's; only this case's token may stand in it."""
    text = one_line(case.subject)
    if "[#" in text and case_address.case_in_subject(text, key=reply_key()) is not None:
        text = case_address.without_tokens(text)
    text = text if text.lower().startswith("re:") else f"Re: {text}"
    return f"{text} {case_address.token_for(case.id, key=reply_key())}" if desk.subject_token else text


def _answers_to(case: Case, desk: DeskDefinition) -> str:
    """The case's own address; "" where the sender's is to be answered."""
    if desk.reply_address is not ReplyAddress.PER_CASE:
        return ""
    address = case_address.address_for(case.id, desk.address, key=reply_key())
    return address if address != desk.address else ""


def _stored(letter: Letter, *, thread_id: int | None, author: Actor) -> Message:
    mail, now = composed(letter), letter.at
    digest = vault.store_one(mail.raw, media_type="message/rfc822", now=now)
    message = Message(
        direction=Message.Direction.OUT,
        identity=identity_of(mail, digest),
        message_id=mail.message_id,
        blob_id=digest,
        thread_id=continue_thread(thread_id, mail.message_id, now=now),
        from_address=mail.sender.address,
        from_name=mail.sender.name,
        reply_to=letter.reply_to,
        to=addresses_as_json([letter.to]),
        cc=addresses_as_json(letter.cc),
        subject=mail.subject,
        text=letter.text.strip(),
        dated_at=now,
        received_at=now,
        recorded_at=now,
        author_id=author.id if author.is_person else None,
        automatic=letter.automatic,
        delivery=Message.Delivery.QUEUED,
    )
    rows.insert_row(message)
    write_parts([(message.id, mail.files)])
    search.put_many([of_message(message, [file.filename for file in mail.files])])
    return message


def _record(kind: str, message_id: int, actor: Actor, now: datetime, payload: dict[str, object]) -> None:
    record_one(Draft(kind, "message", message_id, actor, now, payload), now=now)
