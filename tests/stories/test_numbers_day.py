"""A lead reads the numbers of the deals desk in a real browser: filters, lists, views, the refresh."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web import deals_scene as scenes
from tests.web.deals_scene import DealsScene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> DealsScene:
    return scenes.busy(datetime.now(UTC), passwords=True)


def choose(page: Page, filter: str, value: str) -> None:
    """Unfold a filter of the bar and pick a value."""
    page.locator("details.pick-several summary", has=page.get_by_text(filter, exact=True)).click()
    page.get_by_label(value, exact=True).check()


def test_a_lead_narrows_the_numbers_opens_a_list_and_keeps_the_view(
    scene: DealsScene, sign_in: SignIn
) -> None:
    page = sign_in(scene.lena)
    page.goto("/dashboards")
    page.get_by_role("link", name="Last 7 days").click()
    choose(page, "Category", "Used car dealer")
    choose(page, "Country", "MN")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("category=USED_CAR_DEALER"))
    expect(page.get_by_text("1 deal was created in this period")).to_be_visible()
    page.reload()
    assert "period=7-days" in page.url
    expect(page.locator("details.pick-several", has_text="Category")).to_contain_text("1 chosen")

    page.locator(".verdict", has_text="Deals created").get_by_role("link").click()
    expect(page.get_by_text("1 to 1 of 1").first).to_be_visible()
    expect(page.get_by_role("cell", name="Lexus RX 350")).to_be_visible()
    page.get_by_role("link", name="Back to the numbers").click()
    page.wait_for_url(re.compile(r"/dashboards\?.*category=USED_CAR_DEALER"))

    page.get_by_role("link", name="Keep this view").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Dealers")
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("link", name="Dealers", exact=True)).to_have_attribute("aria-current", "true")


def test_the_numbers_renew_themselves_and_the_bar_stays_as_it_is(scene: DealsScene, sign_in: SignIn) -> None:
    page = sign_in(scene.lena)
    page.goto("/dashboards?period=7-days")
    before = page.get_by_text(re.compile(r"\d+ deals were created in this period")).inner_text()
    choose(page, "State", "Settled")
    scenes.created(datetime.now(UTC))
    reached = page.locator("#numbers a[href]").nth(3)
    reached.focus()
    page.evaluate("htmx.trigger(document.querySelector('[data-refresh]'), 'refresh')")
    expect(page.get_by_text(before)).to_have_count(0)
    expect(reached).to_be_focused()
    expect(page.get_by_label("Settled", exact=True)).to_be_checked()


@pytest.mark.parametrize(
    ("theme", "width", "address"),
    [("light", 1280, "/dashboards"), ("dark", 390, "/dashboards/disputes")],
)
def test_the_numbers_are_open_to_everybody(
    scene: DealsScene, sign_in: SignIn, theme: str, width: int, address: str
) -> None:
    page = sign_in(scene.lena, theme=theme, width=width)
    page.goto(address)
    answer = page.locator(".answer .first").bounding_box()
    assert answer is not None
    assert answer["y"] + answer["height"] < 844, "the answer stands on the first screen"
    if width < 700:
        page.locator(".folds > summary").click()
    choose(page, "Reason", "Minor damage")
    found = faults(page, Axe())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for more in ("/desks/deals/numbers/deals_created?period=7-days", "/dashboards/months"):
        page.goto(more)
        found += faults(page, Axe())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, more
    assert found == [], "\n".join(found)
