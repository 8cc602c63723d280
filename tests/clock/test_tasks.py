from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from opsdesk.clock import claims, queries
from opsdesk.clock.actions import cancel, fire_overdue, schedule
from opsdesk.clock.models import LaneName, Task, TaskState
from opsdesk.clock.tasks import ATTEMPTS_OF_IO, LONGEST_ERROR, TaskValue, delay_after
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotAnAdmin, NotYourRight
from tests.clock.builders import ADMIN, LEAD, OPERATOR, Knocks, a_task, read

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = DUE + timedelta(hours=3)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def overdue(now: datetime, knocks: Knocks, **changes: object) -> int:
    facts: dict[str, object] = {"subject_kind": "case", "subject_id": 7}
    return fire_overdue(**facts | changes, now=now, handlers={"case.knocks": knocks})  # type: ignore[arg-type]


def test_the_same_key_again_answers_with_the_task_that_is_there() -> None:
    first = a_task(due=DUE, payload={"wait": 3})
    again = a_task(due=LATER, payload={"wait": 4})
    assert again.id == first.id
    assert (again.due_at, again.payload) == (DUE, {"wait": 3})
    assert Task.objects.count() == 1


def test_a_key_is_not_armed_again_once_its_task_is_done() -> None:
    task = a_task(due=DUE)
    assert claims.fire([read(task)], {"case.knocks": Knocks()}, now=DUE)
    assert a_task(due=DUE).state == TaskState.DONE


def test_a_task_may_be_tried_first_at_another_instant_than_it_counts() -> None:
    task = a_task(due=DUE, run_at=LATER)
    assert (task.due_at, task.run_at) == (DUE, LATER)


def test_calling_off_ends_the_armed_and_the_dead_of_that_kind_and_subject_only() -> None:
    armed, dead = a_task("armed", due=DUE), a_task("dead", due=DUE)
    Task.objects.filter(id=dead.id).update(state=TaskState.DEAD)
    others = [a_task("other case", due=DUE, subject_id=8), a_task("other kind", due=DUE, kind="case.sings")]
    assert cancel(subject_kind="case", subject_id=7, kind="case.knocks", now=DUE) == 2
    assert cancel(subject_kind="case", subject_id=7, kind="case.knocks", now=DUE) == 0
    assert {row.state for row in Task.objects.filter(id__in=[armed.id, dead.id])} == {TaskState.CANCELLED}
    assert {row.state for row in Task.objects.filter(id__in=[row.id for row in others])} == {TaskState.ARMED}


def test_neither_calling_off_nor_firing_walks_through_all_tasks() -> None:
    if connection.vendor != "sqlite":
        return
    with CaptureQueriesContext(connection) as asked:
        cancel(subject_kind="case", subject_id=7, kind="case.knocks", now=DUE)
        fire_overdue(subject_kind="case", subject_id=7, now=DUE, handlers={"case.knocks": Knocks()})
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = [row[3] for row in cursor.fetchall()]
            assert not any("SCAN" in step for step in plan), plan


def test_what_is_due_at_the_very_instant_fires_and_a_microsecond_before_it_does_not() -> None:
    a_task(due=DUE)
    knocks = Knocks()
    assert overdue(DUE - timedelta(microseconds=1), knocks) == 0
    assert overdue(DUE, knocks) == 1
    assert overdue(DUE, knocks) == 0
    assert knocks.calls == [("one", DUE, DUE)]


def test_overdue_tasks_fire_in_the_order_they_were_due_with_their_own_instant() -> None:
    a_task("second", due=DUE + SECOND)
    a_task("first", due=DUE)
    a_task("pushed on", due=DUE + 2 * SECOND, run_at=LATER + SECOND)
    a_task("not yet", due=LATER + SECOND)
    a_task("another case's", due=DUE, subject_id=8)
    a_task("mail", due=DUE, lane=LaneName.IO)
    knocks = Knocks()
    assert overdue(LATER, knocks) == 3
    assert knocks.calls == [
        ("first", DUE, LATER),
        ("second", DUE + SECOND, LATER),
        ("pushed on", DUE + 2 * SECOND, LATER),
    ]


