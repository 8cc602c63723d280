"""What a task is to those who do it: a value, and how long to wait after a failure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from opsdesk.clock.models import Task

FIRST_DELAY_S = 10
LONGEST_DELAY_S = 3600
ATTEMPTS_OF_IO = 12
LONGEST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class TaskValue:
    """A task as it was read. `due_at` is the instant at which what it does counts as having happened."""

    id: int
    kind: str
    lane: str
    unique_key: str
    subject_kind: str
    subject_id: int
    payload: Mapping[str, Any]
    due_at: datetime
    run_at: datetime
    leased_until: datetime | None
    attempts: int


# Does what the task is for, in the caller's transaction; the instant is `now`, for what is recorded.
Handler = Callable[[TaskValue, datetime], None]

# Locks the subject of that id until the transaction ends, where the engine has row locks.
Hold = Callable[[int], None]


def task_value(task: Task) -> TaskValue:
    """The row as the value its handler gets."""
    return TaskValue(
        id=task.id,
        kind=task.kind,
        lane=task.lane,
        unique_key=task.unique_key,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        payload=task.payload,
        due_at=task.due_at,
        run_at=task.run_at,
        leased_until=task.leased_until,
        attempts=task.attempts,
    )


def delay_after(attempts: int) -> timedelta:
    """How long to wait after the given number of failed tries (from 1): 10 s, doubled up to an hour."""
    return timedelta(seconds=min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(attempts - 1, 20)))


def error_text(error: BaseException) -> str:
    """One line about what went wrong, of at most `LONGEST_ERROR` characters."""
    text = f"{type(error).__name__}: {error}".replace("\x00", " ")
    return " ".join(text.split())[:LONGEST_ERROR]
