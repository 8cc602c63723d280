"""The dispute queue: its orders, its bands, its filters, its pages; and that it is read from an index."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from opsdesk.cases import actions as cases
from opsdesk.deals.lifecycle import Reason
from opsdesk.disputes import evidence, lists, timers
from opsdesk.disputes.lists import ANY, BANDS, CATEGORY, DECIDED, DUE, Cursor, DisputeRow, Filters
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.money import Money
from tests.deals.cast import publish, shipped
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY, Staff

pytestmark = pytest.mark.django_db
NOW = MONDAY + 4 * HOUR
ESTATE = "MN.REAL_ESTATE_SALE"


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


@pytest.fixture
def some(staff: Staff) -> dict[str, Dispute]:
    """A car due in 45 hours, another in 20, real estate in 69."""
    publish(shipped("mn-real-estate-sale"))
    return {
        "car": cast.raised(at=MONDAY + HOUR),
        "urgent": cast.raised(Reason.MISSING_PARTS, at=NOW - 28 * HOUR, complete=False),
        "estate": cast.raised(Reason.NOT_DELIVERED, at=MONDAY + HOUR, complete=False, scope=ESTATE),
    }


def names(rows: tuple[DisputeRow, ...], some: dict[str, Dispute]) -> list[str]:
    by_id = {dispute.id: name for name, dispute in some.items()}
    return [by_id[row.id] for row in rows]


def shown(some: dict[str, Dispute], order: str = DUE, **filters: object) -> list[str]:
    return names(lists.page(Filters(**filters), order, now=NOW).rows, some)  # type: ignore[arg-type]


def test_it_is_ordered_by_time_left_whatever_the_category(some: dict[str, Dispute]) -> None:
    assert shown(some) == ["urgent", "car", "estate"]


def test_or_by_category_and_then_by_time_left(some: dict[str, Dispute]) -> None:
    assert shown(some, CATEGORY) == ["estate", "urgent", "car"]


def test_a_row_says_what_is_needed_to_choose_it(staff: Staff, some: dict[str, Dispute]) -> None:
    cases.take(case_id=some["car"].case_id, actor=staff.olga.actor, now=NOW)
    row = next(row for row in lists.page(Filters(), now=NOW).rows if row.id == some["car"].id)
    assert (row.scope, row.reason, row.item) == ("MN.USED_CAR_PRIVATE", "DAMAGE_MINOR", "Toyota Prius 2015")
    assert (row.total, row.held) == (Money(1_000_000, "MNT"), Money(150_000, "MNT"))
    assert (row.have, row.needed, row.band) == (3, 3, "24-48")
    assert (row.assignee, row.assignee_id, row.case_state, row.queue) == (
        "Olga",
        staff.olga.id,
        "open",
        "disputes",
    )
    assert (row.state, row.decided_at, row.version) == ("ISSUE", None, 3)


def test_evidence_in_a_row_counts_what_is_there_or_let_go(staff: Staff, some: dict[str, Dispute]) -> None:
    evidence.waive(
        dispute_id=some["urgent"].id, item="odometer", reason="So.", actor=staff.olga.actor, now=NOW
    )
    row = lists.page(Filters(), now=NOW).rows[0]
    assert (row.have, row.needed) == (1, 3)


@pytest.mark.parametrize(
    ("left", "band"),
    [
        (timedelta(hours=24) - cast.MOMENT, "<24"),
        (timedelta(hours=24), "24-48"),
        (timedelta(hours=48), "24-48"),
        (timedelta(hours=48) + cast.MOMENT, ">48"),
        (timedelta(seconds=-1), "<24"),
    ],
)
def test_a_band_is_told_by_the_time_left(left: timedelta, band: str) -> None:
    assert lists.band_of(NOW + left, NOW) == band


def test_each_band_is_counted_and_can_be_looked_at(some: dict[str, Dispute]) -> None:
    assert lists.bands(Filters(), now=NOW) == {"<24": 1, "24-48": 1, ">48": 1}
    assert [shown(some, band=band) for band in BANDS] == [["urgent"], ["car"], ["estate"]]
    assert lists.bands(Filters(category="USED_CAR_PRIVATE"), now=NOW) == {"<24": 1, "24-48": 1, ">48": 0}


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"scope": ESTATE}, ["estate"]),
        ({"scope": "KR.USED_CAR_PRIVATE"}, []),
        ({"country": "MN"}, ["urgent", "car", "estate"]),
        ({"country": "KR"}, []),
        ({"category": "USED_CAR_PRIVATE"}, ["urgent", "car"]),
        ({"reasons": ("DAMAGE_MINOR", "NOT_DELIVERED")}, ["car", "estate"]),
        ({"state": DECIDED}, []),
        ({"state": ANY}, ["urgent", "car", "estate"]),
    ],
)
def test_filters_leave_out_what_does_not_fit(
    some: dict[str, Dispute], filters: dict[str, object], wanted: list[str]
) -> None:
    assert shown(some, **filters) == wanted


def test_mine_are_those_whose_case_i_have(staff: Staff, some: dict[str, Dispute]) -> None:
    cases.take(case_id=some["car"].case_id, actor=staff.olga.actor, now=NOW)
    assert shown(some, mine_of=staff.olga.id) == ["car"]
    assert shown(some, mine_of=staff.omar.id) == []


def test_what_is_decided_leaves_the_queue_and_stands_newest_first_elsewhere(
    staff: Staff, some: dict[str, Dispute]
) -> None:
    cast.rule(some["urgent"], by=staff.olga, at=NOW)
    cast.rule(some["car"], by=staff.olga, at=NOW + HOUR)
    assert shown(some) == ["estate"]
    assert shown(some, state=DECIDED) == ["car", "urgent"]
    assert lists.page(Filters(state=DECIDED), now=NOW).rows[0].band == ""
    assert lists.bands(Filters(), now=NOW) == {"<24": 0, "24-48": 0, ">48": 1}


@pytest.mark.parametrize("order", [DUE, CATEGORY])
@pytest.mark.parametrize("state", ["open", DECIDED, ANY])
def test_pages_follow_one_another_without_a_gap_or_a_double(
    staff: Staff, some: dict[str, Dispute], order: str, state: str
) -> None:
    more = [cast.raised(at=MONDAY + HOUR) for _ in range(3)]
    if state == DECIDED:
        for dispute in (*some.values(), *more):
            timers.catch_up(dispute.deal_id, now=NOW + 100 * HOUR)
    whole = [row.id for row in lists.page(Filters(state=state), order, now=NOW).rows]
    assert len(whole) == 6
    assert [row.id for rows in walk(Filters(state=state), order, 2) for row in rows] == whole
    assert [row.id for rows in walk(Filters(state=state), order, 1) for row in rows] == whole


def walk(filters: Filters, order: str, size: int) -> Iterator[tuple[DisputeRow, ...]]:
    after: Cursor | None = None
    while True:
        page = lists.page(filters, order, after, size, now=NOW)
        yield page.rows
        after = page.next
        if after is None:
            return


def test_after_a_ruling_the_next_is_the_one_due_next_and_then_the_first_of_all(
    staff: Staff, some: dict[str, Dispute]
) -> None:
    following = [lists.next_after(some[name].id, Filters(), now=NOW) for name in ("urgent", "car", "estate")]
    assert following == [some["car"].id, some["estate"].id, some["urgent"].id]
    for name in ("urgent", "car"):
        cast.rule(some[name], by=staff.olga, at=NOW)
    assert lists.next_after(some["urgent"].id, Filters(), now=NOW) == some["estate"].id
    assert lists.next_after(some["estate"].id, Filters(), now=NOW) is None


def test_an_empty_queue_is_a_page_without_rows(staff: Staff) -> None:
    assert lists.page(Filters(), now=NOW) == lists.DisputePage((), None)
    assert lists.next_after(1, Filters(), now=NOW) is None


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "dispute_open_by_due"),
        (Filters(band="24-48"), "dispute_open_by_due"),
        (Filters(reasons=("DAMAGE_MINOR",)), "dispute_open_by_due"),
        (Filters(scope=ESTATE), "dispute_open_of_scope"),
        (Filters(state=DECIDED), "dispute_by_decided"),
    ],
)
def test_a_page_is_read_from_an_index_in_its_order(staff: Staff, filters: Filters, index: str) -> None:
    publish(shipped("mn-real-estate-sale"))
    after = Cursor("", NOW, 7)
    for start in (None, after):
        part = next(iter(lists.parts(filters, DUE, None, NOW)))[1]
        plan = explained(lists.part_after(part, start, filters)[:51])
        assert index in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def explained(found: "object") -> str:
    """The plan; PostgreSQL, which for an empty table reads it whole, is told not to."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return str(found.explain())  # type: ignore[attr-defined]


def test_reading_a_page_asks_as_much_for_many_as_for_few(
    staff: Staff, some: dict[str, Dispute], django_assert_max_num_queries: object
) -> None:
    for _ in range(5):
        cast.raised(at=MONDAY + HOUR)
    lists.page(Filters(), now=NOW)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        rows = lists.page(Filters(), now=NOW).rows
    assert len(rows) == 8
