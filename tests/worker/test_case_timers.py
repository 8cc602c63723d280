"""The timers of a real case, fired by the worker and by those who act on the case before it comes."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case
from opsdesk.cases.timers import WAIT_OVERRAN
from opsdesk.clock.models import Task, TaskState
from opsdesk.journal.models import Entry
from opsdesk.worker.rounds import Outcome, deadlines
from opsdesk.worker.wiring import WIRING
from tests import cast
from tests.worker.processes import until

NOW = cast.MONDAY
EXPECTED = NOW + timedelta(hours=24)


@pytest.fixture
def waiting() -> Case:
    """A case that waits on a third party until tomorrow."""
    cast.desk()
    case = cast.request_at()
    return cases.wait(
        case_id=case.id,
        on="third_party",
        party="cdk",
        expected_at=EXPECTED,
        actor=cast.operator().actor,
        now=NOW,
        seen_version=None,
    )


@pytest.mark.django_db(transaction=True)
def test_the_worker_marks_a_wait_that_overran_with_the_instant_it_was_due(waiting: Case) -> None:
    one_round = deadlines(WIRING, Event())
    assert one_round(EXPECTED - timedelta(seconds=1)) == Outcome()
    assert one_round(EXPECTED + timedelta(hours=5)).done == 1
    assert Case.objects.get(id=waiting.id).overran_at == EXPECTED
    entry = Entry.objects.get(kind="case.wait_overran")
    assert (entry.happened_at, entry.recorded_at) == (EXPECTED, EXPECTED + timedelta(hours=5))


@pytest.mark.django_db(transaction=True)
def test_a_person_who_comes_before_a_late_worker_finds_the_wait_overrun(waiting: Case) -> None:
    later = EXPECTED + timedelta(hours=2)
    cases.resume(case_id=waiting.id, actor=cast.operator("otto").actor, now=later, seen_version=None)
    kinds = list(Entry.objects.filter(subject_id=waiting.id, subject_kind="case").order_by("id"))
    assert [entry.happened_at for entry in kinds if entry.kind == "case.wait_overran"] == [EXPECTED]
    assert deadlines(WIRING, Event())(later) == Outcome()


@pytest.mark.django_db(transaction=True)
def test_a_worker_and_a_person_at_the_same_case_wait_for_each_other_in_the_same_order(waiting: Case) -> None:
    task = Task.objects.get(kind=WAIT_OVERRAN)
    outcomes: list[Outcome] = []
    begun = Event()

    def works() -> None:
        begun.set()
        outcomes.append(deadlines(WIRING, Event())(EXPECTED))
        connection.close()

    worker = Thread(target=works)
    with transaction.atomic():
        Case.objects.select_for_update().get(id=waiting.id)
        if connection.features.has_select_for_update:
            worker.start()
            assert begun.wait(10)
            until(somebody_waits_for_a_lock)
        cases.resume(case_id=waiting.id, actor=cast.operator("otto").actor, now=EXPECTED, seen_version=None)
    if not connection.features.has_select_for_update:
        worker.start()
    worker.join(30)
    assert [(outcome.done, outcome.failed) for outcome in outcomes] == [(0, 0)]
    assert Task.objects.get(id=task.id).state in (TaskState.DONE, TaskState.CANCELLED)
    assert Entry.objects.filter(kind="case.wait_overran").count() == 1


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
