"""The funnel page as a lead sees it."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.accounts.models import Account
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve, resolved_at_tier

pytestmark = pytest.mark.django_db
TYPE = "core.llm-behaviour"
Browse = Callable[[Somebody], Client]


@pytest.fixture
def people() -> Crew:
    cast.desk()
    return crew()


@pytest.fixture
def lena(people: Crew, browse: Browse) -> Client:
    return browse(cast.lead())


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def march(people: Crew) -> None:
    """30 requests: 21 end at Tier 1, 6 at Tier 2, one at Tier 3; one is open at Tier 2 and one at Tier 1."""
    start = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
    for n, tier in enumerate([1] * 21 + [2] * 6 + [3]):
        resolved_at_tier(people, tier, TYPE, start + n * timedelta(hours=9))
    escalate(cast.request_at(start, type=TYPE), people.operator, start + HOUR, TYPE)
    cast.request_at(start)


def test_the_answer_comes_first_in_words(people: Crew, lena: Client) -> None:
    march(people)
    page = text_of(lena.get("/desks/support/funnel?month=2026-03").content.decode())
    assert "30 requests in March 2026." in page
    assert "Tier 1 resolved 21 (70-73 %) and handed 8 up." in page
    assert "Tier 2 resolved 6 (6-7 of 8, 41-98 %) and handed 1 up." in page
    assert "Tier 3 resolved 1 (1 of 1, 21-100 %): 1 Core (LLM behaviour)." in page
    assert "2 are not resolved yet." in page
    assert "no type yet" in page


def test_every_number_and_band_opens_exactly_its_cases(people: Crew, lena: Client) -> None:
    march(people)
    page = lena.get("/desks/support/funnel?month=2026-03").content.decode()
    links = re.findall(r'href="(/desks/support/funnel/cases\?[^"]+)"[^>]*>(\d+)<', page)
    bands = re.findall(
        r'href="(/desks/support/funnel/cases\?[^"]+)" aria-label="[^"]*: (\d+)(?: of 30)?"', page
    )
    assert len(links) > 30
    assert len(bands) > 14
    for address, n in {*links, *bands}:
        listed = lena.get(unescape(address))
        assert listed.context["found"].total == int(n), address
        assert len(listed.context["found"].lines) == int(n)


def test_the_page_says_as_of_when_and_whose_days(people: Crew, lena: Client) -> None:
    page = text_of(lena.get("/desks/support/funnel?month=2026-03").content.decode())
    assert "As of" in page
    assert "Times, days and months are those of America/Chicago." in page


def test_a_period_without_requests_says_what_to_do(lena: Client) -> None:
    answer = lena.get("/desks/support/funnel?month=2025-03")
    page = text_of(answer.content.decode())
    assert answer.status_code == 200
    assert "Nothing came in in this period." in page
    assert "To the intake ledger" in page
    assert 'class="chart sankey' not in answer.content.decode()


def test_a_filter_that_finds_nothing_offers_to_clear_it(people: Crew, lena: Client) -> None:
    march(people)
    page = text_of(lena.get("/desks/support/funnel?month=2026-03&type=how-to").content.decode())
    assert "No request matches these filters." in page


def test_filters_narrow_every_number(people: Crew, lena: Client) -> None:
    march(people)
    account = Account.objects.create(key="north", name="North", recorded_at=cast.MONDAY)
    cast.request_at(account_id=account.id, type="integration.dms")
    for query, n in (
        ("account=north", 1),
        ("family=core", 29),
        ("type=core.llm-behaviour&type=integration.dms", 30),
        ("account=north&account=-", 31),
        ("queue=ops", 23),
        ("family=core&queue=core-support&queue=core-engineering", 8),
        ("type=integration.dms", 1),
        ("type=-", 1),
        ("account=-", 30),
    ):
        answer = lena.get(f"/desks/support/funnel?month=2026-03&{query}")
        assert answer.context["funnel"].requests.n == n, query
        assert query in answer.context["place"].query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("month=2026-13", "Write the month as 2026-10."),
        ("month=nonsense", "Write the month as 2026-10."),
        ("month=0000-01", "Choose a month between 1970 and 2100."),
        ("from=2026-03-05&to=2026-03-01", "The last day lies before the first."),
        ("from=2026-03-05", "Give both days, or a month."),
        ("to=2026-03-05", "Give both days, or a month."),
        ("from=0001-01-01&to=9999-12-31", "Ten years at most."),
        ("month=2026-03&account=nobody", "No account has this key."),
        ("month=2026-03&type=nonsense", "Select a valid choice."),
    ],
)
def test_a_wrong_filter_is_named_and_nothing_is_counted(lena: Client, query: str, words: str) -> None:
    for path in ("funnel", "funnel.csv", "funnel/cases"):
        answer = lena.get(f"/desks/support/{path}?{query}")
        assert answer.status_code == 400
        assert words in text_of(answer.content.decode())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("shown=month&month=2026-03&from=2026-02-01&to=2026-02-05", "from=2026-02-01&to=2026-02-05"),
        ("shown=days&month=2026-03&from=2026-02-01&to=2026-02-05", "month=2026-03"),
        ("month=2026-03&from=2026-02-01&to=2026-02-05", "from=2026-02-01&to=2026-02-05"),
        ("shown=days&month=&from=2026-02-02&to=2026-02-05", "from=2026-02-02&to=2026-02-05"),
        ("shown=days&month=2026-03&from=&to=2026-02-05", "month=2026-03"),
    ],
)
def test_of_a_month_and_days_the_one_just_typed_counts(lena: Client, query: str, expected: str) -> None:
    """The page had only one of them filled in; after it, too, only the one that counts is."""
    answer = lena.get(f"/desks/support/funnel?{query}")
    assert answer.context["place"].query == expected
    filled = {name for name in ("month", "from", "to") if answer.context["bar"].form[name].value()}
    assert filled == {part.split("=")[0] for part in expected.split("&")}
    kept = "days" if "from" in filled else "month"
    assert f'name="shown" value="{kept}"' in answer.content.decode()


def test_an_account_is_offered_and_found_by_key_or_by_name(people: Crew, lena: Client) -> None:
    for key, name in (("north", "North Motors"), ("south", "Twins"), ("west", "Twins")):
        Account.objects.create(key=key, name=name, recorded_at=cast.MONDAY)
    page = lena.get("/desks/support/funnel?month=2026-03").content.decode()
    assert '<option value="north">North Motors</option>' in page
    for text in ("north", "NORTH", "North Motors", "north motors"):
        answer = lena.get("/desks/support/funnel", {"month": "2026-03", "account": text})
        assert answer.context["place"].filters.account == ("north",)
    several = lena.get("/desks/support/funnel", {"month": "2026-03", "account": "South, North Motors ,-"})
    assert several.context["place"].query == "month=2026-03&account=south&account=north&account=-"
    assert 'name="account" value="South, North Motors ,-"' in several.content.decode()
    for text in ("Twins", "Motors"):
        answer = lena.get("/desks/support/funnel", {"month": "2026-03", "account": text})
        assert answer.status_code == 400
        assert "No account has this key." in text_of(answer.content.decode())


def test_work_committed_while_the_page_is_made_breaks_nothing(
    people: Crew, lena: Client, now: datetime
) -> None:
    cast.request_at(now + timedelta(seconds=5), type=TYPE)
    for path in ("funnel", "funnel.csv"):
        assert lena.get(f"/desks/support/{path}?month={now:%Y-%m}").status_code == 200


def test_stays_that_ended_untouched_are_said_to_be_left_out(people: Crew, lena: Client) -> None:
    escalate(cast.request_at(type=TYPE), cast.lead("lou"), cast.MONDAY + HOUR, TYPE)
    page = text_of(lena.get("/desks/support/funnel?month=2026-03").content.decode())
    assert "1 without a time" in page


@pytest.mark.parametrize(
    "query",
    ["month=9999-12", "month=0001-01", "from=9999-12-30&to=9999-12-31", "from=0001-01-01&to=0001-01-02"],
)
def test_years_that_no_desk_has_seen_are_refused(lena: Client, query: str) -> None:
    answer = lena.get(f"/desks/support/funnel?{query}")
    assert answer.status_code == 400
    assert "between 1970 and 2100" in text_of(answer.content.decode())


@pytest.mark.parametrize("query", ["month=1970-01", "month=2100-12"])
def test_a_month_far_away_is_empty(lena: Client, query: str) -> None:
    assert lena.get(f"/desks/support/funnel?{query}").context["funnel"].requests.n == 0


def test_a_list_goes_on_page_by_page_and_ignores_a_broken_cursor(people: Crew, lena: Client) -> None:
    start = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
    for _ in range(51):
        cast.request_at(start)
    first = lena.get("/desks/support/funnel/cases?month=2026-03&pick=in")
    second = lena.get(first.context["next"])
    ids = [line.id for page in (first, second) for line in page.context["found"].lines]
    assert (len(ids), len(set(ids))) == (51, 51)
    for broken in ("x", "٣", "9" * 30, "-1"):
        assert (
            lena.get(f"/desks/support/funnel/cases?month=2026-03&pick=in&after={broken}").status_code == 200
        )


def test_a_number_that_does_not_exist_is_refused_in_words(lena: Client) -> None:
    answer = lena.get("/desks/support/funnel/cases?month=2026-03&pick=received:9")
    assert answer.status_code == 400
    assert "There is no number called received:9." in text_of(answer.content.decode())


def test_the_numbers_can_be_saved_as_csv(people: Crew, lena: Client) -> None:
    march(people)
    answer = lena.get("/desks/support/funnel.csv?month=2026-03")
    assert answer["Content-Type"].startswith("text/csv")
    assert "funnel-support-2026-03.csv" in answer["Content-Disposition"]
    numbers = dict(list(csv.reader(io.StringIO(answer.content.decode())))[1:])
    assert numbers["in"] == "30"
    assert numbers["resolved:1"] == "21"
    assert numbers["tier_1_share.low"] == "21"
    assert numbers["tier_1_share.high"] == "22"
    assert numbers["tier_1_share.state"] == "healthy"


def test_a_list_can_be_saved_as_csv_and_is_no_formula(people: Crew, lena: Client) -> None:
    cast.request_at(subject="=HYPERLINK(1)")
    answer = lena.get("/desks/support/funnel/cases.csv?month=2026-03&pick=in")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [line["subject"] for line in lines] == ["'=HYPERLINK(1)"]
    assert lena.get("/desks/support/funnel/cases.csv?month=2026-03&pick=zzz").status_code == 400


def test_whoever_has_no_role_on_the_desk_sees_no_funnel(people: Crew, browse: Browse) -> None:
    outsider = browse(cast.stranger())
    for path in ("funnel", "funnel.csv", "funnel/cases", "funnel/cases.csv"):
        assert outsider.get(f"/desks/support/{path}?month=2026-03").status_code == 403
    assert Client().get("/desks/support/funnel").status_code == 302


def test_stuck_cases_are_listed_as_of_now_whatever_the_period(people: Crew, lena: Client) -> None:
    cast.request_at(type=TYPE)
    answer = lena.get("/desks/support/funnel/cases?month=2025-03&pick=stuck_us")
    assert answer.context["found"].total == 1
    assert "as the desk stands now" in text_of(answer.content.decode())


def test_without_a_period_the_page_shows_the_last_month_that_ended(
    people: Crew, lena: Client, now: datetime
) -> None:
    assert lena.get("/desks/support/funnel").context["place"].month == f"{now:%Y-%m}"
    resolve(cast.request_at(), people.operator, cast.MONDAY, TYPE)
    shown = lena.get("/desks/support/funnel").context["place"].month
    assert shown == f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