def test_what_one_timer_arms_or_calls_off_counts_for_the_next() -> None:
    a_task("a", due=DUE)
    a_task("b", due=DUE + SECOND, kind="case.sings")
    a_task("c", due=DUE + 2 * SECOND)
    fired: list[str] = []

    def calls_off_and_arms(task: TaskValue, now: datetime) -> None:
        fired.append(task.unique_key)
        cancel(subject_kind="case", subject_id=7, kind="case.sings", now=now)
        if task.unique_key == "a":
            a_task("d", due=DUE)

    handlers = {"case.knocks": calls_off_and_arms, "case.sings": calls_off_and_arms}
    assert fire_overdue(subject_kind="case", subject_id=7, now=LATER, handlers=handlers) == 3
    assert fired == ["a", "d", "c"]


def test_a_timer_that_acts_on_its_subject_is_not_fired_a_second_time_by_that() -> None:
    a_task(due=DUE)
    fired: list[str] = []

    def acts(task: TaskValue, now: datetime) -> None:
        fired.append(task.unique_key)
        fire_overdue(subject_kind="case", subject_id=7, now=now, handlers={"case.knocks": acts})

    fire_overdue(subject_kind="case", subject_id=7, now=DUE, handlers={"case.knocks": acts})
    assert fired == ["one"]


def test_an_action_that_fails_has_fired_nothing() -> None:
    task = a_task(due=DUE)

    @transaction.atomic
    def action() -> None:
        overdue(DUE, Knocks())
        raise RuntimeError("the action")

    with pytest.raises(RuntimeError):
        action()
    assert read(task).attempts == 0
    assert Task.objects.get().state == TaskState.ARMED


def test_a_deadline_is_done_once_whoever_comes_second() -> None:
    task = read(a_task(due=DUE))
    knocks = Knocks()
    assert claims.fire([task], {"case.knocks": knocks}, now=DUE) == 1
    assert claims.fire([task], {"case.knocks": knocks}, now=LATER) == 0
    assert knocks.calls == [("one", DUE, DUE)]
    assert Task.objects.get().finished_at == DUE


def test_a_deadline_whose_action_fails_leaves_nothing_behind() -> None:
    task = a_task(due=DUE)

    def writes_then_fails(_: TaskValue, now: datetime) -> None:
        a_task("half done", due=now)
        raise RuntimeError("the disk")

    with pytest.raises(RuntimeError):
        claims.fire([read(task)], {"case.knocks": writes_then_fails}, now=DUE)
    assert [row.unique_key for row in Task.objects.filter(state=TaskState.ARMED)] == ["one"]


def test_of_several_fired_together_one_may_call_off_the_next() -> None:
    tasks = [read(a_task("a", due=DUE)), read(a_task("b", due=DUE, kind="case.sings"))]
    fired: list[str] = []

    def calls_off(task: TaskValue, now: datetime) -> None:
        fired.append(task.unique_key)
        cancel(subject_kind="case", subject_id=7, kind="case.sings", now=now)

    assert claims.fire(tasks, {"case.knocks": calls_off, "case.sings": calls_off}, now=DUE) == 1
    assert fired == ["a"]
    assert Task.objects.get(unique_key="b").state == TaskState.CANCELLED


def test_a_failing_task_is_pushed_on_counted_and_recorded_and_still_due_when_it_was() -> None:
    task = a_task(due=DUE)
    assert claims.fail(read(task), RuntimeError("no\nbody \x00 opens"), now=DUE)
    row = Task.objects.get()
    assert (row.due_at, row.run_at, row.attempts) == (DUE, DUE + 10 * SECOND, 1)
    assert row.last_error == "RuntimeError: no body opens"
    entry = Entry.objects.get(kind="task.failed")
    assert (entry.subject_id, entry.payload) == (task.id, {"kind": "case.knocks", "attempts": 1})
    assert queries.claimable(["case.knocks"], now=DUE + 9 * SECOND, limit=5) == []
    assert len(queries.claimable(["case.knocks"], now=DUE + 10 * SECOND, limit=5)) == 1


def test_back_off_doubles_up_to_an_hour() -> None:
    waits = [delay_after(attempts).total_seconds() for attempts in (1, 2, 3, 9, 10, 5000)]
    assert waits == [10, 20, 40, 2560, 3600, 3600]


def test_a_failure_seen_by_one_who_read_an_older_state_changes_nothing() -> None:
    seen = read(a_task(due=DUE))
    claims.fail(seen, RuntimeError("first"), now=DUE)
    assert claims.fail(seen, RuntimeError("second"), now=LATER) is False
    assert Task.objects.get().last_error == "RuntimeError: first"
    assert Entry.objects.filter(kind="task.failed").count() == 1


