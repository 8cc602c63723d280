"""What the pages about requests count opens exactly what it counts: in words, tables, times and marks."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases import actions, handoffs
from opsdesk.cases.models import Case, Stay
from opsdesk.web.phrases import joined, opening, phrase, plain
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve, resolved_at_tier

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
START = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
MARCH, DMS, LLM = "month=2026-03", "integration.dms", "core.llm-behaviour"
FUNNEL = f"/desks/support/funnel?{MARCH}"
QUESTIONS = (
    "split", "tier-1-alone", "to-tier-2", "past-tier-2", "waiting", "volume", "causes", "stuck-cases",
)  # fmt: skip
A_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
A_CELL = re.compile(r'<td class="number[^"]*">(.*?)</td>', re.DOTALL)
A_LIST = re.compile(r"/desks/support/(?:funnel/cases|numbers/)")


@pytest.fixture
def lena(db: None, browse: Browse) -> Client:
    """A lead of a desk whose March has every kind of way: back and up again, waiting, silent, skipping."""
    cast.desk()
    people = crew()
    for n, (tier, type_) in enumerate([(1, LLM), (1, DMS), (2, DMS), (3, LLM)]):
        resolved_at_tier(people, tier, type_, START + n * 3 * HOUR)
    back_and_up_again(people)
    waiting = cast.request_at(START, type=DMS)
    actions.wait(
        case_id=waiting.id,
        on="customer",
        expected_at=START + 9 * HOUR,
        actor=people.operator.actor,
        now=START + HOUR,
    )
    escalate(cast.request_at(START), people.operator, START + HOUR, LLM)
    cast.request_at(START)
    return browse(cast.lead())


def back_and_up_again(people: Crew) -> Case:
    """Two stays at either tier: of one request four times to first touch."""
    case, at = cast.request_at(START, type=DMS), START + HOUR
    escalate(case, people.operator, at, DMS)
    handoffs.give_back(
        case_id=case.id, words="As in the runbook, by hand.", actor=people.engineer.actor, now=at + HOUR
    )
    escalate(case, people.operator, at + 2 * HOUR, DMS)
    resolve(case, people.engineer, at + timedelta(days=1), DMS)
    return case


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    page: str = answer.content.decode()
    return page[page.index("<main") :]


def opened(page: str) -> Iterator[tuple[str, int]]:
    """Every list that a number or a mark opens, with the number that is read there."""
    for attributes, inner in A_LINK.findall(page):
        found = re.search('href="([^"]+)"', attributes)
        said = re.search('aria-label="[^"]*?: ([0-9]+)(?! ?%|-|[.])', attributes)
        text = plain(re.sub("<span.*?</span>", "", inner)).strip()
        counted = re.fullmatch("([0-9]+)|([0-9]+)(?:-[0-9]+)? of [0-9]+", text)
        n = said or counted
        if found and n and A_LIST.match(found[1]):
            yield unescape(found[1]), int(next(filter(None, n.groups())))


def total(client: Client, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, address
    context = answer.context
    return int(context["found"].total if "funnel/cases" in address else context["total"])


def test_every_number_of_the_pages_opens_exactly_what_it_counts(lena: Client) -> None:
    seen: dict[str, int] = {}
    for page in (FUNNEL, *(f"/questions/{key}?{MARCH}" for key in QUESTIONS)):
        links = dict(opened(shown(lena, page)))
        assert links, page
        seen |= {re.sub("&back=.*", "", each): n for each, n in links.items()}
    # Those narrowed to a kind are tried with the funnel's own page.
    whole = {each: n for each, n in seen.items() if "family=" not in each and "type=" not in each}
    assert {each: total(lena, each) for each in whole} == whole
    assert len(whole) > 50
    kept = {re.sub("[?].*", "", each).rpartition("/")[2] for each in seen}
    assert kept > {"first_touch_elapsed", "to_resolution_elapsed", "in_queue_elapsed", "held_by", "cases"}


def test_no_number_in_a_table_is_without_its_list(lena: Client) -> None:
    for page in (FUNNEL, *(f"/questions/{key}?{MARCH}" for key in QUESTIONS)):
        for cell in A_CELL.findall(shown(lena, page)):
            text = plain(re.sub('<span class="(?:range|muted)".*?</span>', "", cell)).strip()
            assert "<a " in cell or not re.match("(?:>= )?[1-9]", text), (page, cell)


def test_a_time_of_stays_lists_each_of_them_the_longest_first(lena: Client) -> None:
    found = re.findall('href="([^"]+first_touch_elapsed[^"]+tier%3A2[^"]+)">([^<]+)<', shown(lena, FUNNEL))
    address, n = unescape(found[-1][0]), int(found[-1][1])
    assert {unescape(each) for each, _text in found} == {address}
    stays = Stay.objects.filter(tier=2).values_list("case_id", "entered_at", "first_touch_at")
    took = sorted(((touched - entered, case) for case, entered, touched in stays if touched), reverse=True)
    listed = re.findall('href="/cases/([0-9]+)"', shown(lena, address))
    assert [int(id) for id in listed] == [case for _time, case in took]
    assert n == len(listed) > len(set(listed))


def test_the_marks_of_a_month_open_its_requests_and_each_part_its_own(lena: Client) -> None:
    page = shown(lena, FUNNEL)
    month = page[page.index("trend-title") :]
    part = 'href="([^"]+month=2026-03[^"]*pick=(?:resolved%3A[123]|open_all))" tabindex="-1"'
    parts = {unescape(address) for address in re.findall(part, month)}
    assert len(parts) == 4
    column = re.search('href="([^"]+month=2026-03[^"]*pick=in)" aria-label', month)
    assert column
    assert (
        sum(total(lena, each) for each in parts) == total(lena, unescape(column[1])) == Case.objects.count()
    )


def test_a_sentence_keeps_its_words_and_escapes_what_is_put_in() -> None:
    said = phrase("%(n)d of %(who)s & %(all)s: 5 %%.", {"n": opening(3, "/x?a&b"), "who": "<b>", "all": ""})
    assert said == '<a href="/x?a&amp;b">3</a> of &lt;b&gt; &amp; : 5 %.'
    assert plain(joined((said, opening(0, "")), "; ")) == "3 of <b> & : 5 %.; 0"
