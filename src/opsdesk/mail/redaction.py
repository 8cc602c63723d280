"""Erasing a mail for good: its words, its bytes wherever they came in again, what cases took over from it.

What stays: that there was a mail, its Message-ID and identity (the same mail again is known as one that was
erased), its thread, its times, its sender's address (answers find their case by it), the size and type of
its files. A person's erasure (`holdings`) takes the addresses too.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.cases import forgetting
from opsdesk.cases import redaction as cases
from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import Arrival, Bounce, CaseMessage, Message, Part
from opsdesk.mail.refusals import (
    AlreadyErased,
    ArrivalUnknown,
    MessageErased,
    MessageUnknown,
    StillToBeSent,
)
from opsdesk.people import queries as people
from opsdesk.search import actions as search
from opsdesk.search.models import Kind
from opsdesk.vault import erasing

RETENTION = "retention"
CAME_AGAIN = "came-again"
BY_HAND = {
    "asked": _("The person asked for it"),
    "secret": _("It holds a password or another secret"),
    "mistake": _("It was sent to us by mistake"),
    "other": _("Another reason"),
}
REASONS = {
    **BY_HAND,
    RETENTION: _("The desk keeps words no longer"),
    CAME_AGAIN: _("It was erased before and came in again"),
}
_KIND = "message.redacted"
_ARRIVAL_KIND = "arrival.redacted"


@dataclass(frozen=True, slots=True)
class Redacted:
    """What an erasure took: messages (all of the same bytes), blobs, and the cases whose words changed."""

    messages: tuple[int, ...]
    blobs: tuple[str, ...]
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """When, by whom and why something was erased; `reason` is a code of `REASONS`."""

    at: datetime
    by: str
    reason: str

    @property
    def why(self) -> str:
        return str(REASONS.get(self.reason, REASONS["other"]))


def redact_message(message_id: int, *, reason: str, actor: Actor, now: datetime) -> Redacted:
    """Erase a message. `reason` is a code of `BY_HAND`.

    Refuses who may not, `Invalid`, `MessageUnknown`, `AlreadyErased`, and `StillToBeSent` for a reply of ours
    that waits in the queue.
    """
    _check(reason, actor)
    found = Message.objects.filter(id=message_id).values_list("redacted_at", flat=True)
    if not found:
        raise MessageUnknown(message=message_id)
    if found[0] is not None:
        raise AlreadyErased
    return erase_messages([message_id], reason=reason, actor=actor, now=now)


@transaction.atomic
def redact_arrival(arrival_id: int, *, reason: str, actor: Actor, now: datetime) -> Redacted:
    """Erase what came in, understood or not. Refuses `ArrivalUnknown` and what `redact_message` refuses."""
    _check(reason, actor)
    arrival = Arrival.objects.filter(id=arrival_id).select_related("blob").first()
    if arrival is None:
        raise ArrivalUnknown(arrival=arrival_id)
    if arrival.message_id is not None:
        return redact_message(arrival.message_id, reason=reason, actor=actor, now=now)
    if arrival.blob.redacted_at is not None:
        raise AlreadyErased
    blobs = erase_arrivals([arrival_id], reason=reason, actor=actor, now=now)
    return Redacted((), tuple(blobs), ())


def _check(reason: str, actor: Actor) -> None:
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    if reason not in BY_HAND:
        raise Invalid("reason", gettext_noop("Choose why it is erased."))


@transaction.atomic
def erase_messages(ids: Collection[int], *, reason: str, actor: Actor, now: datetime) -> Redacted:
    """Erase messages; the caller has asked who may. Those erased before are passed over."""
    ids, digests = _with_the_same_bytes({*ids, *reports_of(ids)})
    rows = list(
        Message.objects.filter(id__in=ids, redacted_at__isnull=True).order_by("id").select_for_update()
    )
    if any(row.delivery == Message.Delivery.QUEUED for row in rows):
        raise StillToBeSent
    blobs = erasing.erase(digests, reason=reason, actor=actor, now=now)
    done = [row.id for row in rows]
    links = _links(done)
    words, names = _words(rows, links), _names(rows, links)
    changed = cases.clear_words(words, names, reason=reason, actor=actor, now=now)
    _clear(done, now)
    search.remove(Kind.MESSAGE, done)
    forgetting.ask(now=now)
    facts = [
        Draft(_KIND, "message", id, actor, now, {"reason": reason, "cases": sorted(links.get(id, {}))})
        for id in done
    ]
    record_many(facts, now=now)
    return Redacted(tuple(done), tuple(blobs), tuple(changed))


def reports_of(ids: Collection[int]) -> set[int]:
    """The reports that these did not arrive: they carry them back, whole or in part."""
    return set(Bounce.objects.filter(outgoing_id__in=ids).values_list("report_id", flat=True))


def _with_the_same_bytes(ids: Collection[int]) -> tuple[set[int], set[str]]:
    """These messages and the others made of the same bytes; all bytes in which they ever came in."""
    messages, digests = set(ids), set[str]()
    while True:
        own = Message.objects.filter(id__in=messages).values_list("blob_id", flat=True)
        came = Arrival.objects.filter(message_id__in=messages).values_list("blob_id", flat=True)
        digests |= {*own, *came}
        more = set(Message.objects.filter(blob_id__in=digests).values_list("id", flat=True))
        if more <= messages:
            return messages, digests
        messages |= more


def _links(ids: Sequence[int]) -> dict[int, dict[int, bool]]:
    """The cases of each message, and whether it or a part of it opened them."""
    found: dict[int, dict[int, bool]] = {}
    rows = CaseMessage.objects.filter(message_id__in=ids).values_list("message_id", "case_id", "how")
    for message_id, case_id, how in rows:
        opened = how in (CaseMessage.How.OPENED, CaseMessage.How.SPLIT)
        of_message = found.setdefault(message_id, {})
        of_message[case_id] = opened or of_message.get(case_id, False)
    return found


def _words(rows: Sequence[Message], links: Mapping[int, Mapping[int, bool]]) -> dict[int, str]:
    """By case that one of the messages opened, the words of those."""
    found: dict[int, str] = {}
    for row in rows:
        for case_id, opened in links.get(row.id, {}).items():
            if opened:
                found[case_id] = f"{found.get(case_id, '')}\n{row.subject}\n{row.text}"
    return found


def _names(rows: Sequence[Message], links: Mapping[int, Mapping[int, bool]]) -> dict[int, str]:
    """By case that one of the messages opened, its writer's name, unless another message there says it."""
    found = {
        case_id: row.from_name
        for row in rows
        for case_id, opened in links.get(row.id, {}).items()
        if opened and row.from_name
    }
    others = CaseMessage.objects.filter(case_id__in=found).exclude(message_id__in=[row.id for row in rows])
    said = set(others.values_list("case_id", "message__from_name"))
    return {case_id: name for case_id, name in found.items() if (case_id, name) not in said}


