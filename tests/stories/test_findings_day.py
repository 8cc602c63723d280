"""A lead's morning: a red finding, its cases, who had them; another limit; a question and its answer."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from opsdesk.cases.queries import desk
from opsdesk.insight.findings.periods import last_month
from opsdesk.insight.models import Threshold
from tests import cast
from tests.insight.builders import Crew, resolved_at_tier
from tests.stories.conftest import SignIn
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
TYPE = "core.llm-behaviour"


def red_month(scene: Scene) -> None:
    """Of twenty requests of the last month Tier 1 resolved eight."""
    people = Crew(scene.olga, scene.enzo, cast.product_engineer(), scene.ada)
    start = last_month(desk("support"), scene.now).start + timedelta(hours=15)
    for n in range(20):
        resolved_at_tier(people, 1 if n < 8 else 2, TYPE, start + n * timedelta(hours=5))


def test_a_lead_goes_from_a_red_finding_to_its_cases_to_the_person(scene: Scene, sign_in: SignIn) -> None:
    red_month(scene)
    lena = sign_in(scene.lena)
    lena.wait_for_url("**/findings")
    expect(lena.get_by_text("1 finding is red")).to_be_visible()
    red = lena.get_by_role("listitem").filter(has_text="Tier 1 share")
    expect(red.get_by_text("Healthy from 70 %, red below 50 %.")).to_be_visible()
    red.get_by_role("link", name=re.compile(r"escalated above it \(12\)")).click()
    expect(lena.get_by_role("row")).to_have_count(13)
    lena.get_by_role("link", name="The assistant repeats itself").first.click()
    expect(lena.get_by_role("main").get_by_text("Enzo").first).to_be_visible()


def test_a_limit_is_looked_at_then_set_and_a_question_is_asked(scene: Scene, sign_in: SignIn) -> None:
    red_month(scene)
    lena = sign_in(scene.lena)
    lena.get_by_role("link", name="Thresholds").click()
    lena.get_by_role("link", name="Change Tier 1 share").click()
    lena.get_by_label("Healthy, from (per cent)").fill("40")
    lena.get_by_label("Red, below (per cent)").fill("20.5")
    lena.get_by_label("With a note, beyond").fill("")
    lena.get_by_role("button", name="See what it would change").click()
    row = lena.get_by_role("row").filter(has_text="8 of 20")
    expect(row.get_by_text("red", exact=True)).to_be_visible()
    expect(row.get_by_text("healthy", exact=True)).to_be_visible()
    assert not Threshold.objects.exists()
    lena.get_by_role("button", name="Set it").click()
    expect(lena.get_by_text("The threshold is set.")).to_be_visible()
    assert Threshold.objects.get().red == 20_500
    lena.get_by_role("link", name="Questions", exact=True).click()
    lena.get_by_label("Your question").fill("what can tier 1 handle alone?")
    lena.keyboard.press("Enter")
    expect(lena.get_by_text(re.compile("^Tier 1 handles 40 % alone: it resolved 8 of 20"))).to_be_visible()
