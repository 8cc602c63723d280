"""The pages of the deals desk in a real browser: open to everybody, worked by keyboard, counting down."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from opsdesk.deals.models import Deal
from opsdesk.disputes.models import Dispute
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web import deals_scene as scenes
from tests.web.deals_scene import PRIVATE, DealsScene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/deals",
    "/deals?country=MN&state=ISSUE&reason=DAMAGE_MINOR&first=2020-01-01",
    "/deals?text=nothing-like-this",
    "/deals/{created}",
    "/deals/{inspection}",
    "/deals/{inspection}/issue",
    "/deals/{issue}",
    "/deals/{approved}",
    "/scopes",
    f"/scopes/{PRIVATE}",
    f"/scopes/{PRIVATE}/stage",
    f"/scopes/{PRIVATE}/stop",
    f"/scopes/{PRIVATE}/template/1",
    f"/scopes/{PRIVATE}/template/next",
    "/scopes/next",
    "/playbooks",
    "/playbooks/USED_CAR_PRIVATE",
    "/playbooks/USED_CAR_PRIVATE/next",
]


@pytest.fixture
def scene(transactional_db: None) -> DealsScene:
    return scenes.busy(datetime.now(UTC), passwords=True)


def addresses(scene: DealsScene) -> list[str]:
    known = {name: deal.id for name, deal in scene.deals.items()}
    return [re.sub(r"{(\w+)}", lambda found: str(known[found[1]]), page) for page in PAGES]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_of_the_deals_desk_is_open_to_everybody(
    scene: DealsScene, sign_in: SignIn, theme: str, width: int
) -> None:
    page, axe, found = sign_in(scene.ada, theme=theme, width=width), Axe(), []
    for address in addresses(scene):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert page.get_by_role("heading", level=1).count() == 1, address
        found += faults(page, axe)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{address}: {wide} px wide")
    assert found == [], "\n".join(found)


def test_deals_are_walked_opened_and_left_by_keyboard(scene: DealsScene, sign_in: SignIn) -> None:
    page = sign_in(scene.otgon)
    page.goto("/deals?country=MN")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/deals/{scene.deals['created'].id}")
    page.keyboard.press("]")
    page.wait_for_url(f"**/deals/{scene.deals['funded'].id}")
    page.keyboard.press("[")
    page.wait_for_url(f"**/deals/{scene.deals['created'].id}")
    page.keyboard.press("u")
    page.wait_for_url("**/deals?country=MN")


def test_a_case_of_the_same_number_is_none_of_the_list_of_deals(scene: DealsScene, sign_in: SignIn) -> None:
    page = sign_in(scene.otgon)
    page.goto("/deals")
    page.goto(f"/cases/{Dispute.objects.order_by('id')[:1].get().case_id}")
    expect(page.locator("[data-next]")).to_be_hidden()
    expect(page.locator("[data-previous]")).to_be_hidden()


def test_the_time_left_ticks_by_the_clock_of_the_server(scene: DealsScene, sign_in: SignIn) -> None:
    page = sign_in(scene.vera)
    page.clock.install()
    page.goto(f"/deals/{scene.deals['issue'].id}")
    left = page.locator("time[data-countdown]").first
    expect(left).to_have_text(re.compile(r"^17 h 59 min left$"))
    page.clock.fast_forward("17:30:00")
    expect(left).to_have_text(re.compile(r"^29 min \d\d s left$"))
    page.clock.fast_forward("00:30:00")
    expect(left).to_have_text("time is up")
    expect(left).to_have_class(re.compile("is-late"))


def test_an_issue_is_raised_in_a_dialog_and_a_refusal_loses_nothing(
    scene: DealsScene, sign_in: SignIn
) -> None:
    deal = scene.deals["inspection"]
    page, axe = sign_in(scene.otgon), Axe()
    page.goto(f"/deals/{deal.id}")
    page.get_by_role("link", name="Raise an issue on behalf").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Minor damage").check()
    dialog.get_by_label("What the buyer says").fill("The left door is scratched.")
    dialog.get_by_role("button", name="Raise the issue").click()
    expect(dialog.get_by_text("Attach at least one file")).to_be_visible()
    expect(dialog.get_by_label("What the buyer says")).to_have_value("The left door is scratched.")
    expect(dialog.get_by_label("Minor damage")).to_be_checked()
    assert faults(page, axe) == []
    dialog.get_by_label("Files").set_input_files(
        {"name": "door.png", "mimeType": "image/png", "buffer": scenes.photo(7)}
    )
    dialog.get_by_role("button", name="Raise the issue").click()
    expect(page.get_by_text("The issue is raised.")).to_be_visible()
    expect(page.get_by_role("heading", name="Issue: Minor damage")).to_be_visible()
    assert Deal.objects.get(id=deal.id).state == "ISSUE"


def test_a_lead_stops_a_scope_and_lifts_the_stop(scene: DealsScene, sign_in: SignIn) -> None:
    page = sign_in(scene.lena)
    page.goto(f"/scopes/{PRIVATE}")
    decide(page, "Stop new deals", "Two deals do not add up.")
    expect(page.get_by_text("New deals are stopped.").first).to_be_visible()
    expect(page.get_by_role("link", name="Stop new deals")).to_have_count(0)
    decide(page, "Lift the stop", "Both were mended.")
    expect(page.get_by_text("The stop is lifted.")).to_be_visible()
    expect(page.get_by_role("cell", name="Both were mended.")).to_be_visible()


def decide(page: Page, verb: str, reason: str) -> None:
    page.get_by_role("link", name=verb).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=verb).click()
    page.get_by_role("cell", name=reason).wait_for()
