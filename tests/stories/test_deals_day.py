"""A day at the deals desk, in a real browser: disputes with evidence, in two languages, two at once."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from opsdesk.deals.models import Deal, Transfer
from opsdesk.disputes.models import Evidence, Ruling
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web import disputes_scene as scenes
from tests.web.disputes_scene import HOUR, Desk

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> Desk:
    return scenes.desk(datetime.now(UTC), password=True)


def paid(deal_id: int) -> dict[str, int]:
    rows = Transfer.objects.filter(deal_id=deal_id, cause__in=["ruling", "holdback"])
    return {row.action: row.amount_minor for row in rows}


def upload(page: Page, item: str, *names: str) -> None:
    page.get_by_label("For", exact=True).select_option(item)
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": scenes.photo(name)} for name in names]
    page.get_by_label("Files", exact=True).set_input_files(files)  # type: ignore[arg-type]
    page.get_by_role("button", name="Add the files").click()


def test_an_issue_with_evidence_is_ruled_with_an_offset(scene: Desk, sign_in: SignIn) -> None:
    first = scenes.raised(scene.now - 30 * HOUR, items=("exterior", "odometer"))
    second = scenes.raised(scene.now - 5 * HOUR, item="Honda Fit 2012")
    dana = sign_in(scene.dana)
    dana.get_by_role("link", name=re.compile("^Disputes")).click()
    expect(dana.get_by_role("heading", level=1)).to_have_text("Disputes")
    dana.wait_for_load_state()
    dana.keyboard.press("j")
    expect(dana.get_by_role("link", name="Minor damage: Toyota Prius 2015")).to_be_focused()
    dana.keyboard.press("Enter")
    expect(dana.get_by_role("heading", level=1)).to_have_text("Minor damage: Toyota Prius 2015")
    expect(dana.locator("#next-step time[data-countdown]")).to_contain_text(re.compile("17 h 5. min left"))

    upload(dana, "interior", "seats.jpg", "dash.jpg")
    expect(dana.get_by_text("3 of 3 required items")).to_be_visible()
    expect(dana.get_by_text("Still missing:")).to_have_count(0)
    assert Evidence.objects.filter(deal_id=first.deal_id, item="interior").count() == 2

    dana.keyboard.press("s")
    dialog = dana.get_by_role("dialog")
    dialog.get_by_text("Offset to the buyer").first.click()
    expect(dialog.get_by_label("Offset to the buyer", exact=True)).to_have_value("15000")
    dialog.get_by_label("Offset to the buyer", exact=True).fill("12,000")
    dialog.get_by_label("2. Why").fill("The scratch is on the photo of the left door.")
    dana.keyboard.press("Escape")
    dana.keyboard.press("s")
    expect(dialog.get_by_label("2. Why")).to_have_value("The scratch is on the photo of the left door.")
    dialog.get_by_role("button", name="Look at the result").click()
    expect(dialog.get_by_text(re.compile("MNT.138,000"))).to_be_visible()
    assert paid(first.deal_id) == {}
    dialog.get_by_role("button", name="Confirm the ruling").click()
    expect(dana.get_by_text("Ruled by Dana.")).to_be_visible()
    assert paid(first.deal_id) == {"OFFSET": 12_000_00, "RELEASE": 138_000_00}

    dana.get_by_role("button", name="Next dispute").click()
    dana.wait_for_url(f"**/disputes/{second.id}")
    expect(dana.get_by_role("heading", level=1)).to_contain_text("Honda Fit 2012")


def test_a_refused_file_stays_to_be_tried_again(scene: Desk, sign_in: SignIn) -> None:
    dispute = scenes.raised(scene.now - HOUR, items=("exterior",))
    dana = sign_in(scene.dana)
    dana.goto(f"/disputes/{dispute.id}")
    dana.get_by_label("For", exact=True).select_option("interior")
    archive = {"name": "all.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04" + b"x" * 90}
    dana.get_by_label("Files", exact=True).set_input_files([archive])  # type: ignore[list-item]
    dana.get_by_role("button", name="Add the files").click()
    line = dana.locator("[data-uploads] li")
    expect(line).to_contain_text("This is no photo, video or document")
    expect(line.get_by_role("button", name="Try again")).to_be_visible()
    expect(dana.get_by_label("For", exact=True)).to_have_value("interior")
    expect(dana.locator("#evidence")).to_contain_text("1 of 3 required items")


def test_a_korean_operator_works_in_korean(scene: Desk, sign_in: SignIn) -> None:
    dispute = scenes.raised(
        scene.now - 3 * HOUR,
        scope="KR.USED_CAR_PRIVATE",
        item="현대 아반떼 2019",
        total=12_500_000,
        currency="KRW",
        text="왼쪽 문에 긁힌 자국이 있습니다.",
    )
    minjun = sign_in(scene.minjun)
    minjun.get_by_role("link", name=re.compile("^분쟁")).click()
    expect(minjun.get_by_role("heading", level=1)).to_have_text("분쟁")
    # The page is read before its script runs: a key that comes between the two is nobody's.
    minjun.wait_for_load_state()
    expect(minjun.get_by_role("row", name=re.compile("작은 손상: 현대 아반떼"))).to_contain_text(
        "₩12,500,000"
    )
    minjun.keyboard.press("n")
    minjun.wait_for_url(f"**/disputes/{dispute.id}")
    expect(minjun.locator("#next-step")).to_contain_text(
        "구매자에게 차감으로 ₩187,500, 판매자에게 ₩1,687,500"
    )
    expect(minjun.get_by_text(re.compile(r"\d+년 \d+월 \d+일 \d\d:\d\d KST")).first).to_be_visible()
    expect(minjun.get_by_role("heading", name="확인할 것")).to_be_visible()
    minjun.keyboard.press("s")
    dialog = minjun.get_by_role("dialog")
    dialog.get_by_text("구매자에게 차감 지급").first.click()
    dialog.get_by_label("2. 이유").fill("사진에 긁힌 자국이 보입니다.")
    dialog.get_by_role("button", name="결과 보기").click()
    dialog.get_by_role("button", name="판정 확정").click()
    expect(minjun.get_by_text("김민준님이 판정했습니다.")).to_be_visible()
    assert paid(dispute.deal_id) == {"OFFSET": 187_500, "RELEASE": 1_687_500}


def test_of_two_operators_at_once_one_rules_and_the_other_keeps_the_text(
    scene: Desk, sign_in: SignIn
) -> None:
    dispute = scenes.raised(scene.now - HOUR)
    dana, delia = sign_in(scene.dana), sign_in(scene.delia)
    for page, outcome in ((dana, "Offset to the buyer"), (delia, "Reject: all to the seller")):
        page.goto(f"/disputes/{dispute.id}")
        page.keyboard.press("s")
        dialog = page.get_by_role("dialog")
        dialog.get_by_text(outcome).first.click()
        dialog.get_by_label("2. Why").fill(f"{outcome}, says the photo.")
        dialog.get_by_role("button", name="Look at the result").click()
        expect(dialog.get_by_role("button", name="Confirm the ruling")).to_be_visible()
    dana.get_by_role("button", name="Confirm the ruling").click()
    expect(dana.get_by_text("Ruled by Dana.")).to_be_visible()
    delia.get_by_role("button", name="Confirm the ruling").click()
    dialog = delia.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("Dana was first"))).to_be_visible()
    expect(dialog.get_by_label("2. Why")).to_have_value("Reject: all to the seller, says the photo.")
    assert Ruling.objects.get().ruled_by_id == scene.dana.id
    assert Deal.objects.get(id=dispute.deal_id).state == "SETTLED"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing_at_the_desk_and_a_phone_need_not_scroll_sideways(
    scene: Desk, sign_in: SignIn, theme: str, width: int
) -> None:
    dispute = scenes.raised(scene.now - 30 * HOUR, items=("exterior",), total=350_000_000_00)
    decided = scenes.raised(scene.now - 60 * HOUR)
    axe, found = Axe(), []
    page = sign_in(scene.dana, width=width, theme=theme)
    for address in (
        "/disputes",
        f"/disputes/{dispute.id}",
        f"/disputes/{decided.id}",
        f"/disputes/{dispute.id}/ruling",
    ):
        page.goto(address)
        found += [f"{address}: {each}" for each in faults(page, axe)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{address}: scrolls sideways")
    assert found == []
