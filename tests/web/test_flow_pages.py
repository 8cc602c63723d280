"""The pages of the support desk's numbers: the answer, the tables, and the cases behind every number."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.web.flow.pages import PAGES
from opsdesk.web.phrases import plain
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
LLM, DMS = "core.llm-behaviour", "integration.dms"
MARCH = "month=2026-03"
DAY = timedelta(days=1)
LINK = re.compile(r'href="(/desks/support/numbers/[^"]+)"[^>]*>([\d,]+)<')
TUESDAY = datetime.fromisoformat("2026-03-03T15:00:00+00:00")


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


@pytest.fixture
def lena(people: Crew, browse: Browse) -> Client:
    """A lead of a desk with ten requests in March: back and forth, reopened, open, stuck."""
    for n in range(6):
        resolve(cast.request_at(TUESDAY + n * DAY, type=DMS), people.operator, TUESDAY + n * DAY + HOUR, DMS)
    back_and_forth(people, TUESDAY + HOUR)
    reopened(people, TUESDAY + 2 * HOUR)
    escalate(cast.request_at(TUESDAY + 3 * HOUR, type=LLM), people.operator, TUESDAY + 4 * HOUR, LLM)
    cast.request_at(TUESDAY + 5 * HOUR)
    return browse(cast.lead())


def back_and_forth(people: Crew, at: datetime) -> Case:
    """Handed up, returned with how to do it, resolved at Tier 1."""
    case = escalate(cast.request_at(at, type=LLM), people.operator, at + HOUR, LLM)
    handoffs.give_back(case_id=case.id, words="Like this.", actor=people.engineer.actor, now=at + 2 * HOUR)
    return resolve(Case.objects.get(id=case.id), people.operator, at + 3 * HOUR, LLM)


def reopened(people: Crew, at: datetime) -> Case:
    case = resolve(cast.request_at(at, type=LLM), people.operator, at + HOUR, LLM)
    endings.reopen(case_id=case.id, reason="It is back.", actor=people.operator.actor, now=at + 2 * HOUR)
    return resolve(Case.objects.get(id=case.id), people.operator, at + 3 * HOUR, LLM)


def shown(client: Client, key: str, query: str = MARCH) -> str:
    answer = client.get(f"/desks/support/flow/{key}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def first(page: str) -> str:
    found = re.search(r'class="first">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return plain(found[1])


def test_every_number_on_every_page_opens_as_many_cases(lena: Client) -> None:
    for key in PAGES:
        links = dict(LINK.findall(shown(lena, key)))
        assert links, key
        for address, n in sorted(links.items())[:: max(1, len(links) // 12)]:
            listed = lena.get(unescape(address))
            assert listed.status_code == 200, address
            assert listed.context["total"] == int(n.replace(",", "")), address


ANSWERS = {
    "backlog": "As of the end of 31 March 2026: 2 requests are open: 1 in Core support and 1 in Operations.",
    "stuck": "As of the end of 31 March 2026: Stuck on us: 2 requests. On others: 0.",
    "causes": "2 requests went above Tier 1; of the 1 resolved: Configuration 1 of 1 (21-100 %).",
    "returns": (
        "Of 10 requests, 1 (2-60 %, 2 still open) were handed into a queue that they had left. Of the 2 above"
        " Tier 1, 1 (9-100 %, 1 still open) were returned. Of the 8 resolved, 1 (2-47 %) were reopened."
    ),
    "types": "10 requests came in. The most frequent type is DMS: 6 of 10 (31-83 %).",
    "accounts": "10 requests came in, from no known account.",
    "queues": "Operations got the most, 10 requests, and resolved 8 of them.",
    "people": "2 people worked on 9 requests, Olga on the most: 9.",
    "arrivals": "The busiest hour of the week is Tuesday from 09:00 on: 1 of 10 requests (2-40 %).",
    "follow-ups": "We wrote again before an answer came in 0 of 10 requests (0-28 %).",
    "mail": "0 messages in 0 threads, and 10 requests.",
}


def test_each_page_says_its_answer_first_and_the_list_of_questions_has_them_all(lena: Client) -> None:
    found = {key: first(shown(lena, key)) for key in PAGES}
    assert found == ANSWERS
    page = unescape(lena.get(f"/desks/support/flow?{MARCH}").content.decode())
    for key, each in PAGES.items():
        assert f'href="/desks/support/flow/{key}?{MARCH}"' in page
        assert str(each.question) in page
        assert found[key] in plain(page)


def test_an_empty_period_says_so_and_offers_a_way_on(lena: Client) -> None:
    for key in PAGES:
        page = shown(lena, key, "month=2025-01")
        about = first(page)
        assert "No " in about or "Nobody" in about or key in ("backlog", "stuck"), about
        assert "/desks/support/flow" in page


def test_a_desk_without_any_case_has_every_page(people: Crew, browse: Browse) -> None:
    client = browse(cast.lead())
    assert {key: bool(first(shown(client, key, ""))) for key in PAGES} == dict.fromkeys(PAGES, True)
    assert "Nothing is open." in client.get("/desks/support/flow").content.decode()


def test_what_stood_at_the_end_of_a_past_period_is_told_of_then_and_listed_so(
    lena: Client, people: Crew
) -> None:
    """What was resolved in April stands open in March's backlog, and today's has it no more."""
    case = Case.objects.filter(state="open", queue="ops").get()
    resolve(case, people.operator, TUESDAY + 40 * DAY, LLM)
    page = shown(lena, "backlog")
    assert first(page).startswith("As of the end of 31 March 2026: 2 requests are open")
    assert "By queue and age: As of the end of 31 March 2026" in page
    assert f"#{case.id}" in page
    listed = lena.get(f"/desks/support/numbers/backlog?{MARCH}")
    assert listed.context["total"] == 2
    assert "As of the end of 31 March 2026" in listed.content.decode()
    now = shown(lena, "backlog", "period=30-days")
    assert first(now) == "1 request is open: 1 in Core support."
    assert "By queue and age, now" in now


def test_a_day_that_a_page_is_as_of_is_the_desks_and_a_period_ahead_has_not_begun(lena: Client) -> None:
    then = shown(lena, "types", f"{MARCH}&as_of=2026-03-15")
    assert then.count("As of the end of 15 March 2026") == 2
    piece = lena.get(
        f"/desks/support/flow/types?{MARCH}&as_of=2026-03-15", headers={"HX-Request": "true"}
    ).content.decode()
    assert "As of the end of 15 March 2026" in piece
    assert "The period is still running." in then
    for key in ("types", "backlog"):
        ahead = shown(lena, key, "month=2090-01")
        assert "The period has not begun." in ahead
        assert "still running" not in ahead


def test_what_is_by_person_is_for_leads(people: Crew, browse: Browse) -> None:
    back_and_forth(people, TUESDAY)
    olga = browse(people.operator)
    assert olga.get(f"/desks/support/flow/people?{MARCH}").status_code == 403
    assert "flow/people" not in olga.get(f"/desks/support/flow?{MARCH}").content.decode()
    assert "numbers/person_worked" not in shown(olga, "queues")
    assert "Olga" in shown(browse(cast.lead()), "people")


def test_who_has_no_role_on_the_desk_sees_none_of_it(people: Crew, browse: Browse) -> None:
    stan = browse(cast.stranger())
    assert stan.get("/desks/support/flow").status_code == 403
    assert stan.get("/desks/support/flow/backlog").status_code == 403


def test_a_page_that_is_not_there_is_not_found(people: Crew, browse: Browse) -> None:
    client = browse(people.admin)
    for address in ("/desks/support/flow/none", "/desks/deals/flow", "/desks/deals/flow/causes"):
        assert client.get(address).status_code == 404


def test_filters_narrow_the_page_and_stay_in_its_links(lena: Client) -> None:
    page = shown(lena, "types", f"{MARCH}&type={DMS}")
    assert first(page).startswith("6 requests came in.")
    links = [address for address, _n in LINK.findall(page)]
    assert links
    assert all(f"type={DMS}" in address for address in links)


def test_a_wrong_filter_is_named_and_nothing_is_counted(lena: Client) -> None:
    for path in ("flow", "flow/causes"):
        answer = lena.get(f"/desks/support/{path}?month=2026-13")
        assert answer.status_code == 400
        assert "Write the month as 2026-10." in answer.content.decode()


def rows(page: str, table: str) -> list[str]:
    """The headings of a table's rows."""
    found = page[page.index(f'id="{table}-title"') :]
    body = found[found.index("<tbody>") : found.index("</tbody>")]
    return [
        unescape(re.sub(r"<[^>]+>", "", text)) for text in re.findall(r'<th scope="row">(.*?)</th>', body)
    ]


