"""Timers: what a million armed ones cost, how fast ten thousand fire, how late they are beside a hung server.

On SQLite with every commit on disk, one worker. Printed beside it: the disk's own commits in the same run.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402

from bench.limits import commits  # noqa: E402
from opsdesk.clock.business import business_time, due_at  # noqa: E402
from opsdesk.clock.calendars import Calendar, Country, Shift  # noqa: E402
from opsdesk.clock.models import LaneName, Task, TaskState  # noqa: E402
from opsdesk.clock.tasks import TaskValue  # noqa: E402
from opsdesk.journal.actions import record  # noqa: E402
from opsdesk.kernel.actor import SYSTEM  # noqa: E402
from opsdesk.worker.kinds import Wired  # noqa: E402
from opsdesk.worker.loop import work  # noqa: E402
from opsdesk.worker.rounds import deadlines  # noqa: E402

ARMED, DUE, A_SECOND, SECONDS = 1_000_000, 10_000, 50, 20
KIND = "bench.knocks"
BATCH = 10_000


def main() -> None:
    call_command("migrate", verbosity=0)
    print(f"the disk: {commits(HOME):,.0f} commits a second")
    business()
    idle(0)
    arm(ARMED, first=datetime.now(UTC) + timedelta(days=1), apart=timedelta(seconds=1))
    idle(ARMED)
    burst()
    lateness()


def knocks(task: TaskValue, now: datetime) -> None:
    """What a small timer does: one fact, at the instant it was due."""
    record(
        kind="bench.knocked",
        subject_kind="bench",
        subject_id=task.subject_id,
        actor=SYSTEM,
        happened_at=task.due_at,
        now=now,
    )


def arm(
    count: int, *, first: datetime, apart: timedelta, kind: str = KIND, lane: str = LaneName.DEADLINES
) -> None:
    offset = Task.objects.count()

    def tasks() -> Iterator[Task]:
        for number in range(count):
            due = first + number * apart
            yield Task(
                kind=kind,
                lane=lane,
                unique_key=f"{kind} {offset + number}",
                subject_kind="bench",
                subject_id=offset + number,
                due_at=due,
                run_at=due,
                created_at=due,
            )

    Task.objects.bulk_create(tasks(), batch_size=BATCH)


def idle(armed: int) -> None:
    one_round = deadlines({KIND: Wired(LaneName.DEADLINES, knocks)}, Event())
    took = milliseconds(lambda: one_round(datetime.now(UTC)))
    print(f"a round with nothing due, {armed:,} armed: {took:.2f} ms")


def milliseconds(job: Callable[[], object], times: int = 200) -> float:
    """The median of some runs."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        job()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000


def burst() -> None:
    now = datetime.now(UTC)
    arm(DUE, first=now - timedelta(seconds=60), apart=timedelta(milliseconds=6))
    one_round = deadlines({KIND: Wired(LaneName.DEADLINES, knocks)}, Event())
    fired, begun = 0, time.perf_counter()
    while (outcome := one_round(now)).done:
        fired += outcome.done
    took = time.perf_counter() - begun
    print(f"{fired:,} of {DUE:,} due in one minute: {took:.1f} s, {fired / took:,.0f} a second")


def lateness() -> None:
    """The worker as it runs, its I/O lane hung, something due every 20 ms."""
    late: list[float] = []
    stop, hangs = Event(), Event()

    def measures(task: TaskValue, now: datetime) -> None:
        knocks(task, now)
        late.append((datetime.now(UTC) - task.due_at).total_seconds())

    wiring = {
        KIND: Wired(LaneName.DEADLINES, measures),
        "bench.hangs": Wired(LaneName.IO, lambda task, now: hangs.wait() and None),
    }
    count = A_SECOND * SECONDS
    arm(1, first=datetime.now(UTC), apart=timedelta(), kind="bench.hangs", lane=LaneName.IO)
    arm(count, first=datetime.now(UTC) + timedelta(seconds=2), apart=timedelta(seconds=1 / A_SECOND))
    facts = {"clock": lambda: datetime.now(UTC), "stop": stop, "wiring": wiring, "sources": {}}
    worker = Thread(target=work, kwargs=facts)
    worker.start()
    while len(late) < count:
        time.sleep(0.1)
    stop.set()
    hangs.set()
    worker.join()
    done = Task.objects.filter(kind=KIND, state=TaskState.DONE).count()
    ranked = sorted(late)
    print(
        f"{A_SECOND} due a second beside a hung carrier:"
        f" late by {statistics.median(late):.2f} s in the middle,"
        f" {ranked[int(count * 0.99)]:.2f} s at p99, {ranked[-1]:.2f} s at most;"
        f" {done - DUE:,} of {count:,} done, {sum(seconds < 0 for seconds in late)} early"
    )


def business() -> None:
    shifts = (Shift(9 * 60, 13 * 60), Shift(14 * 60, 18 * 60))
    calendar = Calendar("bench", "Bench", 1, "Europe/Berlin", (*(shifts,) * 5, (), ()), (Country("DE"),))
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    pauses = [
        (start + timedelta(days=30 * month), start + timedelta(days=30 * month + 5)) for month in range(12)
    ]
    for name, job in {
        "business time over six years": lambda: business_time(start, end, calendar),
        "the same with twelve pauses": lambda: business_time(start, end, calendar, pauses),
        "when 16 h are used up": lambda: due_at(start, 16 * 3600, calendar),
    }.items():
        print(f"{name}: {1 / milliseconds(job, 2000):,.0f} thousand a second")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
