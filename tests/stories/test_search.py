"""Searching with the keyboard alone, from any page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.stories.conftest import SignIn
from tests.stories.test_access import faults, first_case
from tests.web.scene import Scene

SEARCHED = re.compile(r"/search\?q=assistant(\+|%20)-greeting$")

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


def test_the_slash_leads_to_the_box_and_its_words_to_the_cases(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.olga)
    page.goto("/accounts")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("greeting")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=greeting")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator(".passage mark").first).to_have_text("greeting")
    page.locator("#search-words").fill("assistant -greeting")
    page.locator("#search-words").press("Enter")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.wait_for_url(SEARCHED)
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{first_case() + 4}")
    page.keyboard.press("u")
    page.wait_for_url(SEARCHED)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("query", ["", "assistant", "queue:nope north star", "zzz is:open", "#3"])
def test_every_state_of_the_page_is_open_to_everybody(
    scene: Scene, sign_in: SignIn, theme: str, width: int, query: str
) -> None:
    page = sign_in(scene.olga, theme=theme, width=width)
    page.goto(f"/search?q={query.replace('#', '%23')}")
    assert faults(page, Axe()) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
