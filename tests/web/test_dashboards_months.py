"""The deals desk month by month."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from opsdesk.deals import actions as deals
from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.catalogue import metric
from opsdesk.insight.registry import Question
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import Period
from opsdesk.web.dashboards.asking import SCOPE, SPREADS
from opsdesk.web.dashboards.views import PAGES
from tests.cast import Somebody
from tests.web import deals_scene as scenes
from tests.web.deals_scene import DAY, DEALER, HOUR, MARKET, PRIVATE

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
NOW = datetime(2026, 10, 20, 4, tzinfo=UTC)
AUGUST, SEPTEMBER, OCTOBER = (datetime(2026, month, 3, 4, tzinfo=UTC) for month in (8, 9, 10))
PAGE = "/dashboards/months"


@pytest.fixture
def lena(db: None, browse: Browse) -> Iterator[Client]:
    """Two of August settled in September, one of September in dispute; of October one settled, two young."""
    scene = scenes.people(NOW)
    for key in (PRIVATE, DEALER):
        scenes.open_scope(scene, key, since=AUGUST - DAY)
    for start in (AUGUST + 27 * DAY, AUGUST + 28 * DAY, OCTOBER):
        deal = scenes.delivered(start)
        deals.approve(deal_id=deal.id, actor=MARKET, now=start + 3 * DAY - HOUR)
    scenes.in_issue(SEPTEMBER, Reason.DAMAGE_MINOR, scope=DEALER)
    scenes.created(OCTOBER + 10 * DAY)
    scenes.created(OCTOBER + 11 * DAY)
    with time_machine.travel(NOW, tick=False):
        yield browse(scene.lena)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    """What is read; a number that is a link stands in its sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", page))).split())


def test_the_newest_months_are_said_first_and_the_newest_to_judge_by(lena: Client) -> None:
    said = [text_of(each) for each in re.findall(r'<p(?: class="first")?>(.*?)</p>', shown(lena))]
    assert (
        "October 2026: 3 deals created, 1 settled, 0 disputes raised. "
        "September 2026: 1 deal created, 2 settled, 1 dispute raised."
    ) in said
    assert (
        "The newest month that is old enough to judge is September 2026: completion 0 of 1, 0-79 %,"
        " dispute rate 1 of 1, 21-100 %."
    ) in said


def test_each_mark_and_number_opens_what_it_counts_in_its_month(lena: Client) -> None:
    page = shown(lena)
    marks = re.findall(r'<a href="(/desks/deals/numbers/[^"]+)" aria-label="([^"]+)"', page)
    names = {unescape(label) for _address, label in marks}
    assert {"August 2026: 2", "September 2026, Completion: 0 of 1 (0-79 %)"} <= names
    for address, label in dict(marks).items():
        n = int(re.findall(r"\d+", unescape(label).rpartition(":")[2])[0])
        listed = lena.get(unescape(address)).context
        assert listed["total"] == n, label


def test_a_month_whose_deals_are_young_is_drawn_hollow(lena: Client) -> None:
    rows = [text_of(row) for row in re.findall(r'<tr><th scope="row">.*?</tr>', shown(lena), re.DOTALL)]
    assert [(row.split()[0], row.split()[-1]) for row in rows] == [
        ("October", "yet"), ("September", "yes"), ("August", "yes"),
    ]  # fmt: skip
    assert ["not old enough yet" in row for row in rows] == [True, False, False]
    assert ["too little data" in row for row in rows] == [False, True, True]
    hollow = r'aria-label="([^"]+)"><title>[^<]+</title>(?:(?!</a>).)*class="mark is-hollow"'
    assert set(re.findall(hollow, shown(lena), re.DOTALL)) == {
        "October 2026, Completion: 1 of 1 (21-100 %)",
        "October 2026, Dispute rate: 0 of 1 (0-79 %)",
    }


def test_months_before_anything_happened_are_left_out_and_filters_narrow_all(lena: Client) -> None:
    page = text_of(shown(lena, "?period=12-months&category=USED_CAR_DEALER"))
    assert "September 2026: 1 deal created, 0 settled, 1 dispute raised." in page
    assert "August 2026" not in page
    assert "No deal was created or settled, and no dispute raised." in text_of(shown(lena, "?month=2025-01"))


def test_the_tabs_lead_there_with_its_own_usual_period(lena: Client) -> None:
    assert 'href="/dashboards/months?period=12-months"' in lena.get("/dashboards").content.decode()
    assert 'href="/dashboards/overview?period=90-days"' in shown(lena)
    assert 'href="/dashboards/months?period=7-days"' in lena.get("/dashboards?period=7-days").content.decode()


def test_all_percentiles_of_the_dashboards_are_known_as_what_cannot_be_added_up() -> None:
    question = Question("deals", Period(NOW - DAY, NOW), NOW)
    metrics = [metric(key) for key in {key for page in PAGES for key in page.metrics}]
    found = {each.key: each.sql(question)[()] for each in metrics if SCOPE in each.dimensions}
    assert {key for key, answer in found.items() if isinstance(answer, Spread)} == SPREADS
