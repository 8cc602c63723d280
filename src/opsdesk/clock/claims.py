"""Claiming tasks and doing them, for the worker and the health page; what goes wrong is pushed on.

Every claim is a compare-and-set on what was seen, so it works alike on SQLite and PostgreSQL. That a
task was done is recorded with what it did; failures, and a retry by hand, have entries of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from opsdesk.clock.models import Lane, LaneName, Task, TaskState
from opsdesk.clock.tasks import ATTEMPTS_OF_IO, Handler, Hold, TaskValue, delay_after, error_text, task_value
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop

FORGET_LANES_AFTER = timedelta(minutes=10)
NO_HOLDS: Mapping[str, Hold] = {}


class NothingToRetry(Refusal):
    message = gettext_noop("This task isn't failing, so there is nothing to try again.")


def fire(
    tasks: Sequence[TaskValue],
    handlers: Mapping[str, Handler],
    *,
    now: datetime,
    holds: Mapping[str, Hold] = NO_HOLDS,
) -> int:
    """Claim deadlines and do them, one after the other, in one transaction; how many.

    Who acts on a subject locks it before its tasks; `holds` do so here, lest the two wait for each other.
    What somebody else did or called off by then, and be it an earlier one's handler, is passed over.
    An error leaves everything as it was and is raised: for one task the caller then calls `fail`.
    """
    with transaction.atomic():
        fired = 0
        for task in tasks:
            if task.kind in holds:
                holds[task.kind](task.subject_id)
            if claim(task.id, now=now):
                handlers[task.kind](task, now)
                fired += 1
        return fired


def claim(task_id: int, *, now: datetime) -> bool:
    """Mark an armed task done, in the transaction that does it; False if somebody was first."""
    done = {"state": TaskState.DONE, "finished_at": now, "leased_until": None}
    return bool(rows.update_rows(Task, done, id=task_id, state=TaskState.ARMED))


def lease(task: TaskValue, *, seconds: int, now: datetime) -> TaskValue | None:
    """Claim a task of the I/O lane for some seconds; None if somebody was first.

    Who is killed in the middle leaves the lease to run out, and the task is tried again: at least once.
    """
    until = now + timedelta(seconds=seconds)
    free = Task.objects.filter(
        id=task.id, state=TaskState.ARMED, attempts=task.attempts, run_at=task.run_at, run_at__lte=now
    )
    if not free.update(leased_until=until, run_at=until, attempts=F("attempts") + 1):
        return None
    return task_value(Task.objects.get(id=task.id))


def finish(task: TaskValue, *, now: datetime) -> bool:
    """Mark a leased task done; False if its lease ran out and somebody else has it, or it was called off."""
    mine = Task.objects.filter(id=task.id, state=TaskState.ARMED, leased_until=task.leased_until)
    return bool(mine.update(state=TaskState.DONE, finished_at=now, leased_until=None, last_error=""))


@transaction.atomic
def fail(task: TaskValue, error: BaseException, *, now: datetime) -> bool:
    """Push a failed task on by its back-off and keep the error; False if it is no longer as it was read.

    `due_at` stays. A deadline is tried for ever, an hour apart at most; a task of the I/O lane lies
    dead after `ATTEMPTS_OF_IO` tries, until somebody calls for another one.
    """
    leased = task.leased_until is not None
    attempts = task.attempts if leased else task.attempts + 1
    dead = task.lane == LaneName.IO and attempts >= ATTEMPTS_OF_IO
    mine = Task.objects.filter(
        id=task.id, state=TaskState.ARMED, attempts=task.attempts, leased_until=task.leased_until
    )
    changed = mine.update(
        state=TaskState.DEAD if dead else TaskState.ARMED,
        attempts=attempts,
        run_at=now + delay_after(attempts),
        leased_until=None,
        last_error=error_text(error),
    )
    if changed:
        _record("task.died" if dead else "task.failed", task, attempts=attempts, actor=SYSTEM, now=now)
    return bool(changed)


@transaction.atomic
def retry(task_id: int, *, actor: Actor, now: datetime) -> None:
    """Try a failing or dead task again at once, with fresh back-off. Refuses `NothingToRetry`."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    idle = Q(leased_until=None) | Q(leased_until__lte=now)
    failing = Task.objects.filter(idle, id=task_id, state__in=[TaskState.ARMED, TaskState.DEAD])
    failing = failing.exclude(last_error="")
    if not failing.update(state=TaskState.ARMED, run_at=now, leased_until=None, attempts=0):
        raise NothingToRetry
    task = task_value(Task.objects.get(id=task_id))
    _record("task.retried", task, attempts=task.attempts, actor=actor, now=now)


def _record(kind: str, task: TaskValue, *, attempts: int, actor: Actor, now: datetime) -> None:
    record(
        kind=kind,
        subject_kind="task",
        subject_id=task.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"kind": task.kind, "attempts": attempts},
    )


@transaction.atomic
def beat(
    *, worker: str, lane: str, started_at: datetime, done: int, failed: int, last_error: str, now: datetime
) -> None:
    """The sign of life of one lane; those of workers gone for ten minutes are dropped."""
    Lane.objects.filter(beat_at__lt=now - FORGET_LANES_AFTER).delete()
    Lane.objects.update_or_create(
        worker=worker,
        name=lane,
        defaults={
            "started_at": started_at,
            "beat_at": now,
            "done": done,
            "failed": failed,
            "last_error": last_error,
        },
    )


@transaction.atomic
def leave(*, worker: str, lane: str = "") -> None:
    """A worker, or one lane of it, that stops in good order takes its signs of life with it."""
    lanes = Lane.objects.filter(worker=worker)
    (lanes.filter(name=lane) if lane else lanes).delete()
