"""Deals made by a program over real HTTP, and what people then see of them in a real browser."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.api.marketplace import PRIVATE, secret
from tests.stories.conftest import SignIn
from tests.web import disputes_scene as scenes
from tests.web.disputes_scene import HOUR, Desk

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
_keys = count(1)


@pytest.fixture
def scene(transactional_db: None) -> Desk:
    return scenes.desk(datetime.now(UTC), password=True)


@pytest.fixture
def door(live_server: LiveServer, scene: Desk) -> httpx.Client:
    headers = {"Authorization": f"Bearer {secret()}"}
    return httpx.Client(base_url=f"{live_server.url}/api/v1/", headers=headers, timeout=30)


def post(door: httpx.Client, address: str, **body: Any) -> dict[str, Any]:
    answer = door.post(address, json=body, headers={"Idempotency-Key": f"story-{next(_keys)}"})
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_deal_goes_by_api_from_its_making_to_settled(
    scene: Desk, door: httpx.Client, sign_in: SignIn
) -> None:
    deal = post(
        door,
        "deals",
        scope=PRIVATE,
        item="Toyota Prius 2015",
        reference="ORDER-1",
        buyer={"name": "Bold"},
        seller={"name": "Tuya"},
        total={"minor": 1_000_000_00, "currency": "MNT"},
    )
    moves = [post(door, f"deals/{deal['id']}/{move}") for move in ("funding", "delivery", "approval")]
    assert [each["state"] for each in moves] == ["FUNDED", "INSPECTION", "SETTLED"]
    page = sign_in(scene.dana)
    page.goto(f"/deals/{deal['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Toyota Prius 2015")
    expect(page.locator(".chip", has_text="Settled").first).to_be_visible()
    for amount in ("850,000", "150,000"):
        expect(page.get_by_role("row").filter(has_text="Release").filter(has_text=amount)).to_have_count(1)


def test_a_deadline_that_passed_has_settled_the_deal_when_somebody_looks(
    scene: Desk, sign_in: SignIn
) -> None:
    dispute = scenes.raised(scene.now - 49 * HOUR, items=("exterior",))
    page = sign_in(scene.dana)
    page.goto(f"/disputes/{dispute.id}")
    expect(page.get_by_text("MNT 15,000").first).to_be_visible()
    expect(page.get_by_role("button", name="Rule", exact=True)).to_have_count(0)
    page.goto(f"/deals/{dispute.deal_id}")
    expect(page.locator(".chip", has_text="Settled").first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Offset").filter(has_text="15,000")).to_have_count(1)
