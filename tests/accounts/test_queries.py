from datetime import date

import pytest

from opsdesk.accounts import queries
from opsdesk.accounts.rules import UnknownAccount
from tests.accounts.builders import an_account

pytestmark = pytest.mark.django_db


def listed(search: str) -> list[str]:
    return [row.key for row in queries.page(search=search).rows]


@pytest.mark.parametrize(
    ("live_on", "left_on", "live"),
    [
        (None, None, False),
        (date(2026, 10, 6), None, True),
        (date(2026, 10, 7), None, False),
        (date(2026, 1, 1), date(2026, 10, 5), False),
        (date(2026, 1, 1), date(2026, 10, 6), True),
        (date(2026, 10, 6), date(2026, 10, 6), True),
        (None, date(2026, 12, 1), False),
    ],
)
def test_live_is_who_went_live_by_the_day_and_had_not_left_before_it(
    live_on: date | None, left_on: date | None, live: bool
) -> None:
    account = an_account(live_on=live_on, left_on=left_on)
    on = date(2026, 10, 6)
    assert queries.live_count(on) == int(live)
    assert queries.get(account.id).is_live(on) is live


def test_a_search_looks_at_name_key_domain_and_address() -> None:
    an_account("alpha", name="Zenith")
    an_account("beta", domains=["zen.example"])
    an_account("gamma", addresses=["zenon@mail.example"])
    an_account("zeno", name="Delta")
    an_account("other", name="Omega", domains=["other.example"])
    assert sorted(listed("ZEN")) == ["alpha", "beta", "gamma", "zeno"]
    assert listed(" omega ") == ["other"]
    assert listed("nothing") == []
    assert listed("%") == []


def test_pages_follow_one_another_without_gap_or_repeat() -> None:
    for number in range(7):
        an_account(f"k{number}", name="Same" if number < 4 else f"Name {number}")
    seen, after = [], None
    while True:
        page = queries.page(after=after, size=3)
        seen += [row.key for row in page.rows]
        after = page.next_after
        if after is None:
            break
    assert len(seen) == 7
    assert seen == [row.key for row in queries.everybody()]


def test_an_exactly_full_last_page_has_no_next() -> None:
    for number in range(3):
        an_account(f"k{number}")
    assert queries.page(size=3).next_after is None


def test_one_account_is_known_by_its_key() -> None:
    account = an_account("north")
    found = queries.by_key(" NORTH ")
    assert found is not None
    assert found.id == account.id
    assert queries.by_key("south") is None
    assert queries.names({account.id, 404}) == {account.id: "North"}


def test_an_account_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownAccount):
        queries.get(404)
    with pytest.raises(UnknownAccount):
        queries.card(404)
