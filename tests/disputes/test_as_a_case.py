"""A dispute is a case, with stays, clocks, hand-offs and a first response; only its end is the deal's."""

from datetime import UTC, datetime

import pytest

from opsdesk.cases import actions as cases
from opsdesk.cases import endings, handoffs, merges, parts
from opsdesk.cases.card import case_card
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.lists import QueueFilters, queue_page
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.refusals import (
    DisputeDecided,
    NotBothRequests,
    NotByMail,
    NotOfDisputes,
    Overtaken,
    RuledOnly,
)
from opsdesk.deals.lifecycle import Outcome
from opsdesk.disputes import evidence, timers
from opsdesk.disputes.models import Dispute
from opsdesk.journal.queries import history
from opsdesk.kernel.actor import Role
from opsdesk.kernel.permissions import NotYourQueue, NotYourTier
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.mail import replies
from opsdesk.mail.models import Message
from tests import cast as tests_cast
from tests.deals.cast import publish, shipped
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY, Staff, rule

pytestmark = pytest.mark.django_db
RAISED = MONDAY + HOUR
AT = RAISED + HOUR


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


@pytest.fixture
def dispute(staff: Staff) -> Dispute:
    return cast.raised()


def up(dispute: Dispute, by: cast.Somebody) -> Case:
    return handoffs.escalate(
        case_id=dispute.case_id,
        reason="unclear-evidence",
        words="Is it paint or rust?",
        actor=by.actor,
        now=AT,
    )


def test_the_first_response_is_reckoned_by_the_hours_and_holidays_of_the_deals_country(staff: Staff) -> None:
    publish(shipped("kr-used-car-private"))
    here = cast.raised(at=MONDAY)
    # In Korea the day is a holiday: the first of March was a Sunday.
    there = cast.raised(
        at=MONDAY, deal=cast.delivered(MONDAY - HOUR, scope="KR.USED_CAR_PRIVATE", currency="KRW")
    )
    assert here.case.due_at == MONDAY + HOUR
    assert there.case.due_at == datetime(2026, 3, 3, 1, tzinfo=UTC)
    shown = case_card(there.case_id, actor=staff.olga.actor, now=datetime(2026, 3, 3, 0, 30, tzinfo=UTC))
    assert [stay.business_s for stay in shown.stays] == [30 * 60]
    rule(there, Outcome.REJECT, by=staff.olga, at=datetime(2026, 3, 3, 2, tzinfo=UTC))
    stay = Stay.objects.get(case=there.case_id)
    assert (stay.business_s, stay.calendar_version.partition("@")[0]) == (2 * 3600, "korea")


def test_every_list_goes_by_the_deadline_also_while_a_dispute_waits(staff: Staff) -> None:
    publish(shipped("mn-real-estate-sale"))
    long = cast.raised(at=RAISED, complete=False, deal=cast.delivered(MONDAY, scope="MN.REAL_ESTATE_SALE"))
    short = cast.raised(at=RAISED + HOUR)
    assert (long.case.deadline_at, short.case.deadline_at) == (long.due_at, short.due_at)
    assert long.due_at > short.due_at
    assert long.case.due_at < short.case.due_at
    cases.take(case_id=long.case_id, actor=staff.olga.actor, now=AT)
    cases.take(case_id=short.case_id, actor=staff.olga.actor, now=AT)
    cases.wait(
        case_id=short.case_id,
        on="third_party",
        party="seller",
        expected_at=AT + 9 * HOUR,
        actor=staff.olga.actor,
        now=AT,
    )
    for filters in (
        QueueFilters(desk="deals"),
        QueueFilters(desk="deals", queue="disputes"),
        QueueFilters(desk="deals", mine_of=staff.olga.person.id),
    ):
        rows = queue_page(filters, person_id=staff.olga.person.id).rows
        assert [(row.id, row.deadline_at) for row in rows] == [
            (short.case_id, short.due_at),
            (long.case_id, long.due_at),
        ]


def test_it_goes_up_to_on_call_with_a_reason_and_what_was_tried(staff: Staff, dispute: Dispute) -> None:
    case = up(dispute, staff.olga)
    assert (case.queue, case.tier, case.state) == ("on-call", 2, "open")
    first, second = Stay.objects.filter(case=case).order_by("number")
    assert (first.exit, first.next_queue, second.reason, second.words) == (
        "escalated",
        "on-call",
        "unclear-evidence",
        "Is it paint or rust?",
    )
    assert Dispute.objects.get(id=dispute.id).due_at == dispute.due_at