def test_a_deadline_never_lies_dead() -> None:
    task = a_task(due=DUE)
    for number in range(3 * ATTEMPTS_OF_IO):
        claims.fail(read(task), RuntimeError("again"), now=DUE + timedelta(hours=number))
    assert Task.objects.get().state == TaskState.ARMED


def test_a_long_error_is_cut() -> None:
    claims.fail(read(a_task(due=DUE)), RuntimeError("x" * 10_000), now=DUE)
    assert len(Task.objects.get().last_error) == LONGEST_ERROR


def an_io_task(key: str = "one") -> TaskValue:
    return read(a_task(key, due=DUE, lane=LaneName.IO, kind="mail.flies"))


def test_a_leased_task_is_nobody_elses_until_the_lease_runs_out() -> None:
    task = an_io_task()
    mine = claims.lease(task, seconds=60, now=DUE)
    assert mine is not None
    assert (mine.attempts, mine.leased_until) == (1, DUE + 60 * SECOND)
    assert claims.lease(task, seconds=60, now=DUE) is None
    assert queries.claimable(["mail.flies"], now=DUE + 59 * SECOND, limit=5) == []
    (again,) = queries.claimable(["mail.flies"], now=DUE + 60 * SECOND, limit=5)
    assert claims.lease(again, seconds=60, now=DUE + 60 * SECOND) is not None


def test_who_outlived_the_lease_neither_finishes_nor_fails_the_task_of_the_next() -> None:
    slow = claims.lease(an_io_task(), seconds=60, now=DUE)
    (again,) = queries.claimable(["mail.flies"], now=LATER, limit=5)
    quick = claims.lease(again, seconds=60, now=LATER)
    assert slow is not None
    assert quick is not None
    assert claims.finish(slow, now=LATER) is False
    assert claims.fail(slow, RuntimeError("slow"), now=LATER) is False
    assert claims.finish(quick, now=LATER) is True
    assert claims.finish(quick, now=LATER) is False


def test_an_io_task_lies_dead_after_its_tries_and_can_be_called_back_by_hand() -> None:
    task = an_io_task()
    now = DUE
    for _ in range(ATTEMPTS_OF_IO):
        (task,) = queries.claimable(["mail.flies"], now=now, limit=5)
        mine = claims.lease(task, seconds=60, now=now)
        assert mine is not None
        claims.fail(mine, RuntimeError("refused"), now=now)
        now += timedelta(hours=1)
    (dead,) = queries.failing()
    assert (dead.dead, dead.attempts, dead.last_error) == (True, ATTEMPTS_OF_IO, "RuntimeError: refused")
    assert queries.claimable(["mail.flies"], now=now, limit=5) == []
    assert Entry.objects.filter(kind="task.died").count() == 1
    claims.retry(task.id, actor=ADMIN, now=now)
    (task,) = queries.claimable(["mail.flies"], now=now, limit=5)
    assert (task.attempts, task.due_at) == (0, DUE)
    assert Entry.objects.get(kind="task.retried").actor_id == ADMIN.id


def test_only_what_fails_can_be_retried_and_only_by_an_admin() -> None:
    task = an_io_task()
    with pytest.raises(claims.NothingToRetry):
        claims.retry(task.id, actor=ADMIN, now=DUE)
    with pytest.raises(claims.NothingToRetry):
        claims.retry(10**9, actor=ADMIN, now=DUE)
    for actor in (LEAD, OPERATOR):
        with pytest.raises((NotYourRight, NotAnAdmin)):
            claims.retry(task.id, actor=actor, now=DUE)


def test_a_task_at_work_is_not_retried_beside_it() -> None:
    first = claims.lease(an_io_task(), seconds=60, now=DUE)
    assert first is not None
    claims.fail(first, RuntimeError("refused"), now=DUE)
    assert claims.lease(read(Task.objects.get()), seconds=60, now=LATER) is not None
    with pytest.raises(claims.NothingToRetry):
        claims.retry(first.id, actor=ADMIN, now=LATER)


def test_claimable_tasks_come_in_the_order_of_their_turn_across_kinds() -> None:
    for number, kind in enumerate(["b", "a", "b", "a"]):
        a_task(f"{number}", due=DUE + number * SECOND, kind=kind)
    a_task("held", due=DUE, kind="held")
    found = queries.claimable(["a", "b"], now=LATER, limit=3)
    assert [task.unique_key for task in found] == ["0", "1", "2"]
    assert queries.claimable([], now=LATER, limit=3) == []