def _clear(ids: Sequence[int], now: datetime) -> None:
    Message.objects.filter(id__in=ids).update(
        subject="", text="", from_name="", reply_to="", to=[], cc=[], delivery_problem="", redacted_at=now
    )
    Part.objects.filter(message_id__in=ids).update(filename="")
    Arrival.objects.filter(message_id__in=ids).update(label="", detail="", envelope=None)
    Bounce.objects.filter(Q(outgoing_id__in=ids) | Q(report_id__in=ids)).update(detail="")


@transaction.atomic
def erase_arrivals(ids: Collection[int], *, reason: str, actor: Actor, now: datetime) -> list[str]:
    """Erase the bytes and labels of arrivals that have no message of their own; the digests erased."""
    arrivals = Arrival.objects.filter(id__in=ids)
    digests = set(arrivals.values_list("blob_id", flat=True))
    blobs = erasing.erase(digests, reason=reason, actor=actor, now=now)
    arrivals.update(label="", detail="", envelope=None)
    facts = [Draft(_ARRIVAL_KIND, "arrival", id, actor, now, {"reason": reason}) for id in sorted(ids)]
    record_many(facts, now=now)
    return blobs


def erase_again(arrival_ids: Collection[int], *, now: datetime) -> None:
    """A mail that was erased has come in again, perhaps by another way: these bytes go as well."""
    came = Arrival.objects.filter(id__in=arrival_ids, message__redacted_at__isnull=False)
    ids = list(came.values_list("id", flat=True))
    if ids:
        erase_arrivals(ids, reason=CAME_AGAIN, actor=SYSTEM, now=now)


def refusal(found: Erasure) -> MessageErased:
    """What is said instead of showing what was erased."""
    return MessageErased(on=found.at.date(), by=found.by or "Opsdesk", reason=found.why)


def erasures(message_ids: Collection[int]) -> dict[int, Erasure]:
    """When, by whom and why each of the messages was erased; without those that were not."""
    facts = Entry.objects.filter(subject_kind="message", subject_id__in=message_ids, kind=_KIND).order_by(
        "id"
    )
    return {fact.subject_id: erasure_of(fact) for fact in facts}


def of_message(message_id: int) -> Erasure | None:
    """When, by whom and why a message was erased; None when it was not."""
    return erasures([message_id]).get(message_id)


def of_arrival(arrival_id: int) -> Erasure | None:
    """The same of what came in, with its message or without one."""
    arrival = Arrival.objects.filter(id=arrival_id).values_list("message_id", "blob_id").first()
    if arrival is None:
        return None
    first = Message.objects.filter(blob_id=arrival[1]).values_list("id", flat=True).first()
    for message_id in (arrival[0], first):
        if message_id and (found := of_message(message_id)):
            return found
    own = Arrival.objects.filter(blob_id=arrival[1]).values("id")
    facts = Entry.objects.filter(subject_kind="arrival", subject_id__in=own, kind=_ARRIVAL_KIND)
    fact = facts.order_by("id").first()
    return erasure_of(fact) if fact else None


def erasure_of(fact: Entry) -> Erasure:
    """What the fact of an erasure says."""
    names = people.names([fact.actor_id]) if fact.actor_id else {}
    return Erasure(fact.recorded_at, names.get(fact.actor_id or 0, ""), str(fact.payload.get("reason", "")))
