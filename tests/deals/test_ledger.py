"""The ledger adds up, and where it doesn't somebody is told which deal."""

from collections.abc import Callable

import pytest
from django.db import connection

from opsdesk.deals import ledger
from opsdesk.deals.ledger import Sums
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.journal import triggers
from tests.deals import cast
from tests.deals.cast import HOUR, MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()


def plant(deal: Deal, **changes: object) -> None:
    """A transfer that nobody may write, with the triggers lifted."""
    fields: dict[str, object] = {
        "deal_id": deal.id,
        "key": f"{deal.id}:planted",
        "action": "RELEASE",
        "cause": "holdback",
        "from_party": "escrow",
        "to_party": "seller",
        "amount_minor": 1,
        "currency": "MNT",
        "happened_at": MONDAY,
        "recorded_at": MONDAY,
    }
    triggers.lift(connection)
    Transfer.objects.create(**fields | changes)
    triggers.install(connection)


def at_every_point() -> list[Deal]:
    """A deal in each state and of each ending."""
    return [
        cast.created(),
        cast.funded(),
        cast.delivered(),
        cast.in_issue(),
        cast.approve(cast.delivered(), now=MONDAY),
        cast.rule(cast.in_issue(Reason.DAMAGE_MINOR), Outcome.OFFSET, 5, now=MONDAY),
        cast.rule(cast.in_issue(Reason.DAMAGE_MAJOR), Outcome.FULL_REFUND, now=MONDAY),
    ]


def test_at_every_point_of_its_life_a_deals_money_adds_up() -> None:
    deals = at_every_point()
    assert ledger.check() == []
    found = ledger.sums([deal.id for deal in deals])
    assert [found.get(deal.id, Sums()).held for deal in deals] == [0, 1_000_000, 150_000, 150_000, 0, 0, 0]
    for sums in found.values():
        assert sums.held_in == sums.released + sums.refunded + sums.offset + sums.held


@pytest.mark.parametrize(
    ("made", "changes", "kinds"),
    [
        (cast.created, {}, ["unbalanced"]),
        (cast.funded, {}, ["unbalanced"]),
        (cast.delivered, {}, ["unbalanced"]),
        (cast.delivered, {"cause": "immediate"}, ["duplicate", "unbalanced"]),
        (cast.in_issue, {"action": "OFFSET", "to_party": "buyer", "cause": "ttl"}, ["unbalanced"]),
        (
            cast.funded,
            {"action": "HOLD", "from_party": "buyer", "to_party": "escrow", "cause": "total"},
            ["duplicate", "unbalanced"],
        ),
        (cast.funded, {"currency": "KRW"}, ["unbalanced", "currency"]),
    ],
)
def test_a_planted_transfer_is_found(
    made: Callable[[], Deal], changes: dict[str, object], kinds: list[str]
) -> None:
    others, deal = at_every_point(), made()
    before = ledger.newest_transfer()
    plant(deal, **changes)
    found = ledger.check()
    assert [(fault.deal_id, fault.kind, fault.scope) for fault in found] == [
        (deal.id, kind, cast.PRIVATE) for kind in kinds
    ]
    assert ledger.check([deal.id]) == found == ledger.check(since=before)
    assert ledger.check([other.id for other in others]) == []
    assert ledger.check(since=ledger.newest_transfer()) == []


def test_a_settled_deal_that_still_holds_something_is_found() -> None:
    deal = cast.delivered()
    Deal.objects.filter(id=deal.id).update(state="SETTLED", ending="approved", settled_at=MONDAY)
    (fault,) = ledger.check()
    assert (fault.kind, fault.sums.held) == ("unbalanced", 150_000)


def test_a_settled_deal_whose_buyer_got_more_than_the_holdback_is_found() -> None:
    deal = cast.rule(cast.in_issue(Reason.DAMAGE_MAJOR), Outcome.FULL_REFUND, now=MONDAY)
    Deal.objects.filter(id=deal.id).update(held_minor=149_999)
    assert [fault.kind for fault in ledger.check()] == ["unbalanced"]


def test_all_deals_are_walked_through_in_slices() -> None:
    deals = [cast.funded(MONDAY + hour * HOUR) for hour in range(5)]
    plant(deals[3])
    seen, after, turns = [], 0, 0
    while after is not None:
        faults, after = ledger.check_slice(after, size=2)
        seen += [fault.deal_id for fault in faults]
        turns += 1
    assert (seen, turns) == ([deals[3].id], 3)


def test_an_empty_ledger_has_no_faults() -> None:
    assert (ledger.check(), ledger.check([]), ledger.check(since=0)) == ([], [], [])
    assert (ledger.newest_transfer(), ledger.check_slice(0)) == (0, ([], None))
    assert ledger.sums([]) == {}
