"""The dashboards of the deals desk, as its people see them."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from openpyxl import load_workbook

from opsdesk.cases import incidents
from opsdesk.deals import actions as deals
from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.disputes import rulings
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.timers import catch_up
from opsdesk.insight.bands import Share
from opsdesk.kernel.actor import EVERY_DESK, Role
from opsdesk.mail import intake
from opsdesk.web.dashboards.categories import most_by_rate
from opsdesk.web.phrases import plain
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, source
from tests.web import deals_scene as scenes
from tests.web.conftest import HTMX
from tests.web.deals_scene import DAY, DEALER, ESTATE, HOUR, KOREA, MARKET, PRIVATE, DealsScene
from tests.web.test_every_count import loose

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
CATEGORIES = "/dashboards/categories"
# What looks like a count and is a rule, how severe something is, how many reasons.
RULES = re.compile(r"\d+ (?:days|hours)\b|(?:above|below) \d|^SEV\d: |over 20 disputes or more|are level")
INCIDENTS = "/dashboards/incidents?period=30-days"
PAGES = ("overview", "disputes", "settlement", "evidence", "incidents", "categories")


@pytest.fixture
def scene(db: None, now: datetime) -> DealsScene:
    return busy_month(now)


def busy_month(now: datetime) -> DealsScene:
    """A month of deals: stuck ones, settled ones, disputes that run, were ruled or ran out, incidents."""
    found = scenes.people(now)
    for key in (PRIVATE, DEALER, ESTATE, KOREA):
        scenes.open_scope(found, key, since=now - 60 * DAY)
    old = now - 20 * DAY
    for days in (3, 3, 3):
        deals.approve(deal_id=scenes.delivered(old).id, actor=MARKET, now=old + days * DAY - HOUR)
    scenes.funded(old, scope=ESTATE)
    scenes.created(old)
    scenes.in_issue(now - 30 * HOUR)
    scenes.in_issue(now - HOUR, Reason.QUALITY_NOT_MATCHING, scope=DEALER)
    catch_up(scenes.in_issue(old, Reason.MISSING_PARTS).id, now=old + 3 * DAY)
    ruled = Dispute.objects.get(deal=scenes.in_issue(old, scope=DEALER))
    choice = Choice(Outcome.OFFSET, amount_minor=1_500_000, reason="A small scratch.")
    rulings.rule(dispute_id=ruled.id, choice=choice, actor=found.otgon.actor, now=old + 20 * HOUR)
    nara = cast.somebody("nara", [Role.ENGINEER], ["on-call"], desk="deals")
    for severity in ("SEV1", "SEV2"):
        incidents.open_incident(subject="Slow", words="", severity=severity, actor=nara.actor, now=old)
    return found


@pytest.fixture
def lena(scene: DealsScene, browse: Browse) -> Client:
    return browse(scene.lena)


def text_of(page: str) -> str:
    """What is read; a number that is a link stands in its sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", page))).split())


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def numbers(page: str) -> Iterator[tuple[str, int]]:
    """Every count of a page that opens a list, with its address."""
    for address, text in re.findall(r'<a href="(/desks/deals/numbers/[^"]+)"[^>]*>([^<]*)<', page):
        if re.fullmatch(r"[0-9,]+", text):
            yield unescape(address), int(text.replace(",", ""))


def marks(page: str) -> Iterator[tuple[str, int]]:
    """Every mark of a drawing that opens a list, with the number its label says."""
    for address, label in re.findall(r'<a href="(/desks/deals/numbers/[^"]+)" aria-label="([^"]+)"', page):
        yield unescape(address), int(re.findall(r"\d+", unescape(label).rpartition(":")[2])[0])


def total(page: str) -> int:
    return int(re.findall(r"\d+ to \d+ of (\d+)", page)[0])


def test_the_first_line_says_what_is_stuck_where_and_what_is_urgent(lena: Client) -> None:
    first = plain(re.findall(r'<p class="first[^"]*">(.*?)</p>', shown(lena, "/dashboards"))[0])
    assert "1 deal is stuck: Funded, MN × Real estate sale." in first
    assert "1 of 2 open disputes is urgent: less than 24 hours are left." in first


def test_every_number_and_mark_opens_exactly_what_it_counts(lena: Client) -> None:
    seen: dict[str, int] = {}
    for key in PAGES:
        page = shown(lena, f"/dashboards/{key}?period=30-days")
        for address, count in [*numbers(page), *marks(page)]:
            assert seen.setdefault(address, count) == count, address
    assert len(seen) > 60
    assert any("side=whole" in address for address in seen)
    for address, count in seen.items():
        assert total(shown(lena, address)) == count, address


