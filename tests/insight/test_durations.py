"""Both clocks, by hand, on a Monday afternoon: the desk is open from 13:00 to 18:00 in Chicago."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.accounts.models import Account
from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.durations import TierDurations, Took, by_queue, durations
from opsdesk.insight.funnel import funnel
from opsdesk.insight.responses import first_responses
from opsdesk.insight.statistics import Figure
from opsdesk.insight.waiting import waiting
from opsdesk.kernel.period import month
from opsdesk.web.funnel.words import clocks
from tests import cast
from tests.cast import MONDAY, request_at
from tests.insight.builders import HOUR, Crew, crew, escalate, note, resolve

ANY = FunnelFilters()
MARCH = month("2026-03", ZoneInfo("America/Chicago"))
TYPE = "core.llm-behaviour"
AFTERNOON = MONDAY + HOUR
NIGHT = timedelta(hours=18)


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


def of_tier(tier: int, now: object = AFTERNOON + timedelta(days=20)) -> TierDurations:
    return durations(desk="support", period=MARCH, filters=ANY, now=now)[tier - 1]


def medians(took: Took) -> tuple[float, float]:
    assert took.elapsed.median is not None
    assert took.working.median is not None
    return took.elapsed.median.value, took.working.median.value


def test_time_to_first_touch_runs_from_entering_a_queue(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    note(case, people.operator, AFTERNOON + HOUR)
    note(case, people.operator, AFTERNOON + 2 * HOUR)
    assert medians(of_tier(1).first_touch) == (3600, 3600)


def test_taking_a_case_is_no_touch_and_the_untouched_stand_beside(people: Crew) -> None:
    first = request_at(AFTERNOON, type=TYPE)
    request_at(AFTERNOON + HOUR, type=TYPE)
    actions.take(case_id=first.id, actor=people.operator.actor, now=AFTERNOON + HOUR)
    found = of_tier(1)
    assert (found.untouched, found.untouched_since) == (2, AFTERNOON)
    assert found.first_touch.elapsed.n == 0


def test_a_stay_that_ended_untouched_is_missing_and_said_to_be(people: Crew) -> None:
    lena = cast.lead()
    escalate(request_at(AFTERNOON, type=TYPE), lena, AFTERNOON + HOUR, TYPE)
    touched = request_at(AFTERNOON, type=TYPE)
    note(touched, people.operator, AFTERNOON + HOUR)
    found = of_tier(1)
    assert (found.first_touch.elapsed.n, found.first_touch.elapsed.missing) == (1, 1)
    assert (found.first_touch.working.n, found.first_touch.working.missing) == (1, 1)
    assert found.untouched == 0
    assert clocks(found.first_touch).left_out == ["1 without a time"]


def test_waiting_before_the_first_touch_is_no_working_time(people: Crew) -> None:
    """A lead who doesn't sit in the queue may set a case to wait; that touches nothing."""
    lena, case = cast.lead(), request_at(AFTERNOON, type=TYPE)
    actions.wait(case_id=case.id, on="customer", actor=lena.actor, now=AFTERNOON + HOUR / 2)
    actions.customer_wrote(case_id=case.id, received_at=AFTERNOON + 2 * HOUR, now=AFTERNOON + 2 * HOUR)
    note(case, people.operator, AFTERNOON + 3 * HOUR)
    assert medians(of_tier(1).first_touch) == (3 * 3600, 3 * 3600 / 2)


def test_what_was_committed_after_the_page_began_has_the_age_0(people: Crew) -> None:
    page_began = AFTERNOON - timedelta(seconds=1)
    case = request_at(AFTERNOON, type=TYPE)
    escalate(request_at(AFTERNOON, type=TYPE), people.operator, AFTERNOON + HOUR, TYPE)
    actions.wait(case_id=case.id, on="customer", actor=people.operator.actor, now=AFTERNOON)
    first, second = of_tier(1, now=page_began), of_tier(2, now=page_began)
    assert medians(first.at_tier) == (0, 0)
    assert medians(second.at_tier) == (0, 0)
    assert medians(second.to_resolution) == (3600, 3600)
    held = waiting(desk="support", period=MARCH, filters=ANY, now=page_began)
    assert {(each.who, each.key): each.seconds for each in held} == {
        ("customer", ""): 0,
        ("queue", "ops"): 3600,
        ("queue", "core-support"): 0,
    }


