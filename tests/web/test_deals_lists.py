import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.accounts.models import Account
from opsdesk.deals.lifecycle import Reason
from opsdesk.people.models import SavedView
from tests import cast
from tests.cast import Somebody
from tests.web import deals_scene as scenes
from tests.web.conftest import HTMX
from tests.web.deals_scene import DAY, DEALER, ESTATE, HOUR, KOREA, PRIVATE, DealsScene

Browse = Callable[[Somebody], Client]
MOST = 30


@pytest.fixture
def desk(db: None, now: datetime) -> DealsScene:
    return scenes.people(now)


@pytest.fixture
def busy(db: None, now: datetime) -> DealsScene:
    return scenes.busy(now)


def shown(answer: HttpResponse) -> list[int]:
    """The deals of a list, in its order."""
    return [int(number) for number in re.findall(r'data-row="(\d+)"', answer.content.decode())]


def ids(scene: DealsScene, *names: str) -> list[int]:
    return [scene.deals[name].id for name in names]


def test_an_empty_list_says_how_deals_come(desk: DealsScene, browse: Browse) -> None:
    said = browse(desk.ada).get("/deals").content.decode()
    assert "No deal yet" in said
    assert 'href="/tokens"' in said
    assert 'href="/api/docs"' in said
    assert 'href="/tokens"' not in browse(desk.vera).get("/deals").content.decode()


def test_deals_stand_newest_first_with_their_state_money_and_what_comes_next(
    busy: DealsScene, browse: Browse
) -> None:
    answer = browse(busy.otgon).get("/deals")
    newest_first = ["quality", "created", "funded", "inspection", "issue", "approved"]
    assert shown(answer) == ids(busy, *newest_first)
    text = answer.content.decode()
    for said in (
        "waits for the buyer",
        "waits for the seller",
        "then silence approves",
        "Approved by the buyer",
    ):
        assert said in text
    assert "₩1,000,000" in text
    assert "MNT\N{NO-BREAK SPACE}250,000,000" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("country=KR", ["inspection"]),
        ("category=REAL_ESTATE_SALE", ["funded"]),
        ("state=ISSUE", ["quality", "issue"]),
        ("state=running&country=MN", ["quality", "created", "funded", "issue"]),
        ("state=SETTLED", ["approved"]),
        ("ending=approved", ["approved"]),
        ("ending=expired", []),
        ("reason=DAMAGE_MINOR", ["issue"]),
        ("reason=DAMAGE_MINOR&reason=QUALITY_NOT_MATCHING", ["quality", "issue"]),
        ("text=UB-1001", ["created"]),
        ("text=lexus", ["quality"]),
        ("text=zaisan", ["funded"]),
        ("text=nobody+has+this", []),
        ("state=nonsense&country=XX&reason=NO&first=2026-99-99", "all"),
    ],
)
def test_the_filters_stand_in_the_address(
    busy: DealsScene, browse: Browse, query: str, names: list[str] | str
) -> None:
    wanted = ["quality", "created", "funded", "inspection", "issue", "approved"] if names == "all" else names
    answer = browse(busy.otgon).get(f"/deals?{query}")
    assert shown(answer) == ids(busy, *wanted)
    assert ("No deal matches" in answer.content.decode()) == (wanted == [])


def test_days_are_those_of_the_reader_and_both_are_included(desk: DealsScene, browse: Browse) -> None:
    scenes.open_scope(desk)
    desk.otgon.person.zone = "Asia/Ulaanbaatar"
    desk.otgon.person.save()
    midnight = datetime.fromisoformat("2026-03-05T00:00:00+08:00")
    before, first, last, after = (
        scenes.created(at).id
        for at in (
            midnight - timedelta(seconds=1),
            midnight,
            midnight + 2 * DAY - timedelta(seconds=1),
            midnight + 2 * DAY,
        )
    )
    client = browse(desk.otgon)
    assert shown(client.get("/deals?first=2026-03-05&last=2026-03-06")) == [last, first]
    assert shown(client.get("/deals?first=2026-03-05")) == [after, last, first]
    assert shown(client.get("/deals?last=2026-03-04")) == [before]
    assert len(shown(client.get("/deals?first=0001-01-01&last=9999-12-31"))) == 4


def test_the_figures_count_by_state_within_the_other_filters_and_open_their_lists(
    busy: DealsScene, browse: Browse
) -> None:
    client = browse(busy.otgon)
    text = client.get("/deals?country=MN").content.decode()
    figures = re.findall(
        r'<a class="figure[^"]*" href="([^"]+)"[^>]*><b>([\d+]+)</b><span>(\w+)</span>', text
    )
    assert [(number, name) for _, number, name in figures] == [
        ("1", "Created"), ("1", "Funded"), ("0", "Inspection"), ("2", "Issue"), ("1", "Settled"),
    ]  # fmt: skip
    for address, number, _name in figures:
        assert len(shown(client.get(address.replace("&amp;", "&")))) == int(number)


def test_no_figures_stand_beside_a_text_they_do_not_count_by(busy: DealsScene, browse: Browse) -> None:
    client = browse(busy.otgon)
    for text, found in (("prius", True), ("nothing has this in it", False)):
        page = client.get("/deals", {"text": text}).content.decode()
        assert ("<tr data-row" in page) == found
        assert 'class="figure' not in page
    assert 'class="figure' in client.get("/deals?text=").content.decode()


