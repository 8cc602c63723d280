"""What a carrier decides of its own tasks: to try again later, to give up, to begin anew, to call off.

For kinds whose failures are no accidents of ours: another server's "not now" and "never" have answers of
their own. Everything here is a compare-and-set on the lease that the carrier holds.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from opsdesk.clock.models import Task, TaskState
from opsdesk.clock.tasks import LONGEST_ERROR, TaskValue
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM


@transaction.atomic
def put_off(task: TaskValue, *, problem: str, run_at: datetime, now: datetime) -> bool:
    """Try a leased task again at `run_at`; False if the lease is not the caller's any more."""
    return _end_lease(task, TaskState.ARMED, problem, run_at, "task.failed", now)


@transaction.atomic
def give_up(task: TaskValue, *, problem: str, now: datetime) -> bool:
    """Let a leased task lie dead until somebody begins it anew; False if the lease was lost."""
    return _end_lease(task, TaskState.DEAD, problem, now, "task.died", now)


def call_off(task: TaskValue, *, now: datetime) -> bool:
    """Do a leased task no more: what it was for is gone, which is no failure. False if the lease was lost."""
    mine = Task.objects.filter(id=task.id, state=TaskState.ARMED, leased_until=task.leased_until)
    return bool(mine.update(state=TaskState.CANCELLED, finished_at=now, leased_until=None))


def begin_anew(unique_key: str, *, now: datetime) -> bool:
    """Have a task of the I/O lane tried at once, whatever became of it; in the caller's transaction.

    `due_at` stays. False where it is being done in this moment, or there is none.
    """
    idle = Q(leased_until=None) | Q(leased_until__lte=now)
    return bool(
        Task.objects.filter(idle, unique_key=unique_key).update(
            state=TaskState.ARMED, run_at=now, leased_until=None, attempts=0, last_error="", finished_at=None
        )
    )


def _end_lease(
    task: TaskValue, state: TaskState, problem: str, run_at: datetime, kind: str, now: datetime
) -> bool:
    mine = Task.objects.filter(id=task.id, state=TaskState.ARMED, leased_until=task.leased_until)
    if not mine.update(
        state=state, run_at=run_at, leased_until=None, last_error=problem[:LONGEST_ERROR] or "failed"
    ):
        return False
    record(
        kind=kind,
        subject_kind="task",
        subject_id=task.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload={"kind": task.kind, "attempts": task.attempts},
    )
    return True
