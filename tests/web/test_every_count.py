"""No page of the support desk's reports shows a count that does not open its list, but those named below."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case, Stay
from opsdesk.mail import intake
from opsdesk.mail.models import Arrival
from opsdesk.mail.sources import file_source
from opsdesk.web.flow.pages import PAGES
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, crew, escalate, resolve, resolved_at_tier
from tests.web.scene import letter

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
LLM, DMS = "core.llm-behaviour", "integration.dms"
START = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
MARCH, DAY = "month=2026-03", timedelta(days=1)
REPORTS = (
    f"/desks/support/funnel?{MARCH}",
    f"/desks/support/flow?{MARCH}",
    *(f"/desks/support/flow/{key}?{MARCH}" for key in PAGES),
)
LISTS = ("/accounts", "/people", "/intake")
# What looks like a count and is none: how long, when, which part, which tier, which day of the week.
NO_COUNTS = tuple(
    re.compile(text)
    for text in (
        r"\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)? %",
        r"(?:>= )?\d+ (?:s|min|h|d)\b",
        r"(?:[A-Z][a-z]{2} )?\d{1,2} [A-Z][a-z]+ \d{4}",
        r"[A-Z][a-z]+ 20\d\d\b",
        r"\d\d?:\d\d",
        r"Tier \d",
        r"\b0(?:\.00)?\b",
    )
)
WITHOUT_A_LIST = {
    r"\(\d+(?:-\d+)? of \d+(?:, \d+-\d+ %)?\)": "a small share, right behind the count it repeats: it opens",
    r"^0(?:-\d+)? of \d+(?: \(\d+-\d+ %\))?$": "none: what the share is of stands beside it and opens",
    r"^\d+ in$": "messages of ours: they stand in the requests that the number behind it opens",
    r"The first \d+ of \d+ rows": "rows of the table, which a file holds whole",
    r"per 100 live accounts": "what the number is per",
    r"2 business days": "a threshold of time",
    r"09 is from": "what a column of hours means",
    r"Under 20 the median carries .*?from 6 on|Under 20 it carries": "what makes a sample small",
    r"not yet known \(\d+ open\)": "the state of a share: its open ones have their link beside it",
}


@pytest.fixture
def lena(db: None, browse: Browse) -> Client:
    """A lead of a desk with ways through all tiers, a weekend, a stay nobody touched, accounts and mail."""
    cast.desk()
    people, lead = crew(), cast.lead()
    for n, (tier, type_) in enumerate([(1, LLM), (1, DMS), (2, DMS), (3, LLM)]):
        resolved_at_tier(people, tier, type_, START + n * DAY)
    untouched = escalate(cast.request_at(START, subject="Nobody looked"), lead, START + HOUR, LLM)
    resolve(untouched, people.engineer, START + 2 * HOUR, LLM)
    for day in (4, 5, 5):
        cast.request_at(START + day * DAY, type=DMS)
    for key, left in (("north", None), ("south", None), ("gone", START.date())):
        Account.objects.create(
            key=key, name=key.title(), live_on=START.date(), left_on=left, recorded_at=START
        )
    source = file_source("files", desk="support", start_at=None, now=START)
    for number, subject in enumerate(("No sound", "No picture")):
        at = START + number * DAY
        raw = letter(subject, "Nothing works.", number=number, at=at)
        intake.store(source=source, raw=raw, label="x", received_at=at, now=at)
    intake.sort_pending(limit=9, now=START + 3 * DAY)
    return browse(lead)


class Loose(HTMLParser):
    """The texts of a page with digits in them that stand in no link and are no heading of a column."""

    SKIPPED = frozenset({"a", "form", "script", "style", "svg", "thead", "time", "summary"})

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("input", "br", "hr", "img", "link", "meta"):
            kind = dict(attrs).get("class") or ""
            self._open.append(tag if kind not in ("which small muted", "print-only") else "form")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What is empty holds no text."""

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "main" in self._open and not self.SKIPPED & set(self._open) and re.search(r"\d", data):
            self.found.append(" ".join(data.split()))


def loose(page: str) -> Iterator[str]:
    """The counts of a page without a link: what is left of its texts."""
    reader = Loose()
    reader.feed(page)
    for text in reader.found:
        left = text
        for known in (*map(re.compile, WITHOUT_A_LIST), *NO_COUNTS):
            left = known.sub("", left)
        if re.search(r"\d", left):
            yield text


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    page: str = answer.content.decode()
    return page


