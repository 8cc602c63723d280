"""The lanes against a real database file, with real threads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import OperationalError, connection, connections

from opsdesk.clock import claims, queries
from opsdesk.clock.models import Lane, LaneName, Task, TaskState
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal.models import Entry
from opsdesk.worker.kinds import Source, Wired
from opsdesk.worker.loop import PAUSE_S, LaneThread, work
from opsdesk.worker.rounds import BATCH, TOGETHER, Outcome, carriers, deadlines, source
from tests.clock.builders import Knocks, a_task
from tests.worker.processes import until

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Clock:
    """A clock that stands until it is moved on."""

    at: datetime = DUE
    readings: list[datetime] = field(default_factory=list)

    def __call__(self) -> datetime:
        self.readings.append(self.at)
        return self.at


@contextmanager
def a_worker(
    wiring: dict[str, Wired], sources: dict[str, Source] | None = None, clock: Clock | None = None
) -> Iterator[Clock]:
    clock, stop = clock or Clock(), Event()
    thread = Thread(
        target=work, kwargs={"clock": clock, "stop": stop, "wiring": wiring, "sources": sources or {}}
    )
    thread.start()
    try:
        yield clock
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def fires(knocks: Callable[[TaskValue, datetime], None]) -> dict[str, Wired]:
    return {"case.knocks": Wired(LaneName.DEADLINES, knocks)}


def state_of(key: str) -> str:
    return Task.objects.values_list("state", flat=True).get(unique_key=key)


@pytest.mark.django_db(transaction=True)
def test_a_worker_fires_what_is_due_and_nothing_before() -> None:
    a_task("due", due=DUE)
    a_task("soon", due=DUE + SECOND)
    knocks = Knocks()
    with a_worker(fires(knocks)) as clock:
        until(lambda: state_of("due") == TaskState.DONE)
        sleep(2 * PAUSE_S)
        assert knocks.calls == [("due", DUE, DUE)]
        clock.at = DUE + 5 * SECOND
        until(lambda: state_of("soon") == TaskState.DONE, within=PAUSE_S + 2)
    assert knocks.calls[1] == ("soon", DUE + SECOND, DUE + 5 * SECOND)


@pytest.mark.django_db(transaction=True)
def test_a_failing_task_stops_no_other_and_is_tried_again_when_its_pause_is_over() -> None:
    for key in ("a", "b", "c"):
        a_task(key, due=DUE)
    knocks = Knocks(failing={"a"})
    with a_worker(fires(knocks)) as clock:
        until(lambda: len(knocks.calls) == 2)
        sleep(2 * PAUSE_S)
        assert Task.objects.get(unique_key="a").attempts == 1
        clock.at = DUE + 9 * SECOND
        sleep(2 * PAUSE_S)
        assert Task.objects.get(unique_key="a").attempts == 1
        knocks.failing.clear()
        clock.at = DUE + 10 * SECOND
        until(lambda: state_of("a") == TaskState.DONE)
    assert knocks.calls[-1] == ("a", DUE, DUE + 10 * SECOND)
    assert Entry.objects.filter(kind="task.failed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_done_beside_a_failing_task_is_done_once() -> None:
    for key in ("a", "b", "c", "d"):
        a_task(key, due=DUE)

    def leaves_a_trace(task: TaskValue, now: datetime) -> None:
        number = Task.objects.filter(kind="trace").count()
        a_task(f"{number} {task.unique_key}", due=now, kind="trace", lane=LaneName.IO)
        if task.unique_key == "c":
            raise RuntimeError("nobody opens")

    outcome = deadlines(fires(leaves_a_trace), Event())(DUE)
    assert (outcome.done, outcome.failed) == (3, 1)
    traces = Task.objects.filter(kind="trace").order_by("unique_key").values_list("unique_key", flat=True)
    assert list(traces) == ["0 a", "1 b", "2 d"]
    assert [task.unique_key for task in Task.objects.exclude(last_error="")] == ["c"]


@pytest.mark.django_db(transaction=True)
def test_a_hung_carrier_delays_no_deadline() -> None:
    hangs, hung = Event(), Event()

    def talks_to_a_hung_server(task: TaskValue, now: datetime) -> None:
        hung.set()
        hangs.wait(30)

    knocks = Knocks()
    wiring = fires(knocks) | {"mail.flies": Wired(LaneName.IO, talks_to_a_hung_server)}
    a_task("mail", due=DUE, kind="mail.flies", lane=LaneName.IO)
    with a_worker(wiring):
        assert hung.wait(10)
        a_task("deadline", due=DUE)
        until(lambda: knocks.keys == ["deadline"], within=PAUSE_S + 2)
        hangs.set()
        until(lambda: state_of("mail") == TaskState.DONE)


@pytest.mark.django_db(transaction=True)
def test_a_held_kind_is_left_alone() -> None:
    a_task("mail", due=DUE, kind="mail.flies", lane=LaneName.IO)
    a_task("deadline", due=DUE)
    knocks = Knocks()
    with a_worker(fires(knocks) | {"mail.flies": Wired(LaneName.IO, held="no carrier")}):
        until(lambda: knocks.keys == ["deadline"])
        sleep(2 * PAUSE_S)
    task = Task.objects.get(unique_key="mail")
    assert (task.state, task.attempts, task.run_at) == (TaskState.ARMED, 0, DUE)


@pytest.mark.django_db(transaction=True)
def test_a_source_is_asked_again_at_once_while_it_brings_something() -> None:
    left = [3, 2, 1]
    begun = monotonic()
    with a_worker({}, {"letters": lambda now: left.pop() if left else 0}):
        until(lambda: not left)
        assert monotonic() - begun < 3 * PAUSE_S


@pytest.mark.django_db(transaction=True)
def test_each_lane_gives_a_sign_of_life_and_takes_it_back_when_it_stops() -> None:
    a_task(due=DUE)
    with a_worker(fires(Knocks()), {"letters": lambda now: 0}) as clock:
        until(lambda: Lane.objects.count() == 3)
        clock.at = DUE + 6 * SECOND
        until(lambda: Lane.objects.filter(name="deadlines", done=1).exists())
        names = {lane.lane for lane in queries.lanes(DUE + 7 * SECOND) if lane.alive}
        assert names == {"deadlines", "io", "sources/letters"}
    assert Lane.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_do_nothing_twice() -> None:
    for number in range(60):
        a_task(f"{number}", due=DUE)
    knocks = Knocks()
    with a_worker(fires(knocks)), a_worker(fires(knocks)):
        until(lambda: not Task.objects.armed().exists(), within=30)
    assert sorted(knocks.keys, key=int) == [f"{number}" for number in range(60)]


def a_lane(one_round: Callable[[datetime], Outcome], clock: Clock | None = None) -> LaneThread:
    return LaneThread("host:1", "deadlines", one_round, clock or Clock(), Event())


@pytest.mark.django_db(transaction=True)
def test_a_round_without_a_database_waits_longer_each_time_and_recovers() -> None:
    broken = [True]

    def one_round(now: datetime) -> Outcome:
        if broken[0]:
            raise OperationalError("the database is gone")
        return Outcome(done=1)

    lane = a_lane(one_round)
    assert [lane.turn() for _ in range(3)] == [PAUSE_S * 2, PAUSE_S * 4, PAUSE_S * 8]
    assert max(lane.turn() for _ in range(20)) == 30
    broken[0] = False
    assert lane.turn() == PAUSE_S
    (row,) = queries.lanes(DUE)
    assert (row.done, row.failed, row.last_error) == (1, 23, "OperationalError: the database is gone")


@pytest.mark.django_db(transaction=True)
def test_a_lane_works_on_after_its_connection_was_cut() -> None:
    knocks = Knocks()
    lane = a_lane(deadlines(fires(knocks), Event()))
    lane.turn()
    connections["default"].close()
    a_task(due=DUE)
    lane.turn()
    assert knocks.keys == ["one"]


@pytest.mark.django_db(transaction=True)
def test_a_round_reads_the_clock_once_and_takes_a_batch() -> None:
    for number in range(BATCH + 1):
        a_task(f"{number}", due=DUE)
    knocks, clock = Knocks(), Clock()
    lane = a_lane(deadlines(fires(knocks), Event()), clock)
    clock.readings.clear()
    assert lane.turn() == 0
    assert (len(knocks.calls), len(clock.readings)) == (BATCH, 1)
    assert lane.turn() == PAUSE_S
    assert len(knocks.calls) == BATCH + 1


@pytest.mark.django_db
def test_a_batch_ends_early_when_the_worker_is_told_to_stop() -> None:
    stop = Event()
    for number in range(3 * TOGETHER):
        a_task(f"{number}", due=DUE)

    def stops(task: TaskValue, now: datetime) -> None:
        stop.set()

    assert 1 <= deadlines(fires(stops), stop)(DUE).done <= TOGETHER


@pytest.mark.django_db
def test_a_carrier_that_fails_is_tried_again_later() -> None:
    a_task(due=DUE, kind="mail.flies", lane=LaneName.IO)
    knocks = Knocks(failing={"one"})
    one_round = carriers({"mail.flies": Wired(LaneName.IO, knocks)}, Clock(DUE + 60 * SECOND))
    outcome = one_round(DUE)
    assert (outcome.done, outcome.failed, outcome.last_error) == (0, 1, "RuntimeError: nobody opens")
    task = Task.objects.get()
    assert (task.attempts, task.run_at, task.leased_until) == (1, DUE + 70 * SECOND, None)
    knocks.failing.clear()
    assert one_round(DUE + 70 * SECOND).done == 1
    assert one_round(DUE + 70 * SECOND) == Outcome()


@pytest.mark.django_db
def test_who_is_killed_while_carrying_leaves_the_task_to_the_next() -> None:
    a_task(due=DUE, kind="mail.flies", lane=LaneName.IO)
    (task,) = queries.claimable(["mail.flies"], now=DUE, limit=1)
    assert claims.lease(task, seconds=300, now=DUE)
    knocks = Knocks()
    one_round = carriers({"mail.flies": Wired(LaneName.IO, knocks)}, Clock())
    assert one_round(DUE + 299 * SECOND).done == 0
    assert one_round(DUE + 300 * SECOND).done == 1
    assert Task.objects.get().attempts == 2


def test_a_source_counts_what_it_handled() -> None:
    assert source(lambda now: 3)(DUE) == Outcome(done=3, more=True)
    assert source(lambda now: 0)(DUE) == Outcome()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.django_db(transaction=True)
def test_a_worker_one_of_whose_lanes_has_ended_stops_as_a_whole() -> None:
    def ends(now: datetime) -> int:
        raise SystemExit(1)

    assert work(clock=Clock(), stop=Event(), wiring={}, sources={"letters": ends}) is False
    connection.close()
