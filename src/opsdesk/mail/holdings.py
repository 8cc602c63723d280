"""What is held of one address or of one account, and erasing all of it, a little at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from opsdesk.accounts import erasing as accounts
from opsdesk.cases import redaction as cases
from opsdesk.cases.models import UNRESOLVED, Case, Note
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.headers import address_of
from opsdesk.mail.models import Arrival, Bounce, CaseMessage, Message
from opsdesk.mail.redaction import BY_HAND, erase_messages, reports_of

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom: an address, or an account by its number; a name alone has no mail, but may be in imports."""

    address: str = ""
    account_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that would be erased, or that can't be yet as it waits to be sent."""

    id: int
    at: datetime
    direction: str
    subject: str
    case_ids: tuple[int, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held: `messages` (newest first, at most `limit` of the `count`), the cases of the requester,
    those of them that are not over, and the notes on them, which people must read themselves.
    """

    count: int
    messages: tuple[HeldMessage, ...]
    case_ids: tuple[int, ...]
    open_case_ids: tuple[int, ...]
    noted_case_ids: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        return not self.count and not self.case_ids


@dataclass(frozen=True, slots=True)
class Step:
    """What one step erased, and how many messages are left; those that wait to be sent are not counted."""

    erased: int
    left: int


def subject_of(text: str) -> Subject:
    """An address as it was typed. Refuses `Invalid`."""
    address = address_of(text)
    if not address:
        raise Invalid("address", gettext_noop("This is no e-mail address."))
    return Subject(address=address)


def held(subject: Subject, *, limit: int = 100) -> Holding:
    """What is held now. Nothing is changed."""
    messages = _messages(subject)
    rows = list(messages.order_by("-received_at", "-id")[:limit])
    links = _case_ids(rows)
    theirs = _cases(subject)
    return Holding(
        count=messages.count(),
        messages=tuple(_held(row, links.get(row.id, ())) for row in rows),
        case_ids=tuple(theirs.order_by("id").values_list("id", flat=True)),
        open_case_ids=tuple(theirs.filter(state__in=UNRESOLVED).order_by("id").values_list("id", flat=True)),
        noted_case_ids=tuple(sorted(set(_notes(theirs)))),
    )


def _cases(subject: Subject) -> "QuerySet[Case]":
    if subject.account_id is not None:
        return Case.objects.filter(account_id=subject.account_id)
    if not subject.address:
        return Case.objects.none()
    return Case.objects.filter(requester_email=subject.address)


def _notes(theirs: "QuerySet[Case]") -> "QuerySet[Note, int]":
    return Note.objects.filter(case__in=theirs).exclude(text="").values_list("case_id", flat=True)


def _messages(subject: Subject) -> "QuerySet[Message]":
    """Theirs and ours to them, without those erased before."""
    return Message.objects.filter(id__in=_ids(subject), redacted_at__isnull=True)


def _ids(subject: Subject) -> set[int]:
    links = CaseMessage.objects.filter(case__in=_cases(subject))
    if not subject.address:
        return set(links.values_list("message_id", flat=True))
    ours = links.filter(message__direction=Message.Direction.OUT)
    wrote = Message.objects.filter(from_address=subject.address)
    theirs = {
        *wrote.values_list("id", flat=True),
        *ours.values_list("message_id", flat=True),
        *_written_to(subject.address),
    }
    return theirs | reports_of(theirs) | set(_reports_to(subject.address))


def _reports_to(address: str) -> "QuerySet[Bounce, int]":
    return Bounce.objects.filter(recipient=address).values_list("report_id", flat=True)


def waiting(subject: Subject) -> int:
    """How many letters still wait to be sent: until they went or were given up, the address stays."""
    return _messages(subject).filter(delivery=Message.Delivery.QUEUED).count()


def _written_to(address: str) -> list[int]:
    """Our messages that name the address among their recipients."""
    ours = Message.objects.filter(direction=Message.Direction.OUT)
    named = ours.annotate(names=Cast("to", TextField()), copies=Cast("cc", TextField()))
    found = named.filter(names__contains=address) | named.filter(copies__contains=address)
    return [
        message_id
        for message_id, to, cc in found.values_list("id", "to", "cc")
        if any(one[1] == address for one in [*to, *cc])
    ]


def _case_ids(rows: Sequence[Message]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    links = CaseMessage.objects.filter(message_id__in=[row.id for row in rows], removed_at__isnull=True)
    for message_id, case_id in links.order_by("id").values_list("message_id", "case_id"):
        found[message_id] = (*found.get(message_id, ()), case_id)
    return found


def _held(row: Message, case_ids: tuple[int, ...]) -> HeldMessage:
    waits = row.delivery == Message.Delivery.QUEUED
    return HeldMessage(row.id, row.received_at, row.direction, row.subject, case_ids, waits)


def erase_step(subject: Subject, *, reason: str, actor: Actor, now: datetime, at_once: int = AT_ONCE) -> Step:
    """Erase the next messages, in one transaction; with the last of them the address itself goes.

    Run it until nothing is left; broken off, it goes on where it was. Refuses who may not, `Invalid`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    if reason not in BY_HAND:
        raise Invalid("reason", gettext_noop("Choose why it is erased."))
    with transaction.atomic():
        ready = _messages(subject).exclude(delivery=Message.Delivery.QUEUED)
        ids = list(ready.order_by("id").values_list("id", flat=True)[:at_once])
        erased = erase_messages(ids, reason=reason, actor=actor, now=now).messages if ids else ()
        left = ready.count() if ids else 0
        if not left and subject.address and not _messages(subject).exists():
            _forget(subject.address, reason=reason, actor=actor, now=now)
    return Step(len(erased), left)


def _forget(address: str, *, reason: str, actor: Actor, now: datetime) -> None:
    """The address where it stands outside of any words."""
    Message.objects.filter(from_address=address).update(from_address="")
    Arrival.objects.filter(envelope__contains=json.dumps(address)).update(envelope=None)
    for row in Bounce.objects.filter(recipient=address):
        Bounce.objects.filter(id=row.id).update(recipient=f"#{row.id}")
    cases.forget_requester(address, reason=reason, actor=actor, now=now)
    accounts.forget_address(address, actor=actor, now=now)
