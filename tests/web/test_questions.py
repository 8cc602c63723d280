"""The questions: one sentence first, the pages behind it; the ask box finds them by their words."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases import actions
from opsdesk.cases.queries import desk
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.insight.bands import Share
from opsdesk.insight.findings.periods import last_month
from opsdesk.kernel.actor import Role
from opsdesk.web.questions.matching import best, ranked, tokens
from opsdesk.web.questions.months import month_named
from opsdesk.web.questions.of_deals import first_by_rate, first_of
from opsdesk.web.questions.questions import ALL, EMPTY
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve, resolved_at_tier
from tests.web import deals_scene
from tests.web.deals_scene import DAY, DEALER, PRIVATE

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
MARCH = "2026-03"
START = datetime.fromisoformat("2026-03-03T15:00:00+00:00")


def text_of(page: str) -> str:
    """What is read; a number that is a link stands in its sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", page))).split())


def first_line(client: Client, key: str, query: str = f"?month={MARCH}") -> str:
    """The first line of an answer."""
    page = client.get(f"/questions/{key}{query}").content.decode()
    found = re.search(r'<p class="first">(.*?)</p>', page)
    assert found, page
    return text_of(found[1])


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


@pytest.fixture
def lena(people: Crew, browse: Browse) -> Client:
    return browse(cast.lead())


@pytest.fixture
def march(people: Crew) -> None:
    """24 requests: 14 end at Tier 1, 6 at Tier 2, 3 at Tier 3; one is open at Tier 2."""
    ends = [(1, "how-to.dashboard")] * 14 + [(2, "integration.dms")] * 6
    ends += [(3, "core.llm-behaviour")] * 2 + [(3, "integration.scheduler")]
    for n, (tier, type_) in enumerate(ends):
        resolved_at_tier(people, tier, type_, START + n * 9 * HOUR)
    escalate(cast.request_at(START), people.operator, START + HOUR, "integration.dms")


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        (
            "split",
            (
                "Of 24 requests in March 2026, "
                "Tier 1 resolved 14 (58 %), Tier 2 resolved 6 (25-29 %), Tier 3 resolved 3 (12 %)."
            ),
        ),
        ("tier-1-alone", "Tier 1 handles 58 % alone: it resolved 14 of 24 requests in March 2026."),
        ("to-tier-2", "10 of 24 requests went to Tier 2: 8 Integration support, 2 Core support."),
        (
            "past-tier-2",
            (
                "3 of the 10 that reached Tier 2 in March 2026 passed it: "
                "2 Core (LLM behaviour), 1 Integration (Scheduler)."
            ),
        ),
        ("volume", "24 requests came in in March 2026, 24 more than in February 2026 (0)."),
        ("causes", "Of 10 that went above Tier 1 in March 2026, 9 are resolved: 9 Configuration."),
    ],
)
def test_the_first_line_is_the_answer(march: None, lena: Client, key: str, answer: str) -> None:
    assert first_line(lena, key) == answer


def test_what_is_open_stands_beside_and_is_never_added(march: None, lena: Client) -> None:
    assert "1 is not resolved yet." in text_of(lena.get(f"/questions/split?month={MARCH}").content.decode())
    page = text_of(lena.get(f"/questions/causes?month={MARCH}").content.decode())
    assert "1 is still open; it was handed up for: 1 Needs skill." in page
    reasons = text_of(lena.get(f"/questions/to-tier-2?month={MARCH}").content.decode())
    assert "They were handed up for: 10 Needs skill." in reasons


def test_every_number_of_an_answer_opens_exactly_its_cases(march: None, lena: Client) -> None:
    seen = 0
    for key in ("split", "tier-1-alone", "to-tier-2", "past-tier-2", "volume"):
        page = lena.get(f"/questions/{key}?month={MARCH}").content.decode()
        for address, n in re.findall(r'href="(/desks/support/funnel/cases[^"]+)">(\d+)<span', page):
            assert lena.get(unescape(address)).context["found"].total == int(n), address
            seen += 1
    assert seen >= 12


def test_who_held_the_requests_is_said_by_part_of_the_time(people: Crew, lena: Client) -> None:
    case = cast.request_at(START, type="integration.dms")
    party = cast.definition().third_parties[0]
    wait = {"on": "third_party", "party": party.key, "expected_at": START + 90 * HOUR}
    actions.wait(case_id=case.id, actor=people.operator.actor, now=START + HOUR, **wait)
    resolve(case, people.operator, START + 4 * HOUR, "integration.dms")
    parts = "75 % waiting for third parties, 25 % passed with us."
    assert first_line(lena, "waiting") == f"Of the time that the requests of March 2026 took, {parts}"
    page = text_of(lena.get(f"/questions/waiting?month={MARCH}").content.decode())
    assert f"The longest single wait is {party.name}: 75 % of all." in page


