"""The same request under its key is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from opsdesk.deals.models import Deal, Transfer
from opsdesk.journal.models import IdempotencyKey
from tests.api import marketplace
from tests.api.marketplace import JPEG, PDF, Program, codes, draft


def test_the_same_request_again_gets_the_same_answer_to_the_byte(market: Program) -> None:
    first, again = (market.post("deals", draft(), key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again["Idempotent-Replayed"] == "true"
    assert Deal.objects.count() == 1


def test_an_answer_stays_what_it_was_though_the_deal_went_on(market: Program) -> None:
    number = market.deal()
    first = market.post(f"deals/{number}/funding", key="fund")
    market.post(f"deals/{number}/delivery")
    again = market.post(f"deals/{number}/funding", key="fund")
    assert again.content == first.content
    assert Transfer.objects.filter(action="HOLD").count() == 1


def test_a_no_is_kept_as_well(market: Program) -> None:
    """What was refused stays refused under its key; a new key asks anew."""
    number = market.deal()
    assert codes(market.post(f"deals/{number}/delivery", key="early")) == (409, "NotAwaitingDelivery")
    market.post(f"deals/{number}/funding")
    again = market.post(f"deals/{number}/delivery", key="early")
    assert codes(again) == (409, "NotAwaitingDelivery")
    assert again["Idempotent-Replayed"] == "true"
    assert market.post(f"deals/{number}/delivery", key="late").status_code == 200


def test_a_key_is_for_one_request(market: Program) -> None:
    one, other = market.deal(), market.deal()
    market.post("deals", draft(), key="k")
    assert codes(market.post("deals", draft(item="Another"), key="k")) == (422, "KeyReused")
    assert market.post(f"deals/{one}/funding", key="m").status_code == 200
    assert codes(market.post(f"deals/{other}/funding", key="m")) == (422, "KeyReused")
    assert Deal.objects.filter(state="FUNDED").count() == 1


def test_two_tokens_may_use_the_same_key(market: Program) -> None:
    other = Program(marketplace.secret())
    numbers = {each.post("deals", draft(), key="k").json()["id"] for each in (market, other)}
    assert len(numbers) == 2


def test_an_upload_again_is_the_same_although_its_form_is_written_anew(market: Program) -> None:
    number = market.inspected()
    first, again = (market.send(number, key="photo", item="exterior") for _ in range(2))
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert codes(market.send(number, PDF, key="photo", item="exterior")) == (422, "KeyReused")
    assert codes(market.send(number, JPEG, key="photo")) == (422, "KeyReused")


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ключ"])
def test_a_post_without_a_fit_key_is_refused(market: Program, key: str) -> None:
    answer = market.post("deals", draft(), key=key)
    assert codes(answer) == (422, "FieldsInvalid")
    (error,) = answer.json()["errors"]
    assert (error["in"], error["pointer"]) == ("header", "Idempotency-Key")
    assert not Deal.objects.exists()


def test_a_body_that_does_not_hold_what_it_must_uses_up_no_key(market: Program) -> None:
    assert market.post("deals", draft(item=""), key="k").status_code == 422
    assert market.post("deals", draft(), key="k").status_code == 201


def test_while_it_is_being_done_the_same_request_is_told_when_to_come_back(market: Program) -> None:
    market.post("deals", draft(), key="k")
    now = datetime.now(UTC)
    IdempotencyKey.objects.update(status=None, answered_at=None, answer="", tried_at=now)
    answer = market.post("deals", draft(), key="k")
    assert codes(answer) == (409, "InFlight")
    assert 0 < int(answer["Retry-After"]) <= 60
    IdempotencyKey.objects.update(tried_at=now - timedelta(seconds=61))
    assert market.post("deals", draft(), key="k").status_code == 201


def test_what_fails_within_leaves_nothing_and_can_be_sent_again(market: Program) -> None:
    """The deal was made, its answer could not be kept: neither is there, and the key is free."""

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "journal_idempotencykey" SET "status"'):
            raise OperationalError("disk I/O error")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        answer = market.post("deals", draft(), key="k")
    assert codes(answer) == (503, "DeskBusy")
    assert answer["Retry-After"]
    assert not Deal.objects.exists()
    assert market.post("deals", draft(), key="k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_same_requests_at_once_one_makes_a_deal(market: Program) -> None:
    start = threading.Barrier(6)

    def make() -> tuple[int, bytes]:
        program = Program(market.token)
        start.wait()
        try:
            answer = program.post("deals", draft(), key="k")
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = [each.result() for each in [pool.submit(make) for _ in range(6)]]
    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert Deal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_at_once_one_is_made(market: Program) -> None:
    """Two programs with two keys: the deal is funded once, the other is told so by name."""
    number, start = market.deal(), threading.Barrier(2)

    def fund() -> int:
        program = Program(market.token)
        start.wait()
        try:
            return program.post(f"deals/{number}/funding").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = [each.result() for each in [pool.submit(fund) for _ in range(2)]]
    assert sorted(found) == [200, 409]
    assert Transfer.objects.count() == 1
