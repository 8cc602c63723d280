"""Lists of deals: what they show, their pages, their counts."""

from datetime import datetime

import pytest

from opsdesk.deals import lists
from opsdesk.deals.lifecycle import Outcome, Party, Reason, State
from opsdesk.deals.lists import DealFilters, page
from opsdesk.deals.models import Deal
from opsdesk.kernel.money import Money
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
KOREA, DEALER = "KR.USED_CAR_PRIVATE", "MN.USED_CAR_DEALER"


@pytest.fixture(autouse=True)
def _scopes() -> None:
    for name in ("mn-used-car-private", "kr-used-car-private", "mn-used-car-dealer"):
        cast.publish(cast.shipped(name))


def ids(filters: DealFilters | None = None, **fields: object) -> list[int]:
    return [row.id for row in page(filters or DealFilters(**fields)).rows]  # type: ignore[arg-type]


def at(hours: int) -> datetime:
    return MONDAY + hours * HOUR


def test_the_newest_deal_comes_first() -> None:
    first, second, third = (cast.created(at(hour)) for hour in (0, 2, 1))
    assert ids() == [second.id, third.id, first.id]


def test_a_row_says_what_is_held_whose_move_it_is_and_when_the_system_acts() -> None:
    cast.in_issue(Reason.DAMAGE_MINOR, reference="M-1")
    (row,) = page(DealFilters()).rows
    assert (row.state, row.waits_for, row.reason) == (State.ISSUE, Party.OPERATOR, "DAMAGE_MINOR")
    assert (row.total, row.held) == (Money(1_000_000, "MNT"), Money(150_000, "MNT"))
    assert row.due_at == MONDAY + 48 * HOUR
    assert (row.scope, row.reference, row.buyer, row.seller) == (cast.PRIVATE, "M-1", "Bat", "Saraa")


def test_an_inspection_is_due_at_its_silent_approval() -> None:
    cast.delivered()
    (row,) = page(DealFilters()).rows
    assert (row.due_at, row.waits_for) == (MONDAY + 3 * DAY, Party.BUYER)


def test_each_filter_leaves_the_deals_it_names() -> None:
    private, korean, dealer = (cast.created(at(0), scope=key) for key in (cast.PRIVATE, KOREA, DEALER))
    scratched = cast.in_issue(Reason.DAMAGE_MINOR, at(1))
    ruled = cast.rule(cast.in_issue(Reason.DAMAGE_MAJOR, at(2)), Outcome.REJECT, now=at(3))
    bought = cast.approve(cast.delivered(at(4)), now=at(5))
    assert ids(country="KR") == [korean.id]
    assert ids(category="USED_CAR_DEALER") == [dealer.id]
    assert ids(country="MN", category="USED_CAR_DEALER") == [dealer.id]
    assert ids(scopes=(KOREA,)) == [korean.id]
    assert ids(country="JP") == []
    assert ids(states=("ISSUE",)) == [scratched.id]
    assert ids(states=("SETTLED",)) == [bought.id, ruled.id]
    assert ids(states=("SETTLED", "ISSUE")) == [bought.id, ruled.id, scratched.id]
    assert ids(states=("CREATED",), country="MN") == [dealer.id, private.id]
    assert ids(reasons=("DAMAGE_MINOR", "DAMAGE_MAJOR")) == [ruled.id, scratched.id]
    assert ids(reasons=("DAMAGE_MAJOR",), country="MN", states=("SETTLED",)) == [ruled.id]
    assert ids(reasons=("OTHER",)) == []
    assert ids(endings=("ruled",)) == [ruled.id]
    assert ids(endings=("approved", "ruled")) == [bought.id, ruled.id]
    assert ids(first=at(2)) == [bought.id, ruled.id]
    assert ids(first=at(1), below=at(4)) == [ruled.id, scratched.id]


