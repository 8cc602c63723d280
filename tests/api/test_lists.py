"""Lists page by page, and how often a token may ask."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from opsdesk.api import door as door_module
from opsdesk.api.paging import Place, place_of
from opsdesk.deals.models import Deal
from tests.api import marketplace
from tests.api.marketplace import DEALER, PRIVATE, Program, codes

INSTANT = datetime(2026, 3, 2, 3, 4, 5, 678901, tzinfo=UTC)


def pages(market: Program, address: str, kind: str, **query: Any) -> list[list[int]]:
    """The numbers on each page, following `next`."""
    answer = market.get(address, **query).json()
    found = [[each["id"] for each in answer[kind]]]
    while answer["next"]:
        answer = market.client.get(answer["next"], headers=market._headers()).json()
        found.append([each["id"] for each in answer[kind]])
    return found


def test_all_deals_come_once_newest_first_also_those_of_one_instant(market: Program) -> None:
    with time_machine.travel(INSTANT, tick=False):
        same = [market.deal() for _ in range(5)]
    with time_machine.travel(INSTANT - timedelta(microseconds=1), tick=False):
        older = [market.deal() for _ in range(2)]
    found = pages(market, "deals", "deals", limit=2)
    assert found == [same[:2:-1], same[2:0:-1], [same[0], older[1]], [older[0]]]


def test_a_deal_made_meanwhile_moves_nobody(market: Program) -> None:
    numbers = [market.deal() for _ in range(4)]
    first = market.get("deals", limit=2).json()
    market.deal()
    second = market.client.get(first["next"], headers=market._headers()).json()
    assert [each["id"] for each in first["deals"] + second["deals"]] == numbers[::-1]


def test_filters_hold_on_every_page(market: Program) -> None:
    marketplace.open_scopes(DEALER)
    inspected = [market.inspected() for _ in range(3)]
    created, dealers = market.deal(reference="A 17/б"), market.deal(scope=DEALER)
    assert pages(market, "deals", "deals", state=["INSPECTION"], limit=2) == [inspected[:0:-1], inspected[:1]]
    assert pages(market, "deals", "deals", state=["CREATED", "ISSUE"], limit=1) == [[dealers], [created]]
    assert pages(market, "deals", "deals", scope=DEALER) == [[dealers]]
    assert pages(market, "deals", "deals", reference="A 17/б") == [[created]]
    assert pages(market, "deals", "deals", reason="DAMAGE_MINOR") == [[]]
    today = datetime.now(UTC).date()
    assert pages(market, "deals", "deals", created_until=today.isoformat()) == [[]]
    assert len(pages(market, "deals", "deals", created_from=today.isoformat())[0]) == 5


def test_disputes_are_paged_and_filtered_too(market: Program) -> None:
    raised = []
    for _ in range(3):
        number = market.inspected()
        market.send(number)
        raised.append(market.post(f"deals/{number}/issue", {"reason": "DAMAGE_MINOR"}).json()["id"])
    assert pages(market, "disputes", "disputes", limit=2) == [raised[:0:-1], raised[:1]]
    assert pages(market, "disputes", "disputes", state="open", scope=PRIVATE) == [raised[::-1]]
    assert pages(market, "disputes", "disputes", state="decided") == [[]]
    assert pages(market, "disputes", "disputes", scope=DEALER) == [[]]


@pytest.mark.parametrize(
    "after",
    ["x", "1", "-1", "1-", "1--1", "1-1\n", "999999999999999999-1", "1-9999999999999999999", "１-1", "0x1-1"],
)
def test_a_cursor_that_is_none_is_refused(door: Program, after: str) -> None:
    for address in ("deals", "disputes"):
        answer = door.get(address, after=after)
        assert codes(answer) == (422, "FieldsInvalid")
        assert [(each["in"], each["pointer"]) for each in answer.json()["errors"]] == [("query", "after")]


@pytest.mark.parametrize("after", ["0-0", "99999999999999999-999999999999999999", "1-1"])
def test_a_cursor_of_any_place_is_a_place(market: Program, after: str) -> None:
    number = market.deal()
    found = market.get("deals", after=after).json()["deals"]
    assert [each["id"] for each in found] == ([number] if after.startswith("9") else [])


def test_a_place_is_written_and_read_to_the_microsecond() -> None:
    place = Place(INSTANT, 7)
    assert place_of(str(place)) == place


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", "0"), ("limit", "201"), ("limit", "x"), ("limit", "9" * 5000), ("state", "OPEN"),
        ("state", ""), ("reason", "damage"), ("created_from", "yesterday"), ("created_from", "2026-02-30"),
        ("created_from", "0"), ("created_until", "2026-03-02T00:00:00Z"), ("scope", "mn.cars"),
        ("reference", "x" * 81), ("refrence", "A-1"),
    ],
)  # fmt: skip
def test_a_filter_that_says_nothing_is_refused_by_name(door: Program, field: str, value: str) -> None:
    answer = door.get("deals", **{field: value})
    assert codes(answer) == (422, "FieldsInvalid")
    assert {each["pointer"] for each in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_are_days_like_others(market: Program, day: str) -> None:
    number = market.deal()
    assert pages(market, "deals", "deals", created_from=day) == [[number] if day < "2" else []]
    assert pages(market, "deals", "deals", created_until=day) == [[] if day < "2" else [number]]


def test_a_page_asks_as_much_of_the_database_however_many_deals_it_has(market: Program) -> None:
    market.deal()
    market.get("deals")
    with CaptureQueriesContext(connection) as of_one:
        market.get("deals")
    row = Deal.objects.get()
    for _ in range(20):
        row.pk = None
        row.save(force_insert=True)
    with CaptureQueriesContext(connection) as of_many:
        assert len(market.get("deals").json()["deals"]) == 21
    assert len(of_many) == len(of_one)


@override_settings(OPSDESK_API_RATE=3)
def test_more_than_its_share_in_a_minute_is_told_when_to_go_on(door: Program) -> None:
    with time_machine.travel(INSTANT, tick=False):
        answers = [door.get("scopes") for _ in range(4)]
        other = Program(marketplace.secret()).get("scopes")
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each["RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
    assert codes(answers[-1]) == (429, "TooManyRequests")
    assert answers[-1]["RateLimit-Limit"] == "3"
    assert answers[-1]["Retry-After"] == answers[-1]["RateLimit-Reset"] == "55"
    assert other.status_code == 200
    with time_machine.travel(INSTANT + timedelta(seconds=55), tick=False):
        assert door.get("scopes").status_code == 200


@override_settings(OPSDESK_API_RATE=1)
def test_what_is_refused_for_its_rate_changes_nothing(door: Program) -> None:
    with time_machine.travel(INSTANT, tick=False):
        door.get("scopes")
        assert codes(door.post("deals", marketplace.draft())) == (429, "TooManyRequests")
    assert not Deal.objects.exists()


def test_who_guesses_tokens_is_slowed_down_and_who_has_one_is_not(
    door: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "FAILURES_A_MINUTE", 5)
    with time_machine.travel(INSTANT, tick=False):
        tries = [Program("opd_guess").get("scopes").status_code for _ in range(7)]
        assert tries == [401] * 5 + [429] * 2
        assert Program("").get("scopes").status_code == 401
        assert door.get("scopes").status_code == 200
