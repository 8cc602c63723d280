"""What we sent and what we have not: for the page of letters, the case page, and the carrier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, Func, OuterRef, QuerySet

from opsdesk.clock.models import Task, TaskState
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.timers import DELIVER

QUEUED, FAILING, DEAD, GIVEN_UP, SENT = "queued", "failing", "dead", "given_up", "sent"
STATES = (QUEUED, FAILING, DEAD, GIVEN_UP, SENT)


class FailedAsLiteral(Func):
    """The state written into the statement: a bound parameter would hide the partial index from SQLite."""

    template = "'failed'"
    output_field: ClassVar["models.Field[Any, Any]"] = models.CharField()


@dataclass(frozen=True, slots=True)
class OutRow:
    """A message of ours. `next_try_at` None: nobody tries it any more. `problem`: what the server said."""

    id: int
    state: str
    to: tuple[str, ...]
    subject: str
    case_id: int | None
    author: str
    automatic: bool
    queued_at: datetime
    sent_at: datetime | None
    next_try_at: datetime | None
    tries: int
    problem: str

    @property
    def may_retry(self) -> bool:
        return self.state in (FAILING, DEAD, GIVEN_UP)

    @property
    def may_give_up(self) -> bool:
        return self.state in (QUEUED, FAILING, DEAD)


@dataclass(frozen=True, slots=True)
class OutPage:
    """A page of messages, newest first; `next_before` is where the next one goes on, None on the last."""

    rows: tuple[OutRow, ...]
    next_before: int | None


def counts(desk: str, *, since: datetime) -> dict[str, int]:
    """How many messages of a desk are in each state; of those sent only the ones since an instant."""
    return {state: _in_state(state, desk, since).count() for state in STATES}


def page(
    state: str, desk: str, *, since: datetime, text: str = "", before: int | None = None, size: int = 50
) -> OutPage:
    """The messages of a desk in one state; `text` is part of the subject or of a recipient."""
    chosen = _in_state(state, desk, since)
    if text:
        chosen = chosen.filter(models.Q(subject__icontains=text) | models.Q(to__icontains=text))
    if before is not None:
        chosen = chosen.filter(id__lt=before)
    found = list(chosen.select_related("author").order_by("-id")[: size + 1])
    rows = _rows(found[:size])
    return OutPage(tuple(rows), found[size - 1].id if len(found) > size else None)


def rows_of(message_ids: Sequence[int]) -> Mapping[int, OutRow]:
    """The given messages of ours that are not sent, or not to all, by id: what a case page has to say."""
    unwell = Message.objects.filter(id__in=message_ids, direction=Message.Direction.OUT).exclude(
        delivery=Message.Delivery.SENT, delivery_problem=""
    )
    return {row.id: row for row in _rows(list(unwell.select_related("author")))}


def to_send(message_id: int) -> Message | None:
    """The message if it waits to be sent. One that failed waits too, once its task is armed again."""
    unsent = (Message.Delivery.QUEUED, Message.Delivery.FAILED)
    return Message.objects.filter(id=message_id, direction=Message.Direction.OUT, delivery__in=unsent).first()


def _in_state(state: str, desk: str, since: datetime) -> "QuerySet[Message]":
    on_desk = CaseMessage.objects.filter(message_id=OuterRef("id"), case__desk=desk, removed_at__isnull=True)
    ours = Message.objects.filter(Exists(on_desk))
    if state == SENT:
        return ours.filter(delivered_at__gte=since)
    if state in (QUEUED, FAILING):
        armed = Task.objects.armed().filter(kind=DELIVER)
        chosen = armed.filter(last_error="") if state == QUEUED else armed.exclude(last_error="")
        return ours.filter(id__in=chosen.values("subject_id"))
    dead = Task.objects.filter(
        subject_kind="message", subject_id=OuterRef("id"), kind=DELIVER, state=TaskState.DEAD
    )
    failed = ours.filter(delivery=FailedAsLiteral())
    return failed.filter(Exists(dead)) if state == DEAD else failed.exclude(Exists(dead))


def _rows(messages: Sequence[Message]) -> list[OutRow]:
    keys = {f"{DELIVER}:{message.id}": message.id for message in messages}
    tasks = {keys[task.unique_key]: task for task in Task.objects.filter(unique_key__in=keys)}
    links = CaseMessage.objects.filter(message_id__in=keys.values(), removed_at__isnull=True)
    cases = dict(links.order_by("-id").values_list("message_id", "case_id"))
    return [_row(message, tasks.get(message.id), cases.get(message.id)) for message in messages]


def _row(message: Message, task: Task | None, case_id: int | None) -> OutRow:
    armed = task if task is not None and task.state == TaskState.ARMED else None
    return OutRow(
        id=message.id,
        state=_state(message, task),
        to=tuple(one[1] or one[0] for one in [*message.to, *message.cc]),
        subject=message.subject,
        case_id=case_id,
        author=message.author.name if message.author else "",
        automatic=message.automatic,
        queued_at=message.received_at,
        sent_at=message.delivered_at,
        next_try_at=armed.run_at if armed else None,
        tries=task.attempts if task else 0,
        problem=message.delivery_problem,
    )


def _state(message: Message, task: Task | None) -> str:
    if message.delivery == Message.Delivery.SENT:
        return SENT
    if message.delivery == Message.Delivery.FAILED:
        return DEAD if task is not None and task.state == TaskState.DEAD else GIVEN_UP
    return FAILING if task is not None and task.last_error else QUEUED
