"""The page where a lead sets thresholds: what holds, what it would change, the history."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases.queries import desk
from opsdesk.insight.findings.periods import last_month
from opsdesk.insight.models import Threshold
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, resolved_at_tier
from tests.web import deals_scene

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
TIER_1 = "/desks/support/thresholds/tier_1_share"


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def lena(now: datetime) -> Somebody:
    cast.desk()
    return cast.lead()


def sent(now: datetime, **more: str) -> dict[str, str]:
    today = now.astimezone(desk("support").zone).date()
    return {"healthy": "60", "red": "40", "holds_from": today.isoformat()} | more


def test_what_is_shipped_stands_there_until_somebody_sets_something(lena: Somebody, browse: Browse) -> None:
    text = text_of(browse(lena).get("/desks/support/thresholds").content.decode())
    assert "Tier 1 share Healthy from 70 %, red below 50 %. Above 80 % with a note." in text
    assert "the beginning shipped Change" in text
    assert "Nobody has changed a threshold" in text


def test_a_look_shows_what_would_be_red_and_sets_nothing(
    lena: Somebody, browse: Browse, now: datetime
) -> None:
    people, start = crew(), last_month(desk("support"), now).start
    for n in range(20):
        tier = 1 if n < 14 else 2
        resolved_at_tier(people, tier, "integration.dms", start + n * timedelta(hours=9))
    client = browse(lena)
    answer = client.post(TIER_1, sent(now, healthy="90", red="75", look="1"))
    assert answer.status_code == 200
    text = text_of(answer.content.decode())
    assert "Tier 1 share 70 % 14 of 20 healthy red" in text
    assert not Threshold.objects.exists()


def test_a_number_with_decimals_is_kept_exactly(lena: Somebody, browse: Browse, now: datetime) -> None:
    answer = browse(lena).post(TIER_1, sent(now, healthy="66.667", note="95", set="1"))
    assert (answer.status_code, answer["Location"]) == (302, "/desks/support/thresholds")
    row = Threshold.objects.get()
    assert (row.healthy, row.red, row.note, row.set_by_id) == (66_667, 40_000, 95_000, lena.id)
    text = text_of(browse(lena).get("/desks/support/thresholds").content.decode())
    assert "Healthy from 66.667 %, red below 40 %. Above 95 % with a note." in text
    assert "Lena" in text


def test_what_is_to_come_is_marked_and_does_not_hold_yet(
    lena: Somebody, browse: Browse, now: datetime
) -> None:
    day = (now + timedelta(days=9)).date().isoformat()
    browse(lena).post(TIER_1, sent(now, holds_from=day, set="1"))
    text = text_of(browse(lena).get("/desks/support/thresholds").content.decode())
    assert "red below 50 %." in text
    assert "to come" in text


def test_who_did_not_see_what_was_set_meanwhile_is_told_before_it_is_set_over(
    lena: Somebody, browse: Browse, now: datetime
) -> None:
    client, field = browse(lena), re.compile(r'name="seen" value="(\d+)"')
    opened = field.findall(client.get(TIER_1).content.decode())[0]
    assert client.post(TIER_1, sent(now, set="1", seen=opened)).status_code == 302
    for button in ("look", "set"):
        late = client.post(TIER_1, sent(now, healthy="90", red="75", seen=opened, **{button: "1"}))
        assert late.status_code == 422
        text = text_of(late.content.decode())
        assert "Somebody has set these limits since you opened the page." in text
        assert "Lena: Healthy from 60 %, red below 40 %. From " in text
    assert Threshold.objects.count() == 1
    shown = field.findall(late.content.decode())[0]
    assert client.post(TIER_1, sent(now, healthy="90", red="75", seen=shown, set="1")).status_code == 302
    assert Threshold.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"red": "61"}, "Red begins on the other side of healthy"),
        ({"healthy": "NaN"}, "Enter a number."),
        ({"healthy": "66.6667"}, "no more than 3 decimal places"),
        ({"healthy": "101"}, "A share is 0 to 100 per cent"),
        ({"holds_from": "2020-01-01"}, "can't change the past"),
        ({"red": ""}, "This field is required."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    lena: Somebody, browse: Browse, now: datetime, more: dict[str, str], words: str
) -> None:
    for button in ("look", "set"):
        answer = browse(lena).post(TIER_1, sent(now, **more, **{button: "1"}))
        assert answer.status_code == 422
        assert words in text_of(answer.content.decode())
    assert not Threshold.objects.exists()


def test_only_a_lead_changes_and_everybody_of_the_desk_reads(lena: Somebody, browse: Browse) -> None:
    vera = browse(cast.viewer())
    page = vera.get("/desks/support/thresholds").content.decode()
    for rule in ("tier_1_share", "stuck_us", "stuck_others"):
        assert page.count(f'id="threshold-{rule}"') == 1
    assert "Stuck on us None is healthy; any is on watch." in text_of(page)
    assert "Change" not in text_of(page)
    assert vera.get(TIER_1).status_code == 403
    assert browse(cast.stranger()).get("/desks/support/thresholds").status_code == 403


def test_a_number_that_has_no_limits_is_not_found(lena: Somebody, browse: Browse) -> None:
    assert browse(lena).get("/desks/support/thresholds/completion").status_code == 404


def test_a_scope_has_limits_of_its_own_until_they_are_taken_back(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    client, today = browse(scene.lena), now.astimezone(desk("deals").zone).date().isoformat()
    address = "/desks/deals/thresholds/dispute_rate"
    fields = {"country": "MN", "category": "USED_CAR_PRIVATE", "holds_from": today}
    client.post(address, {**fields, "healthy": "12", "red": "18", "set": "1"})
    text = text_of(client.get("/desks/deals/thresholds").content.decode())
    assert "Dispute rate MN, Used car private Healthy below 12 %, red above 18 %." in text
    look = client.post(address, {**fields, "healthy": "1", "red": "2", "look": "1"})
    assert "Dispute rate MN, Used car private" in text_of(look.content.decode())
    client.post(address, {**fields, "set": "1"})
    text = text_of(client.get("/desks/deals/thresholds").content.decode())
    assert "As around it again." in text
    assert text.count("Dispute rate MN, Used car private") == 2


def test_a_preview_of_a_desk_without_anything_says_so(browse: Browse, now: datetime) -> None:
    scene = deals_scene.people(now)
    today = now.astimezone(desk("deals").zone).date().isoformat()
    sent = {"healthy": "12", "red": "18", "holds_from": today, "look": "1"}
    answer = browse(scene.lena).post("/desks/deals/thresholds/dispute_rate", sent)
    assert "There is nothing to hold it against yet" in text_of(answer.content.decode())