def test_pages_hang_on_the_last_row_in_every_kind_of_list() -> None:
    made = [cast.in_issue(Reason.DAMAGE_MINOR, at(hour // 2)) for hour in range(7)]
    newest_first = [deal.id for deal in sorted(made, key=lambda deal: (deal.created_at, deal.id))][::-1]
    filters = [
        {},
        {"states": ("ISSUE", "SETTLED")},
        {"reasons": ("DAMAGE_MINOR",)},
        {"country": "MN"},
        {"text": "prius"},
        {"scopes": (cast.PRIVATE, KOREA), "states": ("ISSUE",)},
    ]
    for fields in filters:
        seen, after = [], None
        while True:
            shown = page(DealFilters(**fields), after=after, size=3)
            seen += [row.id for row in shown.rows]
            after = shown.next
            if after is None:
                break
        assert seen == newest_first, fields


def test_a_new_deal_shifts_nothing_on_the_pages_to_come() -> None:
    older = [cast.created(at(hour)) for hour in range(4)]
    first = page(DealFilters(), size=2)
    cast.created(at(9))
    rest = page(DealFilters(), size=2, after=first.next)
    assert [row.id for row in (*first.rows, *rest.rows)] == [deal.id for deal in older[::-1]]
    assert rest.next is None


@pytest.mark.parametrize("text", ["PRIUS", "toyota  prius", "bat", "s-1", "M-17", "m-17"])
def test_a_text_is_found_anywhere_in_what_a_deal_says_in_small_or_capital_letters(text: str) -> None:
    deal = cast.created(reference="M-17")
    assert ids(text=text) == [deal.id]


def test_letters_of_other_alphabets_have_small_and_capital_ones_too() -> None:
    deal = cast.created()
    Deal.objects.filter(id=deal.id).update(words="тоёота приус 현대 아반떼")
    assert ids(text="Тоёота ПРИУС") == [deal.id]
    assert ids(text="아반떼") == [deal.id]


@pytest.mark.parametrize("text", ["100%", "a_b", "!", "\\", "'"])
def test_signs_of_the_query_language_are_only_signs(text: str) -> None:
    cast.created(reference="plain")
    assert ids(text=text) == []


def test_a_number_and_a_whole_reference_come_first_and_once() -> None:
    deals = [cast.created(at(hour), reference=f"R-{hour}") for hour in range(4)]
    named = deals[0]
    other = cast.created(at(9), reference=f"{named.id}")
    assert ids(text=f"#{named.id}") == [named.id]
    assert ids(text=f"{named.id}")[0] in (named.id, other.id)
    assert set(ids(text=f"{named.id}")) >= {named.id, other.id}
    assert len(ids(text=f"{named.id}")) == len(set(ids(text=f"{named.id}")))
    assert ids(text="R-2") == [deals[2].id]
    assert ids(text="R-2", states=("SETTLED",)) == []


def test_a_text_is_looked_for_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WINDOW", 3)
    old = cast.created(at(0), reference="needle and thread")
    for hour in range(1, 8):
        cast.created(at(hour))
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        shown = page(DealFilters(text="needle"), after=after)
        seen += [row.id for row in shown.rows]
        after, pages = shown.next, pages + 1
        if after is not None:
            assert shown.looked_back_to == after.created_at
    assert (seen, pages) == ([old.id], 3)


def test_windows_and_pages_together_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WINDOW", 3)
    made = [cast.created(at(hour // 3)).id for hour in range(10)]
    seen, after = [], None
    for _ in range(20):
        shown = page(DealFilters(text="prius"), after=after, size=2)
        seen += [row.id for row in shown.rows]
        if (after := shown.next) is None:
            break
    assert seen == made[::-1]


def test_counts_by_state_follow_the_other_filters_and_stop_at_the_most() -> None:
    for hour in range(3):
        cast.created(at(hour))
    cast.in_issue(Reason.DAMAGE_MINOR, at(3))
    cast.created(at(4), scope=KOREA)
    found = lists.counts(DealFilters(states=("ISSUE",)))
    assert (found[State.CREATED], found[State.ISSUE], found[State.SETTLED]) == (4, 1, 0)
    assert lists.counts(DealFilters(country="MN"))[State.CREATED] == 3
    assert lists.counts(DealFilters(country="MN"), most=2)[State.CREATED] == 2
    assert lists.counts(DealFilters(reasons=("DAMAGE_MINOR",)))[State.ISSUE] == 1
    assert lists.counts(DealFilters(first=at(2)))[State.CREATED] == 2
    assert lists.counts(DealFilters(country="JP")) == {}


def test_an_empty_table_is_an_empty_page() -> None:
    assert page(DealFilters(text="x")).rows == ()
    assert page(DealFilters()).next is None
    assert set(lists.counts(DealFilters()).values()) == {0}


def test_with_more_scopes_than_are_asked_one_by_one_a_list_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for hour, key in enumerate((cast.PRIVATE, KOREA, DEALER, KOREA)):
        cast.created(at(hour), scope=key)
    filters = [
        {"states": ("CREATED", "FUNDED")},
        {"country": "KR"},
        {"country": "MN", "states": ("CREATED",)},
    ]
    by_parts = [ids(**fields) for fields in filters]
    monkeypatch.setattr(lists, "_MOST_PARTS", 0)
    assert [ids(**fields) for fields in filters] == by_parts
    assert [len(found) for found in by_parts] == [4, 2, 2]
