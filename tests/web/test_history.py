"""The wizard: a file is uploaded, mapped, looked at, brought in by the worker, withdrawn and put back."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from opsdesk.cases.models import Case
from opsdesk.history.carrying import Bringing
from opsdesk.history.models import Import, Piece
from tests import cast
from tests.history.scene import NOW

ROWS = """Ticket ID;Updated at;Team;Status;Agent;Subject
T1;02/03/2026 09:00;Service desk;New;Olga;=Broken
T1;02/03/2026 10:00;Apps L2;In progress;Enzo;=Broken
T1;03/03/2026 10:00;Apps L2;Resolved;Enzo;=Broken
T2;13/03/2026 10:00;Service desk;New;;Still open
T2;14/03/2026 10:00;Service desk;New;;Still open
T2;yesterday;Service desk;New;;Still open
;13/03/2026 10:00;Service desk;New;;=1+1
"""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


@pytest.fixture
def lena() -> Client:
    client = Client()
    client.force_login(cast.lead().person)
    return client


def uploaded(client: Client, text: str | bytes = ROWS, name: str = "tickets.csv") -> Import:
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    answer = client.post("/imports/new", {"file": file, "desk": "support"})
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(state="draft")


def worked(folder: Path) -> None:
    """The worker until nothing is left."""
    bringing = Bringing(folder)
    while bringing.step(NOW):
        pass


def test_a_lead_brings_a_file_in_from_upload_to_funnel(lena: Client, tmp_path: Path) -> None:
    draft = uploaded(lena)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert "Operations → Core support" in page
    assert "2 rows kept aside" in page
    assert Case.objects.count() == 0
    begun = lena.post(f"/imports/{draft.id}/map", {**fields_of(page), "act": "begin"})
    assert begun.headers["Location"] == f"/imports/{draft.id}"
    assert "being read" in lena.get(f"/imports/{draft.id}").content.decode()
    worked(tmp_path)
    done = lena.get(f"/imports/{draft.id}").content.decode()
    assert "2 cases are in the numbers" in done
    assert "yesterday" in done
    assert Piece.objects.count() == 0
    assert list(tmp_path.iterdir()) == []
    funnel = f"{reverse('funnel', args=['support'])}?from=2026-03-02&to=2026-03-14"
    assert f'href="{escape(funnel)}"' in done
    assert lena.get(funnel).status_code == 200
    assert "tickets.csv" in lena.get("/imports").content.decode()


def fields_of(page: str) -> dict[str, str]:
    """What the form holds as it is shown."""
    found: dict[str, str] = {}
    parser = Form(found)
    parser.feed(page)
    return found


class Form(HTMLParser):
    """Reads the fields of a page: their names and what is chosen."""

    def __init__(self, found: dict[str, str]) -> None:
        super().__init__()
        self.found, self.select = found, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self.select = given.get("name") or ""
        elif tag == "option" and "selected" in given:
            self.found[self.select] = given.get("value") or ""
        elif tag == "input" and given.get("type") not in ("checkbox", "hidden", "submit"):
            self.found[given.get("name") or ""] = given.get("value") or ""


def test_withdrawing_and_putting_back_ask_first(lena: Client, tmp_path: Path) -> None:
    number = brought(lena, tmp_path)
    case = Case.objects.order_by("id")[0]
    shown = lena.get(f"/cases/{case.id}").content.decode()
    assert "tickets: T1" in shown
    assert f"came with import {number}" in shown
    assert "Withdraw import" in lena.get(f"/imports/{number}/withdrawal").content.decode()
    assert Import.objects.get().state == "done"
    lena.post(f"/imports/{number}/withdrawal")
    worked(tmp_path)
    assert "It is in no number and no list." in lena.get(f"/imports/{number}").content.decode()
    found = f'href="/cases/{case.id}'
    assert found not in lena.get("/search?q=Broken").content.decode()
    lena.post(f"/imports/{number}/return")
    worked(tmp_path)
    assert "2 cases are in the numbers" in lena.get(f"/imports/{number}").content.decode()
    assert found in lena.get("/search?q=Broken").content.decode()


def brought(client: Client, folder: Path) -> int:
    draft = uploaded(client)
    page = client.get(f"/imports/{draft.id}/map").content.decode()
    client.post(f"/imports/{draft.id}/map", {**fields_of(page), "act": "begin"})
    worked(folder)
    return draft.id


def test_what_is_still_open_is_put_into_the_queues_on_asking(lena: Client, tmp_path: Path) -> None:
    number = brought(lena, tmp_path)
    assert "1 case is still open in the file." in lena.get(f"/imports/{number}").content.decode()
    open_case = Case.objects.get(state="open")
    assert lena.get(f"/cases/{open_case.id}").status_code == 200
    lena.post(f"/imports/{number}/placing")
    assert Case.objects.get(id=open_case.id).queue == "ops"
    assert lena.post(f"/imports/{number}/placing").status_code == 422


def test_the_same_file_under_the_same_map_is_refused_with_the_number_of_the_first(
    lena: Client, tmp_path: Path
) -> None:
    number = brought(lena, tmp_path)
    draft = uploaded(lena)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    answer = lena.post(f"/imports/{draft.id}/map", {**fields_of(page), "act": "begin"})
    assert answer.status_code == 422
    assert f"import {number}. It would add nothing." in answer.content.decode()


def test_what_is_chosen_on_the_page_is_looked_at_again(lena: Client) -> None:
    draft = uploaded(lena)
    fields = fields_of(lena.get(f"/imports/{draft.id}/map").content.decode())
    team = next(name for name in fields if name.startswith("value-queue") and fields[name] == "core-support")
    seen = lena.post(f"/imports/{draft.id}/map", {**fields, team: "core-engineering", "act": "look"})
    assert "Operations → Core engineering" in seen.content.decode()
    without = lena.post(f"/imports/{draft.id}/map", {**fields, "column-case": "", "act": "begin"})
    assert without.status_code == 422
    assert "&quot;case&quot; is missing; add it" in without.content.decode()
    assert Import.objects.get().state == "draft"


def test_a_row_that_is_a_whole_case_is_seen(lena: Client) -> None:
    rows = "ID,Title,Created,Started,Completed\n" + "".join(
        f"{n},Hello,2026-03-0{n}T09:00:00Z,2026-03-0{n}T10:00:00Z,2026-03-0{n}T12:00:00Z\n" for n in (1, 2, 3)
    )
    page = lena.get(f"/imports/{uploaded(lena, rows).id}/map").content.decode()
    assert fields_of(page)["shape"] == "moments"
    assert "3 cases, 3 stays, 0 rows kept aside" in page


XES = (
    '<log><trace><string key="concept:name" value="1"/><event><date key="time:timestamp"'
    ' value="2026-03-02T09:00:00Z"/><string key="lifecycle:transition" value="Resolved"/>'
    '<string key="org:group" value="G1 2nd"/></event></trace></log>'
)
ISSUE = (
    '{"identifier": "S-1", "title": "Hello", "history": {"nodes": [{"createdAt":'
    ' "2026-03-02T09:00:00Z", "toState": {"name": "Done"}, "toTeam": {"name": "Engineering"}}]}}'
)


@pytest.mark.parametrize(
    ("name", "text", "proposed"),
    [
        ("log.xes", XES, {"case": "case:concept:name", "time": "time:timestamp", "queue": "org:group"}),
        ("issues.jsonl", ISSUE, {"case": "identifier", "time": "createdAt", "status": "toState.name"}),
    ],
)
def test_other_forms_of_files_are_proposed_for_too(
    lena: Client, name: str, text: str, proposed: dict[str, str]
) -> None:
    page = lena.get(f"/imports/{uploaded(lena, text, name).id}/map").content.decode()
    columns = {f"column-{role}": name for role, name in proposed.items()}
    assert columns.items() <= fields_of(page).items()
    assert "1 case, 1 stay, 0 rows kept aside" in page


def test_rows_kept_aside_have_a_page_and_a_file_that_holds_no_formula(lena: Client, tmp_path: Path) -> None:
    number = brought(lena, tmp_path)
    assert "it names no case" in lena.get(f"/imports/{number}/aside").content.decode()
    file = lena.get(f"/imports/{number}/aside.csv")
    lines = b"".join(file.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "line,why,row"
    assert len(lines) == 3
    assert b"tool: tickets" in lena.get(f"/imports/{number}/map.yaml").content


def test_nothing_to_bring_says_what_to_do_and_a_file_that_is_none_is_refused(lena: Client) -> None:
    assert "Nothing was brought in yet" in lena.get("/imports").content.decode()
    empty = lena.post("/imports/new", {"file": SimpleUploadedFile("a.csv", b""), "desk": "support"})
    assert empty.status_code == 422
    broken = uploaded(lena, b"\x1f\x8b no archive", "a.csv.gz")
    told = lena.get(f"/imports/{broken.id}/map", follow=True)
    assert told.redirect_chain == [("/imports", 302)]
    assert "a.csv.gz can&#x27;t be read" in told.content.decode()


def test_only_a_lead_may(tmp_path: Path, lena: Client) -> None:
    number = brought(lena, tmp_path)
    client = Client()
    client.force_login(cast.operator().person)
    for address in ("/imports", "/imports/new", f"/imports/{number}", f"/imports/{number}/aside.csv"):
        assert client.get(address).status_code == 403, address
    for address in ("map", "withdrawal", "return", "placing"):
        assert client.post(f"/imports/{number}/{address}").status_code == 403, address
    assert 'href="/imports"' not in client.get("/accounts").content.decode()
