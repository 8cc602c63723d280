"""A deal's whole life by the API."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from opsdesk.deals.models import Deal
from tests.api.marketplace import JPEG, PDF, Program, codes, draft

NOTHING = {"minor": 0, "currency": "MNT", "display": "MNT 0"}


def moves(said: dict[str, list[dict[str, str]]]) -> list[str]:
    return [move["move"] for move in said["allowed_moves"]]


def test_a_deal_is_made_funded_delivered_approved_and_settled(market: Program) -> None:
    made = market.post("deals", draft(reference="A-17"))
    assert made.status_code == 201
    said = made.json()
    assert (said["state"], said["waits_for"], moves(said)) == ("CREATED", "buyer", ["FUND"])
    assert said["money"]["total"] == {"minor": 100_000_000, "currency": "MNT", "display": "MNT 1,000,000"}
    assert said["money"]["holdback"]["minor"] == 15_000_000
    assert said["money"]["held"] == NOTHING
    states = []
    while said["allowed_moves"]:
        said = market.post(said["allowed_moves"][0]["href"]).json()
        states.append((said["state"], said["waits_for"], said["money"]["held"]["minor"]))
    assert states == [
        ("FUNDED", "seller", 100_000_000),
        ("INSPECTION", "buyer", 15_000_000),
        ("SETTLED", None, 0),
    ]
    assert said["ending"] == "approved"
    assert said == market.get(said["links"]["self"]).json()
    ledger = market.get(said["links"]["ledger"]).json()
    assert [
        (each["action"], each["from"], each["to"], each["amount"]["minor"]) for each in ledger["transfers"]
    ] == [
        ("HOLD", "buyer", "escrow", 100_000_000),
        ("RELEASE", "escrow", "seller", 85_000_000),
        ("RELEASE", "escrow", "seller", 15_000_000),
    ]
    assert {name: each["minor"] for name, each in ledger["balances"].items()} == {
        "hold": 100_000_000, "release": 100_000_000, "refund": 0, "offset": 0, "held": 0,
    }  # fmt: skip


def test_an_issue_is_raised_with_evidence_and_the_deadline_decides(market: Program) -> None:
    number = market.inspected()
    assert codes(market.post(f"deals/{number}/issue", {"reason": "DAMAGE_MINOR"})) == (409, "EvidenceMissing")
    sent = market.send(number, item="exterior", name="Урд тал.jpg")
    assert sent.status_code == 201, sent.content
    file = sent.json()
    assert (file["kind"], file["media_type"], file["size"]) == ("PHOTO", "image/jpeg", len(JPEG))
    raised = market.post(f"deals/{number}/issue", {"reason": "DAMAGE_MINOR", "text": "A scratch."})
    assert raised.status_code == 201, raised.content
    dispute = raised.json()
    assert (dispute["state"], dispute["reason"], dispute["text"]) == ("open", "DAMAGE_MINOR", "A scratch.")
    deal = market.get(f"deals/{number}").json()
    assert (deal["state"], deal["waits_for"], moves(deal)) == ("ISSUE", "operator", [])
    assert [(each["timer"], each["due_at"]) for each in deal["timers"]] == [
        ("DISPUTE_TTL", dispute["due_at"])
    ]
    assert deal["links"]["dispute"] == dispute["links"]["self"]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=49), tick=False):
        decided = market.get(dispute["links"]["self"]).json()
        assert decided["state"] == "decided"
        assert decided["decided_at"] == dispute["due_at"]
        ruling = decided["ruling"]
        assert (ruling["basis"], ruling["outcome"], ruling["to_buyer"]["minor"]) == (
            "ttl",
            "OFFSET",
            1_500_000,
        )
        money = market.get(f"deals/{number}").json()["money"]
        assert (money["offset"]["minor"], money["released"]["minor"], money["held"]["minor"]) == (
            1_500_000, 98_500_000, 0,
        )  # fmt: skip
        assert codes(market.send(number, PDF)) == (409, "EvidenceFrozen")


def test_silence_approves_before_anybody_looks(market: Program) -> None:
    """The worker is off: who looks, or acts, finds what was due done as of its own instant."""
    looked, acted = market.inspected(), market.inspected()
    (timer,) = market.get(f"deals/{looked}").json()["timers"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3, seconds=5), tick=False):
        deal = market.get(f"deals/{looked}").json()
        assert (deal["state"], deal["ending"], deal["settled_at"]) == (
            "SETTLED",
            "auto_approved",
            timer["due_at"],
        )
        assert codes(market.post(f"deals/{acted}/issue", {"reason": "NOT_DELIVERED"})) == (
            409,
            "NotInInspection",
        )
        assert Deal.objects.get(id=acted).ending == "auto_approved"


def test_evidence_is_listed_with_what_is_missing_and_comes_back_to_the_byte(market: Program) -> None:
    number = market.inspected()
    file = market.send(number, item="exterior", name="Урд тал.jpg").json()
    loose = market.send(number, PDF, name="report.pdf").json()
    found = market.get(f"deals/{number}/evidence").json()
    items = {item["key"]: (item["state"], item["files"]) for item in found["items"]}
    assert items["exterior"] == ("present", [file["id"]])
    assert items["odometer"] == ("missing", [])
    assert (found["complete"], found["frozen"]) == (False, False)
    assert [each["id"] for each in found["files"]] == [file["id"], loose["id"]]
    content = market.get(file["content"])
    assert (content.content, content["Content-Type"]) == (JPEG, "image/jpeg")
    assert content["Content-Disposition"].startswith("attachment;")
    assert market.send(number, item="exterior").json()["id"] == file["id"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", (422, "FileEmpty")), (b"PK\x03\x04 an archive", (415, "NotEvidence"))],
)
def test_what_is_no_evidence_is_refused_by_name(market: Program, data: bytes, code: tuple[int, str]) -> None:
    assert codes(market.send(market.inspected(), data)) == code


def test_a_file_of_another_deal_is_not_found_under_this_one(market: Program) -> None:
    one, other = market.inspected(), market.inspected()
    file = market.send(one).json()
    assert codes(market.get(f"deals/{other}/evidence/{file['id']}/content")) == (404, "EvidenceUnknown")


def test_scopes_say_whether_deals_can_be_made_and_on_which_terms(market: Program) -> None:
    listed = {each["scope"]: each for each in market.get("scopes").json()["scopes"]}
    private = listed["MN.USED_CAR_PRIVATE"]
    assert (private["stage"], private["takes_deals"], private["terms"]["holdback_ratio"]) == (
        "open",
        True,
        "0.15",
    )
    assert listed["MN.REAL_ESTATE_SALE"]["takes_deals"] is False
    assert market.get(private["link"]).json() == private
    assert private["terms"]["outcomes"]["DAMAGE_MINOR"]
    refused = market.post("deals", draft(scope="MN.REAL_ESTATE_SALE"))
    assert codes(refused) == (409, "ScopeClosed")
