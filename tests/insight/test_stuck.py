from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases import actions
from opsdesk.clock.queries import calendar
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.stuck import business_days_before, stuck
from opsdesk.kernel.period import Period
from tests import cast
from tests.cast import MONDAY, request_at
from tests.insight.builders import HOUR, Crew, crew, note, resolve

ANY = FunnelFilters()
DAY = timedelta(days=1)
TYPE = "core.llm-behaviour"


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


def found(now: datetime) -> tuple[int, int]:
    both = stuck(desk="support", filters=ANY, now=now)
    period = Period(MONDAY, MONDAY + DAY)
    for pick, n in (("stuck_us", both.on_us), ("stuck_others", both.on_others)):
        assert cases(Selection("support", period, ANY, pick), now=now).total == n
    assert sum(row[1] + row[2] for row in both.by_queue) == both.on_us + both.on_others
    return both.on_us, both.on_others


def test_a_case_is_stuck_on_us_two_business_days_after_our_last_act(people: Crew) -> None:
    case = request_at(type=TYPE)
    assert found(MONDAY + 2 * DAY - HOUR) == (0, 0)
    assert found(MONDAY + 2 * DAY) == (1, 0)
    note(case, people.operator, MONDAY + HOUR)
    assert found(MONDAY + 2 * DAY) == (0, 0)
    assert found(MONDAY + 2 * DAY + HOUR) == (1, 0)


def test_a_case_that_woke_has_two_business_days_from_then(people: Crew) -> None:
    case = request_at(type=TYPE)
    actions.wait(
        case_id=case.id, on="customer", party="", expected_at=None, actor=people.operator.actor, now=MONDAY
    )
    assert found(MONDAY + 3 * DAY) == (0, 0)
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + DAY, now=MONDAY + DAY)
    assert found(MONDAY + 3 * DAY - HOUR) == (0, 0)
    assert found(MONDAY + 3 * DAY) == (1, 0)


def test_a_case_is_stuck_on_others_past_the_time_expected(people: Crew) -> None:
    case = request_at(type=TYPE)
    actions.wait(
        case_id=case.id,
        on="third_party",
        party="cdk",
        expected_at=MONDAY + DAY,
        actor=people.operator.actor,
        now=MONDAY,
    )
    assert found(MONDAY + DAY - HOUR) == (0, 0)
    assert found(MONDAY + DAY) == (0, 1)


def test_a_resolved_case_is_not_stuck(people: Crew) -> None:
    resolve(request_at(type=TYPE), people.operator, MONDAY, TYPE)
    assert found(MONDAY + 9 * DAY) == (0, 0)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-09 16:00", "2026-03-05 16:00"),
        ("2026-03-06 16:00", "2026-03-04 16:00"),
        ("2026-03-08 18:00", "2026-03-05 06:00"),
        ("2026-03-07 18:00", "2026-03-05 06:00"),
    ],
)
def test_a_weekend_is_no_business_day(people: Crew, now: str, expected: str) -> None:
    """The clocks of Chicago go forward on Sunday 8 March 2026: the wall time is what stays."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    before = business_days_before(moment, 2, calendar("support"))
    shift = HOUR if now == "2026-03-09 16:00" else timedelta(0)
    assert before == datetime.fromisoformat(expected).replace(tzinfo=UTC) + shift


def test_hours_that_never_open_end_the_search(people: Crew) -> None:
    never = replace(calendar("support"), week=((),) * 7)
    assert business_days_before(MONDAY, 2, never) < MONDAY - 2 * 59 * DAY
