"""The wizard: a file is uploaded, mapped, looked at, brought in by the worker, withdrawn and put back."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from opsdesk.cases.models import Case
from opsdesk.cases.queries import mail_desk
from opsdesk.history import carrying, reading, uploads, writing
from opsdesk.history.carrying import Bringing
from opsdesk.history.files import of_upload
from opsdesk.history.models import Import, Piece, RowAside
from opsdesk.history.proposing import propose
from opsdesk.history.samples import Sample
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


def test_a_file_that_waits_to_be_mapped_goes_with_an_erasure_and_says_so(lena: Client) -> None:
    uploaded(lena, name="export.csv")
    ada = Client()
    ada.force_login(cast.admin().person)
    address = "/care/erasure?name=Bob+Ray"
    listed = ada.get(address).content.decode()
    assert "Nothing is held" not in listed
    assert "so all of these go:" in listed
    assert "export.csv" in listed
    done = ada.post(address, {"reason": "asked", "sure": "on"}, follow=True).content.decode()
    assert "Nothing is held" in done
    assert not Import.objects.exists()


def test_the_worker_deletes_a_file_that_was_not_mapped_within_a_day(lena: Client, tmp_path: Path) -> None:
    draft = uploaded(lena)
    bringing = Bringing(tmp_path)
    bringing.step(draft.asked_at)
    bringing.step(draft.asked_at + timedelta(hours=23))
    assert Piece.objects.exists()
    bringing.step(draft.asked_at + timedelta(hours=25))
    assert not Piece.objects.exists()
    assert not Import.objects.exists()


def test_what_a_killed_worker_left_of_a_file_goes_and_a_file_in_use_stays(lena: Client) -> None:
    draft = uploaded(lena)
    Import.objects.filter(id=draft.id).update(state="writing", map="-", origin="tickets")
    uploads.sweep(NOW)
    assert Piece.objects.exists()
    Import.objects.filter(id=draft.id).update(state="done")
    uploads.sweep(NOW)
    assert not Piece.objects.exists()


def test_what_is_chosen_on_the_page_is_looked_at_again(lena: Client) -> None:
    draft = uploaded(lena)
    fields = fields_of(lena.get(f"/imports/{draft.id}/map").content.decode())
    team = next(name for name in fields if name.startswith("value-queue") and fields[name] == "core-support")
    seen = lena.post(f"/imports/{draft.id}/map", {**fields, team: "core-engineering", "act": "look"})
    assert "Operations → Core engineering" in seen.content.decode()
    without = lena.post(f"/imports/{draft.id}/map", {**fields, "column-case": "", "act": "begin"})
    assert without.status_code == 422
    assert "Choose below which column names the case." in without.content.decode()
    assert "is missing; add it" not in without.content.decode()
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
    file = lena.get(f"/imports/{number}/aside?table=list&as=csv")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "Line,Why,The row"
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


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 and so on", "a.xlsx is no table"),
        ("a.bin", bytes(range(256)) * 20, "a.bin is no table"),
        ("a.csv", b"Ticket;Time;Team\n", "a.csv has no rows"),
        ("a.xes", b"<log></log>", "a.xes has no rows"),
    ],
)
def test_what_is_no_table_or_has_no_rows_is_said_at_once_and_not_kept(
    lena: Client, name: str, data: bytes, said: str
) -> None:
    answer = lena.post("/imports/new", {"file": SimpleUploadedFile(name, data), "desk": "support"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Import.objects.exists()


def test_columns_that_nobody_knows_are_asked_for_in_plain_words(lena: Client) -> None:
    draft = uploaded(lena, "colour;size;x\nred;1;2\nblue;2;3\n")
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert "Choose below which column names the case." in page
    assert "Choose below which column holds the time" in page
    assert "&quot;columns&quot;" not in page
    assert "moments&quot;" not in page


def test_what_no_word_tells_is_proposed_as_aside_and_marked(lena: Client) -> None:
    rows = "ID;When;Team;Status;Activity;Customer\n" + "".join(
        f"{n};2026-03-0{n} 09:00;{team};{status};{act};{who}@acme.example\n"
        for n, team, status, act, who in (
            (1, "Service desk", "New", "Opened", "sam"),
            (2, "Marketing", "Weird", "Danced", "kim"),
        )
    )
    page = lena.get(f"/imports/{uploaded(lena, rows).id}/map").content.decode()
    fields = fields_of(page)
    table = {name: value for name, value in fields.items() if name.startswith("value-")}
    assert table == {
        "value-queue-2-0": "ops",
        "value-queue-2-1": "",
        "value-queue-2-2": "",
        "value-status-3-0": "open",
        "value-status-3-1": "",
        "value-status-3-2": "",
        "value-activity-4-0": "open",
        "value-activity-4-1": "nothing",
        "value-activity-4-2": "",
    }
    assert page.count("Not known here: say what it is") == 3
    assert "1 row kept aside" in page
    assert (fields["column-account"], fields["column-requester"]) == ("", "Customer")


def test_only_a_lead_may(tmp_path: Path, lena: Client) -> None:
    number = brought(lena, tmp_path)
    client = Client()
    client.force_login(cast.operator().person)
    for address in (
        "/imports",
        "/imports/new",
        f"/imports/{number}",
        f"/imports/{number}/aside?table=list&as=csv",
    ):
        assert client.get(address).status_code == 403, address
    for address in ("map", "withdrawal", "return", "placing"):
        assert client.post(f"/imports/{number}/{address}").status_code == 403, address
    assert 'href="/imports"' not in client.get("/accounts").content.decode()


def test_an_import_that_runs_is_stopped_and_brought_in_anew(
    lena: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 1)
    monkeypatch.setattr(carrying, "STEPS", 1)
    draft = uploaded(lena)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    lena.post(f"/imports/{draft.id}/map", {**fields_of(page), "act": "begin"})
    bringing = Bringing(tmp_path)
    assert bringing.step(NOW)
    assert bringing.step(NOW)
    assert Case.objects.filter(desk="support").count() == 1
    assert "Stop import" in lena.get(f"/imports/{draft.id}/withdrawal").content.decode()
    lena.post(f"/imports/{draft.id}/withdrawal")
    while bringing.step(NOW):
        pass
    assert (Case.objects.filter(desk="support").count(), Piece.objects.count()) == (0, 0)
    assert list(tmp_path.iterdir()) == []
    stopped = lena.get(f"/imports/{draft.id}").content.decode()
    assert "It was stopped before all of it was written." in stopped
    assert "Put back" not in stopped
    assert lena.post(f"/imports/{draft.id}/return").status_code == 422
    again = brought(lena, tmp_path / "again")
    assert "2 cases are in the numbers" in lena.get(f"/imports/{again}").content.decode()


def test_one_that_is_stopped_while_it_is_read_leaves_nothing(
    lena: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "TOLD_EVERY", 1)
    draft = uploaded(lena)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    lena.post(f"/imports/{draft.id}/map", {**fields_of(page), "act": "begin"})
    stale = Import.objects.get(id=draft.id)
    lena.post(f"/imports/{draft.id}/withdrawal")
    with pytest.raises(reading.Stopped):
        reading.read_file(stale, of_upload(stale), tmp_path / "events", now=NOW, hear=reading.heard(stale))
    worked(tmp_path / "imports")
    assert (Import.objects.get().state, Case.objects.count(), Piece.objects.count()) == ("withdrawn", 0, 0)


def test_instants_are_shown_as_they_are_read_and_in_another_form_otherwise(lena: Client) -> None:
    rows = "ID;When;State\n1;03/04/2026 09:00;New\n2;05/04/2026 09:00;New\n"
    draft = uploaded(lena, rows)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert "Friday, 3 April 2026, 09:00:00" in page
    assert "Day and month could be the other way round here." in page
    assert "By the clock of America/Chicago." in page
    chosen = {**fields_of(page), "time_format": "%m/%d/%Y %H:%M", "zone": "Asia/Seoul", "act": "look"}
    other = lena.post(f"/imports/{draft.id}/map", chosen).content.decode()
    assert "Wednesday, 4 March 2026, 09:00:00" in other
    assert "By the clock of Asia/Seoul." in other
    wrong = lena.post(f"/imports/{draft.id}/map", {**chosen, "other_format": "%Y %d", "act": "look"})
    assert "not read so" in wrong.content.decode()
    assert '<option value="%Y %d" selected>' in wrong.content.decode()


@pytest.mark.parametrize("name", ["Changed", "Modified", "When", "변경일시", "Огноо", "sys_updated_at"])
def test_a_time_is_known_by_its_name(name: str) -> None:
    values = {column: Counter(["1", "2"]) for column in ("Ticket", "Stamp", name)}
    found = Sample("csv", rows=2, values=values, instants={"Stamp": "", name: ""})
    assert propose(found, mail_desk("support"), tool="any").columns["time"] == name


@pytest.mark.parametrize("name", ["Reporter email", "Whoever"])
def test_addresses_beside_those_of_the_person_are_the_requesters(name: str) -> None:
    values = {column: Counter([f"{column[:1]}@a.example", "b@c.example"]) for column in ("Assignee", name)}
    chosen = propose(Sample("csv", rows=2, values=values), mail_desk("support"), tool="any").columns
    assert chosen == {"person": "Assignee", "requester": name}


@pytest.mark.parametrize(("opened", "changed"), [("Created", "Changed"), ("Date", "x")])
def test_the_time_is_the_column_that_changes_within_a_case_and_its_stays_are_shown(
    lena: Client, opened: str, changed: str
) -> None:
    rows = f"""Ticket;{opened};{changed};Due date;Team;State
