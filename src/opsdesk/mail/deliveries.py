"""What becomes of a message of ours: sent, put off, failed; sent again or given up by a person.

A message is queued until a server took it or said never. Its task carries the tries; the two change together.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from opsdesk.cases.models import Case
from opsdesk.clock import actions as clock
from opsdesk.clock import carrying
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.recipients import desk_of
from opsdesk.mail.refusals import MessageUnknown
from opsdesk.mail.timers import DELIVER

LONGEST_PROBLEM = 4000
GIVEN_UP = gettext_noop("Given up by hand.")
RESTORED = gettext_noop("Restored from a backup: sent before? Look, then retry.")
_UNSENT = (Message.Delivery.QUEUED, Message.Delivery.FAILED)


class AlreadySent(Refusal):
    message = gettext_noop("This message was sent in the meantime.")


class BeingSent(Refusal):
    message = gettext_noop("This message is being handed over at this moment. Look again in a few minutes.")


@transaction.atomic
def sent(message_id: int, *, problem: str = "", now: datetime) -> bool:
    """A server has taken the message; `problem` names recipients that it refused. False if it was sent."""
    unsent = Message.objects.filter(id=message_id, delivery__in=_UNSENT)
    told = problem[:LONGEST_PROBLEM]
    if not unsent.update(delivery=Message.Delivery.SENT, delivered_at=now, delivery_problem=told):
        return False
    _record("message.sent", message_id, SYSTEM, now, on_case=bool(problem), partly=bool(problem))
    return True


@transaction.atomic
def failed(task: TaskValue, *, problem: str, code: str, now: datetime) -> bool:
    """Nobody will take the message: it lies failed until a person retries. False if the lease was lost."""
    if not carrying.give_up(task, problem=code, now=now):
        return False
    unsent = Message.objects.filter(id=task.subject_id, delivery__in=_UNSENT)
    if unsent.update(delivery=Message.Delivery.FAILED, delivery_problem=problem[:LONGEST_PROBLEM]):
        _record("message.failed", task.subject_id, SYSTEM, now, on_case=True)
    return True


@transaction.atomic
def put_off(task: TaskValue, *, problem: str, code: str, run_at: datetime, now: datetime) -> bool:
    """The message was not taken now; it is tried again at `run_at`. False if the lease was lost."""
    if not carrying.put_off(task, problem=code, run_at=run_at, now=now):
        return False
    Message.objects.filter(id=task.subject_id, delivery__in=_UNSENT).update(
        delivery_problem=problem[:LONGEST_PROBLEM]
    )
    return True


@transaction.atomic
def retry(message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Queue a message that failed, or is put off, for another try at once, with fresh back-off.

    Refuses `AlreadySent`, `BeingSent`, `MessageUnknown`.
    """
    message = _unsent(message_id, actor)
    if not carrying.begin_anew(f"{DELIVER}:{message_id}", now=now):
        raise BeingSent()
    unsent = Message.objects.filter(id=message_id, delivery__in=_UNSENT)
    if not unsent.update(delivery=Message.Delivery.QUEUED, delivery_problem=""):
        raise AlreadySent()
    _record("message.retried", message_id, actor, now, on_case=True)
    return message


@transaction.atomic
def give_up(message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Have a message that is not sent tried no more; it can be retried later. Refuses as `retry` does."""
    message = _unsent(message_id, actor)
    clock.cancel(subject_kind="message", subject_id=message_id, kind=DELIVER, now=now)
    problem = message.delivery_problem or GIVEN_UP
    unsent = Message.objects.filter(id=message_id, delivery__in=_UNSENT)
    if not unsent.update(delivery=Message.Delivery.FAILED, delivery_problem=problem):
        raise AlreadySent()
    _record("message.given_up", message_id, actor, now, on_case=True)
    return message


def waiting() -> list[int]:
    """The messages of ours that would be sent by themselves."""
    queued = Message.objects.filter(direction=Message.Direction.OUT, delivery=Message.Delivery.QUEUED)
    armed = Task.objects.armed().filter(kind=DELIVER, subject_kind="message")
    return sorted({*queued.values_list("id", flat=True), *armed.values_list("subject_id", flat=True)})


@transaction.atomic
def hold(message_ids: Collection[int], *, problem: str, now: datetime) -> int:
    """Have messages lie, with the reason, until a person retries each; how many. Asks nobody's right."""
    for message_id in message_ids:
        clock.cancel(subject_kind="message", subject_id=message_id, kind=DELIVER, now=now)
        unsent = Message.objects.filter(id=message_id, delivery__in=_UNSENT)
        unsent.update(delivery=Message.Delivery.FAILED, delivery_problem=problem)
        _record("message.held", message_id, SYSTEM, now, on_case=True)
    return len(message_ids)


def _unsent(message_id: int, actor: Actor) -> Message:
    message = Message.objects.filter(id=message_id, direction=Message.Direction.OUT).first()
    if message is None:
        raise MessageUnknown(message=message_id)
    case = case_of(message_id)
    check_may(actor, Act.HANDLE_MAIL, desk=case.desk if case else desk_of(message.from_address))
    if message.delivery not in _UNSENT:
        raise AlreadySent()
    return message


def case_of(message_id: int) -> Case | None:
    """The case that a message of ours was written on, None where it was on none."""
    link = CaseMessage.objects.filter(message_id=message_id, removed_at__isnull=True).select_related("case")
    found = link.order_by("id").first()
    return found.case if found else None


def _record(
    kind: str, message_id: int, actor: Actor, now: datetime, *, on_case: bool = False, **more: object
) -> None:
    """A fact about the message; where people have to know of it, on the history of its case."""
    case = case_of(message_id) if on_case else None
    record(
        kind=kind,
        subject_kind="case" if case else "message",
        subject_id=case.id if case else message_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"message": message_id, **more},
    )