def test_an_answer_dated_before_its_request_took_no_time(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    Case.objects.filter(id=case.id).update(first_response_at=AFTERNOON - HOUR)
    found = first_responses(desk="support", period=MARCH, filters=ANY)
    assert medians(found.took) == (0, 0)


def test_the_working_clock_leaves_out_nights_and_waiting(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    actor = people.operator.actor
    actions.wait(
        case_id=case.id, on="customer", party="", expected_at=None, actor=actor, now=AFTERNOON + HOUR
    )
    actions.resume(case_id=case.id, actor=actor, now=AFTERNOON + 2 * HOUR)
    resolve(case, people.operator, AFTERNOON + 3 * HOUR, TYPE)
    assert medians(of_tier(1).at_tier) == (3 * 3600, 2 * 3600)
    late = request_at(AFTERNOON + timedelta(days=1), type=TYPE)
    resolve(late, people.operator, AFTERNOON + timedelta(days=2), TYPE)
    queue = by_queue(desk="support", period=MARCH, filters=ANY)[0]
    assert queue.took.elapsed.n == 2
    assert queue.took.elapsed.p90.value > queue.took.working.p90.value


def test_time_to_resolution_leaves_out_the_time_it_stood_resolved(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    resolve(case, people.operator, AFTERNOON + HOUR, TYPE)
    actions.customer_wrote(case_id=case.id, received_at=AFTERNOON + 2 * HOUR, now=AFTERNOON + 2 * HOUR)
    resolve(case, people.operator, AFTERNOON + 2 * HOUR + HOUR / 2, TYPE)
    found = of_tier(1)
    assert medians(found.to_resolution) == (5400, 5400)
    assert found.to_resolution.elapsed.n == 1


def test_a_withdrawn_thanks_is_in_no_time(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    resolve(case, people.operator, AFTERNOON + HOUR, TYPE)
    actions.customer_wrote(case_id=case.id, received_at=AFTERNOON + 2 * HOUR, now=AFTERNOON + 2 * HOUR)
    endings.withdraw_thanks(case_id=case.id, actor=people.operator.actor, now=AFTERNOON + 5 * HOUR)
    assert medians(of_tier(1).to_resolution) == (3600, 3600)
    found = funnel(desk="support", period=MARCH, filters=ANY, now=AFTERNOON + 6 * HOUR)
    assert (found.tiers[0].resolved.n, found.reopened.n) == (1, 0)


def test_an_open_request_enters_at_its_age_and_marks_what_it_touches(people: Crew) -> None:
    for opened in (AFTERNOON, AFTERNOON + HOUR / 4):
        resolve(request_at(opened, type=TYPE), people.operator, opened + HOUR, TYPE)
    request_at(AFTERNOON, type=TYPE)
    found = of_tier(1, now=AFTERNOON + HOUR / 2)
    assert found.to_resolution.elapsed.running == 1
    assert found.to_resolution.elapsed.median == Figure(3600, at_least=False)
    assert found.to_resolution.elapsed.p90 == Figure(3600, at_least=True)


def test_a_tier_has_the_time_of_its_own_stays_only(people: Crew) -> None:
    case = escalate(request_at(AFTERNOON, type=TYPE), people.operator, AFTERNOON + HOUR, TYPE)
    handoffs.give_back(
        case_id=case.id, words="Like this.", actor=people.engineer.actor, now=AFTERNOON + 2 * HOUR
    )
    escalate(case, people.operator, AFTERNOON + 3 * HOUR, TYPE)
    resolve(case, people.engineer, AFTERNOON + 4 * HOUR, TYPE)
    found = of_tier(2)
    assert medians(found.at_tier) == (2 * 3600, 2 * 3600)
    assert medians(found.to_resolution) == (4 * 3600, 4 * 3600)
    assert of_tier(1).at_tier.elapsed.n == 0
    row = funnel(desk="support", period=MARCH, filters=ANY, now=AFTERNOON + NIGHT).tiers[1]
    assert (row.returned.n, row.finished_below.n) == (1, 0)


def test_finished_below_counts_what_was_resolved_after_a_return(people: Crew) -> None:
    case = escalate(request_at(AFTERNOON, type=TYPE), people.operator, AFTERNOON + HOUR, TYPE)
    handoffs.give_back(
        case_id=case.id, words="Like this.", actor=people.engineer.actor, now=AFTERNOON + 2 * HOUR
    )
    resolve(case, people.operator, AFTERNOON + 3 * HOUR, TYPE)
    row = funnel(desk="support", period=MARCH, filters=ANY, now=AFTERNOON + NIGHT).tiers[1]
    assert (row.received.n, row.resolved.n, row.returned.n, row.finished_below.n) == (1, 1, 1, 1)


def test_stays_count_in_the_period_they_ended_in(people: Crew) -> None:
    case = request_at(MARCH.start - HOUR, type=TYPE)
    resolve(case, people.operator, MARCH.start + HOUR, TYPE)
    resolve(request_at(MARCH.end - HOUR, type=TYPE), people.operator, MARCH.end, TYPE)
    found = by_queue(desk="support", period=MARCH, filters=ANY)
    assert [(row.queue, row.took.elapsed.n) for row in found] == [("ops", 1)]
    assert by_queue(desk="support", period=MARCH, filters=FunnelFilters(family=("how-to",))) == ()


def test_what_held_a_request_is_its_queues_and_whom_they_waited_on(people: Crew) -> None:
    case = request_at(AFTERNOON, type=TYPE)
    known = {"case_id": case.id, "actor": people.operator.actor}
    actions.wait(
        on="third_party", party="cdk", expected_at=AFTERNOON + 9 * HOUR, now=AFTERNOON + HOUR, **known
    )
    actions.resume(now=AFTERNOON + 3 * HOUR, **known)
    actions.wait(on="customer", party="", expected_at=None, now=AFTERNOON + 4 * HOUR, **known)
    found = waiting(desk="support", period=MARCH, filters=ANY, now=AFTERNOON + 10 * HOUR)
    held = {(each.who, each.key): each.seconds // 3600 for each in found}
    assert held == {("customer", ""): 6, ("third_party", "cdk"): 2, ("queue", "ops"): 2}


def test_a_request_of_an_account_is_found_by_its_key_and_all_per_100_that_are_live(people: Crew) -> None:
    keys = {"north": (2, None), "south": (2, 10), "coming": (31, None), "gone": (1, 2)}
    for key, (live, left) in keys.items():
        left_on = date(2026, 3, left) if left else None
        account = Account.objects.create(
            key=key, name=key, live_on=date(2026, 3, live), left_on=left_on, recorded_at=AFTERNOON
        )
        request_at(AFTERNOON, type=TYPE, account_id=account.id)
    found = funnel(desk="support", period=MARCH, filters=ANY, now=AFTERNOON + timedelta(days=2))
    assert (found.live_accounts, found.per_100_accounts) == (2, 200)
    north = FunnelFilters(account=("north",))
    one = funnel(desk="support", period=MARCH, filters=north, now=AFTERNOON + timedelta(days=2))
    assert (one.requests.n, one.per_100_accounts) == (1, None)
    listed = cases(Selection("support", MARCH, north, "in"), now=AFTERNOON)
    assert [line.account for line in listed.lines] == ["north"]
    assert listed.lines[0].opened_at == AFTERNOON
