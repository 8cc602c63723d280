"""Timers act on time, whoever comes first and however late the worker is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from opsdesk.clock.models import Task, TaskState
from opsdesk.deals import actions
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.deals.refusals import NotInInspection, NotInIssue
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import ActorKind
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MARKET, MOMENT, MONDAY

pytestmark = pytest.mark.django_db
SILENCE, DEADLINE = MONDAY + 3 * DAY, MONDAY + 48 * HOUR


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()


def armed(deal: Deal) -> list[tuple[str, datetime]]:
    found = Task.objects.armed().filter(subject_kind="deal", subject_id=deal.id)
    return [(task.kind, task.due_at) for task in found]


def facts(deal: Deal) -> list[tuple[str, datetime, str]]:
    found = Entry.objects.filter(subject_kind="deal", subject_id=deal.id).order_by("id")
    return [(entry.kind, entry.happened_at, entry.actor_kind) for entry in found]


def test_each_state_that_can_wait_too_long_has_its_timer_armed_and_no_other() -> None:
    deal = cast.funded()
    assert armed(deal) == []
    actions.deliver(deal_id=deal.id, actor=MARKET, now=MONDAY)
    assert armed(deal) == [("deal.auto_approve", SILENCE)]
    cast.raise_issue(deal, now=MONDAY + HOUR)
    assert armed(deal) == [("deal.dispute_ttl", MONDAY + 49 * HOUR)]
    cast.rule(deal, Outcome.REJECT, now=MONDAY + 2 * HOUR)
    assert armed(deal) == []
    assert cast.fire(MONDAY + 99 * DAY) == 0


def test_days_are_days_of_24_hours_and_hours_are_elapsed() -> None:
    late = datetime.fromisoformat("2026-10-24T22:30:00+00:00")
    deal = cast.delivered(late)
    assert deal.auto_approve_at == late + timedelta(hours=72)
    assert cast.raise_issue(deal, now=late + HOUR).dispute_due_at == late + timedelta(hours=49)


def test_without_approval_by_silence_the_deal_waits_for_the_buyer() -> None:
    text = cast.shipped().replace("autoApproveEnabled: true", "autoApproveEnabled: false")
    cast.publish(text)
    deal = cast.delivered()
    assert (armed(deal), deal.auto_approve_at) == ([], None)
    assert cast.fire(MONDAY + 99 * DAY) == 0
    assert cast.approve(deal, now=MONDAY + 99 * DAY).state == "SETTLED"


def test_nothing_fires_early() -> None:
    deal, disputed = cast.delivered(), cast.in_issue()
    assert cast.fire(DEADLINE - MOMENT) == 0
    assert cast.fire(DEADLINE) == 1
    assert cast.reread(disputed).state == "SETTLED"
    assert cast.fire(SILENCE - MOMENT) == 0
    assert cast.reread(deal).state == "INSPECTION"
    assert cast.fire(SILENCE) == 1
    assert cast.reread(deal).state == "SETTLED"


def test_silence_approves_and_settles_at_the_instant_it_was_due() -> None:
    deal = cast.delivered()
    cast.fire(SILENCE + DAY)
    after = cast.reread(deal)
    assert (after.state, after.ending) == ("SETTLED", "auto_approved")
    assert (after.approved_at, after.settled_at, after.state_since) == (SILENCE,) * 3
    assert facts(deal)[-2:] == [
        ("deal.auto_approved", SILENCE, ActorKind.SYSTEM),
        ("deal.settled", SILENCE, ActorKind.SYSTEM),
    ]
    assert cast.paid(deal)[-1] == ("RELEASE", "holdback", "seller", 150_000)


def test_the_holdbacks_release_is_a_timer_of_its_own_due_at_the_approval() -> None:
    deal = cast.delivered()
    cast.approve(deal, now=MONDAY + HOUR)
    task = Task.objects.get(kind="deal.holdback_release", subject_id=deal.id)
    assert (task.due_at, task.state) == (MONDAY + HOUR, TaskState.DONE)


@pytest.mark.parametrize("late", [timedelta(0), MOMENT, DAY])
def test_who_approves_at_or_after_the_end_of_the_inspection_finds_it_approved(late: timedelta) -> None:
    deal = cast.delivered()
    with pytest.raises(NotInInspection):
        cast.approve(deal, now=SILENCE + late)
    assert cast.fire(SILENCE + late) == 1
    assert cast.reread(deal).ending == "auto_approved"


def test_who_approves_a_moment_before_the_end_was_in_time() -> None:
    deal = cast.delivered()
    assert cast.approve(deal, now=SILENCE - MOMENT).ending == "approved"


@pytest.mark.parametrize("late", [timedelta(0), DAY])
def test_an_issue_raised_at_the_end_of_the_inspection_comes_too_late(late: timedelta) -> None:
    deal = cast.delivered()
    with pytest.raises(NotInInspection) as refusal, transaction.atomic():
        cast.raise_issue(deal, now=SILENCE + late)
    assert refusal.value.details["state"] == "SETTLED"
    assert cast.raise_issue(deal, now=SILENCE - MOMENT).state == "ISSUE"


@pytest.mark.parametrize("late", [timedelta(0), DAY])
def test_a_ruling_at_the_deadline_comes_too_late(late: timedelta) -> None:
    deal = cast.in_issue()
    with pytest.raises(NotInIssue):
        cast.rule(deal, Outcome.REJECT, now=DEADLINE + late)
    cast.fire(DEADLINE + late)
    assert (cast.reread(deal).ending, cast.reread(deal).settled_at) == ("expired", DEADLINE)


def test_a_ruling_a_moment_before_the_deadline_was_in_time() -> None:
    deal = cast.in_issue()
    assert cast.rule(deal, Outcome.REJECT, now=DEADLINE - MOMENT).ending == "ruled"
    assert cast.fire(DEADLINE + DAY) == 0


def life(worker: Callable[[datetime], object]) -> dict[str, Any]:
    """Deals on every path with somebody who looks in every six hours, and a worker that may be off."""
    silent, disputed, no_cap, ruled = (
        cast.delivered(MONDAY, total=1_000_003),
        cast.in_issue(Reason.DAMAGE_MINOR, MONDAY, total=999_999),
        cast.in_issue(Reason.OTHER, MONDAY, total=777),
        cast.in_issue(Reason.DAMAGE_MAJOR, MONDAY, total=123_457),
    )
    cast.rule(ruled, Outcome.PARTIAL_REFUND, now=MONDAY + DAY)
    for hours in range(0, 24 * 5, 6):
        worker(MONDAY + hours * HOUR)
    deals = [silent, disputed, no_cap, ruled]
    first = deals[0].id
    ends = Deal.objects.filter(id__in=[deal.id for deal in deals]).order_by("id")
    return {
        "deals": [(row.state, row.ending, row.settled_at, row.version) for row in ends],
        "money": [cast.paid(deal) for deal in deals],
        "when": [
            (row.deal_id - first, row.happened_at)
            for row in Transfer.objects.filter(deal_id__gte=first).order_by("deal_id", "id")
        ],
        "facts": [facts(deal) for deal in deals],
    }


def test_a_worker_that_is_off_for_a_day_changes_nothing_to_the_unit() -> None:
    outcomes = []
    off_until = MONDAY + 4 * DAY
    for worker in (cast.fire, lambda now: cast.fire(now) if now >= off_until else 0):
        with transaction.atomic():
            outcomes.append(life(worker))
            transaction.set_rollback(True)
    assert outcomes[0] == outcomes[1]
    assert [end[1] for end in outcomes[0]["deals"]] == ["auto_approved", "expired", "expired", "ruled"]


def test_a_timer_that_fired_twice_did_it_once() -> None:
    deal = cast.in_issue()
    task = Task.objects.armed().get(subject_id=deal.id)
    cast.fire(DEADLINE)
    before = cast.paid(deal)
    with pytest.raises(NotInIssue):
        cast.expire(task, DEADLINE)
    assert cast.fire(DEADLINE) == 0
    assert cast.paid(deal) == before


def test_a_clock_set_back_fires_nothing_and_loses_nothing() -> None:
    deal = cast.in_issue(now=MONDAY)
    cast.rule(deal, Outcome.OFFSET, now=MONDAY - HOUR)
    assert cast.reread(deal).state == "SETTLED"
    assert cast.fire(MONDAY - DAY) == 0