def test_stuck_cases_are_counted_now_by_queue(people: Crew, lena: Client) -> None:
    assert first_line(lena, "stuck-cases", "") == "No case is stuck now."
    cast.request_at(START)
    assert first_line(lena, "stuck-cases", "") == "1 case is stuck now: 1 on us, 0 on others."


@pytest.mark.parametrize("key", [each.key for each in ALL if each.key != "stuck-cases"])
def test_a_desk_with_nothing_answers_every_question(browse: Browse, now: datetime, key: str) -> None:
    scene = deals_scene.people(now)
    line = first_line(browse(scene.ada), key, "")
    assert line.startswith(
        ("Nothing came in", "No deal is stuck now. No dispute is urgent now.", "No dispute was")
    )


def test_a_month_in_which_nothing_went_up_says_so(people: Crew, lena: Client) -> None:
    resolved_at_tier(people, 1, "how-to.dashboard", START)
    assert first_line(lena, "to-tier-2") == "Nothing went to Tier 2 in March 2026."
    assert first_line(lena, "past-tier-2") == "Nothing passed Tier 2 in March 2026; it received 0."
    assert first_line(lena, "causes").startswith("Nothing went above Tier 1 in March 2026")
    assert "as many as in" not in first_line(lena, "volume")
    resolved_at_tier(people, 1, "how-to.dashboard", START + 31 * DAY)
    resolved_at_tier(people, 1, "how-to.dashboard", START + 61 * DAY)
    assert "as many as in March 2026 (1)." in first_line(lena, "volume", "?month=2026-04")
    assert "0 fewer" not in first_line(lena, "volume", "?month=2026-05")


def test_a_month_that_is_none_is_said_and_the_way_back_shown(lena: Client) -> None:
    answer = lena.get("/questions/split?month=2026-13")
    assert answer.status_code == 400
    assert "Write the month as 2026-10." in text_of(answer.content.decode())


def test_stuck_deals_and_urgent_disputes_are_one_answer(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    Deal.objects.filter(id=scene.deals["funded"].id).update(funded_at=now - 9 * DAY, created_at=now - 9 * DAY)
    client = browse(scene.lena)
    line = first_line(client, "stuck-deals", "")
    assert line == "1 deal is stuck now: 1 Funded. 1 dispute has less than 24 hours left."
    page = client.get("/questions/stuck-deals").content.decode()
    for address, n in re.findall(r'href="(/desks/deals/numbers/[^"]+)">(\d+)<span', page):
        assert client.get(unescape(address)).context["total"] == int(n), address


def test_the_most_disputed_category_is_named_with_why_and_what_to_do(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    deals_scene.in_issue(now - 3 * HOUR, Reason.QUALITY_NOT_MATCHING, scope=DEALER)
    client = browse(scene.lena)
    line = first_line(client, "most-disputed", "")
    most = "Used car dealer had the most disputes by count (2); too few deals for rates."
    assert line == f"In the last 90 days {most}"
    page = text_of(client.get("/questions/most-disputed").content.decode())
    assert "Why, in Used car dealer: most often" in page
    told = re.findall(r"What to do, by its playbook: (.+?\.)", page)
    assert told
    assert told[0] in text_of(client.get("/dashboards/categories?period=30-days").content.decode())
    assert PRIVATE == "MN.USED_CAR_PRIVATE"
    month = f"{now:%Y-%m}"
    page = client.get(f"/questions/most-disputed?month={month}").content.decode()
    assert f"numbers/disputes_raised?month={month}&" in unescape(page)
    assert first_line(client, "most-disputed", "?month=2025-01") == "No dispute was raised in January 2025."


def test_count_and_rate_may_name_different_categories() -> None:
    rates = {
        "cars": Share(3, 3, 100),
        "homes": Share(2, 2, 20),
        "few": Share(1, 1, 2),
        "none": Share(0, 0, 50),
    }
    assert first_by_rate(rates) == ["homes"]
    assert first_by_rate({"cars": Share(2, 2, 40), "homes": Share(1, 1, 20)}) == ["cars", "homes"]
    assert first_by_rate({"none": Share(0, 0, 50)}) == []
    assert first_of({"cars": 3, "homes": 3, "boats": 1}) == ["cars", "homes"]


def found_for(text: str) -> str:
    return best(ranked(text, {each.key: each.texts for each in ALL}, EMPTY))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("What is the actual split?", "split"),
        ("WHAT SHARE CAN TIER 1 HANDLE ALONE", "tier-1-alone"),
        ("escalations by path", "to-tier-2"),
        ("what reaches product engineering", "past-tier-2"),
        ("on whom do we wait", "waiting"),
        ("volume last month", "volume"),
        ("how many tickets", "volume"),
        ("bugs or one-offs?", "causes"),
        ("any urgent dispute", "stuck-deals"),
        ("worst category", "most-disputed"),
        ("cases stuck", "stuck-cases"),
        ("delays by provider", "waiting"),
        ("stale tickets", "stuck-cases"),
        ("what’s lying around untouched", "stuck-cases"),
        ("do we need more people", "waiting"),
    ],
)
def test_a_question_is_found_by_its_words(text: str, key: str) -> None:
    assert found_for(text) == key