def test_a_table_is_sorted_by_the_column_of_a_heading(lena: Client) -> None:
    page = shown(lena, "types")
    assert rows(page, "type") == ["DMS", "LLM behaviour", "no type yet"]
    up = shown(lena, "types", f"{MARCH}&sort=type.1")
    assert rows(up, "type") == ["no type yet", "LLM behaviour", "DMS"]
    assert 'aria-sort="ascending"><a href="/desks/support/flow/types?month=2026-03&amp;sort=-type.1"' in up
    assert rows(shown(lena, "types", f"{MARCH}&sort=-type.0"), "type")[0] == "no type yet"
    for nonsense in ("type.99", "x", "-", "type.-1"):
        assert rows(shown(lena, "types", f"{MARCH}&sort={nonsense}"), "type") == rows(page, "type")


def test_a_table_is_a_file_as_it_stands_on_the_page(lena: Client) -> None:
    answer = lena.get(f"/desks/support/flow/types?{MARCH}&table=type&as=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Type,Requests in,")
    assert lines[1].startswith("DMS,6,6,0,0,0,")
    assert lena.get(f"/desks/support/flow/types?{MARCH}&table=nothing&as=csv").status_code == 404


def test_a_refresh_gives_the_piece_that_changes(lena: Client) -> None:
    answer = lena.get(f"/desks/support/flow/backlog?{MARCH}", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert page.lstrip().startswith('<div id="numbers"')
    assert "<html" not in page


def test_the_pages_stand_in_the_navigation(lena: Client) -> None:
    page = shown(lena, "causes")
    assert '<a href="/desks/support/flow" aria-current="page">Numbers</a>' in page


def test_a_case_that_waits_is_in_the_backlog_as_waiting(lena: Client, people: Crew) -> None:
    case = Case.objects.filter(state="open", queue="ops").get()
    actions.wait(case_id=case.id, on="customer", actor=people.operator.actor, now=TUESDAY + 9 * HOUR)
    page = shown(lena, "backlog")
    assert "of=state%3Awaiting" in page
