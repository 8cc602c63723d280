"""Lists: their order, their pages, their marks and their counts."""

from datetime import timedelta

import pytest

from opsdesk.accounts import actions as accounts
from opsdesk.cases import actions, endings, marks
from opsdesk.cases.lists import QueueFilters, badges, count, queue_page
from opsdesk.cases.models import Case
from tests import cast
from tests.cast import MONDAY, request_at

HOUR = timedelta(hours=1)
ALL = QueueFilters("support")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def ids(filters: QueueFilters, person_id: int | None = None) -> list[int]:
    return [row.id for row in queue_page(filters, person_id=person_id).rows]


def test_what_is_due_soonest_comes_first_and_what_waits_comes_last() -> None:
    olga = cast.operator()
    later, sooner, waiting = request_at(MONDAY + 2 * HOUR), request_at(MONDAY + HOUR), request_at(MONDAY)
    actions.wait(case_id=waiting.id, on="customer", actor=olga.actor, now=MONDAY + 3 * HOUR)
    assert ids(ALL) == [sooner.id, later.id, waiting.id]


def test_pages_hang_on_the_last_row_so_nothing_is_shown_twice_or_left_out_when_cases_come_and_go() -> None:
    olga = cast.operator()
    cases = [request_at(MONDAY + n * HOUR) for n in range(7)]
    first = queue_page(ALL, person_id=olga.id, size=3)
    assert [row.id for row in first.rows] == [case.id for case in cases[:3]]
    endings.void(case_id=cases[1].id, reason="spam", actor=olga.actor, now=MONDAY + 9 * HOUR)
    request_at(MONDAY - HOUR)
    second = queue_page(ALL, person_id=olga.id, size=3, after=first.next)
    assert [row.id for row in second.rows] == [case.id for case in cases[3:6]]
    last = queue_page(ALL, person_id=olga.id, size=3, after=second.next)
    assert [row.id for row in last.rows] == [cases[6].id]
    assert last.next is None


def test_my_queue_is_mine_first_then_the_unassigned_of_my_queues_across_the_page_break() -> None:
    olga, otto = cast.operator(), cast.operator("otto")
    cases = [request_at(MONDAY + n * HOUR) for n in range(6)]
    for case in cases[3:5]:
        actions.take(case_id=case.id, actor=olga.actor, now=MONDAY + 7 * HOUR)
    actions.take(case_id=cases[0].id, actor=otto.actor, now=MONDAY + 7 * HOUR)
    mine = QueueFilters("support", mine_of=olga.id, queues=("ops",))
    seen: list[int] = []
    page = queue_page(mine, person_id=olga.id, size=3)
    while True:
        seen.extend(row.id for row in page.rows)
        if page.next is None:
            break
        page = queue_page(mine, person_id=olga.id, size=3, after=page.next)
    assert seen == [cases[n].id for n in (3, 4, 1, 2, 5)]
    assert count(mine, person_id=olga.id) == 5


def test_resolved_cases_are_listed_newest_first_in_pages() -> None:
    olga = cast.operator()
    cases = [request_at(MONDAY + n * HOUR) for n in range(3)]
    for case in cases:
        endings.void(case_id=case.id, reason="spam", actor=olga.actor, now=MONDAY + 5 * HOUR)
    void = QueueFilters("support", states=("void",))
    first = queue_page(void, person_id=None, size=2)
    assert [row.id for row in first.rows] == [cases[2].id, cases[1].id]
    second = queue_page(void, person_id=None, size=2, after=first.next)
    assert [row.id for row in second.rows] == [cases[0].id]


def test_a_case_is_unread_for_each_person_until_they_read_it_and_again_when_the_customer_writes() -> None:
    olga, otto = cast.operator(), cast.operator("otto")
    case = request_at()
    unread = QueueFilters("support", unread=True)
    assert ids(unread, olga.id) == [case.id]
    marks.mark_read(case_id=case.id, person_id=olga.id, now=MONDAY + HOUR)
    assert ids(unread, olga.id) == []
    assert ids(unread, otto.id) == [case.id]
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + 2 * HOUR, now=MONDAY + 2 * HOUR)
    assert ids(unread, olga.id) == [case.id]
    assert queue_page(ALL, person_id=olga.id).rows[0].unread


def test_filters_compose() -> None:
    olga = cast.operator()
    kind = cast.definition().families[0].types[0]
    account = accounts.add(
        key="north",
        name="North Motors",
        domains=["north.example"],
        addresses=[],
        live_on=None,
        left_on=None,
        actor=cast.lead().actor,
        now=MONDAY,
    )
    wanted = request_at(subject="Calls drop at noon", type=kind.key, account_id=account.id)
    request_at(subject="Calls drop at noon")
    actions.take(case_id=wanted.id, actor=olga.actor, now=MONDAY)
    filters = QueueFilters(
        "support",
        queue="ops",
        type=kind.key,
        family=kind.family,
        account_id=account.id,
        assignee_id=olga.id,
        text="calls DROP",
    )
    assert ids(filters) == [wanted.id]
    assert ids(QueueFilters("support", text=f"#{wanted.id}")) == [wanted.id]
    assert ids(QueueFilters("support", unassigned=True, account_id=account.id)) == []
    assert queue_page(filters, person_id=olga.id).rows[0].account_name == "North Motors"


def test_badges_count_open_waiting_and_unassigned_apart() -> None:
    olga = cast.operator()
    first, second, _ = request_at(), request_at(), request_at()
    actions.take(case_id=first.id, actor=olga.actor, now=MONDAY)
    actions.wait(case_id=second.id, on="customer", actor=olga.actor, now=MONDAY + HOUR)
    found = badges("support", person_id=olga.id)
    assert (found.queues["ops"].open, found.queues["ops"].waiting, found.queues["ops"].unassigned) == (
        2,
        1,
        1,
    )
    assert found.mine == 1


def test_a_list_asks_the_database_as_often_for_ten_rows_as_for_a_hundred(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    for n in range(10):
        request_at(MONDAY + n * HOUR)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(queue_page(ALL, person_id=1, size=5).rows) == 5
    for n in range(90):
        request_at(MONDAY + n * HOUR)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(queue_page(ALL, person_id=1, size=50).rows) == 50


def test_an_empty_desk_has_an_empty_list() -> None:
    page = queue_page(ALL, person_id=None)
    assert (page.rows, page.next) == ((), None)
    assert badges("support", person_id=None).queues == {}
    assert not Case.objects.exists()
