"""Every page for everybody: axe finds nothing, in light and dark, and a phone need not scroll sideways."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from opsdesk.cases.models import Case
from opsdesk.mail.models import Arrival
from tests.stories.conftest import SignIn
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/desks/support/mine",
    "/desks/support/queues/core-engineering",
    "/desks/support/cases?state=any&unread=on",
    "/desks/support/cases?text=nothing-like-this",
    "/desks/support/funnel",
    "/desks/support/flow",
    "/desks/support/flow/arrivals",
    "/desks/support/flow/backlog",
    "/desks/support/thresholds",
    "/desks/support/thresholds/tier_1_share",
    "/desks/support/reviews",
    "/desks/support/reviews/new",
    "/findings",
    "/questions",
    "/questions/tier-1-alone",
    "/desks/support/definition",
    "/desks/support/definition/next",
    "/desks/support/templates",
    "/desks/support/templates/new",
    "/cases/{1}",
    "/cases/{4}",
    "/cases/{8}",
    "/cases/{1}/reply",
    "/cases/{1}/escalation",
    "/cases/{1}/wait",
    "/cases/{2}/split",
    "/cases/{1}/resolution",
    "/intake",
    "/intake/{arrival}",
    "/letters",
    "/letters?state=sent",
    "/desks/support/requests/new",
    "/calendars",
    "/calendars/support",
    "/calendars/support/next",
    "/people",
    "/people/{person}",
    "/people/invitation",
    "/accounts",
    "/accounts/north-star",
    "/search",
    "/search?q=assistant",
    "/search?q=queue:nope+%233",
    "/me",
    "/me/password",
    "/keys",
    "/health",
    "/nowhere",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def first_case() -> int:
    return Case.objects.order_by("id").values_list("id", flat=True)[:1].get()


def addresses(scene: Scene) -> list[str]:
    """The pages with the numbers of this scene: its cases from 1 on, its odd arrival."""
    numbers = {
        str(at): number
        for at, number in enumerate(Case.objects.order_by("id").values_list("id", flat=True), 1)
    }
    odd = Arrival.objects.get(outcome="quarantined")
    known = {"arrival": odd.id, "person": scene.olga.id, **numbers}
    return [re.sub(r"{(\w+)}", lambda found: str(known[found[1]]), page) for page in PAGES]


def faults(page: Page, axe: Axe) -> list[str]:
    found = axe.run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {fault['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for fault in found
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_is_open_to_everybody(scene: Scene, sign_in: SignIn, theme: str, width: int) -> None:
    page = sign_in(scene.ada, theme=theme, width=width)
    axe = Axe()
    found: list[str] = []
    for address in addresses(scene):
        page.goto(address)
        assert page.get_by_role("heading", level=1).count() == 1, address
        found += faults(page, axe)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{address}: {wide} px wide")
    assert found == [], "\n".join(found)


def test_an_open_dialog_and_an_open_menu_are_too(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.ada)
    axe = Axe()
    found: list[str] = []
    page.goto(f"/cases/{first_case()}")
    page.get_by_text("Explain these numbers").click()
    page.get_by_text("History", exact=True).click()
    page.get_by_text("More", exact=True).click()
    found += faults(page, axe)
    page.keyboard.press("e")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Control+Enter")
    found += faults(page, axe)
    assert found == [], "\n".join(found)


def test_a_phone_gets_whole_pages_instead_of_dialogs(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.olga, width=390)
    page.goto(f"/cases/{first_case()}")
    page.get_by_role("link", name="Note").click()
    page.wait_for_url("**/cases/*/note")
    page.get_by_role("textbox", name="Note").fill("From the road.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("The note stands.").wait_for()
    assert page.get_by_text("From the road.").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="All cases", exact=True).click()
    page.wait_for_url("**/cases")
