"""The timers of a case and what they do when they are due."""

from datetime import datetime

from opsdesk.cases.models import Case
from opsdesk.clock.actions import fire_overdue
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM

WAIT_OVERRAN = "case.wait_overran"
FORGET_WORDS = "search.forget_words"
GIVE_ACCOUNT = "account.give_requests"
TASK_KINDS = {WAIT_OVERRAN: LaneName.DEADLINES, FORGET_WORDS: LaneName.IO, GIVE_ACCOUNT: LaneName.IO}


def wait_overran(task: TaskValue, now: datetime) -> None:
    """A third party has let its expected time pass: the wait is marked, the state stays as it is.

    It counts from the expected instant, however late the worker comes.
    """
    marked = Case.objects.filter(
        id=task.subject_id, state="waiting", expected_at=task.due_at, overran_at__isnull=True
    ).update(overran_at=task.due_at)
    if marked:
        record(
            kind="case.wait_overran",
            subject_kind="case",
            subject_id=task.subject_id,
            actor=SYSTEM,
            happened_at=task.due_at,
            now=now,
            payload={"wait": task.payload.get("wait")},
        )


HANDLERS = {WAIT_OVERRAN: wait_overran}


def fire(case_id: int, *, now: datetime) -> None:
    """Fire what was due on the case at or before `now`, in the caller's transaction."""
    fire_overdue(subject_kind="case", subject_id=case_id, now=now, handlers=HANDLERS)
