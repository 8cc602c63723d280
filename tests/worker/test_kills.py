"""A worker that is killed, again and again, in the middle of its work."""

import os
import random
import signal
from datetime import UTC, datetime
from threading import Event
from time import sleep

import pytest
from django.db import connections

from opsdesk.clock.actions import schedule
from opsdesk.clock.models import LaneName, Task, TaskState
from opsdesk.clock.tasks import TaskValue
from opsdesk.commands.offspring import start
from opsdesk.worker.kinds import Wired
from opsdesk.worker.loop import work
from tests.clock.builders import a_task
from tests.worker.processes import until

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
TASKS = 400
FEWEST_KILLS, MOST_KILLS = 5, 12


def leaves_a_trace(task: TaskValue, now: datetime) -> None:
    """Two rows, so that a half-done action would be seen."""
    seen = Task.objects.filter(kind="trace", subject_id=int(task.unique_key)).count()
    for part in ("begun", "ended"):
        schedule(
            kind="trace",
            lane=LaneName.IO,
            unique_key=f"{task.unique_key} {seen} {part}",
            subject_kind="trace",
            subject_id=int(task.unique_key),
            due_at=task.due_at,
            now=now,
        )
        sleep(0.001)


def works() -> int:
    wiring = {"case.knocks": Wired(LaneName.DEADLINES, leaves_a_trace)}
    return int(work(clock=lambda: DUE, stop=Event(), wiring=wiring, sources={}))


def done() -> int:
    return Task.objects.filter(kind="case.knocks", state=TaskState.DONE).count()


def killed_soon_after(reached: int, pause: float) -> None:
    """Start a worker, wait until so many tasks are done, and kill it a little later."""
    connections.close_all()
    worker = start(works)
    until(lambda: done() >= reached)
    sleep(pause)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_point_loses_nothing_and_does_nothing_twice() -> None:
    dice = random.Random(7)
    for number in range(TASKS):
        a_task(f"{number}", due=DUE)
    kills = 0
    while (before := done()) < TASKS:
        kills += 1
        killed_soon_after(before + 1 if kills <= MOST_KILLS else TASKS, dice.random() * 0.05)
    assert kills >= FEWEST_KILLS
    traces = sorted(Task.objects.filter(kind="trace").values_list("unique_key", flat=True))
    assert traces == sorted(f"{number} 0 {part}" for number in range(TASKS) for part in ("begun", "ended"))
