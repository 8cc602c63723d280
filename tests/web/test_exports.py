"""Every list is also a file: the same rows as all its pages, in the same order, for who may see the page."""

import csv
import html
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import openpyxl
import pytest
from django.test import Client

from opsdesk.accounts.models import Account
from opsdesk.cases import actions, redaction
from opsdesk.cases.models import Case
from opsdesk.history.models import Import, RowAside
from opsdesk.kernel.permissions import Act
from opsdesk.links.models import Delivery, Endpoint
from opsdesk.mail import intake
from opsdesk.mail.sources import file_source
from opsdesk.people import tokens
from opsdesk.people.models import Person
from opsdesk.web.accounts import sheet as accounts
from opsdesk.web.deals import sheet as deals
from opsdesk.web.disputes import sheet as disputes
from opsdesk.web.exports.sheets import Sheet, sent_as, through
from opsdesk.web.exports.workbook import workbook
from opsdesk.web.intake import sheet as intake_sheet
from opsdesk.web.queues import sheet as queues
from opsdesk.web.webhooks import sheet as webhooks
from tests import cast
from tests.cast import Somebody
from tests.web import deals_scene, scene

Browse = Callable[[Somebody], Client]
MANY, ERASED = 60, "Kim Park asks for a refund"
ROW = r'data-row="([^"]+)"'


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: how its page shows which row it is, and the column of the file that says so."""

    address: str
    column: str
    row: str = ROW
    table: str = "list"
    is_paged: bool = False


LISTS = [
    Listed("/desks/support/cases", "Case", is_paged=True),
    Listed("/desks/support/cases?state=any&text=repeats", "Case", is_paged=True),
    Listed("/desks/support/mine", "Case"),
    Listed("/desks/deals/cases?state=any", "Case"),
    Listed("/deals?country=MN&text=prius", "Deal", is_paged=True),
    Listed("/disputes?state=any&order=category", "Dispute", r'href="/disputes/(\d+)"'),
    Listed("/search?q=repeats", "Case", is_paged=True),
    Listed("/accounts?text=a", "Key", r'class="open" href="/accounts/([^"]+)"', is_paged=True),
    Listed("/people", "E-mail", r'<br><span class="muted small">([^<]+)</span>'),
    Listed("/intake", "Arrival", is_paged=True),
    Listed("/scopes", "Scope"),
    Listed(f"/scopes/{deals_scene.PRIVATE}", "Version", r"/template/(\d+)\">version", "versions"),
    Listed("/tokens", "Token", r'<th scope="row">([^<]+)<br>'),
    Listed("/webhooks", "Endpoint", r'href="/webhooks/\d+">([^<]+)</a><br>'),
    Listed("/webhooks/{endpoint}?view=dead", "Delivery", r'href="/webhooks/deliveries/(\d+)"', is_paged=True),
    Listed("/imports", "Import"),
    Listed("/imports/{imported}/aside", "Line", r'<th scope="row" class="number">(\d+)<', is_paged=True),
]


@dataclass(frozen=True, slots=True)
class Filled:
    """A home in which every list has rows, most of them more than a page; who may see all of it."""

    ada: Somebody
    ids: dict[str, int]


@pytest.fixture
def filled(db: None, now: datetime) -> Filled:
    market = deals_scene.busy(now)
    for number in range(MANY):
        at = now - timedelta(minutes=number + 1)
        cast.request_at(at, subject=f"=It repeats {number}" if number else ERASED)
        deals_scene.created(at, item="-Toyota Prius")
    first = Case.objects.filter(subject=ERASED)[:1].get()
    actions.take(case_id=first.id, actor=market.ada.actor, now=now)
    redaction.clear_words({first.id: ERASED}, reason="asked", actor=market.ada.actor, now=now)
    Account.objects.bulk_create(
        Account(key=f"a-{number}", name=f"Dealer {number:02}", recorded_at=now) for number in range(MANY)
    )
    source = file_source("files", desk="support", start_at=None, now=now)
    mail = scene.letter("Help", "Please", at=now)
    items = [intake.Incoming(mail + b"%d" % number, f"{number}.eml") for number in range(MANY)]
    intake.store_many(source=source, items=items, now=now)
    tokens.add(name="Market", abilities=[Act.READ.value], actor=market.ada.actor, now=now)
    ids = {"deal": market.deals["approved"].id, "endpoint": told(now), "imported": brought(now)}
    return Filled(market.ada, ids)


def told(now: datetime) -> int:
    """An endpoint that answered nothing."""
    row = Endpoint.objects.create(name="hook", url="https://hook.example/", secret="sealed", added_at=now)
    Delivery.objects.bulk_create(
        Delivery(
            endpoint=row,
            event_id=f"e{n}",
            kind="deal.funded",
            body="{}",
            state="dead",
            created_at=now,
            next_at=now,
        )
        for n in range(MANY)
    )
    return row.id


def brought(now: datetime) -> int:
    """An import with rows that fit nowhere."""
    row = Import.objects.create(
        desk="support", state="done", file_name="old.csv", file_digest="0" * 64, file_bytes=1, asked_at=now,
        rows_aside=MANY, map="tool: tickets", origin="tickets",
    )  # fmt: skip
    RowAside.objects.bulk_create(
        RowAside(imported=row, number=n, line=n + 1, words=f"@row {n}", why="no_case", details={})
        for n in range(1, MANY + 1)
    )
    return row.id


def test_a_file_has_the_rows_of_all_pages_in_their_order_as_csv_and_as_xlsx(
    filled: Filled, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All lists in one test, as filling them takes longest. The files, too, read more than a page of each."""
    for module in (accounts, deals, disputes, intake_sheet, queues, webhooks):
        monkeypatch.setattr(module, "PAGE", MANY // 3)
    client = browse(filled.ada)
    for each in LISTS:
        address = each.address.format(**filled.ids)
        pages = list(pages_of(client, address))
        shown = [row for page in pages for row in dict.fromkeys(re.findall(each.row, page))]
        links = [html.unescape(link) for link in re.findall(r'href="([^"]*as=(?:csv|xlsx))"', pages[0])]
        links = [link for link in links if f"table={each.table}&" in link]
        assert len(links) == 2, address
        lines, cells = csv_of(client, links[0]), xlsx_of(client, links[1])
        place = lines[0].index(each.column)
        assert [line[place] for line in lines[1:]] == shown, address
        assert [list(map(same, line)) for line in cells] == [list(map(same, line)) for line in lines], address
        assert shown, address
        assert (len(pages) > 1) == each.is_paged, address
        assert not [text for line in lines for text in line if text.startswith(("=", "+", "-", "@"))], address
        assert ERASED not in str(lines), address
    moved = csv_of(client, f"/deals/{filled.ids['deal']}?table=transfers&as=csv")
    assert [line[1:7] for line in moved[1:]] == [
        ["HOLD", "buyer", "escrow", "total", "1000000.00", "MNT"],
        ["RELEASE", "escrow", "seller", "immediate", "850000.00", "MNT"],
        ["RELEASE", "escrow", "seller", "holdback", "150000.00", "MNT"],
    ]


def pages_of(client: Client, address: str) -> Iterator[str]:
    """A list's pages, by the link that each has to the next."""
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, address
        yield (text := answer.content.decode())
        found = re.search(r'href="([^"]+)"[^>]*>(?:Next page|Older|Look further back)<', text)
        address = html.unescape(found[1]) if found else ""


def csv_of(client: Client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(client.get(address)).decode("utf-8-sig"))))