def test_pages_hang_on_the_last_row_and_together_hold_each_deal_once(
    desk: DealsScene, browse: Browse
) -> None:
    scenes.open_scope(desk)
    made = [scenes.created(desk.now - number * HOUR).id for number in range(1, 61)]
    client = browse(desk.otgon)
    first = client.get("/deals")
    onward = re.findall(r'href="([^"]*after=[^"]+)"', first.content.decode())[0].replace("&amp;", "&")
    scenes.created(desk.now)
    second = client.get(onward)
    assert shown(first) + shown(second) == made
    assert "First page" in second.content.decode()


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~1", "2026-01-01T00:00:00+00:00~x", "9" * 400])
def test_a_place_that_makes_no_sense_is_the_beginning(busy: DealsScene, browse: Browse, after: str) -> None:
    assert len(shown(browse(busy.otgon).get("/deals", {"after": after}))) == 6


def test_a_list_that_refreshes_itself_gets_its_rows_alone(busy: DealsScene, browse: Browse) -> None:
    answer = browse(busy.otgon).get("/deals?state=ISSUE", headers=HTMX)
    text = answer.content.decode()
    assert shown(answer) == ids(busy, "quality", "issue")
    assert "<html" not in text
    assert 'hx-get="/deals?state=ISSUE"' in text


def test_filters_are_kept_as_a_view_and_taken_away_again(busy: DealsScene, browse: Browse) -> None:
    client = browse(busy.otgon)
    kept = client.post("/deals/views", {"name": "Korea", "query": "country=KR", "shared": "on"})
    assert kept["Location"] == "/deals?country=KR"
    assert "Korea" in browse(busy.vera).get("/deals").content.decode()
    view = SavedView.objects.get(page="deals")
    assert client.post(f"/deals/views/{view.id}/removal").status_code == 302
    assert "Korea" not in client.get("/deals").content.decode()


def test_the_file_has_a_line_for_each_deal_of_the_filters_in_minor_units(
    busy: DealsScene, browse: Browse
) -> None:
    scenes.created(busy.now, item="=cmd()", buyer="+1", reference="last")
    answer = browse(busy.vera).get("/deals?country=MN&table=list&as=csv")
    assert isinstance(answer, StreamingHttpResponse)
    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert len(lines) == 6
    assert (lines[0]["Item"], lines[0]["Buyer"]) == ("'=cmd()", "'+1")
    issue = next(line for line in lines if line["Reference"] == "UB-1002")
    assert (issue["State"], issue["Total"], issue["Held"], issue["Currency"], issue["Reason"]) == (
        "ISSUE", "1000000.00", "150000.00", "MNT", "DAMAGE_MINOR",
    )  # fmt: skip


def test_the_list_asks_the_database_as_often_for_many_deals_as_for_few(
    busy: DealsScene, browse: Browse
) -> None:
    client = browse(busy.otgon)
    few = counted(client)
    for number in range(40):
        scenes.funded(busy.now - number * HOUR)
    scenes.in_issue(busy.now, Reason.MISSING_PARTS)
    assert counted(client) == few <= MOST


def counted(client: Client) -> int:
    client.get("/deals?reason=DAMAGE_MINOR&state=running")
    with CaptureQueriesContext(connection) as statements:
        assert client.get("/deals").status_code == 200
    return len(statements)


def test_whoever_has_no_role_on_the_desk_sees_nothing_of_it_and_no_way_to_it(
    busy: DealsScene, browse: Browse
) -> None:
    client = browse(cast.operator())
    deal = busy.deals["issue"].id
    for address in (
        "/deals",
        "/deals?table=list&as=csv",
        f"/deals/{deal}",
        "/scopes",
        f"/scopes/{PRIVATE}",
        "/deals/views",
    ):
        assert client.get(address).status_code == 403, address
    assert 'href="/deals"' not in client.get("/me").content.decode()


def test_the_desk_stands_in_the_navigation_of_whoever_has_a_role_there(
    busy: DealsScene, browse: Browse
) -> None:
    text = browse(busy.vera).get("/me").content.decode()
    for address in ("/disputes", "/deals", "/scopes", "/playbooks"):
        assert f'<li><a href="{address}"' in text, address
    assert "/desks/deals/funnel" not in text
    assert "/desks/deals/requests" not in text


def test_every_scope_of_the_scene_is_there(busy: DealsScene, browse: Browse) -> None:
    text = browse(busy.vera).get("/deals").content.decode()
    for category in {scope.partition(".")[2] for scope in (PRIVATE, DEALER, ESTATE, KOREA)}:
        assert f'<option value="{category}"' in text


def test_all_cases_of_the_desk_are_filtered_by_what_it_has_alone(busy: DealsScene, browse: Browse) -> None:
    Account.objects.create(key="north", name="North Motors", recorded_at=busy.now)
    client = browse(busy.vera)
    page = client.get("/desks/deals/cases").content.decode()
    assert "North Motors" not in page
    assert not {name for name in ("account", "unread", "claims") if f'name="{name}"' in page}
    assert 'value="incident.*"' in page
    assert client.get("/desks/deals/cases?account=north").context["count"] > 0
