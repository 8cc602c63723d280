"""Threads that one message made one: what moved then, and taking it back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from opsdesk.cases.models import Case
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail.models import CaseMessage, Message, Thread, ThreadJoin, ThreadKey
from opsdesk.mail.refusals import JoinUnknown


@dataclass(frozen=True, slots=True)
class Swallowed:
    """A thread that became part of another, with what moved; `with_mail`: the mail's parent stood in it."""

    thread_id: int
    message_ids: tuple[int, ...]
    key_ids: tuple[int, ...]
    with_mail: bool


@dataclass(frozen=True, slots=True)
class JoinView:
    """That `message_id` joined the thread of other requests to that of a case."""

    id: int
    message_id: int
    case_ids: tuple[int, ...]


def swallow(thread: int, into: int, *, with_mail: bool) -> Swallowed:
    """Make a thread part of another, in the caller's transaction."""
    keys = ThreadKey.objects.filter(thread_id=thread)
    messages = Message.objects.filter(thread_id=thread)
    key_ids = tuple(keys.order_by("id").values_list("id", flat=True))
    message_ids = tuple(messages.order_by("id").values_list("id", flat=True))
    keys.update(thread_id=into)
    messages.update(thread_id=into)
    Thread.objects.filter(id=thread).update(joined_into_id=into)
    return Swallowed(thread, message_ids, key_ids, with_mail)


def note(
    message: Message, swallowed: Sequence[Swallowed], new_keys: Collection[str], *, now: datetime
) -> None:
    """Put down what the message, just written, has joined. `new_keys`: the ids it was the first to name.

    If it answers a message of the thread that was swallowed, it goes back with that one.
    """
    facts: list[Draft] = []
    for one in swallowed:
        along = one.with_mail
        own = ThreadKey.objects.filter(message_id=message.message_id)
        own_keys = own.values_list("id", flat=True) if along and message.message_id in new_keys else ()
        join = ThreadJoin.objects.create(
            thread_id=one.thread_id,
            into_id=message.thread_id,
            message=message,
            message_ids=[*one.message_ids, *([message.id] if along else [])],
            key_ids=[*one.key_ids, *own_keys],
            joined_at=now,
        )
        facts += _facts("thread.joined", join, message.thread_id, SYSTEM, now)
    record_many(facts, now=now)


def _facts(kind: str, join: ThreadJoin, into: int, actor: Actor, now: datetime) -> list[Draft]:
    """The fact, told of both threads."""
    payload = {"join": join.id, "thread": join.thread_id, "into": into, "message": join.message_id}
    return [Draft(kind, "thread", thread, actor, now, payload) for thread in (join.thread_id, into)]


def apart(threads: Collection[int]) -> set[frozenset[int]]:
    """The pairs of these threads that were one and were parted by hand: nothing makes them one again."""
    undone = ThreadJoin.objects.filter(undone_at__isnull=False).values_list("thread_id", "into_id")
    pairs = list(undone)
    stands = _standing({thread for pair in pairs for thread in pair})
    found = {frozenset((stands[one], stands[other])) for one, other in pairs}
    return {pair for pair in found if pair <= set(threads)}


def _standing(threads: Collection[int]) -> dict[int, int]:
    """For each of these threads the one that it is part of by now."""
    into: dict[int, int] = {}
    newest = set(threads)
    while newest:
        rows = Thread.objects.filter(id__in=newest, joined_into__isnull=False)
        further = dict(rows.values_list("id", "joined_into_id"))
        into |= further
        newest = set(further.values()) - into.keys()
    found: dict[int, int] = {}
    for thread in threads:
        last = thread
        while last in into:
            last = into[last]
        found[thread] = last
    return found


@transaction.atomic
def undo_join(join_id: int, *, actor: Actor, now: datetime) -> None:
    """Part two threads that a message had made one; they stay apart from then on.

    What moved goes back, but for what a person or another message has moved on since. What came after the
    join stays where it is. Refuses `JoinUnknown` (also when somebody was first), and `NotYourDesk` for the
    desk of any request in the thread.
    """
    join = ThreadJoin.objects.filter(id=join_id, undone_at__isnull=True).first()
    if join is None:
        raise JoinUnknown()
    into = _standing([join.into_id])[join.into_id]
    _check_may(into, actor)
    if connection.features.has_select_for_update:
        # Who sorts a mail of either thread at this moment comes before us or after.
        list(
            Thread.objects.select_for_update(no_key=True).filter(id__in=[into, join.thread_id]).order_by("id")
        )
    if not ThreadJoin.objects.filter(id=join_id, undone_at__isnull=True).update(undone_at=now):
        raise JoinUnknown()
    Thread.objects.filter(id=join.thread_id).update(joined_into_id=None)
    ThreadKey.objects.filter(id__in=join.key_ids, thread_id=into).update(thread_id=join.thread_id)
    Message.objects.filter(id__in=join.message_ids, thread_id=into).update(thread_id=join.thread_id)
    record_many(_facts("thread.parted", join, into, actor, now), now=now)


def _check_may(thread: int, actor: Actor) -> None:
    linked = CaseMessage.objects.filter(message__thread_id=thread, removed_at__isnull=True)
    desks = set(Case.objects.filter(id__in=linked.values("case_id")).values_list("desk", flat=True))
    if not desks:
        raise JoinUnknown()
    for desk in sorted(desks):
        check_may(actor, Act.HANDLE_MAIL, desk=desk)


def of_threads(threads: Collection[int], own: Collection[int]) -> tuple[JoinView, ...]:
    """The joins that stand within these threads, and with which requests but one's `own` each joined them."""
    inside = _parts(threads)
    joins = ThreadJoin.objects.filter(thread_id__in=inside, undone_at__isnull=True, message__isnull=False)
    found: list[JoinView] = []
    for join in joins.order_by("id"):
        links = CaseMessage.objects.filter(removed_at__isnull=True)
        moved = _cases(links.filter(message_id__in=join.message_ids))
        if not moved.isdisjoint(own):
            moved = _cases(links.filter(message__thread_id__in=threads)) - moved
        if join.message_id is not None:
            found.append(JoinView(join.id, join.message_id, tuple(sorted(moved - set(own)))))
    return tuple(found)


def _cases(links: "QuerySet[CaseMessage]") -> set[int]:
    return set(links.values_list("case_id", flat=True))


def _parts(threads: Collection[int]) -> set[int]:
    """The threads that are part of these, also by way of others."""
    found: set[int] = set()
    newest = set(threads)
    while newest:
        parts = Thread.objects.filter(joined_into_id__in=newest).exclude(id__in=found)
        newest = set(parts.values_list("id", flat=True))
        found |= newest
    return found