def xlsx_of(client: Client, address: str) -> list[list[Any]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(body(client.get(address))))
    return [list(line) for line in sheet.values]


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def same(value: object) -> object:
    """A number is one whether a text says it or a cell holds it; nothing is an empty text."""
    try:
        return float(str(value))
    except ValueError:
        return value or ""


@pytest.mark.parametrize(
    "address",
    [
        "/desks/deals/cases",
        "/desks/deals/queues/disputes",
        "/desks/deals/mine",
        "/deals",
        "/disputes",
        "/incidents",
        "/scopes",
        f"/scopes/{deals_scene.PRIVATE}",
        "/tokens",
        "/webhooks",
        "/mailboxes",
        "/imports",
    ],
)
def test_who_may_not_see_a_page_gets_no_file_of_it(desk: Somebody, browse: Browse, address: str) -> None:
    client = browse(desk)
    for kind in ("csv", "xlsx"):
        assert client.get(address, {"table": "list", "as": kind}).status_code == 403
        assert Client().get(address, {"table": "list", "as": kind}).status_code == 302


@pytest.fixture
def desk(db: None, now: datetime) -> Somebody:
    """An operator of the support desk, who has no role at the deals desk."""
    deals_scene.people(now)
    return cast.operator()


def test_what_is_no_list_of_the_page_and_no_kind_of_file_is_not_found(desk: Somebody, browse: Browse) -> None:
    client = browse(desk)
    assert client.get("/people?table=list&as=csv").status_code == 200
    for wrong in ("table=list&as=pdf", "table=list", "table=other&as=csv"):
        assert client.get(f"/people?{wrong}").status_code == 404


def test_a_list_without_end_begins_to_arrive_at_once(now: datetime) -> None:
    for kind in ("csv", "xlsx"):
        read = itertools.count()
        endless = Sheet("endless", "Endless", (("N", int), ("Word", str)), partial(iter, read))
        pieces = iter(sent_as(kind, endless, now=now).streaming_content)
        assert len(b"".join(itertools.islice(pieces, 4))) > 1000
        assert next(read) < 20_000


def test_rows_are_read_page_by_page_until_there_is_no_next() -> None:
    pages: dict[int | None, tuple[list[str], int | None]] = {
        None: (["a", "b"], 1),
        1: ([], 2),
        2: (["c"], None),
    }
    assert list(through(lambda after: pages[after])) == ["a", "b", "c"]


def test_what_a_sheet_cannot_hold_goes_on_on_the_next_and_it_says_so() -> None:
    lines = [[n, "x" * 40_000 if n == 3 else f"<{n}&\x07>"] for n in range(5)]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(workbook("A/B", ["n", "t"], lines, most_rows=4))))
    assert [sheet.title for sheet in book] == ["A B", "A B 2", "A B 3"]
    first, second, third = ([list(line) for line in sheet.values] for sheet in book)
    assert first == [["n", "t"], [0, "<0&>"], [1, "<1&>"], ["It goes on on the sheet A B 2", None]]
    assert second[2] == [3, "x" * 32_766 + "…"]
    assert third == [["n", "t"], [4, "<4&>"]]


def test_a_file_says_what_and_when_and_speaks_to_its_reader(db: None, now: datetime, browse: Browse) -> None:
    ada = deals_scene.people(now).ada
    Person.objects.filter(id=ada.person.id).update(language="ko", zone="Asia/Seoul")
    tokens.add(name="Market", abilities=[Act.READ.value], actor=ada.actor, now=now)
    answer = browse(ada).get("/tokens?table=list&as=csv")
    called = r'attachment; filename="tokens-\d{4}-\d\d-\d\d-\d{4}\.csv"'
    assert re.fullmatch(called, answer["Content-Disposition"])
    text = body(answer).decode("utf-8-sig")
    assert "유효" in text
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", text)
