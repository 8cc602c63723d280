"""Whatever goes wrong is a problem that says what to do."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from opsdesk.api import problems, refusals
from opsdesk.deals import refusals as of_deals
from opsdesk.disputes import refusals as of_disputes
from opsdesk.kernel.refusal import Refusal
from tests.api.marketplace import Program, codes, draft

LONG = "9" * 5000


def test_a_problem_says_what_it_is_where_and_what_to_do(door: Program) -> None:
    answer = door.get("deals/77")
    assert answer.json() == {
        "type": "/api/problems/DealUnknown",
        "title": "Deal unknown",
        "status": 404,
        "detail": "There is no deal 77.",
        "instance": "/api/v1/deals/77",
        "code": "DealUnknown",
    }


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"item": ""}, ["#/item"]),
        ({"item": "   "}, ["#/item"]),
        ({"item": "a\x00b"}, ["#/item"]),
        ({"item": 5}, ["#/item"]),
        ({"total": {"minor": "5", "currency": "MNT"}}, ["#/total/minor"]),
        ({"total": {"minor": 1.5, "currency": "MNT"}}, ["#/total/minor"]),
        ({"total": {"minor": 10**30, "currency": "MNT"}}, ["#/total/minor"]),
        ({"total": {"minor": 0, "currency": "XXX"}}, ["#/total/currency", "#/total/minor"]),
        ({"buyer": {"name": "\ud800"}}, ["#/buyer/name"]),
        ({"buyer": None, "seller": []}, ["#/buyer", "#/seller"]),
        ({"a/b~c": 1}, ["#/a~1b~0c"]),
        ({"scope": "mn"}, ["#/scope"]),
    ],
)
def test_each_wrong_field_is_named_by_a_pointer(
    door: Program, changes: dict[str, Any], pointers: list[str]
) -> None:
    answer = door.post("deals", draft(**changes))
    assert codes(answer) == (422, "FieldsInvalid")
    assert sorted(each["pointer"] for each in answer.json()["errors"]) == pointers
    assert all(each["in"] == "body" and each["detail"] for each in answer.json()["errors"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"item": 5}, "Send a text."),
        ({"item": "\u200b\u200b"}, "Write one line in which something can be read"),
        ({"buyer": {"name": "\u202e\u202e"}}, "Write one line in which something can be read"),
        ({"buyer": {"name": "a\u202eevil"}}, "Write one line in which something can be read"),
        ({"seller": {"name": "\u3164\u200d"}}, "Write one line in which something can be read"),
        ({"reference": "7\u2066"}, "Write one line without control or invisible characters."),
        ({"scope": "mn"}, "Send a country and a category, as MN.USED_CAR_PRIVATE."),
        ({"total": {"minor": 0, "currency": "MNT"}}, "Send a number above 0."),
        ({"total": {"minor": 5, "currency": "XXX"}}, "Send one of these: "),
        ({"extra": 1}, "There is no such field here: leave it out."),
    ],
)
def test_a_wrong_field_says_what_to_do(door: Program, changes: dict[str, Any], told: str) -> None:
    (error,) = door.post("deals", draft(**changes)).json()["errors"]
    assert error["detail"].startswith(told)
    assert "should" not in error["detail"]


def test_a_wrong_filter_says_what_to_do(door: Program) -> None:
    for address, told in (
        ("deals?created_from=2026-13-01", "Send a day that there is, as 2026-03-02."),
        ("deals?limit=0", "Send a number of at least 1."),
        ("deals?colour=red", "There is no such filter: leave it out."),
    ):
        (error,) = door.get(address).json()["errors"]
        assert error["detail"] == told


def test_names_in_every_script_are_taken(market: Program) -> None:
    for name in ("Бат-Эрдэнэ", "김민준", "می‌خواهم", "क्‍ष", "👩‍🚀 Ltd."):
        assert market.post("deals", draft(buyer={"name": name})).status_code == 201


def test_what_a_room_refuses_about_a_field_names_it_too(market: Program) -> None:
    number = market.inspected()
    answer = market.post(f"deals/{number}/issue", {"reason": "OTHER", "text": " "})
    assert codes(answer) == (422, "Invalid")
    assert answer.json()["errors"] == [
        {"in": "body", "pointer": "#/text", "detail": "Say in words what is wrong: the reason is OTHER."}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"item": "\xff"}',
        b'{"item": NaN}',
        b'{"item": "a", "item": "b"}',
        b'{"total": {"minor": ' + LONG.encode() + b"}}",
        b"[" * 60_000,
    ],
)
def test_a_body_that_is_no_json_is_refused(door: Program, body: bytes) -> None:
    assert codes(door.post("deals", body)) == (400, "RequestUnreadable")


@pytest.mark.parametrize("minor", ["5", "5.0", "50e-1", "0.5E1"])
def test_a_whole_number_may_be_written_in_any_way_json_has(market: Program, minor: str) -> None:
    body = json.dumps(draft()).replace("100000000", minor).encode()
    assert market.post("deals", body).json()["money"]["total"]["minor"] == 5


@pytest.mark.parametrize("minor", ["5.5", "5e-1", "1e400", "1e999999999999999999999", "1e25", "-5.0", "0.0"])
def test_what_is_no_whole_amount_is_refused(door: Program, minor: str) -> None:
    body = json.dumps(draft()).replace("100000000", minor).encode()
    assert codes(door.post("deals", body)) == (422, "FieldsInvalid")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"5", b"{}"])
def test_json_that_is_no_deal_is_refused_by_its_fields(door: Program, body: bytes) -> None:
    assert codes(door.post("deals", body)) == (422, "FieldsInvalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_another_kind_of_body_is_refused(door: Program, kind: str) -> None:
    raw = json.dumps(draft()).encode()
    assert codes(door.post("deals", raw, kind=kind)) == (415, "MediaTypeRefused")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(market: Program) -> None:
    assert codes(market.post("deals", b" " * 140_000)) == (413, "BodyTooLarge")
    number = market.inspected()
    headers = market._headers("k")
    kind = "multipart/form-data; boundary=x"
    answer = market.client.post(
        f"/api/v1/deals/{number}/evidence", b"", content_type=kind, headers=headers, CONTENT_LENGTH="30000000"
    )
    assert codes(answer) == (413, "BodyTooLarge")  # type: ignore[arg-type]
    broken = market.client.post(
        f"/api/v1/deals/{number}/evidence", b"--y no form", content_type=kind, headers=headers
    )
    assert broken.status_code in (400, 422)


@pytest.mark.parametrize("length", ["-1", "x", "１", "9" * 40])
def test_a_length_that_is_none_is_refused(door: Program, length: str) -> None:
    answer = door.client.post(
        "/api/v1/deals",
        b"{}",
        content_type="application/json",
        headers=door._headers("k"),
        CONTENT_LENGTH=length,
    )
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_in_pieces_without_a_length_is_refused(door: Program) -> None:
    answer = door.client.post(
        "/api/v1/deals",
        b"{}",
        content_type="application/json",
        headers=door._headers("k"),
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
    )
    assert codes(answer) == (411, "LengthMissing")  # type: ignore[arg-type]


NOWHERE = (
    "/api/", "/api/v2/deals", "/api/v1", "/api/v1/deals/", "/api/v1/deals/abc", "/api/v1/deals/-1",
    f"/api/v1/deals/{LONG}", "/api/v1/deals/%00", "/api/v1/deals?after=%00", "/api/v1/%ff%fe",
    "/api/v1/deals/1/refund", "/api/v1/disputes/1.5",
)  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post", "delete", "patch"])
def test_where_nothing_is_there_is_a_problem_that_says_so(door: Program, method: str) -> None:
    for address in NOWHERE:
        answer = getattr(door.client, method)(address, headers=door._headers("k"))
        assert codes(answer) == (404, "AddressUnknown"), address


@pytest.mark.parametrize("number", ["0", "9223372036854775807", "9223372036854775808", "9" * 40])
@pytest.mark.parametrize("kind", ["deals", "disputes"])
def test_a_number_that_nothing_has_is_unknown(door: Program, number: str, kind: str) -> None:
    code = "DealUnknown" if kind == "deals" else "DisputeUnknown"
    assert codes(door.get(f"{kind}/{number}")) == (404, code)
    assert codes(door.post(f"deals/{number}/funding")) == (404, "DealUnknown")
    assert codes(door.send(number)) == (404, "DealUnknown")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_another_method_is_refused_and_the_right_ones_are_named(door: Program, method: str) -> None:
    answer = getattr(door.client, method)("/api/v1/deals", headers=door._headers("k"))
    assert codes(answer) == (405, "MethodNotAllowed")
    assert sorted(answer["Allow"].split(", ")) == ["GET", "POST"]


def test_another_host_is_a_problem_too(door: Program) -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/deals", headers={"Host": "evil.example"})
    assert codes(answer) == (400, "RequestUnreadable")  # type: ignore[arg-type]


def test_a_database_that_does_not_answer_is_said_and_nothing_else_is(door: Program) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("password authentication failed for user secret")

    with connection.execute_wrapper(fail):
        answer = door.get("deals")
    assert codes(answer) == (503, "DeskBusy")
    assert b"secret" not in answer.content


def test_a_fault_of_ours_says_nothing_of_the_inside(door: Program) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the inside")

    with connection.execute_wrapper(fail):
        answer = door.get("deals")
    assert codes(answer) == (500, "DeskFailed")
    assert b"inside" not in answer.content


@pytest.mark.parametrize("rooms", [refusals, of_deals, of_disputes])
def test_every_refusal_has_a_status_of_a_refusal(rooms: Any) -> None:
    kinds = [kind for kind in vars(rooms).values() if isinstance(kind, type) and issubclass(kind, Refusal)]
    assert len(kinds) > 5
    for kind in kinds:
        assert 400 <= problems.status_of(kind) < 600
        if not kind.__name__.startswith("_"):
            assert problems.title_of(kind)[0].isupper()


def test_a_problem_is_in_the_language_that_was_asked_for(door: Program) -> None:
    headers = door._headers() | {"Accept-Language": "ko"}
    answer = door.client.get("/api/v1/deals/77", headers=headers)
    assert answer.status_code == 404
    assert answer.json()["code"] == "DealUnknown"


def test_nobody_on_the_way_keeps_an_answer(door: Program) -> None:
    assert door.get("scopes")["Cache-Control"] == "no-store"
    assert door.get("deals/1")["Cache-Control"] == "no-store"
