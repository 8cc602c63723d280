"""The funnel has the faces of every page of numbers: refresh, kept views, files, any filter, a past day."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from openpyxl import load_workbook

from opsdesk.cases.models import Case
from opsdesk.people.models import SavedView
from opsdesk.web.numbers.address import views_of
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve, resolved_at_tier
from tests.web.conftest import HTMX

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
PAGE = "/desks/support/funnel"
MARCH = f"{PAGE}?month=2026-03"
LLM = "core.llm-behaviour"
TABLES = {"tiers", "people", "times", "stays", "types", "holders", "silence", "trend"}


@pytest.fixture
def people() -> Crew:
    """Three requests of March 3: one resolved at Tier 1, one at Tier 2, one open there."""
    cast.desk()
    found = crew()
    start = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
    for tier in (1, 2):
        resolved_at_tier(found, tier, LLM, start)
    escalate(cast.request_at(start, type=LLM), found.operator, start + HOUR, LLM)
    return found


@pytest.fixture
def lena(people: Crew, browse: Browse) -> Client:
    return browse(cast.lead())


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def lines_of(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))


def test_a_refresh_brings_the_numbers_and_the_moment_but_not_the_bar(lena: Client) -> None:
    address = f"{MARCH}&family=core&type={LLM}"
    page = shown(lena, address)
    assert f'id="numbers" class="stack" data-refresh hx-get="{address}"'.replace("&", "&amp;") in page
    piece = lena.get(address, headers=HTMX).content.decode()
    assert piece.lstrip().startswith('<div id="numbers"')
    assert 'role="search"' not in piece
    assert "3 requests in March 2026." in text_of(piece)
    assert '<span id="as-of" hx-swap-oob="true">As of' in piece
    assert "Times, days and months are those of America/Chicago." in piece
    assert {'<details id="stays">', '<details id="trend-table">'} <= set(re.findall(r"<details[^>]*>", piece))


def test_a_view_is_kept_for_oneself_or_for_the_desk(people: Crew, lena: Client, browse: Browse) -> None:
    keep = f"/desks/support/number-views/{views_of('funnel', 'support')}"
    for query in ("family=core", "type=core"):
        page = shown(lena, f"{PAGE}?period=90-days&{query}")
        assert f"{keep}?query=period%3D90-days%26family%3Dcore&amp;back=" in page
    for name, shared in (("Mine", ""), ("Ours", "on")):
        sent = {"name": name, "query": "period=90-days&type=core", "shared": shared}
        assert lena.post(f"{keep}?back={PAGE}", sent).status_code in (204, 302)
    chips = re.findall(r'href="([^"]*)"( aria-current="true")?>(Mine|Ours)<', shown(lena, MARCH))
    assert chips == [(f"{PAGE}?period=90-days&amp;family=core", "", name) for name in ("Mine", "Ours")]
    assert 'family=core" aria-current="true">Mine' in shown(lena, f"{PAGE}?period=90-days&type=core")
    theirs = shown(browse(people.operator), MARCH)
    assert ">Ours <span" in theirs
    assert "Mine" not in theirs
    assert SavedView.objects.count() == 2


def test_every_table_is_a_file_in_both_forms(people: Crew, lena: Client, browse: Browse) -> None:
    page = shown(lena, f"{MARCH}&type=core")
    links = [unescape(each) for each in re.findall(r'href="([^"]*&amp;table=[^"]*)" download', page)]
    assert {re.findall("table=([a-z]+)", each)[0] for each in links} == TABLES
    assert len(links) == 2 * len(TABLES)
    for address in links:
        if address.endswith("as=csv"):
            assert len(lines_of(lena, address)) > 0, address
    sheet = load_workbook(io.BytesIO(lena.get(f"{MARCH}&table=tiers&as=xlsx").content)).active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0][:2] == ["Tier", "Received"]
    assert rows[1][:2] == ["Tier 1", 3]
    operator = browse(people.operator)
    assert operator.get(f"{MARCH}&table=people&as=csv").status_code == 404
    assert "table=people" not in shown(operator, MARCH)
    for unknown in ("table=moon&as=csv", "table=tiers&as=pdf"):
        assert lena.get(f"{MARCH}&{unknown}").status_code == 404


def test_a_file_has_both_ends_of_a_share_and_says_what_can_still_rise(lena: Client) -> None:
    tiers = lines_of(lena, f"{MARCH}&table=tiers&as=csv")
    assert [(line["Tier"], line["Received"], line["Resolved"]) for line in tiers[:2]] == [
        ("Tier 1", "3", "1"),
        ("Tier 2", "2", "1"),
    ]
    assert [tiers[1][f"Rate: {part}"] for part in ("low", "high", "of")] == ["0.5", "1.0", "2"]
    times = lines_of(lena, f"{MARCH}&table=times&as=csv")
    resolved = {line["Tier"]: line for line in times if line["Measure"].startswith("from opened")}
    assert resolved["Tier 1"]["elapsed, median: seconds"] == "3600"
    assert resolved["Tier 1"]["elapsed, median: at least"] == "0"
    assert resolved["Tier 2"]["working, p90: at least"] == "1"
    trend = lines_of(lena, f"{MARCH}&table=trend&as=csv")[-1]
    assert (trend["Month"], trend["Tier 1 share: low"], trend["Tier 2 rate: high"]) == (
        "2026-03",
        "0.333333",
        "1.0",
    )
    types = lines_of(lena, f"{MARCH}&table=types&as=csv")
    assert [(line["Type"], line["Requests in"]) for line in types] == [("", "3"), ("LLM behaviour", "3")]


def test_periods_that_move_with_the_day_work_as_on_the_other_pages(lena: Client, now: datetime) -> None:
    answer = lena.get(f"{PAGE}?period=30-days")
    place, today = answer.context["place"], now.date()
    assert place.query == "period=30-days"
    assert place.last - place.first == timedelta(days=29)
    assert abs(place.last - today) <= timedelta(days=1)
    page = answer.content.decode()
    assert f'href="{PAGE}?period=30-days" aria-current="true">Last 30 days' in page
    assert 'name="period" value="30-days"' in page
    typed = lena.get(f"{PAGE}?period=30-days&shown=period&month=2026-03&from=&to=")
    assert typed.context["place"].query == "month=2026-03"


def test_a_family_narrows_also_where_an_old_address_calls_it_a_type(lena: Client) -> None:
    for query in ("family=core", "type=core", "family=core&type=core"):
        assert lena.get(f"{MARCH}&{query}").context["place"].query == "month=2026-03&family=core"
        assert lena.get(f"{MARCH}&{query}").context["funnel"].requests.n == 3
    both = lena.get(f"{MARCH}&type=core&type={LLM}&account=-").context["place"]
    assert both.query == f"month=2026-03&account=-&family=core&type={LLM}"
    assert lena.get(f"{MARCH}&type=core&type=integration").context["funnel"].requests.n == 3


def test_as_of_a_past_day_every_number_opens_exactly_its_cases(people: Crew, lena: Client) -> None:
    """One of the three is open as of 5 March; resolved on the 9th it is among the resolved after that."""
    case = Case.objects.get(state="open")
    late = datetime.fromisoformat("2026-03-09T15:00:00+00:00")
    resolve(case, people.engineer, late, LLM)
    query = "month=2026-03&as_of=2026-03-05&account=-&family=core&queue=core-support"
    address = f"{PAGE}?{query}"
    page = shown(lena, address)
    assert "As of the end of 5 March 2026" in page
    assert (numbers_of(lena, address), numbers_of(lena, address.replace("03-05", "03-12"))) == (
        {"in": 2, "resolved:2": 1, "open:2": 1},
        {"in": 2, "resolved:2": 2, "open:2": 0},
    )
    links = {unescape(each) for each in re.findall(r'href="([^"]+/cases\?[^"]+)"[^>]*>\d+<', page)}
    assert len(links) > 12
    for link in links:
        assert "as_of=2026-03-05" in link
        assert "queue=core-support" in link
    counts = re.findall(r'href="([^"]+/cases\?[^"]+)"[^>]*>(\d+)<', page)
    for link, n in {unescape(link).partition("pick=")[2]: (link, n) for link, n in counts}.values():
        assert lena.get(unescape(link)).context["found"].total == int(n), link
    told = text_of(shown(lena, f"{PAGE}/cases?{query}&pick=open:2"))
    for words in (f"#{case.id}", "Account: no account", "Queue: Core support", "5 March 2026"):
        assert words in told, words
    for table in ("tiers", "silence"):
        then, now = (lines_of(lena, f"{PAGE}?{each}&table={table}&as=csv") for each in (query, query[:13]))
        assert then != now


def numbers_of(client: Client, address: str) -> dict[str, int]:
    lines = client.get(address.replace("funnel?", "funnel.csv?")).content.decode().splitlines()
    found = dict(line.split(",", 1) for line in lines)
    return {name: int(found[name]) for name in ("in", "resolved:2", "open:2")}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=banana", "No period is called that."),
        ("month=2026-03&as_of=banana", "As of the end of Enter a valid date."),
        ("month=2026-03&as_of=0001-01-01", "Choose days between 1970 and 2100."),
        ("month=2026-03&family=moon", "Select a valid choice."),
        ("month=2026-03&type=core&type=moon", "Select a valid choice."),
        ("month=2026-03&account=-,moon", "No account has this key."),
    ],
)
def test_nonsense_is_refused_and_nothing_is_counted(lena: Client, query: str, words: str) -> None:
    for address in (f"{PAGE}?{query}", f"{PAGE}.csv?{query}", f"{PAGE}/cases?{query}"):
        answer = lena.get(address)
        assert answer.status_code == 400
        assert words in text_of(answer.content.decode())


def test_a_period_to_come_is_not_called_running(lena: Client) -> None:
    page = text_of(shown(lena, f"{PAGE}?month=2100-12"))
    assert "The period has not begun." in page
    assert "still running" not in page
