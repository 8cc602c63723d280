"""What becomes of a delivery: taken, put off, given up; sent again, dropped or held by a person's word.

A delivery's row and its task change together. An attempt is a record of its own; what a person does has its
entry in the journal.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from opsdesk.clock import actions as clock
from opsdesk.clock import carrying
from opsdesk.clock.tasks import ATTEMPTS_OF_IO, TaskValue, delay_after
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.links.held import held_endpoint
from opsdesk.links.models import Attempt, Delivery, Endpoint
from opsdesk.links.refusals import DeliveryUnknown, NothingToReplay, NothingWaits
from opsdesk.links.timers import DELIVER, SUBJECT

S = Delivery.State
UNSENT = (S.QUEUED, S.WAITING)
# What a person may have sent again all at once.
LYING = (S.DEAD, S.HELD, S.DROPPED)
LONGEST_PROBLEM = 200


@transaction.atomic
def taken(delivery: Delivery, attempt: Attempt, *, now: datetime) -> None:
    """The server took it. Its task is finished by who leased it."""
    rows.insert_row(attempt)
    Delivery.objects.filter(id=delivery.id).update(
        state=S.DELIVERED, delivered_at=now, tries=F("tries") + 1, status=attempt.status, problem=""
    )
    Endpoint.objects.filter(id=delivery.endpoint_id).update(last_ok_at=now, failing_since=None, failures=0)


@transaction.atomic
def not_taken(task: TaskValue, delivery: Delivery, attempt: Attempt, *, now: datetime) -> bool:
    """The server did not take it: it is tried again by its back-off, or lies dead after the lane's tries.

    False if the lease was lost, or it was called off meanwhile: then only the attempt is written down.
    """
    rows.insert_row(attempt)
    problem = attempt.problem[:LONGEST_PROBLEM]
    dead = task.attempts >= ATTEMPTS_OF_IO
    run_at = now if dead else now + delay_after(task.attempts)
    if dead:
        mine = carrying.give_up(task, problem=problem, now=now)
    else:
        mine = carrying.put_off(task, problem=problem, run_at=run_at, now=now)
    told: dict[str, Any] = {"tries": F("tries") + 1, "status": attempt.status, "problem": problem}
    if mine:
        told |= {"state": S.DEAD if dead else S.WAITING, "next_at": run_at}
    Delivery.objects.filter(id=delivery.id).update(**told)
    endpoint = Endpoint.objects.filter(id=delivery.endpoint_id)
    endpoint.update(failures=F("failures") + 1)
    endpoint.filter(failing_since=None).update(failing_since=now)
    return mine


@transaction.atomic
def replay(delivery_id: int, *, actor: Actor, now: datetime) -> Delivery:
    """Send one again, whatever became of it, under the same id; at once if its endpoint is on.

    Refuses `DeliveryUnknown`, `NothingToReplay` for one that is queued already.
    """
    delivery = _delivery(delivery_id, actor)
    anew = {"state": S.QUEUED.value, "next_at": now, "problem": "", "delivered_at": None}
    if delivery.state == S.QUEUED or not rows.update_rows(
        Delivery, anew, id=delivery_id, state=delivery.state
    ):
        raise NothingToReplay
    _record("endpoint.delivery_replayed", delivery.endpoint_id, actor, now, delivery=delivery_id)
    return delivery


@transaction.atomic
def replay_all(endpoint_id: int, *, states: Sequence[str], actor: Actor, now: datetime) -> int:
    """Send again all that lies dead, held or dropped; how many. Refuses `NothingToReplay`."""
    endpoint = held_endpoint(endpoint_id, actor)
    lying = endpoint.deliveries.filter(state__in=[state for state in states if state in LYING])
    number = lying.update(state=S.QUEUED, next_at=now, problem="")
    if not number:
        raise NothingToReplay
    _record("endpoint.deliveries_replayed", endpoint_id, actor, now, states=list(states), number=number)
    return number


@transaction.atomic
def drop_waiting(endpoint_id: int, *, actor: Actor, now: datetime) -> int:
    """Send nothing of what waits, of what is queued, or of what is held; how many. Refuses `NothingWaits`."""
    endpoint = held_endpoint(endpoint_id, actor)
    clock.cancel(subject_kind=SUBJECT, subject_id=endpoint_id, kind=DELIVER, now=now)
    number = endpoint.deliveries.filter(state__in=[*UNSENT, S.HELD]).update(state=S.DROPPED)
    if not number:
        raise NothingWaits
    _record("endpoint.deliveries_dropped", endpoint_id, actor, now, number=number)
    return number


@transaction.atomic
def hold(task: TaskValue, delivery: Delivery, *, now: datetime) -> None:
    """A backup was restored: whether this was sent before nobody knows."""
    if carrying.give_up(task, problem="held after a restore", now=now):
        Delivery.objects.filter(id=delivery.id, state__in=UNSENT).update(state=S.HELD)


def _delivery(delivery_id: int, actor: Actor) -> Delivery:
    check_may(actor, Act.MANAGE_TOKENS, desk=EVERY_DESK)
    found = Delivery.objects.filter(id=delivery_id, endpoint__removed_at=None)
    delivery = found.select_related("endpoint").first()
    if delivery is None:
        raise DeliveryUnknown(delivery=delivery_id)
    return delivery


def _record(kind: str, endpoint_id: int, actor: Actor, now: datetime, **payload: object) -> None:
    record(
        kind=kind,
        subject_kind=SUBJECT,
        subject_id=endpoint_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
