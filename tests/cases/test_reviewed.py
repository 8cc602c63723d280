"""What happens when things come late, twice, out of order, or from somebody who sits elsewhere."""

from datetime import date, timedelta

import pytest

from opsdesk.cases import actions, endings, handoffs, parts, reckoning, settings
from opsdesk.cases.card import case_card
from opsdesk.cases.lists import QueueFilters, queue_page
from opsdesk.cases.marks import mark_read
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.nextstep import Whose
from opsdesk.cases.opening import open_linked
from opsdesk.cases.refusals import (
    CaseUnknown,
    NotClosed,
    NothingToTake,
    Overtaken,
    SplitWasUndone,
    ThanksNotFound,
)
from opsdesk.clock import actions as clock
from opsdesk.clock import queries as calendars
from opsdesk.clock.business import due_at
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import task_value
from opsdesk.kernel.actor import Role
from opsdesk.kernel.refusal import Invalid
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import MONDAY, request_at

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def kind() -> str:
    return cast.definition().families[0].types[0].key


def resolved(by: cast.Somebody) -> Case:
    return endings.resolve(
        case_id=request_at().id,
        resolution="Fixed.",
        cause="bug",
        verified=True,
        type=kind(),
        actor=by.actor,
        now=MONDAY + HOUR,
    )


def wrote(case: Case, received: timedelta, now: timedelta | None = None) -> Case:
    return actions.customer_wrote(
        case_id=case.id, received_at=MONDAY + received, now=MONDAY + (now or received)
    )


def test_mail_that_we_come_to_know_late_is_unread_and_unanswered_all_the_same() -> None:
    olga = cast.operator()
    case = request_at()
    actions.record_reply(case_id=case.id, wait=False, actor=olga.actor, now=MONDAY + 2 * HOUR)
    mark_read(case_id=case.id, person_id=olga.id, now=MONDAY + 2 * HOUR)
    wrote(case, HOUR, 3 * HOUR)
    assert queue_page(QueueFilters("support", unread=True), person_id=olga.id).rows[0].id == case.id
    actions.take(case_id=case.id, actor=olga.actor, now=MONDAY + 3 * HOUR)
    step = case_card(case.id, actor=olga.actor, now=MONDAY + 4 * HOUR).next_step
    assert (step.whose, step.move) == (Whose.US, "send_and_wait")


def test_who_wrote_within_the_grace_reopens_however_late_we_read_it() -> None:
    case = resolved(cast.operator())
    assert wrote(case, 13 * DAY, 16 * DAY).state == "open"


def test_a_thanks_is_not_withdrawn_over_a_complaint_that_came_after_it() -> None:
    olga = cast.operator()
    case = wrote(resolved(olga), 5 * HOUR)
    seen = case.version
    wrote(case, 6 * HOUR)
    with pytest.raises(Overtaken):
        endings.withdraw_thanks(case_id=case.id, actor=olga.actor, now=MONDAY + 7 * HOUR, seen_version=seen)
    with pytest.raises(Overtaken):
        endings.void(
            case_id=case.id, reason="spam", actor=olga.actor, now=MONDAY + 7 * HOUR, seen_version=seen
        )
    with pytest.raises(Overtaken):
        actions.wait(
            case_id=case.id, on="customer", actor=olga.actor, now=MONDAY + 7 * HOUR, seen_version=seen
        )


def test_what_a_lead_did_on_a_reopened_case_is_no_thanks_either() -> None:
    case = wrote(resolved(cast.operator()), 5 * HOUR)
    lena = cast.lead()
    actions.record_reply(case_id=case.id, wait=False, actor=lena.actor, now=MONDAY + 6 * HOUR)
    with pytest.raises(ThanksNotFound):
        endings.withdraw_thanks(case_id=case.id, actor=lena.actor, now=MONDAY + 7 * HOUR)


def test_a_timer_that_fires_meanwhile_hides_nobody_who_was_first() -> None:
    olga, otto = cast.operator(), cast.operator("otto")
    case = request_at()
    actions.wait(
        case_id=case.id,
        on="third_party",
        party="cdk",
        expected_at=MONDAY + 2 * HOUR,
        actor=otto.actor,
        now=MONDAY + HOUR,
    )
    with pytest.raises(Overtaken):
        endings.resolve(
            case_id=case.id,
            resolution="Fixed.",
            cause="bug",
            verified=True,
            type=kind(),
            actor=olga.actor,
            now=MONDAY + 3 * HOUR,
            seen_version=0,
        )


def test_a_reply_ends_no_wait_on_a_third_party() -> None:
    olga = cast.operator()
    case = request_at()
    expected = MONDAY + 9 * HOUR
    actions.wait(
        case_id=case.id, on="third_party", party="cdk", expected_at=expected, actor=olga.actor, now=MONDAY
    )
    told = actions.record_reply(case_id=case.id, wait=True, actor=olga.actor, now=MONDAY + HOUR)
    assert (told.state, told.waiting_party, told.expected_at) == ("waiting", "cdk", expected)