def test_no_count_is_without_its_list(lena: Client) -> None:
    found = {key: list(loose(shown(lena, f"/dashboards/{key}"))) for key in (*PAGES, "months")}
    assert [(key, text) for key, texts in found.items() for text in texts if not RULES.search(text)] == []
    for key in ("overview", "categories"):
        page = shown(lena, f"/dashboards/{key}?period=30-days")
        address, n = re.findall(r'<a href="([^"]+)" aria-label="All: (\d+)"><title>All: \2<', page)[0]
        assert total(shown(lena, unescape(address))) == int(n) > 0


def test_a_share_opens_what_of_it_is_open(lena: Client, now: datetime) -> None:
    period = f"from={(now - 30 * DAY).date()}&to={(now + 9 * DAY).date()}"
    open_ones = [
        each for each in numbers(shown(lena, f"/dashboards/disputes?{period}")) if "=open" in each[0]
    ]
    assert {count for _address, count in open_ones} == {1, 2}
    for address, count in open_ones:
        assert total(shown(lena, address)) == count, address


def test_a_share_opens_those_it_counts(lena: Client) -> None:
    page = shown(lena, "/dashboards/settlement?period=30-days")
    address = re.findall(r'<a href="(/desks/deals/numbers/completion[^"]+)">5 of 6', page)[0]
    assert total(shown(lena, unescape(address))) == 5


def test_a_rate_of_few_deals_is_not_the_highest() -> None:
    rates = {
        ("A",): Share(3, 3, 30),
        ("B",): Share(1, 1, 6),
        ("C",): Share(2, 2, 20),
        ("D",): Share(1, 1, 20),
    }
    assert most_by_rate(rates) == ["A", "C"]
    assert most_by_rate({("B",): Share(1, 1, 6)}) == []


def test_the_most_disputes_by_count_and_by_rate_stand_in_one_sentence(lena: Client, now: datetime) -> None:
    page = text_of(shown(lena, "/dashboards/categories?period=30-days"))
    both = "Used car dealer and Used car private"
    assert f"By count the most disputes are in {both} (2); no rate is known yet." in page
    for days in (15, 16):
        scenes.in_issue(now - days * DAY)
    page = text_of(shown(lena, "/dashboards/categories?period=30-days"))
    assert "are in Used car private (4); no rate is known yet." in page
    assert "Why: in Used car private the most frequent reason is Minor damage (3)." in page
    assert "What to do, by its playbook: Offset from the holdback within its cap." in page


def test_a_filter_that_leaves_nothing_leaves_no_zero_mean_and_no_empty_reason(lena: Client) -> None:
    address = "/dashboards/categories?period=30-days&state="
    body = lena.get(f"{address}INSPECTION&table=compared&as=csv").content.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(body)))
    of_nothing = ("Mean time to settle", "Mean resolution time", "Intervention")
    assert {value for name, value in row.items() if name.startswith(of_nothing)} <= {"", "–"}, row
    assert row["Disputes"] == "0"
    page = text_of(shown(lena, f"{address}INSPECTION"))
    assert "With these filters no category has a dispute in this period." in page
    assert "Why:" not in page
    page = text_of(shown(lena, f"{address}ISSUE"))
    assert "The most of these disputes are in" in page
    assert "compare by rate" not in page


def test_level_reasons_are_all_said_and_few_deals_make_no_plain_rate(lena: Client) -> None:
    page = text_of(shown(lena, "/dashboards/categories?period=30-days"))
    level = "no reason stands out, these are level: Minor damage (1), Missing parts (1)."
    assert f"Why: in Used car private {level}" in page
    assert "None: 2 are level (1 each)" in page
    assert "no reason stands out, these are level: " in shown(lena, "/questions/most-disputed")
    assert "Too few deals to compare by rate: Used car dealer" in page
    assert "100.0 %" not in page
    assert re.search(r"<text[^>]*>\d of \d \(\d+-\d+ %\)", shown(lena, f"{CATEGORIES}?period=30-days"))


def test_filters_compose_and_are_only_those_the_numbers_take(lena: Client) -> None:
    page = shown(lena, "/dashboards?period=30-days&category=REAL_ESTATE_SALE&state=FUNDED")
    assert "1 deal was created in this period, 0 of them settled." in text_of(page)
    assert "No dispute is open." in page
    assert "Not narrowed by State: Completion, Dispute rate." in text_of(page)
    assert 'name="state"' not in shown(lena, "/dashboards/evidence")
    assert 'name="category"' not in shown(lena, "/dashboards/incidents")


def test_a_page_says_which_date_each_number_goes_by(lena: Client) -> None:
    said = text_of(shown(lena, "/dashboards/settlement"))
    assert "when the deal was settled Mean time to settle, Time to settle," in said
    assert "when the deal was created Completion, Old enough and never funded" in said


