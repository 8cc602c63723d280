"""Our words to the customer: a reply or an automatic notice becomes real bytes, queued with its delivery."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from django.db import transaction

from opsdesk.cases import actions as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.clock.actions import schedule
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import notices, outgoing
from opsdesk.mail.actions import addresses_as_json, continue_thread, link
from opsdesk.mail.headers import Address, address_of, one_line
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.parsing import parse
from opsdesk.mail.refusals import AddressNotSendable, MessageUnknown, NobodyToAnswer
from opsdesk.mail.rules import identity_of
from opsdesk.mail.timers import DELIVER, TASK_KINDS
from opsdesk.vault import actions as vault

_LONGEST_CHAIN = 20
MAX_CC = 50


@transaction.atomic
def reply(
    *,
    case_id: int,
    text: str,
    cc: Sequence[str] = (),
    wait: bool,
    seen_version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Message:
    """Answer the requester: the message, its delivery and the move on the case stand or fall together.

    With `wait` the case then waits on the customer. Refuses `NobodyToAnswer`, `AddressNotSendable`,
    `Invalid`, and what `cases.actions.record_reply` refuses.
    """
    if not text.strip():
        raise Invalid("text", gettext_noop("Write the answer first."))
    copies = _copies(cc)
    case = cases.record_reply(case_id=case_id, wait=wait, actor=actor, now=now, seen_version=seen_version)
    conversation = _conversation(case)
    message = _queued(case, conversation, text=text, cc=copies, author=actor, automatic=False, now=now)
    if message is None:
        to = _requester(case, conversation)
        raise AddressNotSendable(address=to.address) if to else NobodyToAnswer(case=case_id)
    return message


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
    text = notices.text(kind, case=case, desk=desk)
    return _queued(case, conversation, text=text, cc=(), author=SYSTEM, automatic=True, now=now)


@transaction.atomic
def mark_sent(message_id: int, *, now: datetime) -> None:
    """A carrier has handed the message over; saying so twice changes nothing. Refuses `MessageUnknown`."""
    waiting = Message.objects.filter(id=message_id, delivery=Message.Delivery.QUEUED)
    if waiting.update(delivery=Message.Delivery.SENT, delivered_at=now):
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


def _is_machine(case: Case, conversation: Sequence[Message]) -> bool:
    theirs = [message for message in conversation if message.direction == Message.Direction.IN]
    newest = theirs[-1].machine if theirs else ""
    return bool(newest) or case.requester_email.split("@")[0] in notices.NOBODY_READS


def _queued(
    case: Case,
    conversation: Sequence[Message],
    *,
    text: str,
    cc: tuple[Address, ...],
    author: Actor,
    automatic: bool,
    now: datetime,
) -> Message | None:
    to = _requester(case, conversation)
    if to is None or not outgoing.is_sendable(to.address):
        return None
    desk = desk_definition(case.desk)
    chain = [message.message_id for message in conversation if outgoing.is_sendable_id(message.message_id)]
    mail = _mail(
        case, desk, to=to, cc=cc, chain=chain, text=text, author=author, automatic=automatic, now=now
    )
    message = _stored(
        mail,
        to=to,
        cc=cc,
        text=text,
        thread_id=conversation[-1].thread_id if conversation else None,
        author=author,
        automatic=automatic,
        now=now,
    )
    link(case_id=case.id, message_id=message.id, how=CaseMessage.How.REPLY, now=now)
    schedule(
        kind=DELIVER,
        lane=TASK_KINDS[DELIVER],
        unique_key=f"{DELIVER}:{message.id}",
        subject_kind="message",
        subject_id=message.id,
        due_at=now,
        now=now,
    )
    _record("message.queued", message.id, author, now, {"case": case.id, "automatic": automatic})
    return message


def _conversation(case: Case) -> list[Message]:
    """The messages of the case, oldest first, without their texts."""
    linked = CaseMessage.objects.filter(case=case, removed_at__isnull=True).values("message_id")
    there = Message.objects.filter(id__in=linked).order_by("received_at", "id")
    return list(there.only("direction", "message_id", "thread_id", "from_address", "reply_to", "machine"))


def _requester(case: Case, conversation: Sequence[Message]) -> Address | None:
    """Whom to write to: where the requester's newest mail wants its answers, else the requester's address."""
    theirs = [one for one in conversation if one.from_address == case.requester_email and one.reply_to]
    address = address_of(theirs[-1].reply_to) if theirs else ""
    address = address or address_of(case.requester_email)
    return Address(one_line(case.requester_name), address) if address else None


def _mail(
    case: Case,
    desk: DeskDefinition,
    *,
    to: Address,
    cc: tuple[Address, ...],
    chain: Sequence[str],
    text: str,
    author: Actor,
    automatic: bool,
    now: datetime,
) -> EmailMessage:
    mail = EmailMessage(policy=outgoing.POLICY)
    sender = Address(author.name if author.is_person else desk.name, desk.address)
    mail["From"] = outgoing.mailbox(sender)
    mail["To"] = outgoing.mailbox(to)
    if cc:
        mail["Cc"] = [outgoing.mailbox(one) for one in cc]
    subject = one_line(case.subject)
    mail["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{uuid.uuid4().hex}@{outgoing.wire_domain(desk.address)}>"
    if chain:
        mail["In-Reply-To"] = f"<{chain[-1]}>"
        mail["References"] = " ".join(f"<{one}>" for one in chain[-_LONGEST_CHAIN:])
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text.strip() + "\n", charset="utf-8", cte="quoted-printable")
    return mail


def _stored(
    mail: EmailMessage,
    *,
    to: Address,
    cc: tuple[Address, ...],
    text: str,
    thread_id: int | None,
    author: Actor,
    automatic: bool,
    now: datetime,
) -> Message:
    raw = mail.as_bytes()
    parsed = parse(raw)
    digest = vault.store_one(raw, media_type="message/rfc822", now=now)
    thread_id = continue_thread(thread_id, parsed.message_id, now=now)
    return Message.objects.create(
        direction=Message.Direction.OUT,
        identity=identity_of(parsed, digest),
        message_id=parsed.message_id,
        blob_id=digest,
        thread_id=thread_id,
        from_address=parsed.sender.address,
        from_name=parsed.sender.name,
        to=addresses_as_json([to]),
        cc=addresses_as_json(cc),
        subject=parsed.subject,
        text=text.strip(),
        dated_at=now,
        received_at=now,
        recorded_at=now,
        author_id=author.id if author.is_person else None,
        automatic=automatic,
        delivery=Message.Delivery.QUEUED,
    )


def _record(kind: str, message_id: int, actor: Actor, now: datetime, payload: dict[str, object]) -> None:
    record(
        kind=kind,
        subject_kind="message",
        subject_id=message_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