def test_take_next_passes_over_a_seat_one_has_no_role_for() -> None:
    olga = cast.operator()
    both = cast.somebody("bo", [Role.OPERATOR], ["ops", "core-support"])
    above = request_at(MONDAY)
    handoffs.escalate(
        case_id=above.id, reason="bug", words="Tried.", type=kind(), actor=olga.actor, now=MONDAY
    )
    below = request_at(MONDAY + 9 * HOUR)
    assert actions.take_next(desk="support", actor=both.actor, now=MONDAY + 10 * HOUR).id == below.id
    with pytest.raises(NothingToTake):
        actions.take_next(desk="support", actor=both.actor, now=MONDAY + 10 * HOUR)


def test_a_part_that_was_taken_back_is_not_brought_back_by_undoing_its_void() -> None:
    olga = cast.operator()
    whole = request_at()
    part = parts.split(
        case_id=whole.id, subject="Part", excerpt="", opened_at=MONDAY, actor=olga.actor, now=MONDAY
    )
    parts.undo_split(case_id=part.id, actor=olga.actor, now=MONDAY)
    with pytest.raises(SplitWasUndone):
        endings.undo_void(case_id=part.id, actor=olga.actor, now=MONDAY)
    assert case_card(part.id, actor=olga.actor, now=MONDAY).moves == frozenset()


def test_withdrawn_time_is_not_charged_to_the_resolution_target() -> None:
    olga = cast.operator()
    case = resolved(olga)
    actions.record_reply(case_id=case.id, wait=False, actor=olga.actor, now=MONDAY + 2 * HOUR)
    spent = Stay.objects.get(case=case).business_s or 0
    wrote(case, 2 * DAY)
    endings.withdraw_thanks(case_id=case.id, actor=olga.actor, now=MONDAY + 5 * DAY)
    again = wrote(case, 6 * DAY)
    hours = calendars.calendar("support")
    assert again.due_at == due_at(MONDAY + 6 * DAY, 16 * 3600 - spent, hours)


def test_when_a_day_is_closed_what_was_due_on_it_is_reckoned_anew() -> None:
    case = request_at(MONDAY + 3 * HOUR)
    actions.record_reply(case_id=case.id, wait=False, actor=cast.operator().actor, now=MONDAY + 3 * HOUR)
    before = Case.objects.get(id=case.id).due_at
    clock.add_house_holiday(
        calendar="support",
        on=date(2026, 3, 3),
        name="Founders' day",
        actor=cast.lead().actor,
        now=MONDAY + 4 * HOUR,
    )
    task = Task.objects.get(kind="clock.hours_changed")
    reckoning.hours_changed(task_value(task), MONDAY + 4 * HOUR)
    after = Case.objects.get(id=case.id).due_at
    assert after == due_at(MONDAY + 3 * HOUR, 16 * 3600, calendars.calendar("support"))
    assert before is not None
    assert after is not None
    assert after > before


def test_a_queue_whose_void_cases_may_come_back_is_not_left_out() -> None:
    olga = cast.operator()
    case = request_at()
    endings.void(case_id=case.id, reason="spam", actor=olga.actor, now=MONDAY)
    document = vault.current("desk", "support")
    assert document is not None
    text = document.source.replace("ops", "front")
    with pytest.raises(settings.QueueStillUsed):
        settings.publish_desk(text, source="x", note="", actor=cast.admin().actor, now=MONDAY + DAY)
    settings.publish_desk(text, source="x", note="", actor=cast.admin("anna").actor, now=MONDAY + 15 * DAY)


def test_from_a_closed_case_a_person_goes_on_in_a_linked_request() -> None:
    olga = cast.operator()
    case = resolved(olga)
    fields = {"case_id": case.id, "actor": olga.actor}
    with pytest.raises(NotClosed):
        open_linked(subject="Again", words="It is back.", now=MONDAY + 2 * DAY, **fields)  # type: ignore[arg-type]
    later = MONDAY + 20 * DAY
    with pytest.raises(Invalid):
        open_linked(subject="Again", words=" ", now=later, **fields)  # type: ignore[arg-type]
    linked = open_linked(subject="Again", words="It is back.", now=later, **fields)  # type: ignore[arg-type]
    assert (linked.follows_id, linked.requester_email, linked.queue) == (case.id, case.requester_email, "ops")
    assert linked.opened_at == later


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30])
def test_a_number_no_case_can_have_is_an_unknown_case(number: int) -> None:
    with pytest.raises(CaseUnknown):
        actions.take(case_id=number, actor=cast.operator().actor, now=MONDAY)
