"""A dispute on one page, and whether rulings, transfers and cases agree."""

import pytest
from django.db import connection

from opsdesk.cases.models import Case
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.disputes import audit, timers
from opsdesk.disputes.card import card
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.disputes.refusals import DisputeUnknown
from opsdesk.journal import triggers
from opsdesk.kernel.money import Money
from tests.deals.cast import publish, shipped
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY, Staff

pytestmark = pytest.mark.django_db
RAISED = MONDAY + HOUR


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


def test_a_card_has_everything_of_an_open_dispute(staff: Staff) -> None:
    dispute = cast.raised(actor=staff.olga.actor)
    found = card(dispute.id, RAISED + HOUR)
    assert (found.scope, found.reason, found.raised_by, found.band) == (
        "MN.USED_CAR_PRIVATE",
        Reason.DAMAGE_MINOR,
        "Olga",
        "24-48",
    )
    assert (found.total, found.immediate, found.held) == (
        Money(1_000_000, "MNT"),
        Money(850_000, "MNT"),
        Money(150_000, "MNT"),
    )
    assert (found.by_default.to_buyer, found.by_default.to_seller) == (15_000, 135_000)
    assert [option.outcome for option in found.options] == [Outcome.REJECT, Outcome.OFFSET]
    assert found.checklist.complete
    assert (found.ruling, found.second_look, found.assignee) == (None, False, "")
    assert found.case.state == "open"


def test_a_card_of_a_decided_dispute_says_how_it_ended_and_offers_nothing(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    found = card(dispute.id, RAISED + 2 * HOUR)
    assert (found.options, found.band, found.raised_by) == ((), "", "")
    assert found.ruling is not None
    assert (found.ruling.by, found.ruling.outcome, found.ruling.to_buyer) == (
        "Olga",
        "OFFSET",
        Money(15_000, "MNT"),
    )
    by_deadline = cast.raised()
    timers.catch_up(by_deadline.deal_id, now=by_deadline.due_at)
    ruling = card(by_deadline.id, by_deadline.due_at).ruling
    assert ruling is not None
    assert (ruling.by, ruling.basis, ruling.at) == ("", "ttl", by_deadline.due_at)


def test_at_the_deadline_a_card_offers_nothing_though_nobody_fired_it(staff: Staff) -> None:
    dispute = cast.raised()
    assert card(dispute.id, dispute.due_at).options == ()
    assert card(dispute.id, dispute.due_at - cast.MOMENT).options != ()


def test_papers_of_real_estate_ask_for_a_second_look(staff: Staff) -> None:
    publish(shipped("mn-real-estate-sale"))
    dispute = cast.raised(Reason.NOT_DELIVERED, at=RAISED, complete=False, scope="MN.REAL_ESTATE_SALE")
    assert not card(dispute.id, RAISED).second_look
    papers = cast.raised(Reason.DOCUMENT_MISMATCH, at=RAISED, complete=False, scope="MN.REAL_ESTATE_SALE")
    assert card(papers.id, RAISED).second_look


def test_there_is_no_card_of_what_is_not_there(staff: Staff) -> None:
    with pytest.raises(DisputeUnknown):
        card(99, RAISED)


def whats(staff: Staff) -> list[str]:
    return [found.what for found in audit.disagreements()]


OUTCOMES = [
    (Reason.DAMAGE_MINOR, Outcome.REJECT, None),
    (Reason.DAMAGE_MINOR, Outcome.OFFSET, 1),
    (Reason.MISSING_PARTS, Outcome.PARTIAL_REFUND, None),
    (Reason.DAMAGE_MAJOR, Outcome.FULL_REFUND, None),
]


@pytest.mark.parametrize(("reason", "outcome", "amount"), OUTCOMES)
def test_a_ruling_and_its_transfers_agree(
    staff: Staff, reason: Reason, outcome: Outcome, amount: int | None
) -> None:
    cast.rule(cast.raised(reason), outcome, amount, by=staff.olga, at=RAISED + HOUR)
    assert audit.disagreements() == []


def test_a_transfer_that_says_otherwise_is_found(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    triggers.lift(connection)
    Transfer.objects.filter(deal_id=dispute.deal_id, cause="ruling").update(amount_minor=14_999)
    found = audit.disagreements()
    assert [(one.dispute_id, one.deal_id, one.scope_id, one.what) for one in found] == [
        (dispute.id, dispute.deal_id, dispute.scope_id, "transfers")
    ]
    triggers.install(connection)


def test_a_case_that_is_still_open_and_a_deal_that_ended_otherwise_are_found(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    Case.objects.filter(id=dispute.case_id).update(state="open", resolved_at=None)
    Deal.objects.filter(id=dispute.deal_id).update(ending="expired")
    assert sorted(whats(staff)) == ["case", "deal"]


def test_a_settled_deal_without_a_ruling_is_found(staff: Staff) -> None:
    dispute = cast.raised()
    cast.rule(dispute, by=staff.olga, at=RAISED + HOUR)
    Dispute.objects.filter(id=dispute.id).update(decided_at=None)
    assert [found.what for found in audit.undecided()] == ["ruling"]


def test_the_rulings_are_looked_at_slice_by_slice(staff: Staff) -> None:
    assert audit.newest_ruling() == 0
    first, second = (
        cast.rule(cast.raised(), by=staff.olga, at=RAISED + HOUR),
        cast.rule(cast.raised(), by=staff.olga, at=RAISED + HOUR),
    )
    triggers.lift(connection)
    Transfer.objects.filter(cause="ruling").update(amount_minor=1)
    triggers.install(connection)
    assert len(audit.disagreements(limit=1)) == 1
    assert [found.dispute_id for found in audit.disagreements(since=first.id)] == [second.dispute_id]
    assert audit.disagreements(since=audit.newest_ruling()) == []


def test_a_ruling_is_never_changed_again(staff: Staff) -> None:
    cast.rule(cast.raised(), by=staff.olga, at=RAISED + HOUR)
    with pytest.raises(Exception, match="append-only"):
        Ruling.objects.update(outcome="REJECT")
