"""What the example year must show, asked of a small one through the same queries as the pages."""

from collections import defaultdict
from datetime import timedelta
from statistics import median

import pytest

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case, Stay
from opsdesk.clock.models import Task
from opsdesk.demo.cast import CAST
from opsdesk.demo.filling import Plan
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import Funnel, funnel
from opsdesk.journal.models import Entry
from opsdesk.mail.models import Arrival, Message
from opsdesk.people import queries as people
from tests.demo.conftest import NOW

pytestmark = pytest.mark.django_db
ANY = FunnelFilters()


def the_funnel(year: Plan, *, filters: FunnelFilters = ANY) -> Funnel:
    worked = next(month for month in year.year.months if month.worked)
    return funnel(desk="support", period=worked.period, filters=filters, now=NOW)


def test_one_month_is_exactly_the_worked_example(year: Plan) -> None:
    result = the_funnel(year)
    assert result.requests.n == 200
    assert [(tier.received.n, tier.resolved.n, tier.escalated.n, tier.open.n) for tier in result.tiers] == [
        (200, 140, 60, 0),
        (60, 50, 10, 0),
        (10, 10, 0, 0),
    ]


def test_its_third_tier_saw_six_integration_and_four_llm_requests(year: Plan) -> None:
    assert the_funnel(year, filters=FunnelFilters(family=("integration",))).tiers[2].resolved.n == 6
    assert the_funnel(year, filters=FunnelFilters(type=("core.llm-behaviour",))).tiers[2].resolved.n == 4


def test_nothing_in_that_month_is_open_void_merged_or_entered_high(year: Plan) -> None:
    result = the_funnel(year)
    beside = (result.open.n, result.void.n, result.merged.n, result.entered_above.n, result.skipped.n)
    assert beside == (0, 0, 0, 0, 0)


def test_that_month_lies_three_months_back_or_more(year: Plan) -> None:
    worked = next(month for month in year.year.months if month.worked)
    assert worked.period.end < NOW - timedelta(days=89)


def test_core_support_is_silent_for_three_to_four_days_in_one_quarter_alone(year: Plan) -> None:
    slow, usual = [], []
    for stay in Stay.objects.filter(queue="core-support", first_touch_at__isnull=False).exclude(
        exit="withdrawn"
    ):
        assert stay.first_touch_at is not None
        is_slow = any(month.slow and stay.entered_at in month.period for month in year.year.months)
        (slow if is_slow else usual).append(stay.first_touch_at - stay.entered_at)
    assert len([month for month in year.year.months if month.slow]) == 3
    assert slow
    assert all(timedelta(days=3) <= silence <= timedelta(days=4) for silence in slow)
    assert median(usual) < timedelta(days=1)


def test_every_arrival_has_its_outcome_and_all_outcomes_occur(year: Plan) -> None:
    outcomes = set(Arrival.objects.values_list("outcome", flat=True))
    assert outcomes == {"requests", "joined", "set_aside", "duplicate", "quarantined"}


def test_hostile_mail_is_in_quarantine_and_opened_nothing(year: Plan) -> None:
    for arrival in Arrival.objects.filter(outcome="quarantined"):
        assert arrival.message is None
        assert arrival.reason in {"no headers", "nested too deep", "too many parts", "too many headers"}


def test_mail_of_before_the_start_opened_nothing(year: Plan) -> None:
    assert Arrival.objects.filter(received_at__lt=year.begins_at).count() == 3
    assert set(Arrival.objects.filter(received_at__lt=year.begins_at).values_list("reason", flat=True)) == {
        "before the start"
    }


def test_no_timer_of_the_past_is_armed_and_nothing_waits_for_a_carrier(year: Plan) -> None:
    assert not Task.objects.filter(state="armed", due_at__lte=NOW).exists()
    assert not Task.objects.exclude(last_error="").exists()
    assert not Message.objects.filter(delivery="queued").exists()
    assert Message.objects.filter(delivery="sent").exists()


def test_everything_was_recorded_in_its_order_and_nothing_in_the_future(year: Plan) -> None:
    recorded = list(
        Entry.objects.filter(recorded_at__gte=year.begins_at)
        .exclude(kind="example.published")
        .order_by("id")
        .values_list("recorded_at", flat=True)
    )
    assert recorded == sorted(recorded)
    assert recorded[-1] <= NOW


def test_stays_tile_the_life_of_every_case(year: Plan) -> None:
    stays: dict[int, list[Stay]] = defaultdict(list)
    for stay in Stay.objects.order_by("case_id", "number"):
        stays[stay.case_id].append(stay)
    for case in Case.objects.all():
        first, *others = stays[case.id]
        assert first.entered_at == case.opened_at
        for before, after in zip([first, *others], others, strict=False):
            assert before.left_at is not None
            assert after.entered_at == before.left_at or (
                after.entrance == "reopened" and after.entered_at > before.left_at
            )
        assert (stays[case.id][-1].left_at is None) == (case.state in ("open", "waiting"))


def test_the_queues_are_alive_today(year: Plan) -> None:
    unresolved = Case.objects.filter(state__in=["open", "waiting"])
    assert unresolved.exists()
    assert all(case.opened_at > NOW - timedelta(days=60) for case in unresolved)


def test_some_accounts_are_not_live_yet_and_some_have_left(year: Plan) -> None:
    assert Account.objects.count() == 40
    assert Account.objects.filter(live_on__isnull=True).exists()
    assert Account.objects.filter(left_on__isnull=False).exists()


def test_everybody_has_the_role_and_the_seats_of_the_cast(year: Plan) -> None:
    rows = {row.email: row for row in people.people(NOW)}
    assert set(rows) == {member.email for member in CAST}
    for member in CAST:
        row = rows[member.email]
        assert row.can_sign_in
        assert [(role.desk, role.role) for role in row.roles] == [(member.desk, member.role)]
        assert tuple(seat.queue for seat in row.seats) == member.queues


def test_korean_and_mongolian_mail_is_read_as_it_was_written(year: Plan) -> None:
    texts = " ".join(Message.objects.filter(direction="in").values_list("text", flat=True))
    assert "안녕하세요" in texts or "감사합니다" in texts
    assert "Баярлалаа" in texts or "Сайн байна уу" in texts


def test_requests_were_split_returned_rerouted_reopened_and_thanked_for(year: Plan) -> None:
    kinds = set(Entry.objects.values_list("kind", flat=True))
    expected = {
        "case.split", "case.returned", "case.rerouted", "case.escalated", "case.waited", "case.resumed",
        "case.thanks_withdrawn", "case.voided", "case.wait_overran", "arrival.found_duplicate",
    }  # fmt: skip
    assert expected <= kinds
