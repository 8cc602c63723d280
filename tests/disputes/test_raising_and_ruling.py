"""A dispute from the issue to its end: by a person, by the deadline, never by both."""

import pytest

from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case, Stay
from opsdesk.deals.lifecycle import Outcome, Reason, State
from opsdesk.deals.models import Deal, Transfer
from opsdesk.deals.refusals import (
    AmountOutOfBounds,
    ChecklistIncomplete,
    EvidenceMissing,
    NotInInspection,
    OutcomeNotAllowed,
)
from opsdesk.deals.timers import KIND_OF
from opsdesk.disputes import actions, audit, rulings, timers
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.disputes.refusals import DeadlinePassed, DealOvertaken, RuledMeanwhile
from opsdesk.journal.queries import history
from opsdesk.kernel.permissions import NotThisToken, NotYourQueue
from opsdesk.kernel.refusal import Invalid
from opsdesk.worker.wiring import WIRING
from tests.disputes import cast
from tests.disputes.cast import DAY, HOUR, MARKET, MOMENT, MONDAY, Staff

pytestmark = pytest.mark.django_db
RAISED = MONDAY + HOUR
DUE = RAISED + 48 * HOUR


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


def paid(dispute: Dispute) -> list[tuple[str, str, int]]:
    rows = Transfer.objects.filter(deal_id=dispute.deal_id).order_by("id")
    return list(rows.values_list("action", "cause", "amount_minor"))


def test_an_issue_opens_a_case_in_the_queue_of_disputes(staff: Staff) -> None:
    dispute = cast.raised()
    case = Case.objects.get(id=dispute.case_id)
    assert (case.kind, case.desk, case.queue, case.state) == ("dispute", "deals", "disputes", "open")
    assert case.subject == f"Deal {dispute.deal_id}: Minor damage - Toyota Prius 2015"
    assert (case.type, case.family, case.excerpt) == (
        "dispute.damage-minor",
        "dispute",
        "The left mirror is scratched.",
    )
    assert (case.opened_at, dispute.raised_at, dispute.due_at) == (RAISED, RAISED, DUE)
    deal = Deal.objects.get(id=dispute.deal_id)
    assert (deal.state, deal.dispute_due_at, dispute.scope_id) == ("ISSUE", DUE, deal.scope_id)
    assert Stay.objects.get(case=case).entered_by_id is None


def test_its_first_response_is_due_an_hour_later_in_the_hours_of_mongolia(staff: Staff) -> None:
    case = Case.objects.get(id=cast.raised().case_id)
    # Monday 12:00 in Ulaanbaatar; the lunch hour doesn't count.
    assert (case.due_target, case.due_at) == ("first_response", RAISED + HOUR)


def test_evidence_that_came_before_counts_and_without_any_none_is_raised(staff: Staff) -> None:
    deal = cast.delivered()
    with pytest.raises(EvidenceMissing):
        actions.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=MARKET, now=RAISED)
    cast.photo(deal, now=RAISED)
    found = actions.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=MARKET, now=RAISED)
    assert Dispute.objects.get() == found


def test_what_never_came_can_not_be_photographed(staff: Staff) -> None:
    deal = cast.delivered()
    actions.raise_issue(deal_id=deal.id, reason=Reason.NOT_DELIVERED, actor=MARKET, now=RAISED)
    assert Deal.objects.get(id=deal.id).state == State.ISSUE


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, "a\x00b"])
def test_another_reason_is_said_in_words_that_fit(staff: Staff, text: str) -> None:
    deal = cast.delivered()
    cast.photo(deal, now=RAISED)
    with pytest.raises(Invalid) as refusal:
        actions.raise_issue(deal_id=deal.id, reason=Reason.OTHER, text=text, actor=MARKET, now=RAISED)
    assert refusal.value.field == "text"
    assert (Dispute.objects.count(), Case.objects.count()) == (0, 0)


def test_an_operator_raises_one_on_behalf_and_somebody_elsewhere_does_not(staff: Staff) -> None:
    deal = cast.delivered()
    cast.photo(deal, now=RAISED)
    with pytest.raises(NotYourQueue):
        actions.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=staff.enzo.actor, now=RAISED)
    found = actions.raise_issue(
        deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=staff.olga.actor, now=RAISED
    )
    assert (found.raised_by_kind, found.raised_by_id) == ("person", staff.olga.id)
    assert Stay.objects.get(case_id=found.case_id).entered_by_id == staff.olga.id


def test_an_issue_is_raised_once(staff: Staff) -> None:
    dispute = cast.raised()
    with pytest.raises(NotInInspection):
        actions.raise_issue(
            deal_id=dispute.deal_id, reason=Reason.DAMAGE_MAJOR, actor=MARKET, now=RAISED + HOUR
        )


