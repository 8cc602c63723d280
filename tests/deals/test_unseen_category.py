"""A category nobody has seen: a template alone, through every path. No code knows of it."""

from decimal import Decimal

import pytest

from opsdesk.deals import ledger
from opsdesk.deals.documents import read_template
from opsdesk.deals.lifecycle import Outcome, Reason, State
from opsdesk.deals.models import Deal
from opsdesk.deals.refusals import OutcomeNotAllowed
from opsdesk.deals.terms import CAPPED
from tests.architecture.source import PACKAGE
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
SCOPE = "NO.RACING_PIGEONS"
TEMPLATE = """\
scope: NO.RACING_PIGEONS
inspectionTtlDays: 1
disputeTtlHours: 30
holdbackRatio: 0.333
immediateRatio: 0.667
evidenceRequired: true
autoApproveEnabled: true
onTtl: CAPPED_OFFSET
offsetCapsByReasonCode:
  DAMAGE_MINOR: 12.5 %
  OTHER: 1
allowedOutcomes:
  NOT_DELIVERED: { REJECT: , FULL_REFUND: }
  DAMAGE_MAJOR: { REJECT: , PARTIAL_REFUND: 100 %, REPLACEMENT: }
  DAMAGE_MINOR: { REJECT: , OFFSET: 0.07, PARTIAL_REFUND: 0.333 }
  MISSING_PARTS: { REJECT: , REPLACEMENT: }
  QUALITY_NOT_MATCHING: { REJECT: , OFFSET: 33.3 %, FULL_REFUND: }
  DOCUMENT_MISMATCH: { REJECT: }
  OTHER: { REJECT: , OFFSET: 1, PARTIAL_REFUND: 1, FULL_REFUND: , REPLACEMENT: }
secondLook: [OTHER]
evidence:
  ring: { name: Ring number, kind: PHOTO, required: true }
  pedigree: { name: Pedigree, kind: DOCUMENT }
"""
TERMS = read_template(TEMPLATE, source="pigeons.yaml")
TOTAL, HELD = 100_001, 33_300
PAIRS = [(reason, allowed.outcome) for reason in Reason for allowed in TERMS.allowed[reason]]


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.publish(TEMPLATE)


def settled(deal: Deal, ending: str) -> ledger.Sums:
    """The sums of a deal that must have come to this end, its money whole."""
    after = cast.reread(deal)
    assert (after.state, after.ending, after.held_minor) == (State.SETTLED, ending, HELD)
    assert ledger.check([deal.id]) == []
    return ledger.sums([deal.id])[deal.id]


def test_no_line_of_the_code_knows_it() -> None:
    known = [path for path in PACKAGE.rglob("*.py") if "PIGEON" in path.read_text(encoding="utf-8").upper()]
    assert known == []


def test_it_is_approved() -> None:
    deal = cast.delivered(scope=SCOPE, total=TOTAL, currency="NOK")
    cast.approve(deal, now=MONDAY + HOUR)
    assert settled(deal, "approved") == ledger.Sums(TOTAL, TOTAL)


def test_it_is_approved_by_silence() -> None:
    deal = cast.delivered(scope=SCOPE, total=TOTAL, currency="NOK")
    assert cast.fire(MONDAY + DAY) == 1
    assert settled(deal, "auto_approved") == ledger.Sums(TOTAL, TOTAL)


@pytest.mark.parametrize("reason", Reason)
def test_nobody_rules_on_it_in_time(reason: Reason) -> None:
    deal = cast.in_issue(reason, scope=SCOPE, total=TOTAL, currency="NOK")
    assert cast.fire(MONDAY + 30 * HOUR) == 1
    # 12.5 % of 33,300 is 4,162.5: the half unit stays with the seller.
    offset = {Reason.DAMAGE_MINOR: 4_162, Reason.OTHER: HELD}.get(reason, 0)
    assert settled(deal, "expired") == ledger.Sums(TOTAL, TOTAL - offset, 0, offset)


@pytest.mark.parametrize(("reason", "outcome"), PAIRS)
def test_each_reason_ends_in_each_of_its_outcomes(reason: Reason, outcome: Outcome) -> None:
    deal = cast.in_issue(reason, scope=SCOPE, total=TOTAL, currency="NOK")
    cast.rule(deal, outcome, now=MONDAY + HOUR)
    cap = next(allowed.cap for allowed in TERMS.allowed[reason] if allowed.outcome is outcome)
    most = int(HELD * cap) if outcome in CAPPED else HELD
    refunded = most if outcome in (Outcome.PARTIAL_REFUND, Outcome.FULL_REFUND) else 0
    offset = most if outcome is Outcome.OFFSET else 0
    assert settled(deal, "ruled") == ledger.Sums(TOTAL, TOTAL - refunded - offset, refunded, offset)


@pytest.mark.parametrize("reason", Reason)
def test_no_other_outcome_is_possible(reason: Reason) -> None:
    deal = cast.in_issue(reason, scope=SCOPE, total=TOTAL, currency="NOK")
    others = set(Outcome) - {allowed.outcome for allowed in TERMS.allowed[reason]}
    for outcome in others:
        with pytest.raises(OutcomeNotAllowed):
            cast.rule(deal, outcome, now=MONDAY + HOUR)
    assert cast.reread(deal).state == State.ISSUE


def test_its_checklist_and_its_second_look_are_those_of_the_template() -> None:
    assert [(item.key, item.required) for item in TERMS.checklist] == [("ring", True), ("pedigree", False)]
    assert TERMS.second_look == {Reason.OTHER}
    assert TERMS.holdback_ratio + TERMS.immediate_ratio == Decimal(1)
