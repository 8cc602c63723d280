"""Having the search index forget erased words altogether, soon and a little at a time."""

from datetime import datetime, timedelta

from django.db import connection

from opsdesk.cases.timers import FORGET_WORDS, TASK_KINDS
from opsdesk.clock.actions import schedule
from opsdesk.clock.tasks import TaskValue
from opsdesk.search.forgetting import forget_step

AT_ONCE = 50
HOUR = timedelta(hours=1)


def ask(*, now: datetime) -> None:
    """Have it done at the next full hour, once for all that is erased until then."""
    if connection.vendor == "sqlite":
        due = now.replace(minute=0, second=0, microsecond=0) + HOUR
        _arm(f"{FORGET_WORDS}:{due:%Y-%m-%dT%H}", due, 0, now=now)


def forget(task: TaskValue, now: datetime) -> None:
    """Some steps, each a short transaction of its own; then the next task goes on."""
    done = int(task.payload["done"])
    for number in range(done, done + AT_ONCE):
        if not forget_step(first=number == 0):
            return
    _arm(f"{task.unique_key.partition('+')[0]}+{done + AT_ONCE}", now, done + AT_ONCE, now=now)


def _arm(key: str, due_at: datetime, done: int, *, now: datetime) -> None:
    schedule(
        kind=FORGET_WORDS,
        lane=TASK_KINDS[FORGET_WORDS],
        unique_key=key,
        subject_kind="index",
        subject_id=0,
        due_at=due_at,
        now=now,
        payload={"done": done},
    )
