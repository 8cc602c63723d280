"""A lead's meeting: the review is written, a note attached, an action taken over; it stands in the next."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from opsdesk.cases.queries import desk
from opsdesk.insight.findings.periods import last_month
from opsdesk.kernel.period import month
from opsdesk.review import actions
from opsdesk.review.models import Point, Review
from tests import cast
from tests.insight.builders import Crew, resolved_at_tier
from tests.stories.conftest import SignIn
from tests.stories.test_access import RULES
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
NOTE = "# Meeting\n\n- [ ] Write the runbook for op codes\n- [x] Book the room\n"


def test_a_lead_writes_the_review_and_its_action_stands_in_the_next(scene: Scene, sign_in: SignIn) -> None:
    people = Crew(scene.olga, scene.enzo, cast.product_engineer(), scene.ada)
    start = last_month(desk("support"), scene.now).start + timedelta(hours=15)
    for n in range(4):
        resolved_at_tier(people, 1 if n < 3 else 2, "core.llm-behaviour", start + n * timedelta(hours=5))
    lena = sign_in(scene.lena)
    lena.get_by_role("navigation", name="Pages").get_by_role("link", name="Reviews").first.click()
    expect(lena.get_by_text("No review was written yet")).to_be_visible()
    lena.get_by_role("link", name="Write the review").first.click()
    lena.get_by_role("button", name="Write it").click()
    lena.wait_for_url("**/reviews/*")
    expect(lena.get_by_text("after 0 in the period before")).to_be_visible()
    clean(lena)
    take_the_action(lena)
    point = Point.objects.get()
    assert (point.words, point.kind) == ("Write the runbook for op codes", "action")
    this_month = month(f"{scene.now.astimezone(desk('support').zone):%Y-%m}", desk("support").zone)
    row = actions.write_review(desk="support", period=this_month, actor=scene.lena.actor, now=scene.now)
    look_at_the_next(scene, sign_in, row)


def take_the_action(lena: Page) -> None:
    lena.get_by_role("link", name="Attach a note").click()
    lena.get_by_label("Text, in Markdown").fill(NOTE)
    lena.get_by_role("button", name="Attach it").click()
    lena.wait_for_url("**/notes/*")
    expect(lena.get_by_label("In words")).to_have_count(1)
    clean(lena)
    lena.get_by_role("button", name="Take over what is ticked").click()
    expect(lena.get_by_role("row").filter(has_text="Write the runbook for op codes")).to_be_visible()


def look_at_the_next(scene: Scene, sign_in: SignIn, row: Review) -> None:
    """On a phone, in the dark."""
    phone = sign_in(scene.lena, width=390, theme="dark")
    phone.goto(f"/desks/support/reviews/{row.id}")
    carried = phone.get_by_role("row").filter(has_text="Write the runbook for op codes")
    expect(carried.get_by_text("in 2 reviews, since")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    clean(phone)
    carried.get_by_role("link", name="Done").click()
    phone.get_by_role("button", name="It is done").click()
    expect(phone.get_by_text("The point is done.")).to_be_visible()
    expect(phone.get_by_text("No point is open")).to_be_visible()


def clean(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