def test_another_dashboard_keeps_the_period_and_the_filters_it_takes(lena: Client) -> None:
    page = shown(lena, "/dashboards?period=7-days&category=USED_CAR_DEALER&state=FUNDED")
    assert 'href="/dashboards/evidence?period=7-days&amp;category=USED_CAR_DEALER"' in page
    assert 'href="/dashboards/incidents?period=7-days"' in page


def test_each_table_is_a_file_that_says_what_the_page_says(lena: Client) -> None:
    for key in PAGES:
        page = shown(lena, f"/dashboards/{key}?period=30-days")
        found = re.findall(r'href="([^"]+table=[^"]+as=csv)"', page)
        assert found
        for address in map(unescape, found):
            lines = list(csv.reader(io.StringIO(lena.get(address).content.decode("utf-8-sig"))))
            book = load_workbook(io.BytesIO(lena.get(address.replace("as=csv", "as=xlsx")).content))
            sheet: Any = book.active
            assert len(lines) == sheet.max_row
            name = re.findall("table=([a-z-]+)", address)[0]
            body = page[page.index(f'aria-labelledby="{name}-title"') :].partition("</section>")[0]
            assert all(line[0] in unescape(body) for line in lines[1:])
            assert body.count("<tr>") == len(lines)


def test_a_refresh_brings_the_numbers_alone(lena: Client) -> None:
    piece = lena.get("/dashboards?period=30-days", headers=HTMX).content.decode()
    assert piece.lstrip().startswith('<div id="numbers"')
    assert "<html" not in piece
    assert 'hx-get="/dashboards?period=30-days"' in piece


def test_a_past_day_is_said_and_shows_the_states_of_then(lena: Client, now: datetime) -> None:
    day = (now - 19 * DAY).astimezone(ZoneInfo("Asia/Ulaanbaatar")).date().isoformat()
    page = text_of(shown(lena, f"/dashboards?period=30-days&as_of={day}"))
    assert "States, moves and targets are those of then" in page
    assert "7 deals were created in this period, 1 of them settled." in page


def test_an_empty_desk_has_every_page(db: None, now: datetime, browse: Browse) -> None:
    lead = browse(scenes.people(now).lena)
    for key in PAGES:
        assert 'class="first' in shown(lead, f"/dashboards/{key}")
    assert "No deal is stuck. No dispute is open." in shown(lead, "/dashboards")


def test_whoever_may_read_the_desk_sees_them_and_nobody_else(scene: DealsScene, browse: Browse) -> None:
    assert browse(scene.vera).get("/dashboards").status_code == 200
    assert browse(cast.lead("stranger")).get("/dashboards").status_code == 403
    assert browse(scene.vera).get("/dashboards/nothing").status_code == 404


def test_a_shared_view_shows_on_its_page_to_others(lena: Client, scene: DealsScene, browse: Browse) -> None:
    sent = {"name": "Estate", "query": "period=7-days&category=REAL_ESTATE_SALE", "shared": "on"}
    lena.post("/desks/deals/number-views/deals-overview?back=/dashboards", sent)
    page = shown(browse(scene.vera), "/dashboards")
    assert 'href="/dashboards?period=7-days&amp;category=REAL_ESTATE_SALE"' in page
    assert "Estate" not in shown(browse(scene.vera), "/dashboards/disputes").partition("</nav>")[0]


def test_a_dispute_rate_is_held_against_its_limits_over_20_deals(lena: Client, now: datetime) -> None:
    old = now - 10 * DAY
    for n in range(20):
        deal = scenes.delivered(old - timedelta(minutes=n), scope=KOREA, total=1_000_000, currency="KRW")
        deals.approve(deal_id=deal.id, actor=MARKET, now=old + DAY)
    page = text_of(shown(lena, "/dashboards?period=30-days&country=KR"))
    assert "Dispute rate 0 % (0 of 20) healthy healthy below 10 %, red above 15 %" in page


def test_mail_in_quarantine_opens_its_list_to_who_may_read_a_desk_that_takes_mail(
    lena: Client, browse: Browse
) -> None:
    """A lead of the deals desk alone sees how many there are, and no door that is shut."""
    cast.desk()
    intake.store(source=source(), raw=b"garbage", label="x", received_at=None, now=NOW)
    intake.sort_pending(limit=1, now=NOW)
    both = browse(cast.somebody("both", [Role.LEAD], [], desk=EVERY_DESK))
    assert "quarantined" not in re.findall(r"Quarantined mail.*?</tr>", shown(lena, INCIDENTS))[0]
    assert '/intake?outcome=quarantined">1<' in shown(both, INCIDENTS)