def test_at_the_very_instant_of_approval_the_issue_comes_too_late(staff: Staff) -> None:
    deal = cast.delivered(MONDAY)
    cast.photo(deal, now=RAISED)
    with pytest.raises(NotInInspection):
        actions.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=MARKET, now=MONDAY + 3 * DAY)
    settled = Deal.objects.get(id=deal.id)
    assert (settled.state, settled.ending, settled.settled_at) == (
        "SETTLED",
        "auto_approved",
        MONDAY + 3 * DAY,
    )


def test_a_ruling_pays_is_kept_and_resolves_the_case_in_one_go(staff: Staff) -> None:
    dispute = cast.raised()
    at = RAISED + 2 * HOUR
    ruling = cast.rule(dispute, by=staff.olga, at=at)
    assert paid(dispute)[2:] == [("OFFSET", "ruling", 15_000), ("RELEASE", "holdback", 135_000)]
    assert (ruling.basis, ruling.outcome, ruling.to_buyer_minor, ruling.to_seller_minor) == (
        "ruling",
        "OFFSET",
        15_000,
        135_000,
    )
    assert (ruling.ruled_by_id, ruling.reason, ruling.evidence_complete) == (
        staff.olga.id,
        "The photos show it.",
        True,
    )
    dispute.refresh_from_db()
    deal, case = Deal.objects.get(id=dispute.deal_id), Case.objects.get(id=dispute.case_id)
    assert (deal.state, deal.ending, deal.settled_at, dispute.decided_at) == ("SETTLED", "ruled", at, at)
    assert (case.state, case.resolved_at, case.resolved_by_id, case.cause) == (
        "resolved",
        at,
        staff.olga.id,
        "offset",
    )
    assert "15000" in case.resolution
    assert "The photos show it." in case.resolution
    stay = Stay.objects.get(case=case)
    assert (stay.exit, stay.left_at, stay.first_touch_at, stay.first_touch_by_id) == (
        "resolved",
        at,
        at,
        staff.olga.id,
    )
    assert case.first_response_at == at
    assert audit.disagreements() == audit.undecided() == []


def test_nobody_rules_and_the_deadline_does_as_of_its_instant(staff: Staff) -> None:
    dispute = cast.raised()
    assert timers.catch_up(dispute.deal_id, now=DUE - MOMENT) == 0
    late = DUE + 5 * HOUR
    assert timers.catch_up(dispute.deal_id, now=late) == 1
    assert timers.catch_up(dispute.deal_id, now=late) == 0
    assert paid(dispute)[2:] == [("OFFSET", "ttl", 15_000), ("RELEASE", "holdback", 135_000)]
    ruling = Ruling.objects.get()
    assert (ruling.basis, ruling.outcome, ruling.ruled_by_id, ruling.reason) == ("ttl", "OFFSET", None, "")
    assert (ruling.ruled_at, ruling.recorded_at) == (DUE, late)
    dispute.refresh_from_db()
    case = Case.objects.get(id=dispute.case_id)
    assert (dispute.decided_at, case.resolved_at, case.resolved_by_id, case.cause) == (
        DUE,
        DUE,
        None,
        "deadline",
    )
    stay = Stay.objects.get(case=case)
    assert (stay.left_at, stay.first_touch_at, stay.elapsed_s) == (DUE, None, 48 * 3600)
    assert audit.disagreements() == []
    assert {entry.happened_at for entry in history("case", case.id)[:1]} == {DUE}


def test_without_a_cap_the_deadline_gives_the_buyer_nothing(staff: Staff) -> None:
    dispute = cast.raised(Reason.DOCUMENT_MISMATCH)
    timers.catch_up(dispute.deal_id, now=DUE)
    assert paid(dispute)[2:] == [("RELEASE", "holdback", 150_000)]
    ruling = Ruling.objects.get()
    assert (ruling.outcome, ruling.to_buyer_minor, ruling.to_seller_minor) == ("REJECT", 0, 150_000)
    assert audit.disagreements() == []


def test_at_the_very_instant_the_deadline_wins_and_the_operator_is_told(staff: Staff) -> None:
    dispute = cast.raised()
    with pytest.raises(DeadlinePassed) as refusal:
        cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=DUE)
    assert refusal.value.details["outcome"] == "OFFSET"
    assert Ruling.objects.get().basis == "ttl"
    assert Deal.objects.get(id=dispute.deal_id).settled_at == DUE


def test_a_moment_before_it_the_operator_does(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=DUE - MOMENT)
    assert timers.catch_up(dispute.deal_id, now=DUE) == 0
    assert Ruling.objects.get().basis == "ruling"


def test_the_second_of_two_operators_is_told_who_was_first_and_what_they_ruled(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=RAISED + HOUR)
    with pytest.raises(RuledMeanwhile) as refusal:
        cast.rule(dispute, by=staff.omar, at=RAISED + 2 * HOUR)
    assert (refusal.value.details["by"], refusal.value.details["outcome"]) == ("Olga", "REJECT")
    assert Ruling.objects.count() == 1