1;2026-03-02 09:00;2026-03-02 09:00;2026-04-01 09:00;Service desk;New
1;2026-03-02 09:00;2026-03-03 10:30;2026-04-01 09:00;Apps L2;In progress
1;2026-03-02 09:00;2026-03-04 11:45;2026-04-02 09:00;Apps L2;Resolved
2;2026-03-05 09:00;2026-03-06 09:00;2026-04-01 09:00;Service desk;New
2;2026-03-05 09:00;2026-03-07 09:00;2026-04-01 09:00;Service desk;In progress
3;2026-03-05 09:00;2026-03-06 09:00;2026-04-01 09:00;Service desk;New
3;2026-03-05 09:00;2026-03-08 09:00;2026-04-01 09:00;Service desk;In progress
"""
    draft = uploaded(lena, rows)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert fields_of(page)["column-time"] == changed
    shown = page[page.index('id="preview"') : page.index("The funnel of these rows")]
    times = [datetime.fromisoformat(at) for at in re.findall(r'<time datetime="([^"]+)"', shown)]
    desk_zone = ZoneInfo("America/Chicago")
    wanted = [(2, 9, 0), (3, 10, 30), (3, 10, 30), (4, 11, 45), (6, 9, 0), (6, 9, 0)]
    assert times == [datetime(2026, 3, day, hour, minute, tzinfo=desk_zone) for day, hour, minute in wanted]
    assert "so no time would pass" not in page
    sent = {**fields_of(page), "column-time": opened, "act": "look"}
    assert "so no time would pass" in lena.post(f"/imports/{draft.id}/map", sent).content.decode()


def test_a_list_of_changes_is_mapped_with_the_team_before_and_the_team_of_today(lena: Client) -> None:
    moved = [
        {"createdAt": "2026-03-03T09:00:00Z", "toState": {"name": "In Progress"}},
        {
            "createdAt": "2026-03-04T09:00:00Z",
            "fromTeam": {"name": "Support"},
            "toTeam": {"name": "Engineering"},
        },
    ]
    today = {"createdAt": "2026-03-02T09:00:00Z", "team": {"name": "Engineering"}}
    stays = {"createdAt": "2026-03-03T09:00:00Z", "toState": {"name": "Todo"}}
    issues = [
        {"identifier": "E-1", **today, "history": {"nodes": moved}},
        {"identifier": "E-2", **today, "history": {"nodes": [stays]}},
    ]
    draft = uploaded(lena, "".join(f"{json.dumps(issue)}\n" for issue in issues), "issues.jsonl")
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    places = {name: value for name, value in fields_of(page).items() if name.startswith("column-queue")}
    assert places == {
        "column-queue": "toTeam.name",
        "column-queue_before": "fromTeam.name",
        "column-queue_now": "team.name",
    }
    ways = re.findall(r'data-label="Its way">([^<]*)<', page)
    assert ways == ["Operations → Core engineering", "Core engineering"]
    assert "2 cases, 3 stays, 0 rows kept aside" in page
    sent = {**fields_of(page), "act": "begin"}
    assert lena.post(f"/imports/{draft.id}/map", sent).headers["Location"] == f"/imports/{draft.id}"
    assert '"queue": ["toTeam.name", "team.name"]' in Import.objects.get(id=draft.id).map


def test_a_file_that_went_meanwhile_leads_back_to_the_imports_and_says_why(lena: Client) -> None:
    draft = uploaded(lena)
    address = f"/imports/{draft.id}/map"
    fields = fields_of(lena.get(address).content.decode())
    uploads.sweep(draft.asked_at + timedelta(hours=25))
    for answer in (
        lena.get(address, follow=True),
        lena.post(address, {**fields, "act": "begin"}, follow=True),
    ):
        assert answer.redirect_chain == [("/imports", 302)]
        assert f"The file of import {draft.id} is no longer here" in answer.content.decode()
    client = Client()
    client.force_login(cast.operator().person)
    assert client.get(address).status_code == 403


def test_how_the_file_is_written_is_guessed_and_can_be_said(lena: Client) -> None:
    korean = "번호;시각;상태;제목\n1;2026-03-02 09:00;완료;차량 예약이 안 됩니다\n".encode("cp949") * 3
    draft = uploaded(lena, korean)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert (fields_of(page)["encoding"], fields_of(page)["delimiter"]) == ("cp949", ";")
    assert "번호" in page
    sent = {**fields_of(page), "seen": "; cp949", "encoding": "cp1252", "act": "begin"}
    anew = lena.post(f"/imports/{draft.id}/map", sent).content.decode()
    assert "번호" not in anew
    assert Import.objects.get().state == "draft"
    mixed = lena.post(f"/imports/{draft.id}/map", {**sent, "delimiter": "cp949", "encoding": "cp949"})
    found = fields_of(mixed.content.decode())
    assert (found["delimiter"], found["encoding"]) == (";", "cp949")
    no_bom = lena.post(f"/imports/{draft.id}/map", {**sent, "encoding": "utf-16"})
    assert no_bom.status_code == 422
    assert "can&#x27;t be read" in no_bom.content.decode()


def test_a_file_that_stands_here_already_says_so_before_it_is_mapped(lena: Client, tmp_path: Path) -> None:
    number = brought(lena, tmp_path)
    draft = uploaded(lena)
    page = lena.get(f"/imports/{draft.id}/map").content.decode()
    assert f'This file stands here already, as <a href="/imports/{number}">import {number}</a>' in page


def test_a_newer_export_under_another_name_is_known_as_of_the_same_tool(lena: Client, tmp_path: Path) -> None:
    brought(lena, tmp_path)
    newer = uploaded(lena, f"{ROWS}T3;15/03/2026 09:00;Service desk;New;Olga;New\n", "april.csv")
    address = f"/imports/{newer.id}/map"
    page = lena.get(address).content.decode()
    assert fields_of(page)["tool"] == "tickets"
    assert "2 of these cases stand here already, from tickets: they are known again" in page
    other = lena.post(address, {**fields_of(page), "tool": "april", "act": "look"}).content.decode()
    assert "As cases of april they would count twice" in other
    lena.post(address, {**fields_of(page), "act": "begin"})
    worked(tmp_path)
    assert "1 case is in the numbers" in lena.get(f"/imports/{newer.id}").content.decode()
    assert Case.objects.count() == 3


def test_other_cases_with_the_same_numbers_are_of_another_tool(lena: Client, tmp_path: Path) -> None:
    brought(lena, tmp_path)
    others = ROWS.replace("=Broken", "Invoice").replace("Still open", "A new user")
    page = lena.get(f"/imports/{uploaded(lena, others, 'april.csv').id}/map").content.decode()
    assert fields_of(page)["tool"] == "april"
    assert "stand here already" not in page


def test_an_admin_erases_a_row_kept_aside_and_all_that_names_somebody(lena: Client, tmp_path: Path) -> None:
    number = brought(lena, tmp_path)
    assert "/erasure" not in lena.get(f"/imports/{number}/aside").content.decode()
    ada = Client()
    ada.force_login(cast.admin().person)
    row = RowAside.objects.order_by("id")[0]
    assert f'href="/care/rows/{row.id}/erasure' in ada.get(f"/imports/{number}/aside").content.decode()
    ada.post(f"/care/rows/{row.id}/erasure", {"reason": "secret", "sure": "on"})
    assert "yesterday" not in ada.get(f"/imports/{number}/aside").content.decode()
    listed = ada.get("/care/erasure?name=Enzo+Engineer").content.decode()
    assert "Nothing is held" in listed
    address = "/care/erasure?name=%3D1%2B1"
    assert "1 row kept aside names them." in ada.get(address).content.decode()
    done = ada.post(address, {"reason": "asked", "sure": "on"}, follow=True).content.decode()
    assert "Of imports, the words in one place are erased." in done
    assert "Nothing is held" in done
    assert ada.get("/care/erasure?name=x").status_code == 422
    assert lena.post(f"/care/rows/{row.id}/erasure", {"reason": "secret", "sure": "on"}).status_code == 403