def link(page: str, text: str) -> str:
    """The address behind a number, by what stands around it."""
    found = re.search(text.replace("<>", r'<a href="([^"]+)">') + "", page)
    assert found, text
    return unescape(found[1])


def test_no_count_is_without_a_list(lena: Client) -> None:
    assert {page: found for page in REPORTS if (found := list(loose(shown(lena, page))))} == {}
    # The lines of a list are names and days.
    heads = {page: re.sub("<tbody>.*?</tbody>", "", shown(lena, page), flags=re.DOTALL) for page in LISTS}
    assert {page: found for page, text in heads.items() if (found := list(loose(text)))} == {}


@pytest.mark.parametrize("text", ["12 requests", "<p>3 people worked</p>", "(8 live)", "2 without a time"])
def test_a_count_that_is_no_link_would_be_found(text: str) -> None:
    assert list(loose(f"<main><div>{text}</div></main>"))
    assert not list(loose(f'<main><a href="/x">{text}</a> took 3 h 20 min on 3 March 2026 (62-70 %)</main>'))


def test_what_a_figure_leaves_out_opens_these_stays(lena: Client) -> None:
    address = link(shown(lena, REPORTS[0]), "<>1 without a time")
    answer = lena.get(address)
    assert (answer.context["total"], answer.context["side"]) == (1, "without a time: left out of the figures")
    untouched = Case.objects.get(subject="Nobody looked")
    assert re.findall('href="/cases/([0-9]+)"', answer.content.decode()) == [str(untouched.id)]


def test_a_median_of_imported_stays_says_how_many_have_no_working_time(lena: Client) -> None:
    Stay.objects.filter(queue="core-support").update(business_s=None)
    page = shown(lena, f"/desks/support/flow/queues?{MARCH}")
    answer = lena.get(link(page, "<>2 without working time"))
    assert answer.context["total"] == 2
    assert "Any queue it was in: Core support" in answer.content.decode()
    head, row, *_rest = (
        lena.get(f"/desks/support/flow/queues?{MARCH}&table=queues&as=csv").content.decode().splitlines()
    )
    assert "Working, median: without a time" in head
    assert row.startswith("Operations,")


def test_the_weekend_opens_its_arrivals(lena: Client) -> None:
    address = link(shown(lena, f"/desks/support/flow/arrivals?{MARCH}"), "At the weekend: <>3")
    answer = lena.get(address)
    assert answer.context["total"] == 3
    assert "Part of the week: Saturday and Sunday" in answer.content.decode()


def test_live_accounts_open_those_of_the_day(lena: Client) -> None:
    page = shown(lena, REPORTS[0])
    address = link(page, r"per 100 live accounts \(<>2</a> live")
    assert address == "/accounts?live=2026-03-31"
    listed = shown(lena, address)
    assert len(re.findall("data-row=", listed)) == 2
    assert "Gone" not in listed
    assert "customers were live on 31 March 2026." in listed
    assert len(re.findall("data-row=", shown(lena, "/accounts"))) == 3
    file = lena.get(f"{address}&table=list&as=csv")
    assert b"".join(file.streaming_content).count(b"\n") == 3  # type: ignore[attr-defined]


def test_people_open_the_table_of_them(lena: Client) -> None:
    address = link(shown(lena, f"/desks/support/flow?{MARCH}"), "<>4</a> people worked on")
    page, _hash, table = address.partition("#")
    rows = re.search(f'id="{table}".*?<tbody>(.*?)</tbody>', shown(lena, page), re.DOTALL)
    assert rows
    assert rows[1].count('<th scope="row"') == 4


def test_arrivals_in_all_open_the_ledger(lena: Client) -> None:
    address = link(shown(lena, f"/desks/support/flow/mail?{MARCH}"), "<>2</a> arrivals in all")
    assert "first=2026-03-01&last=2026-03-31" in address
    ledger = shown(lena, address)
    assert ledger.count("data-row=") == Arrival.objects.count() == 2
    narrowed = f"{address}&outcome=set_aside"
    assert link(shown(lena, narrowed), "<>2</a> arrivals in all") == address
