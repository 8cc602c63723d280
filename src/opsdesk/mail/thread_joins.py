"""Threads that one message made one: what moved then, and taking it back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

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


def note(message: Message, swallowed: Sequence[Swallowed], *, now: datetime) -> None:
    """Put down what the message, just written, has joined.

    If it answers a message of the thread that was swallowed, it goes back with that one.
    """
    facts: list[Draft] = []
    for one in swallowed:
        join = ThreadJoin.objects.create(
            thread_id=one.thread_id,
            into_id=message.thread_id,
            message=message,
            message_ids=[*one.message_ids, *([message.id] if one.with_mail else [])],
            key_ids=[*one.key_ids, *(_own_key(message) if one.with_mail else [])],
            joined_at=now,
        )
        facts += _facts("thread.joined", join, SYSTEM, now)
    record_many(facts, now=now)


def _own_key(message: Message) -> list[int]:
    """The key of the message itself, unless another one had named it before and so put it where it is."""
    own = ThreadKey.objects.filter(message_id=message.message_id, thread_id=message.thread_id)
    newest = ThreadKey.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return list(own.filter(id__gt=newest - 200).values_list("id", flat=True)) if message.message_id else []


def _facts(kind: str, join: ThreadJoin, actor: Actor, now: datetime) -> list[Draft]:
    """The fact, told of both threads."""
    payload = {"join": join.id, "thread": join.thread_id, "into": join.into_id, "message": join.message_id}
    return [Draft(kind, "thread", thread, actor, now, payload) for thread in (join.thread_id, join.into_id)]