def test_who_saw_another_version_of_the_deal_is_told_what_happened_since(staff: Staff) -> None:
    dispute = cast.raised()
    deal = Deal.objects.get(id=dispute.deal_id)
    with pytest.raises(DealOvertaken) as refusal:
        cast.rule(dispute, by=staff.olga, at=RAISED + HOUR, seen_version=deal.version - 1)
    assert (refusal.value.details["by"], refusal.value.details["what"]) == ("token", "issue raised")
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR, seen_version=deal.version)


def test_who_sits_elsewhere_or_is_a_program_does_not_rule_and_a_lead_does(staff: Staff) -> None:
    dispute = cast.raised()
    with pytest.raises(NotYourQueue):
        cast.rule(dispute, by=staff.enzo, at=RAISED + HOUR)
    with pytest.raises(NotThisToken):
        rulings.rule(dispute_id=dispute.id, choice=cast.choice(), actor=MARKET, now=RAISED + HOUR)
    cast.rule(dispute, by=staff.lena, at=RAISED + HOUR)
    case = Case.objects.get(id=dispute.case_id)
    assert (case.state, case.resolved_by_id, case.first_response_at) == ("resolved", staff.lena.id, None)


@pytest.mark.parametrize(
    ("outcome", "amount", "refusal"),
    [
        (Outcome.FULL_REFUND, None, OutcomeNotAllowed),
        (Outcome.REPLACEMENT, None, OutcomeNotAllowed),
        (Outcome.OFFSET, 0, AmountOutOfBounds),
        (Outcome.OFFSET, 15_001, AmountOutOfBounds),
        (Outcome.OFFSET, -1, AmountOutOfBounds),
    ],
)
def test_only_what_the_terms_allow_is_ruled(
    staff: Staff, outcome: Outcome, amount: int | None, refusal: type[Exception]
) -> None:
    dispute = cast.raised()
    with pytest.raises(refusal):
        cast.rule(
            dispute, outcome, amount, by=staff.olga, at=RAISED + HOUR, replacement="A mirror by Friday."
        )
    assert Ruling.objects.count() == 0
    assert Case.objects.get(id=dispute.case_id).state == "open"


@pytest.mark.parametrize(("field", "text"), [("reason", " "), ("reason", "x" * 5001), ("reason", "a\x00")])
def test_a_ruling_says_why_in_words_that_fit(staff: Staff, field: str, text: str) -> None:
    dispute = cast.raised()
    with pytest.raises(Invalid) as refusal:
        cast.rule(dispute, by=staff.olga, at=RAISED + HOUR, reason=text)
    assert refusal.value.field == field


def test_a_ruling_other_than_the_deadlines_needs_the_whole_checklist(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    with pytest.raises(ChecklistIncomplete) as refusal:
        cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=RAISED + HOUR)
    assert "Odometer photo" in str(refusal.value)
    ruling = cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    assert (ruling.to_buyer_minor, ruling.evidence_complete) == (15_000, False)


def test_each_option_says_what_it_would_do_with_the_money(staff: Staff) -> None:
    dispute = cast.raised(Reason.MISSING_PARTS)
    options = {option.outcome: option for option in rulings.options(dispute.id, RAISED + HOUR)}
    assert list(options) == [Outcome.REJECT, Outcome.OFFSET, Outcome.PARTIAL_REFUND]
    assert [(one.result.to_buyer, one.result.to_seller) for one in options.values()] == [
        (0, 150_000),
        (15_000, 135_000),
        (15_000, 135_000),
    ]
    assert [one.is_default for one in options.values()] == [False, True, False]
    assert [one.takes_amount for one in options.values()] == [False, True, True]
    assert rulings.options(dispute.id, DUE) == ()


def test_options_are_gone_once_it_is_decided(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    assert rulings.options(dispute.id, RAISED + 2 * HOUR) == ()


def test_waiting_never_stops_the_deadline(staff: Staff) -> None:
    dispute = cast.raised()
    cases.wait(
        case_id=dispute.case_id,
        on="third_party",
        party="inspector",
        expected_at=DUE + DAY,
        actor=staff.olga.actor,
        now=RAISED + HOUR,
    )
    timers.catch_up(dispute.deal_id, now=DUE)
    case = Case.objects.get(id=dispute.case_id)
    assert (case.state, case.resolved_at, case.waiting_on) == ("resolved", DUE, "")
    assert Stay.objects.get(case=case).waiting_third_party_s == 47 * 3600


def test_the_worker_answers_every_timer_of_a_deal_and_holds_the_deal_for_it(staff: Staff) -> None:
    assert set(timers.HANDLERS) == set(KIND_OF.values()) <= set(WIRING)
    for kind in timers.HANDLERS:
        assert WIRING[kind].handler is timers.HANDLERS[kind]
        hold = WIRING[kind].hold
        assert hold is not None
        hold(cast.raised().deal_id)
        hold(2**40)