def test_the_health_page_sees_what_is_late_failing_dead_and_held() -> None:
    a_task("late", due=DUE)
    a_task("future", due=LATER + timedelta(days=1))
    claims.fail(read(a_task("failing", due=DUE)), RuntimeError("x"), now=LATER)
    a_task("waits", due=DUE, kind="mail.flies", lane=LaneName.IO)
    assert [row.kind for row in queries.late(LATER, held=["mail.flies"])] == ["case.knocks"]
    assert len(queries.late(LATER)) == 2
    assert [row.last_error for row in queries.failing()] == ["RuntimeError: x"]
    deadlines, io = queries.counts(LATER)
    assert (deadlines.armed, deadlines.due, deadlines.failing, deadlines.dead) == (3, 1, 1, 0)
    assert (io.lane, io.armed, io.oldest_due_at) == ("io", 1, DUE)
    assert queries.held(["mail.flies", "mail.swims"]) == [queries.HeldRow("mail.flies", 1, DUE)]


def test_an_empty_table_has_nothing_to_show() -> None:
    assert (queries.late(DUE), queries.failing(), queries.counts(DUE), queries.held(["a"])) == (
        [],
        [],
        [],
        [],
    )


def test_a_lane_is_alive_while_it_beats_and_goes_with_its_worker() -> None:
    facts = {"worker": "host:1", "lane": "io", "started_at": DUE, "done": 5, "failed": 1, "last_error": "x"}
    claims.beat(**facts, now=DUE)  # type: ignore[arg-type]
    claims.beat(**facts | {"done": 6}, now=DUE + SECOND)  # type: ignore[arg-type]
    (lane,) = queries.lanes(DUE + 2 * SECOND)
    assert (lane.done, lane.failed, lane.last_error, lane.alive) == (6, 1, "x", True)
    assert queries.last_beat("io") == DUE + SECOND
    assert [lane.alive for lane in queries.lanes(DUE + timedelta(minutes=1))] == [False]
    claims.beat(**facts | {"worker": "host:2"}, now=DUE + timedelta(minutes=11))  # type: ignore[arg-type]
    assert [lane.worker for lane in queries.lanes(DUE)] == ["host:2"]
    claims.leave(worker="host:2")
    assert queries.lanes(DUE) == []
    assert queries.last_beat("io") is None


@pytest.mark.parametrize("facts", [{"state": "done"}, {"finished_at": DUE}, {"attempts": -1}])
def test_the_database_refuses_a_task_that_cannot_be(facts: dict[str, object]) -> None:
    a_task(due=DUE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.update(**facts)


def test_looking_for_work_walks_the_partial_index() -> None:
    runnable = Task.objects.armed().filter(kind="case.knocks", run_at__lte=DUE).order_by("run_at", "id")[:50]
    if connection.vendor == "sqlite":
        assert "task_armed_by_kind" in runnable.explain()
    assert "= ('armed')" in str(runnable.query) or "= 'armed'" in str(runnable.query)


@pytest.mark.django_db(transaction=True)
def test_each_of_many_tasks_is_done_once_by_one_of_many_workers() -> None:
    tasks = [read(a_task(f"{number}", due=DUE)) for number in range(40)]
    begin = Barrier(4)
    done: list[str] = []

    def works() -> None:
        begin.wait()
        done.extend(
            task.unique_key for task in tasks if claims.fire([task], {"case.knocks": a_trace}, now=DUE)
        )
        connection.close()

    def a_trace(task: TaskValue, now: datetime) -> None:
        schedule(
            kind="trace",
            lane=LaneName.IO,
            unique_key=f"trace {Task.objects.filter(kind='trace').count()} {task.unique_key}",
            subject_kind="trace",
            subject_id=int(task.unique_key),
            due_at=now,
            now=now,
        )

    threads = [Thread(target=works) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    traced = sorted(Task.objects.filter(kind="trace").values_list("subject_id", flat=True))
    assert traced == list(range(40))
    assert sorted(map(int, done)) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_the_same_key_armed_by_many_at_once_is_one_task() -> None:
    begin = Barrier(4)
    ids: list[int] = []

    def arms() -> None:
        begin.wait()
        with transaction.atomic():
            ids.append(a_task(due=DUE).id)
        connection.close()

    threads = [Thread(target=arms) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert Task.objects.count() == 1
