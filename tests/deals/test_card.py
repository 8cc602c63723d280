"""A deal as its page shows it."""

import pytest

from opsdesk.deals import actions
from opsdesk.deals.card import card
from opsdesk.deals.lifecycle import Move, Outcome, Party, Reason, State, Timer
from opsdesk.deals.refusals import DealUnknown
from opsdesk.kernel.money import Money
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MARKET, MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()


def tugrik(minor: int) -> Money:
    return Money(minor, "MNT")


def test_before_it_is_paid_a_deal_waits_for_the_buyer_and_nothing_is_held() -> None:
    shown = card(cast.created(reference="M-1").id, MONDAY)
    assert (shown.state, shown.waits_for, shown.moves) == (State.CREATED, Party.BUYER, (Move.FUND,))
    assert (shown.money.total, shown.money.held) == (tugrik(1_000_000), tugrik(0))
    assert (shown.timers, shown.transfers, shown.money.possible_offset) == ((), (), None)
    assert (shown.reference, shown.buyer.name, shown.seller.reference) == ("M-1", "Bat", "s-1")


def test_in_inspection_it_says_what_silence_does_and_when() -> None:
    deal = actions.deliver(deal_id=cast.funded().id, actor=MARKET, now=MONDAY + HOUR)
    shown = card(deal.id, MONDAY + HOUR)
    (timer,) = shown.timers
    assert (timer.timer, timer.due_at) == (Timer.AUTO_APPROVE, MONDAY + HOUR + 3 * DAY)
    assert (timer.to_buyer, timer.to_seller) == (tugrik(0), tugrik(150_000))
    assert shown.money.immediate == shown.money.released == tugrik(850_000)
    assert shown.money.holdback == shown.money.held == tugrik(150_000)
    assert set(shown.moves) == {Move.APPROVE, Move.AUTO_APPROVE, Move.RAISE_ISSUE}


def test_at_an_issue_it_says_what_the_deadline_would_give_the_buyer() -> None:
    shown = card(cast.in_issue(Reason.DAMAGE_MINOR).id, MONDAY)
    (timer,) = shown.timers
    assert (timer.timer, timer.due_at) == (Timer.DISPUTE_TTL, MONDAY + 2 * DAY)
    assert (timer.to_buyer, timer.to_seller) == (tugrik(15_000), tugrik(135_000))
    assert (shown.money.possible_offset, shown.waits_for) == (tugrik(15_000), Party.OPERATOR)
    assert card(cast.in_issue(Reason.OTHER).id, MONDAY).money.possible_offset == tugrik(0)


def test_settled_it_shows_each_transfer_and_what_happened_in_order() -> None:
    deal = cast.rule(cast.in_issue(Reason.DAMAGE_MINOR), Outcome.OFFSET, 7, now=MONDAY + HOUR)
    shown = card(deal.id, MONDAY + DAY)
    assert [(each.action, each.to_party, each.amount.minor) for each in shown.transfers] == [
        ("HOLD", Party.ESCROW, 1_000_000),
        ("RELEASE", Party.SELLER, 850_000),
        ("OFFSET", Party.BUYER, 7),
        ("RELEASE", Party.SELLER, 149_993),
    ]
    assert [fact.kind for fact in shown.timeline] == [
        "deal.created",
        "deal.funded",
        "deal.delivered",
        "deal.inspection_began",
        "deal.issue_raised",
        "deal.ruled",
    ]
    assert (shown.ending, shown.settled_at, shown.timers) == ("ruled", MONDAY + HOUR, ())
    assert (shown.money.offset, shown.money.held, shown.money.possible_offset) == (tugrik(7), tugrik(0), None)
    assert (shown.waits_for, shown.moves) == (None, ())


def test_what_is_recorded_of_a_deal_names_codes_and_no_words() -> None:
    shown = card(cast.in_issue(Reason.OTHER).id, MONDAY)
    keys = {key for fact in shown.timeline for key in fact.payload}
    assert keys == {"version", "scope", "template", "reason"}
    assert [fact.payload["version"] for fact in shown.timeline] == [0, 1, 2, 2, 3]


def test_it_shows_the_version_it_is_pinned_to_and_that_of_new_deals() -> None:
    deal = cast.created()
    cast.publish(cast.shipped().replace("disputeTtlHours: 48", "disputeTtlHours: 72"))
    shown = card(deal.id, MONDAY)
    assert (shown.template_version, shown.newest_version, shown.terms.dispute_hours) == (1, 2, 48)


def test_a_deal_that_is_not_there() -> None:
    with pytest.raises(DealUnknown):
        card(7, MONDAY)
