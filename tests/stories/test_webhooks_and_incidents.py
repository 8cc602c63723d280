"""Webhooks and incidents in a browser: open to everybody; a SEV0 stops a scope, a lead lifts the stop."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from opsdesk.cases.models import Case, CaseKind
from opsdesk.deals.models import Scope
from opsdesk.links import actions as links
from opsdesk.links.actions import Draft
from opsdesk.links.models import Delivery
from opsdesk.watch import sweep
from tests.deals import cast as deals
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.watch.test_sweep import plant
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def incident(scene: Scene) -> Case:
    """The SEV0 of the sweep, and a program that is told of events."""
    deals.scope()
    begun = scene.now - timedelta(hours=1)
    sweep.step(begun - timedelta(days=1))
    plant(deals.delivered(begun))
    sweep.sweep(now=begun + timedelta(minutes=1))
    row, _secret = links.add(Draft("market", "https://hook.example/"), actor=scene.ada.actor, now=begun)
    links.send_test(row.id, actor=scene.ada.actor, now=begun)
    Delivery.objects.update(state="dead", tries=12, status=500, problem="HTTP 500")
    return Case.objects.get(kind=CaseKind.INCIDENT)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_pages_are_open_to_everybody(
    scene: Scene, incident: Case, sign_in: SignIn, theme: str, width: int
) -> None:
    page = sign_in(scene.ada, theme=theme, width=width)
    row, delivery = Delivery.objects.values_list("endpoint_id", "id").get()
    found: list[str] = []
    for address in (
        "/webhooks",
        "/webhooks/new",
        f"/webhooks/{row}",
        f"/webhooks/{row}/replay",
        f"/webhooks/deliveries/{delivery}",
        "/incidents",
        "/incidents/new",
        f"/cases/{incident.id}",
        f"/cases/{incident.id}/ending",
        "/health",
    ):
        page.goto(address)
        assert page.get_by_role("heading", level=1).count() == 1, address
        found += faults(page, Axe())
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{address}: {wide} px wide")
    assert found == [], "\n".join(found)


def test_a_sev0_is_answered_and_ended_and_a_lead_lifts_the_stop(
    scene: Scene, incident: Case, sign_in: SignIn
) -> None:
    page = sign_in(scene.ada)
    page.goto("/incidents")
    page.get_by_role("link", name=incident.subject).click()
    page.get_by_text("A lead lifts the stop").wait_for()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Answer it").click()
    page.get_by_text("It is answered, and yours.").wait_for()
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_label("How it was ended").fill("A planted row; taken out.")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    page.get_by_text("stays stopped until a lead lifts it").wait_for()
    assert Scope.objects.get().stopped_at is not None
    page.get_by_role("link", name="MN.USED_CAR_PRIVATE").first.click()
    page.wait_for_url("**/scopes/MN.USED_CAR_PRIVATE")
    page.get_by_role("link", name="Lift the stop").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("The books add up again.")
    page.get_by_role("dialog").get_by_role("button", name="Lift the stop").click()
    page.get_by_text("The stop is lifted.").wait_for()
    assert Scope.objects.get().stopped_at is None


def test_a_new_endpoint_shows_its_secret_in_the_dialog_once(
    scene: Scene, incident: Case, sign_in: SignIn
) -> None:
    page = sign_in(scene.ada)
    page.goto("/webhooks")
    page.get_by_role("link", name="Add an endpoint").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("books")
    dialog.get_by_label("Address").fill("https://books.example/hook")
    dialog.get_by_role("button", name="Add it").click()
    secret = dialog.locator(".secret").inner_text()
    assert secret.startswith("whsec_")
    dialog.get_by_role("link", name="Go to books").click()
    page.wait_for_url("**/webhooks/*")
    assert secret not in page.content()