@pytest.mark.parametrize("text", ["", "zebra", "how is it", "?!", "stu", "الأسئلة"])
def test_words_that_no_question_has_find_none(text: str) -> None:
    assert found_for(text) == ""


def test_words_are_matched_whole_and_a_rare_one_counts_more() -> None:
    known = {"a": ("stuck deals",), "b": ("stuck cases",), "c": ("stuck",)}
    assert [key for key, _ in ranked("stuck cases", known, frozenset())] == ["b", "a", "c"]
    assert best(ranked("stuck", known, frozenset())) == ""
    assert tokens("Tier-1, TIER 2!") == {"tier", "1", "2"}


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("how much came in in September?", "2026-09"),
        ("volume of december", "2025-12"),
        ("split May 2025", "2025-05"),
        ("split of May 2025", "2025-05"),
        ("what may Tier 1 handle alone", ""),
    ],
)
def test_a_month_named_in_a_question_is_the_last_one_begun_or_of_its_year(text: str, month: str) -> None:
    names = {"may": 5, "september": 9, "december": 12}
    assert month_named(text, names, date(2026, 11, 22)) == month


def test_the_box_leads_to_the_answer_or_lists_what_fits_or_all(lena: Client) -> None:
    answer = lena.get("/questions", {"q": "actual split"})
    assert answer["Location"] == "/questions/split?q=actual+split"
    named = lena.get("/questions", {"q": "how much came in in March 2026?"})
    assert named["Location"].endswith("&month=2026-03")
    assert 'value="actual split"' in lena.get(answer["Location"]).content.decode()
    some = lena.get("/questions", {"q": "waiting or past"})
    assert some.status_code in (200, 302)
    nothing = text_of(lena.get("/questions", {"q": "zebra"}).content.decode())
    assert "No question fits these words." in nothing
    assert all(each.text in nothing for each in ALL if each.about == "requests")


def test_questions_are_offered_to_those_who_may_read_the_answer(people: Crew, browse: Browse) -> None:
    vera = browse(cast.viewer())
    listed = text_of(vera.get("/questions").content.decode())
    assert "What is the actual split" in listed
    assert "disputes" not in listed
    assert vera.get("/questions/most-disputed").status_code == 403
    assert vera.get("/questions/nothing-of-the-kind").status_code == 404
    nobody = browse(cast.somebody("nils", [Role.VIEWER], desk="elsewhere"))
    assert "There is no desk whose numbers you may read" in text_of(nobody.get("/questions").content.decode())


def test_an_answer_refreshes_by_itself_in_its_place(lena: Client) -> None:
    answer = lena.get(f"/questions/split?month={MARCH}", headers={"HX-Request": "true"}).content.decode()
    assert answer.lstrip().startswith('<div id="numbers"')
    assert f"/questions/split?month={MARCH}" in answer


def test_every_question_has_a_key_of_its_own_and_ends_with_a_question_mark() -> None:
    assert len({each.key for each in ALL}) == len(ALL) == 10
    assert all(each.text.endswith("?") for each in ALL)


def test_the_last_month_is_asked_about_unless_another_is_chosen(lena: Client, now: datetime) -> None:
    page = lena.get("/questions/split").content.decode()
    assert f'value="{last_month(desk("support"), now).start + timedelta(days=3):%Y-%m}"' in page
