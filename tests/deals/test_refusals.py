"""What is refused, by name, and that a refusal changes nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction

from opsdesk.deals import actions
from opsdesk.deals.actions import Draught, Party
from opsdesk.deals.issues import EvidenceState
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Scope, Stage, Transfer
from opsdesk.deals.refusals import (
    AmountOutOfBounds,
    ChecklistIncomplete,
    CurrencyOfAnother,
    DealMoved,
    DealUnknown,
    EvidenceMissing,
    OutcomeNotAllowed,
    ReferenceTaken,
    ScopeClosed,
    ScopeStopped,
    ScopeUnknown,
    ScopeVolumeReached,
    SecondLookNeeded,
    TemplateMissing,
)
from opsdesk.journal import rows
from opsdesk.journal.models import Entry
from opsdesk.kernel.money import MOST_MINOR, CurrencyUnknown, Money
from opsdesk.kernel.refusal import Invalid, Refusal
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MARKET, MONDAY, PRIVATE

pytestmark = pytest.mark.django_db
NONE = EvidenceState(files=0)


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()


def refused(refusal: type[Refusal], attempt: Callable[[], object]) -> Refusal:
    """The refusal, which has changed nothing."""
    before = everything()
    with pytest.raises(refusal) as caught, transaction.atomic():
        attempt()
    assert everything() == before
    assert str(caught.value)
    return caught.value


def everything() -> tuple[object, ...]:
    deals = tuple(Deal.objects.order_by("id").values_list("id", "version", "state"))
    return deals, Transfer.objects.count(), Entry.objects.count()


def make(**changes: object) -> Deal:
    return actions.create(replace(cast.draught(), **changes), actor=MARKET, now=MONDAY)  # type: ignore[arg-type]


def test_a_deal_of_no_known_scope() -> None:
    for key in ("MN.BOATS", "", "MN", "x.y.z", "mn.used_car_private"):
        refused(ScopeUnknown, lambda key=key: make(scope=key))


def test_a_deal_of_a_scope_without_terms() -> None:
    Scope.objects.create(
        country="MN", category="BOATS", stage=Stage.OPEN, stage_since=MONDAY, recorded_at=MONDAY
    )
    refused(TemplateMissing, lambda: make(scope="MN.BOATS"))


def test_a_closed_scope_says_its_stage_and_a_stopped_one_that_it_is_stopped() -> None:
    Scope.objects.update(stage=Stage.DRAINING)
    assert "draining" in str(refused(ScopeClosed, make))
    Scope.objects.update(stage=Stage.OPEN, stopped_at=MONDAY)
    refused(ScopeStopped, make)


def test_a_limited_stage_takes_as_many_deals_as_its_cap_since_it_began() -> None:
    make()
    Scope.objects.update(stage=Stage.LIMITED, cap=2, stage_since=MONDAY + HOUR)
    in_it = {"actor": MARKET, "now": MONDAY + HOUR}
    actions.create(cast.draught(), **in_it)
    actions.create(cast.draught(), **in_it)
    refused(ScopeVolumeReached, lambda: actions.create(cast.draught(), **in_it))
    Scope.objects.update(cap=3)
    actions.create(cast.draught(), **in_it)
    Scope.objects.update(stage_since=MONDAY + DAY)
    actions.create(cast.draught(), actor=MARKET, now=MONDAY + DAY)


def test_a_reference_is_of_one_deal_of_its_scope_and_none_is_of_any_number() -> None:
    cast.publish(cast.shipped("kr-used-car-private"))
    deal = make(reference=" A-1 ")
    assert deal.reference == "A-1"
    assert refused(ReferenceTaken, lambda: make(reference="A-1")).details["deal"] == deal.id
    make(reference="A-1", scope="KR.USED_CAR_PRIVATE", total=Money(1, "KRW"))
    make()
    make(reference="  ")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("item", {"item": "  "}),
        ("item", {"item": "x" * 201}),
        ("item", {"item": "a\x00b"}),
        ("item", {"item": "a\nb"}),
        ("item", {"item": "half \ud83d of a sign"}),
        ("buyer.name", {"buyer": Party("")}),
        ("buyer.name", {"buyer": Party("x" * 121)}),
        ("buyer.reference", {"buyer": Party("Bat", "x" * 81)}),
        ("seller.name", {"seller": Party("\t")}),
        ("seller.reference", {"seller": Party("Saraa", "\ud83d")}),
        ("reference", {"reference": "x" * 81}),
        ("reference", {"reference": "\x00"}),
        ("total", {"total": Money(0, "MNT")}),
        ("total", {"total": Money(-1, "MNT")}),
        ("total", {"total": Money(MOST_MINOR + 1, "MNT")}),
    ],
)
def test_a_field_that_does_not_hold_what_it_must_is_named(field: str, changes: dict[str, object]) -> None:
    refusal = refused(Invalid, lambda: make(**changes))
    assert refusal.details["field"] == field


def test_the_widest_and_the_strangest_of_what_fits_is_kept_as_written() -> None:
    draught = Draught(
        PRIVATE,
        "Тоёота\u00a0Приус, 현대 🚗 " + "x" * 170,
        Party("Бат-Эрдэнэ " + "x" * 100, "r" * 80),
        Party("김\u00a0민준", ""),
        Money(MOST_MINOR, "MNT"),
        "№ 1" * 20,
    )
    deal = cast.reread(actions.create(draught, actor=MARKET, now=MONDAY))
    assert (deal.item, deal.buyer_name, deal.seller_name) == (
        draught.item,
        draught.buyer.name,
        draught.seller.name,
    )
    assert deal.held_minor == 15 * MOST_MINOR // 100


def test_a_currency_that_is_none() -> None:
    for code in ("mnt", "XXX", "", "₮"):
        refused(CurrencyUnknown, lambda code=code: make(total=Money(1, code)))


def test_a_total_in_another_currency_than_the_scopes_is_refused_unless_its_template_names_that_one() -> None:
    make = {"actor": MARKET, "now": MONDAY}
    foreign = refused(CurrencyOfAnother, lambda: actions.create(cast.draught(currency="KRW"), **make))
    assert (foreign.details["currency"], foreign.details["other"]) == ("MNT", "KRW")
    cast.publish(
        cast.shipped().replace("scope: MN.USED_CAR_PRIVATE", "scope: MN.USED_CAR_PRIVATE\ncurrency: USD")
    )
    refused(CurrencyOfAnother, lambda: actions.create(cast.draught(currency="MNT"), **make))
    assert actions.create(cast.draught(currency="USD"), **make).currency == "USD"


@pytest.mark.parametrize("deal_id", [0, -1, 999_999, 2**63, 10**30])
def test_a_deal_that_is_not_there(deal_id: int) -> None:
    refused(DealUnknown, lambda: actions.fund(deal_id=deal_id, actor=MARKET, now=MONDAY))


def test_an_issue_needs_a_file_unless_nothing_was_delivered_or_the_terms_ask_for_none() -> None:
    deal = cast.delivered()
    refused(EvidenceMissing, lambda: cast.raise_issue(deal, now=MONDAY, evidence=NONE))
    cast.raise_issue(deal, Reason.NOT_DELIVERED, now=MONDAY, evidence=NONE)
    cast.publish(cast.shipped().replace("evidenceRequired: true", "evidenceRequired: false"))
    cast.raise_issue(cast.delivered(), now=MONDAY, evidence=NONE)


@pytest.mark.parametrize("text", ["", " \n "])
def test_another_reason_than_the_named_ones_needs_words(text: str) -> None:
    deal = cast.delivered()
    refusal = refused(Invalid, lambda: cast.raise_issue(deal, Reason.OTHER, now=MONDAY, text=text))
    assert refusal.details["field"] == "text"
    cast.raise_issue(deal, Reason.DAMAGE_MINOR, now=MONDAY, text=text)


def test_a_ruling_needs_its_reason_and_a_replacement_its_words() -> None:
    cast.publish(cast.shipped("mn-used-car-dealer"))
    deal = cast.in_issue(Reason.MISSING_PARTS, scope="MN.USED_CAR_DEALER")
    no_reason = refused(Invalid, lambda: cast.rule(deal, Outcome.OFFSET, now=MONDAY, reason=" "))
    assert no_reason.details["field"] == "reason"
    no_words = refused(Invalid, lambda: cast.rule(deal, Outcome.REPLACEMENT, now=MONDAY, replacement=" "))
    assert no_words.details["field"] == "replacement"
    cast.rule(deal, Outcome.REPLACEMENT, now=MONDAY)


@pytest.mark.parametrize("amount", [0, -1, 15_001, 150_000])
def test_an_amount_outside_of_its_cap(amount: int) -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    refusal = refused(AmountOutOfBounds, lambda: cast.rule(deal, Outcome.OFFSET, amount, now=MONDAY))
    assert refusal.details["most"] == 15_000


@pytest.mark.parametrize(("amount", "given"), [(None, 15_000), (1, 1), (14_999, 14_999), (15_000, 15_000)])
def test_an_amount_within_its_cap_or_none_for_the_most(amount: int | None, given: int) -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    cast.rule(deal, Outcome.OFFSET, amount, now=MONDAY)
    rest = ("RELEASE", "holdback", "seller", 150_000 - given)
    assert cast.paid(deal)[2:] == [("OFFSET", "ruling", "buyer", given), rest]


def test_an_outcome_that_the_terms_do_not_allow_names_those_they_do() -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    refusal = refused(OutcomeNotAllowed, lambda: cast.rule(deal, Outcome.FULL_REFUND, now=MONDAY))
    assert refusal.details["allowed"] == "REJECT, OFFSET"


def test_an_outcome_whose_cap_comes_to_nothing_is_not_offered() -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR, total=60)
    assert deal.held_minor == 9
    refusal = refused(OutcomeNotAllowed, lambda: cast.rule(deal, Outcome.OFFSET, now=MONDAY))
    assert refusal.details["allowed"] == "REJECT"


def test_a_ruling_other_than_the_deadlines_needs_every_item_present_or_waived() -> None:
    missing = EvidenceState(1, ("odometer", "interior"))
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    for outcome, amount in ((Outcome.REJECT, None), (Outcome.OFFSET, 14_999)):
        refusal = refused(
            ChecklistIncomplete,
            lambda o=outcome, a=amount: cast.rule(deal, o, a, now=MONDAY, evidence=missing),
        )
        assert refusal.details["items"] == "odometer, interior"
    cast.rule(deal, Outcome.OFFSET, now=MONDAY, evidence=missing)


def test_where_the_deadline_would_give_nothing_a_rejection_needs_no_item() -> None:
    deal = cast.in_issue(Reason.DAMAGE_MAJOR)
    missing = EvidenceState(1, ("odometer",))
    refused(ChecklistIncomplete, lambda: cast.rule(deal, Outcome.FULL_REFUND, now=MONDAY, evidence=missing))
    cast.rule(deal, Outcome.REJECT, now=MONDAY, evidence=missing)


def test_much_money_is_looked_at_twice() -> None:
    cast.publish(cast.shipped("mn-real-estate-sale"))
    deal = cast.in_issue(Reason.DOCUMENT_MISMATCH, scope="MN.REAL_ESTATE_SALE")
    refused(SecondLookNeeded, lambda: cast.rule(deal, Outcome.FULL_REFUND, now=MONDAY, looked_again=False))
    cast.rule(deal, Outcome.FULL_REFUND, now=MONDAY)


def test_a_deal_that_somebody_else_moved_since_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    deal = cast.funded()
    stand = actions.stand

    def somebody_is_faster(*args: object, **given: object) -> object:
        ground = stand(*args, **given)  # type: ignore[arg-type]
        rows.update_rows(Deal, {"version": deal.version + 1}, id=deal.id)
        return ground

    monkeypatch.setattr(actions, "stand", somebody_is_faster)
    refused(DealMoved, lambda: actions.deliver(deal_id=deal.id, actor=MARKET, now=MONDAY))
