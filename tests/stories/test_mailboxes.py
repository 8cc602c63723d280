"""An admin sets a mailbox up in the browser; its pages are open to everybody who may see them."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from opsdesk.mailboxes import actions
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.models import Mailbox
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web.scene import Scene
from tests.web.test_mailboxes import compared

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def box(scene: Scene) -> Mailbox:
    draft = Draft(
        key="inbox", desk="support", username="help@desk.example", start_at=None, host="imap.desk.example"
    )
    box = actions.add(draft, actor=scene.ada.actor, now=scene.now - timedelta(days=3))
    compared(box, scene)
    return box


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_pages_of_a_mailbox_are_open_to_everybody(
    scene: Scene, sign_in: SignIn, box: Mailbox, theme: str, width: int
) -> None:
    page = sign_in(scene.ada, theme=theme, width=width)
    axe, found = Axe(), []
    day = (scene.now - timedelta(days=1)).date()
    one = f"/mailboxes/{box.id}"
    for address in (
        "/mailboxes",
        one,
        "/mailboxes/new",
        f"{one}/secret",
        f"{one}/days/{day}/leaked",
        "/health",
    ):
        page.goto(address)
        assert page.get_by_role("heading", level=1).count() == 1, address
        found += faults(page, axe)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{address}: {wide} px wide")
    assert found == [], "\n".join(found)


def test_an_admin_adds_a_mailbox_and_switches_it_off(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.ada)
    page.get_by_role("link", name="Mailboxes").click()
    page.get_by_role("link", name="Add a mailbox").click()
    page.get_by_label("Name").fill("inbox")
    page.get_by_label("Account").fill("help@desk.example")
    page.get_by_label("Password").fill("a-word")
    page.get_by_label("Server").fill("imap.desk.example")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("inbox")
    page.get_by_role("link", name="Switch off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("It is read no more.")).to_be_visible()
    expect(page.get_by_role("link", name="Switch on")).to_be_visible()
