"""The money of a deal along each path, to the unit."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.clock.actions import fire_overdue
from opsdesk.deals import actions, flows, ledger
from opsdesk.deals.documents import read_template
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import pay
from opsdesk.deals.lifecycle import MoneyAction, Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.deals.refusals import AmountOutOfBounds
from opsdesk.deals.terms import CAPPED, Allowed, Terms
from opsdesk.kernel.money import MOST_MINOR
from tests.deals import cast
from tests.deals.cast import HOUR, MARKET, MONDAY

TERMS = read_template(cast.shipped(), source="shipped")
shares = st.decimals(0, 1, places=3) | st.sampled_from(
    [Decimal("0.333"), Decimal("0.1"), Decimal("0.15"), Decimal("0.999999999999"), Decimal(0), Decimal(1)]
)
totals = st.integers(1, 2000) | st.integers(1, MOST_MINOR)


def terms(held: Decimal, cap: Decimal) -> Terms:
    """Terms in which every reason has every outcome, with one cap."""
    every = tuple(Allowed(outcome, cap if outcome in CAPPED else Decimal(0)) for outcome in Outcome)
    return Terms(
        scope="XX.ANY",
        version=1,
        inspection_days=3,
        dispute_hours=48,
        holdback_ratio=held,
        auto_approve=True,
        evidence_required=True,
        ttl_caps=dict.fromkeys(Reason, cap),
        allowed=dict.fromkeys(Reason, every),
        checklist=(),
        second_look=frozenset(),
    )


@pytest.fixture
def scope(db: None) -> None:
    cast.scope()


def test_the_deadline_of_the_worked_example_gives_a_tenth_of_the_holdback_to_the_buyer(scope: None) -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    later = MONDAY + 48 * HOUR
    assert fire_overdue(subject_kind="deal", subject_id=deal.id, now=later, handlers=cast.HANDLERS) == 1
    assert cast.paid(deal) == [
        ("HOLD", "total", "escrow", 1_000_000),
        ("RELEASE", "immediate", "seller", 850_000),
        ("OFFSET", "ttl", "buyer", 15_000),
        ("RELEASE", "holdback", "seller", 135_000),
    ]
    assert ledger.sums([deal.id])[deal.id].held == 0


def test_without_a_cap_the_deadline_gives_the_buyer_nothing(scope: None) -> None:
    deal = cast.in_issue(Reason.DOCUMENT_MISMATCH)
    cast.fire(MONDAY + 48 * HOUR)
    assert cast.paid(deal)[2:] == [("RELEASE", "holdback", "seller", 150_000)]


@pytest.mark.parametrize(
    ("outcome", "amount", "paid"),
    [
        (Outcome.REJECT, None, [("RELEASE", "holdback", "seller", 150_000)]),
        (
            Outcome.OFFSET,
            1_000,
            [("OFFSET", "ruling", "buyer", 1_000), ("RELEASE", "holdback", "seller", 149_000)],
        ),
        (
            Outcome.PARTIAL_REFUND,
            1_000,
            [("REFUND", "ruling", "buyer", 1_000), ("RELEASE", "holdback", "seller", 149_000)],
        ),
        (Outcome.FULL_REFUND, None, [("REFUND", "ruling", "buyer", 150_000)]),
    ],
)
def test_each_outcome_makes_its_transfers(
    scope: None, outcome: Outcome, amount: int | None, paid: list[tuple[str, str, str, int]]
) -> None:
    deal = cast.in_issue(Reason.OTHER)
    cast.rule(deal, outcome, amount, now=MONDAY + HOUR)
    assert cast.paid(deal)[2:] == paid


def test_a_replacement_releases_the_holdback(scope: None) -> None:
    cast.publish(cast.shipped("mn-used-car-dealer"))
    deal = cast.in_issue(Reason.MISSING_PARTS, scope="MN.USED_CAR_DEALER")
    cast.rule(deal, Outcome.REPLACEMENT, now=MONDAY + HOUR)
    assert cast.paid(deal)[2:] == [("RELEASE", "holdback", "seller", 150_000)]


@pytest.mark.parametrize(
    ("held", "paid"),
    [
        ("0.000", [("HOLD", "total", "escrow", 7), ("RELEASE", "immediate", "seller", 7)]),
        ("1.000", [("HOLD", "total", "escrow", 7), ("RELEASE", "holdback", "seller", 7)]),
        (
            "0.333",
            [
                ("HOLD", "total", "escrow", 7),
                ("RELEASE", "immediate", "seller", 5),
                ("RELEASE", "holdback", "seller", 2),
            ],
        ),
    ],
)
def test_a_part_of_0_makes_no_transfer_and_is_no_error(
    db: None, held: str, paid: list[tuple[str, str, str, int]]
) -> None:
    rest = 1 - Decimal(held)
    text = cast.shipped().replace("holdbackRatio: 0.15", f"holdbackRatio: {held}")
    text = text.replace("immediateRatio: 0.85", f"immediateRatio: {rest}")
    cast.publish(text.replace("MN.USED_CAR_PRIVATE", "MN.USED_CAR_PRIVATE\ncurrency: KRW"))
    deal = cast.delivered(total=7, currency="KRW")
    cast.approve(deal, now=MONDAY + HOUR)
    assert cast.paid(deal) == paid
    assert ledger.check([deal.id]) == []


def test_the_smallest_deal_there_can_be_runs_through_every_path(db: None) -> None:
    cast.publish(cast.shipped("kr-used-car-private"))
    won = {"scope": "KR.USED_CAR_PRIVATE", "total": 1, "currency": "KRW"}
    for reason in Reason:
        deal = cast.in_issue(reason, **won)
        cast.rule(deal, Outcome.REJECT, now=MONDAY + HOUR)
        late = cast.in_issue(reason, **won)
        cast.fire(MONDAY + 48 * HOUR)
        assert (
            cast.paid(deal)
            == cast.paid(late)
            == [
                ("HOLD", "total", "escrow", 1),
                ("RELEASE", "immediate", "seller", 1),
            ]
        )
    assert ledger.check() == []


@given(totals, shares)
def test_the_two_parts_are_the_total(total: int, held: Decimal) -> None:
    holdback = terms(held, Decimal(0)).held(total)
    assert holdback == int(total * held.scaleb(12)) // 10**12
    parts = flows.immediate(total, holdback) + flows.release_holdback(holdback)
    assert sum(flow.amount_minor for flow in parts) == total
    assert all(flow.amount_minor > 0 for flow in parts)


@given(st.integers(0, MOST_MINOR), shares, st.sampled_from(Reason))
def test_the_deadline_loses_no_unit(holdback: int, cap: Decimal, reason: Reason) -> None:
    result = flows.expired(terms(Decimal(1), cap), reason, holdback)
    assert result.to_buyer == int(holdback * cap.scaleb(12)) // 10**12
    assert result.to_buyer + result.to_seller == holdback
    paid = flows.of_result(result, flows.TTL)
    assert sum(flow.amount_minor for flow in paid) == holdback
    assert {flow.action for flow in paid} <= {MoneyAction.OFFSET, MoneyAction.RELEASE}


@given(st.integers(0, MOST_MINOR), shares, st.sampled_from(Outcome), st.data())
def test_a_ruling_loses_no_unit_and_stays_within_its_cap(
    holdback: int, cap: Decimal, outcome: Outcome, data: st.DataObject
) -> None:
    given_terms = terms(Decimal(1), cap)
    if outcome not in given_terms.offered(Reason.OTHER, holdback):
        assert given_terms.most(outcome, Reason.OTHER, holdback) == 0
        return
    most = given_terms.most(outcome, Reason.OTHER, holdback)
    amount = data.draw(st.none() | st.integers(1, most)) if outcome in CAPPED else None
    result = flows.ruled(given_terms, outcome, Reason.OTHER, amount, holdback)
    assert result.to_buyer + result.to_seller == holdback
    assert 0 <= result.to_buyer <= most
    assert result.to_buyer == (most if amount is None else amount)
    assert sum(flow.amount_minor for flow in flows.of_result(result, flows.RULING)) == holdback


@given(st.integers(1, MOST_MINOR), shares)
def test_one_unit_above_the_cap_is_too_much(holdback: int, cap: Decimal) -> None:
    given_terms = terms(Decimal(1), cap)
    most = given_terms.most(Outcome.OFFSET, Reason.OTHER, holdback)
    if most == 0:
        return
    assert flows.ruled(given_terms, Outcome.OFFSET, Reason.OTHER, most, holdback).to_buyer == most
    with pytest.raises(AmountOutOfBounds):
        flows.ruled(given_terms, Outcome.OFFSET, Reason.OTHER, most + 1, holdback)


def test_an_amount_given_to_an_outcome_without_one_is_not_looked_at() -> None:
    every = terms(Decimal(1), Decimal("0.1"))
    assert flows.ruled(every, Outcome.REJECT, Reason.OTHER, 99, 100) == Result(Outcome.REJECT, 0, 100, None)
    assert flows.ruled(every, Outcome.FULL_REFUND, Reason.OTHER, 1, 100).to_buyer == 100


def test_the_same_part_of_a_deal_is_never_paid_twice(scope: None) -> None:
    deal = cast.funded()
    with pytest.raises(DatabaseError), transaction.atomic():
        pay(deal, flows.holding(5), at=MONDAY, now=MONDAY)
    assert cast.paid(deal) == [("HOLD", "total", "escrow", 1_000_000)]
    keys = Transfer.objects.filter(deal=deal).values_list("key", flat=True)
    assert list(keys) == [f"{deal.id}:total:HOLD"]


@pytest.mark.parametrize(
    ("deal_of", "amount"),
    [(cast.created, 1), (cast.funded, 1_000_001), (cast.delivered, 150_001)],
)
def test_escrow_never_gives_out_more_than_it_holds(scope: None, deal_of: object, amount: int) -> None:
    deal: Deal = deal_of()  # type: ignore[operator]
    with pytest.raises(DatabaseError, match="deals_transfer refuses"), transaction.atomic():
        pay(deal, flows.release_holdback(amount), at=MONDAY, now=MONDAY)


def test_of_two_transfers_written_at_once_the_second_sees_the_first(scope: None) -> None:
    deal = cast.delivered()
    fits = flows.of_result(Result(Outcome.OFFSET, 1, 149_999, MoneyAction.OFFSET), flows.RULING)
    too_much = flows.of_result(Result(Outcome.OFFSET, 1, 150_000, MoneyAction.OFFSET), flows.RULING)
    with pytest.raises(DatabaseError, match="deals_transfer refuses"), transaction.atomic():
        pay(deal, too_much, at=MONDAY, now=MONDAY)
    pay(deal, fits, at=MONDAY, now=MONDAY)
    assert ledger.sums([deal.id])[deal.id].held == 0


def test_a_deal_keeps_the_terms_it_was_made_by(scope: None) -> None:
    deal = cast.created()
    changed = cast.shipped().replace("holdbackRatio: 0.15", "holdbackRatio: 0.5")
    changed = changed.replace("immediateRatio: 0.85", "immediateRatio: 0.5")
    cast.publish(changed.replace("inspectionTtlDays: 3", "inspectionTtlDays: 5"))
    newer = cast.delivered()
    actions.fund(deal_id=deal.id, actor=MARKET, now=MONDAY)
    older = actions.deliver(deal_id=deal.id, actor=MARKET, now=MONDAY)
    assert (older.template_version, older.held_minor) == (1, 150_000)
    assert (newer.template_version, newer.held_minor) == (2, 500_000)
    assert [(deal.auto_approve_at - MONDAY).days for deal in (older, newer)] == [3, 5]