@pytest.mark.parametrize(("reason", "words", "field"), [("so", "Tried.", "reason"), ("bug", " ", "words")])
def test_without_them_it_stays(staff: Staff, dispute: Dispute, reason: str, words: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        handoffs.escalate(case_id=dispute.case_id, reason=reason, words=words, actor=staff.olga.actor, now=AT)
    assert refusal.value.field == field


def test_going_up_does_not_change_its_type(staff: Staff, dispute: Dispute) -> None:
    going = {"case_id": dispute.case_id, "reason": "bug", "words": "Tried.", "actor": staff.olga.actor}
    for other in ("incident.ledger", "dispute.other"):
        with pytest.raises(NotOfDisputes):
            handoffs.escalate(type=other, now=AT, **going)  # type: ignore[arg-type]
    same = handoffs.escalate(type=dispute.case.type, now=AT, **going)  # type: ignore[arg-type]
    assert (same.queue, same.type) == ("on-call", "dispute.damage-minor")


def test_on_call_returns_it_and_it_is_ruled(staff: Staff, dispute: Dispute) -> None:
    up(dispute, staff.olga)
    case = handoffs.give_back(
        case_id=dispute.case_id, words="Rust is dull.", actor=staff.enzo.actor, now=AT + HOUR
    )
    assert (case.queue, case.tier, case.highest_tier) == ("disputes", 1, 2)
    cast.rule(dispute, by=staff.olga, at=AT + 2 * HOUR)
    exits = Stay.objects.filter(case=case).order_by("number").values_list("exit", flat=True)
    assert list(exits) == ["escalated", "returned", "resolved"]


def test_it_can_be_ruled_while_it_is_with_on_call(staff: Staff, dispute: Dispute) -> None:
    up(dispute, staff.olga)
    cast.rule(dispute, by=staff.omar, at=AT + HOUR)
    assert Case.objects.get(id=dispute.case_id).state == "resolved"


def test_on_call_rules_and_waives_what_stands_there_and_nothing_else(staff: Staff) -> None:
    there, here = cast.raised(complete=False), cast.raised(complete=False)
    up(there, staff.olga)
    by = {"actor": staff.enzo.actor, "now": AT + HOUR}
    with pytest.raises(NotYourQueue):
        evidence.waive(dispute_id=here.id, item="exterior", reason="Seen.", **by)  # type: ignore[arg-type]
    with pytest.raises(NotYourQueue):
        cast.rule(here, Outcome.REJECT, by=staff.enzo, at=AT + HOUR)
    for item in cast.REQUIRED:
        evidence.waive(dispute_id=there.id, item=item, reason="Seen.", **by)  # type: ignore[arg-type]
    assert cast.rule(there, Outcome.REJECT, by=staff.enzo, at=AT + HOUR).ruled_by_id == staff.enzo.id


def test_an_engineer_with_a_seat_in_disputes_rules_nothing_there_and_is_told_it_is_the_role(
    staff: Staff, dispute: Dispute
) -> None:
    eva = tests_cast.somebody("eva", [Role.ENGINEER], ["disputes"], desk="deals")
    with pytest.raises(NotYourTier):
        cast.rule(dispute, by=eva, at=AT)
    up(dispute, staff.olga)
    with pytest.raises(NotYourTier):
        cast.rule(dispute, by=eva, at=AT)


def test_its_deadline_ends_it_wherever_it_is(staff: Staff, dispute: Dispute) -> None:
    up(dispute, staff.olga)
    timers.catch_up(dispute.deal_id, now=dispute.due_at)
    last = Stay.objects.filter(case_id=dispute.case_id).order_by("-number")[0]
    assert (last.queue, last.exit, last.left_at) == ("on-call", "resolved", dispute.due_at)


def test_a_late_worker_finds_a_case_that_moved_on_and_still_ends_it(staff: Staff, dispute: Dispute) -> None:
    late = dispute.due_at + HOUR
    handoffs.escalate(case_id=dispute.case_id, reason="bug", words="Tried.", actor=staff.olga.actor, now=late)
    timers.catch_up(dispute.deal_id, now=late + HOUR)
    case = Case.objects.get(id=dispute.case_id)
    assert (case.state, case.resolved_at) == ("resolved", late)
    assert Dispute.objects.get(id=dispute.id).decided_at == dispute.due_at


def test_its_first_response_is_its_first_touch_and_taking_it_is_none(staff: Staff, dispute: Dispute) -> None:
    cases.take(case_id=dispute.case_id, actor=staff.olga.actor, now=AT)
    assert Case.objects.get(id=dispute.case_id).first_response_at is None
    cases.write_note(case_id=dispute.case_id, text="I look at it.", actor=staff.olga.actor, now=AT)
    case = Case.objects.get(id=dispute.case_id)
    assert (case.first_response_at, case.due_at) == (AT, None)
    cases.write_note(case_id=dispute.case_id, text="More.", actor=staff.olga.actor, now=AT + HOUR)
    assert Case.objects.get(id=dispute.case_id).first_response_at == AT


def test_a_lead_from_outside_the_queue_is_no_first_touch(staff: Staff, dispute: Dispute) -> None:
    cases.write_note(case_id=dispute.case_id, text="Hurry.", actor=staff.lena.actor, now=AT)
    assert Case.objects.get(id=dispute.case_id).first_response_at is None


def test_it_ends_by_a_ruling_alone(staff: Staff, dispute: Dispute) -> None:
    by = {"case_id": dispute.case_id, "actor": staff.olga.actor, "now": AT}
    with pytest.raises(RuledOnly):
        endings.resolve(resolution="Done.", cause="offset", verified=True, **by)
    with pytest.raises(NotOfDisputes):
        endings.void(reason="false-alarm", **by)
    with pytest.raises(NotOfDisputes):
        parts.split(subject="Part", excerpt="", opened_at=AT, **by)
    with pytest.raises(NotOfDisputes):
        cases.classify(type="dispute.other", **by)
    with pytest.raises(NotByMail):
        cases.record_reply(wait=False, **by)
    with pytest.raises(NotByMail):
        cases.customer_wrote(case_id=dispute.case_id, received_at=AT, now=AT)
    assert Case.objects.get(id=dispute.case_id).version == 0


def test_nothing_is_sent_from_it(staff: Staff, dispute: Dispute) -> None:
    with pytest.raises(Refusal):
        replies.reply(case_id=dispute.case_id, text="Hello.", wait=False, actor=staff.olga.actor, now=AT)
    assert Message.objects.count() == 0


def test_it_is_merged_with_nothing(staff: Staff, dispute: Dispute) -> None:
    other = cast.raised()
    with pytest.raises(NotBothRequests):
        merges.merge(case_id=dispute.case_id, other_id=other.case_id, actor=staff.olga.actor, now=AT)


def test_once_decided_it_is_neither_reopened_nor_worked_on_but_notes_are_written(
    staff: Staff, dispute: Dispute
) -> None:
    cast.rule(dispute, by=staff.olga, at=AT)
    by = {"case_id": dispute.case_id, "actor": staff.olga.actor, "now": AT}
    with pytest.raises(NotOfDisputes):
        endings.reopen(reason="Wrong.", **by)
    for act in (
        lambda: cases.take(**by),
        lambda: cases.wait(on="third_party", party="buyer", expected_at=AT + HOUR, **by),
        lambda: up(dispute, staff.olga),
    ):
        with pytest.raises(DisputeDecided):
            act()
    cases.write_note(text="The buyer called again.", **by)


def test_who_saw_it_before_the_ruling_is_told(staff: Staff, dispute: Dispute) -> None:
    cast.rule(dispute, by=staff.olga, at=AT)
    with pytest.raises(Overtaken) as refusal:
        cases.take(case_id=dispute.case_id, actor=staff.omar.actor, now=AT, seen_version=0)
    assert (refusal.value.details["by"], refusal.value.details["what"]) == ("Olga", "resolved")


def test_its_page_offers_what_fits_it(staff: Staff, dispute: Dispute) -> None:
    moves = case_card(dispute.case_id, actor=staff.olga.actor, now=AT).moves
    assert moves == {Move.NOTE, Move.TAKE, Move.WAIT, Move.ESCALATE, Move.REROUTE}
    cast.rule(dispute, by=staff.olga, at=AT)
    assert case_card(dispute.case_id, actor=staff.olga.actor, now=AT).moves == {Move.NOTE}


def test_it_stands_in_the_desks_list_like_any_case(staff: Staff, dispute: Dispute) -> None:
    rows = queue_page(QueueFilters(desk="deals", queue="disputes"), person_id=staff.olga.id).rows
    assert [(row.id, row.kind) for row in rows] == [(dispute.case_id, "dispute")]
    assert cases.take_next(desk="deals", actor=staff.olga.actor, now=AT).id == dispute.case_id


def test_who_sits_elsewhere_does_nothing_on_it(staff: Staff, dispute: Dispute) -> None:
    with pytest.raises(NotYourQueue):
        cases.take(case_id=dispute.case_id, actor=staff.enzo.actor, now=AT)


def test_its_facts_hold_no_words(staff: Staff, dispute: Dispute) -> None:
    cast.rule(dispute, by=staff.olga, at=AT)
    for subject, id in (("deal", dispute.deal_id), ("case", dispute.case_id)):
        said = str([entry.payload for entry in history(subject, id)])
        assert "scratched" not in said
        assert "photos" not in said
        assert "Prius" not in said
