"""Every form of file, and every map that is shipped, on a small file of its own."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsdesk.accounts import actions as accounts
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.history import maplist
from opsdesk.history.files import FileUnreadable
from opsdesk.history.maps import read_map
from opsdesk.history.models import Import, Origin, RowAside
from opsdesk.history.rows import ColumnMissing
from tests import cast
from tests.history.scene import HEADER, PLAIN, bring, file_of

pytestmark = pytest.mark.django_db
DONE = "A,2026-03-02T15:00:00Z,One,done,,Short"


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


def way(key: str) -> list[tuple[str, str]]:
    case = Origin.objects.get(key=key).case_id
    return list(Stay.objects.filter(case_id=case).order_by("number").values_list("queue", "exit"))


def asides() -> list[tuple[int, str]]:
    return [(row.line, row.why % row.details) for row in RowAside.objects.order_by("number")]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", "|")]
)
def test_csv_in_any_encoding_and_with_any_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = HEADER + 'A,2026-03-02T15:00:00Z,One,done,,"Grüße\nin zwei Zeilen"\n'
    path = tmp_path / "log.csv"
    path.write_bytes(text.replace(",", delimiter).encode(encoding))
    bring(path)
    assert Case.objects.get().subject == "Grüße\nin zwei Zeilen"


def test_rows_that_fit_nowhere_are_kept_with_their_line_and_why(tmp_path: Path) -> None:
    rows = [
        DONE,
        ",2026-03-02T15:00:00Z,One,new,,",
        "B,,One,new,,",
        "C,soon,One,new,,",
        "D,2026-03-02T15:00:00Z,Nowhere,new,,",
        'E,2026-03-02T15:00:00Z,One,unheard of,,"a\nb"',
        "F,2026-03-02T15:00:00Z,One",
        "G,2031-03-02T15:00:00Z,One,new,,",
        "H,1970-01-02T15:00:00Z,One,new,,",
        f"{'I' * 201},2026-03-02T15:00:00Z,One,new,,",
    ]
    imported = bring(file_of(tmp_path, rows))
    assert (imported.rows, imported.rows_aside, imported.cases) == (10, 9, 1)
    assert asides() == [
        (3, "it names no case"),
        (4, "it has no instant"),
        (5, '"soon" is no instant; name its form under time_format (column time)'),
        (6, '"Nowhere" has no queue in the map (column team)'),
        (7, '"unheard of" has no meaning in the map (column status)'),
        (9, "it has 3 fields, the first line has 6"),
        (10, '"2031-03-02T15:00:00Z" is yet to come (column time)'),
        (11, '"1970-01-02T15:00:00Z" lies before 1990 (column time)'),
        (12, "the name of its case is longer than 200 characters"),
    ]
    kept = RowAside.objects.get(line=7)
    assert json.loads(kept.words)[5] == "a\nb"


def test_the_order_of_the_file_is_kept_at_equal_instants(tmp_path: Path) -> None:
    at = "2026-03-02T15:00:00Z"
    bring(file_of(tmp_path, [f"A,{at},Two core,new,,", f"A,{at},One,-,,", f"A,{at},Three,-,,"]))
    assert way("A") == [("core-support", "returned"), ("ops", "escalated"), ("core-engineering", "")]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = file_of(tmp_path, [DONE], header=HEADER.replace("team", "crew"))
    with pytest.raises(ColumnMissing, match=r"no column team. It has case, time, crew"):
        bring(path)
    assert Import.objects.get().state == "failed"
    assert not Case.objects.exists()


def test_a_broken_archive_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress((HEADER + f"{DONE}\n" * 5000).encode())[:-200])
    with pytest.raises(FileUnreadable):
        bring(path)
    assert not Case.objects.exists()


XES = """<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/"><string key="concept:name" value="log"/>
<trace><string key="concept:name" value="1-1"/>{events}</trace><trace><string key="concept:name" value="1-2"/>
<event><date key="time:timestamp" value="2026-03-05T10:00:00+01:00"/><string key="org:group" value="G9 3rd"/>
<string key="lifecycle:transition" value="Awaiting Assignment"/></event></trace></log>"""
EVENT = (
    '<event><date key="time:timestamp" value="2026-03-0{day}T10:00:00+01:00"/><string key="org:group"'
    ' value="{group}"/><string key="lifecycle:transition" value="{state}"/>'
    '<string key="concept:name" value="Accepted"><int key="nested" value="1"/></string></event>'
)


@pytest.mark.parametrize("packed", [False, True])
def test_an_xes_log_by_its_shipped_map(tmp_path: Path, packed: bool) -> None:
    told = [(1, "G1", "In Progress"), (2, "G4 2nd", "Assigned"), (3, "G4 2nd", "Wait - User")]
    told += [(4, "G4 2nd", "Resolved"), (4, "G4 2nd", "Closed")]
    events = "".join(EVENT.format(day=day, group=group, state=state) for day, group, state in told)
    text = XES.format(events=events).encode()
    path = tmp_path / "log.xes"
    path.write_bytes(gzip.compress(text) if packed else text)
    imported = bring(path, maplist.shipped_map("xes-incidents"))
    assert (imported.events, imported.rows_aside) == (6, 0)
    assert way("1-1") == [("ops", "escalated"), ("core-support", "resolved")]
    assert way("1-2") == [("core-engineering", "")]
    assert Stay.objects.get(case__origin__key="1-1", number=2).waiting_customer_s == 86400


def test_an_xes_log_whose_life_cycle_says_nothing_is_resolved_by_its_activities(tmp_path: Path) -> None:
    done = EVENT.replace("Accepted", "Resolve ticket").format(day=4, group="G4 2nd", state="complete")
    events = EVENT.format(day=1, group="G1", state="complete") + done
    path = tmp_path / "log.xes"
    path.write_text(XES.format(events=events))
    bring(path, maplist.shipped_map("xes-incidents"))
    assert way("1-1") == [("ops", "escalated"), ("core-support", "resolved")]


@pytest.mark.parametrize("text", ["<log><trace>", '<!DOCTYPE a [<!ENTITY b "c">]><log>&b;</log>', "no xml"])
def test_what_is_no_xes_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.xes"
    path.write_text(text)
    with pytest.raises(FileUnreadable):
        bring(path, maplist.shipped_map("xes-incidents"))


def json_lines(path: Path, *objects: Any) -> Path:
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in objects))
    return path


def test_the_history_of_linears_issues(tmp_path: Path) -> None:
    entry = {
        "createdAt": "2026-03-02T09:00:00.000Z",
        "toState": {"name": "Triage"},
        "actor": {"name": "Olga"},
    }
    moved = {
        "createdAt": "2026-03-02T10:00:00.000Z",
        "toTeam": {"name": "Engineering"},
        "fromTeam": {"name": "Support"},
    }
    done = {
        "createdAt": "2026-03-03T10:00:00.000Z",
        "toState": {"name": "Done"},
        "toTeam": {"name": "Engineering"},
    }
    issue = {"identifier": "SUP-1", "title": "Repeats", "team": {"name": "Support"}}
    path = tmp_path / "linear.jsonl"
    json_lines(path, {**issue, "history": {"nodes": [entry, moved, done]}}, "{not json", "[1]")
    bring(path, maplist.shipped_map("linear"))
    assert way("SUP-1") == [("ops", "escalated"), ("core-engineering", "resolved")]
    assert Case.objects.get().subject == "Repeats"
    assert [line for line, _ in asides()] == [2, 3]


def issue_of(number: str, team: str, *entries: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    """An issue of 1 March as Linear tells it, `team` being today's, and on which days what changed."""
    nodes = [{"createdAt": f"2026-03-0{day}T10:00:00.000Z", **changed} for day, changed in entries]
    today = {"team": {"name": team}, "state": {"name": "Done"}, "assignee": {"name": "Eve"}}
    return {
        "identifier": number,
        "createdAt": "2026-03-01T10:00:00.000Z",
        **today,
        "history": {"nodes": nodes},
    }


def test_an_issue_of_linear_was_in_the_team_it_was_moved_from_until_then(tmp_path: Path) -> None:
    work = 3, {"toState": {"name": "In Progress", "type": "started"}, "actor": {"name": "Ann"}}
    up = 4, {"fromTeam": {"name": "Support"}, "toTeam": {"name": "Core Engineering"}}
    across = 5, {"fromTeam": {"name": "Core Engineering"}, "toTeam": {"name": "Integration team"}}
    done = 6, {"toState": {"name": "Done", "type": "completed"}}
    json_lines(
        tmp_path / "linear.jsonl",
        issue_of("ENG-1", "Core Engineering", work, up, done),
        issue_of("INT-2", "Integration team", done, across, up, work),
        issue_of("ENG-3", "Core Engineering", work, done),
        issue_of("ENG-4", "Core Engineering"),
    )
    imported = bring(tmp_path / "linear.jsonl", maplist.shipped_map("linear"))
    assert (imported.cases, imported.rows_aside) == (4, 0)
    assert way("ENG-1") == [("ops", "escalated"), ("core-engineering", "resolved")]
    assert way("INT-2") == [
        ("ops", "escalated"),
        ("core-engineering", "returned"),
        ("integration-support", "resolved"),
    ]
    assert way("ENG-3") == [("core-engineering", "resolved")]
    assert way("ENG-4") == [("core-engineering", "")]
    first = Stay.objects.get(case__origin__key="ENG-1", number=1)
    assert (first.tier, first.elapsed_s, imported.unmatched) == (1, 3 * 86400, {"person": {"Ann": 3}})


def test_an_issue_of_linear_without_a_history_ends_when_it_says_so_itself(tmp_path: Path) -> None:
    ended, work = "2026-03-04T10:00:00.000Z", (2, {"toState": {"name": "In Progress", "type": "started"}})
    json_lines(
        tmp_path / "linear.jsonl",
        {**issue_of("N-1", "Support"), "startedAt": "2026-03-02T10:00:00.000Z", "completedAt": ended},
        {**issue_of("N-2", "Core Engineering"), "completedAt": None, "canceledAt": ended},
        {**issue_of("N-3", "Support"), "completedAt": "", "canceledAt": None},
        {**issue_of("N-4", "Support", work), "startedAt": ended, "completedAt": ended},
        {**issue_of("N-5", "Support"), "completedAt": "soon"},
    )
    imported = bring(tmp_path / "linear.jsonl", maplist.shipped_map("linear"))
    found = {case.origin.key: case for case in Case.objects.all()}
    assert {key: case.state for key, case in found.items()} == {
        "N-1": "resolved",
        "N-2": "void",
        "N-3": "open",
        "N-4": "open",
    }
    assert (way("N-1"), way("N-2")) == ([("ops", "resolved")], [("core-engineering", "void")])
    first, last = Stay.objects.get(case=found["N-1"]), Stay.objects.get(case=found["N-4"])
    assert (first.elapsed_s, first.first_touch_by_id, found["N-1"].resolution) == (3 * 86400, None, "")
    assert (first.first_touch_at, last.first_touch_at) == (
        found["N-1"].opened_at + timedelta(days=1),
        found["N-4"].opened_at + timedelta(days=1),
    )
    assert (imported.rows_aside, imported.unmatched) == (1, {})


def test_a_state_with_a_name_of_ones_own_is_read_by_its_type(tmp_path: Path) -> None:
    def state(number: int, name: str, type: str) -> dict[str, Any]:
        return issue_of(f"S-{number}", "Support", (2, {"toState": {"name": name, "type": type}}))

    json_lines(
        tmp_path / "linear.jsonl",
        state(1, "Shipped to customer", "completed"),
        state(2, "Won't do", "canceled"),
        state(3, "Waiting on customer", "started"),
        state(4, "With the bench", "unheard of"),
        state(5, "Ideas", "backlog"),
    )
    bring(tmp_path / "linear.jsonl", maplist.shipped_map("linear"))
    found = {case.origin.key: case for case in Case.objects.all()}
    assert [found[f"S-{n}"].state for n in range(1, 6)] == ["resolved", "void", "waiting", "open", "open"]
    touched = Stay.objects.filter(first_touch_at__isnull=False).values_list("case__origin__key", flat=True)
    assert sorted(touched) == ["S-1", "S-3", "S-4"]


def test_what_a_thing_in_a_list_does_not_say_is_not_taken_from_how_the_case_is_today(tmp_path: Path) -> None:
    map = """
name: Nested
tool: nested
format: jsonl
each: history
columns: {case: id, time: at, status: status, queue: team, person: who, subject: title}
queues: {One: ops, Two: core-support}
statuses: {new: open, done: resolved}
"""
    today = {"status": "done", "team": "Two", "who": "Eve", "title": "Today's", "at": "2026-03-01T10:00:00Z"}
    things = [
        {"id": "h3", "at": "2026-03-04T10:00:00Z", "status": "done"},
        {"id": "h2", "at": "2026-03-03T10:00:00Z", "title": "Then"},
        {"id": "h1", "at": "2026-03-02T10:00:00Z", "team": "One", "who": "Ann"},
        {"id": "h0", "status": "new"},
    ]
    json_lines(tmp_path / "log.jsonl", {"id": "A", **today, "history": things})
    imported = bring(tmp_path / "log.jsonl", map)
    assert (way("A"), Case.objects.get().subject) == ([("ops", "resolved")], "Today's")
    assert Stay.objects.get().elapsed_s == 3 * 86400
    assert (imported.unmatched, asides()) == ({"person": {"Ann": 1}}, [(1, "it has no instant")])


def test_the_stages_of_hubspots_tickets(tmp_path: Path) -> None:
    stages = [("4", 5), ("3", 4), ("2", 3), ("1", 2)]
    history = [{"value": value, "timestamp": f"2026-03-0{day}T10:00:00Z"} for value, day in stages]
    ticket = {
        "id": "77",
        "properties": {"subject": "Hello"},
        "propertiesWithHistory": {"hs_pipeline_stage": history},
    }
    bring(json_lines(tmp_path / "tickets.jsonl", ticket), maplist.shipped_map("hubspot"))
    assert way("77") == [("ops", "resolved")]
    stay = Stay.objects.get()
    assert (stay.elapsed_s, stay.waiting_customer_s) == (3 * 86400, 86400)


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        (
            "hubspot-csv",
            "Ticket ID,Ticket name,Create date,First agent response date,Close date",
            "5,Hello,2026-03-02 09:00,2026-03-02 10:00,2026-03-03 09:00",
        ),
        (
            "linear-csv",
            "ID,Team,Title,Status,Creator,Created,Triaged,Started,Completed,Canceled",
            "5,Customer support,Hello,Done,a@x.example,2026-03-02T15:00Z,,2026-03-02T16:00Z,2026-03-03T15Z,",
        ),
    ],
)  # fmt: skip
def test_one_row_a_case_with_a_column_for_each_instant(
    tmp_path: Path, name: str, header: str, row: str
) -> None:
    imported = bring(file_of(tmp_path, [row], header=f"{header}\n"), maplist.shipped_map(name))
    assert (imported.cases, imported.events) == (1, 3)
    stay = Stay.objects.get()
    assert stay.first_touch_at is not None
    assert (stay.queue, stay.exit, stay.elapsed_s) == ("ops", "resolved", 86400)
    assert (stay.first_touch_at - stay.entered_at).total_seconds() == 3600


def test_the_date_at_which_a_ticket_of_hubspot_entered_a_tier_gives_the_past_tiers(tmp_path: Path) -> None:
    stage = '"Date entered ""{} (Support Pipeline)"""'
    names = [stage.format(name) for name in ("Escalated to Tier 2", "Escalated to Tier 3", "Waiting on us")]
    header = f"Ticket ID,Ticket name,Create date,{','.join(names)},Close date\n"
    row = "5,Hello,2026-03-02 09:00,2026-03-03 09:00,,2026-03-04 09:00,2026-03-05 09:00"
    bring(file_of(tmp_path, [row], header=header), maplist.shipped_map("hubspot-csv"))
    assert way("5") == [("ops", "escalated"), ("core-support", "resolved")]
    assert [stay.elapsed_s for stay in Stay.objects.order_by("number")] == [86400, 2 * 86400]


def test_a_state_may_say_where_the_case_is(tmp_path: Path) -> None:
    map = PLAIN.replace("new: open", "up: nothing in core-support, new: open in ops")
    rows = ["A,2026-03-02T15:00:00Z,,new,,", "A,2026-03-03T15:00:00Z,,up,,", "A,2026-03-04T15:00:00Z,,done,,"]
    bring(file_of(tmp_path, rows), map)
    assert way("A") == [("ops", "escalated"), ("core-support", "resolved")]


def test_an_incident_log_by_its_shipped_map(tmp_path: Path) -> None:
    header = "number,sys_updated_on,incident_state,assignment_group,sys_updated_by,short_description\n"
    rows = [
        "INC1,2026-03-02 09:00:00,New,Service Desk,olga,Broken",
        "INC1,03/03/2026 09:00,Active,Database L2,enzo,Broken",
        "INC1,2026-03-04 09:00:00,On Hold,Database L2,enzo,Broken",
        "INC1,2026-03-05 09:00:00,Resolved,Service Desk,olga,Broken",
    ]
    imported = bring(file_of(tmp_path, rows, header=header), maplist.shipped_map("incident-log"))
    assert way("INC1") == [("ops", "escalated"), ("core-support", "returned"), ("ops", "resolved")]
    assert imported.unmatched == {"person": {"olga": 3, "enzo": 2}}


def test_every_shipped_map_fits_the_shipped_desk() -> None:
    for name, text in maplist.shipped().items():
        assert read_map(text, source=name, desk=desk_definition("support")).name


@pytest.mark.parametrize(
    "stamp", ["1772463600", "1772463600000", "2026-03-02T10:00:00-05:00", "2026-03-02 15:00:00 UTC"]
)
def test_instants_in_several_forms(tmp_path: Path, stamp: str) -> None:
    bring(file_of(tmp_path, [DONE.replace("2026-03-02T15:00:00Z", stamp)]))
    assert Case.objects.get().opened_at.isoformat() == "2026-03-02T15:00:00+00:00"


def test_what_the_map_says_of_types_accounts_and_causes(tmp_path: Path) -> None:
    account = accounts.add(
        key="acme", name="Acme", domains=["acme.example"], actor=cast.lead().actor, now=cast.MONDAY
    )
    more = "subject, account: firm, type: kind, requester: from, cause: why, also: [priority]}\n"
    map = PLAIN.replace("subject}\n", more) + "types: {Model: core.llm-behaviour}\ncauses: {Defect: bug}\n"
    header = HEADER.replace("subject", "subject,firm,kind,from,why,priority")
    rows = [
        "A,2026-03-02T15:00:00Z,One,done,,Short,ACME,Model,sam@else.example,Defect,P1",
        "B,2026-03-02T15:00:00Z,One,done,,Short,,core.llm-behaviour,kim@mail.acme.example,bug,",
        "C,2026-03-02T15:00:00Z,One,done,,Short,Nobody Ltd,Odd,Kim,odd,P2",
    ]
    imported = bring(file_of(tmp_path, rows, header=header), map)
    found = {case.origin.key: case for case in Case.objects.all()}
    assert [found[key].account_id for key in "ABC"] == [account.id, account.id, None]
    assert [found[key].type for key in "ABC"] == ["core.llm-behaviour", "core.llm-behaviour", ""]
    assert [found[key].cause for key in "ABC"] == ["bug", "bug", ""]
    assert (found["A"].excerpt, found["C"].excerpt) == ("priority: P1", "Nobody Ltd · priority: P2")
    assert (found["B"].requester_email, found["C"].requester_name) == ("kim@mail.acme.example", "Kim")
    assert imported.unmatched == {"account": {"Nobody Ltd": 1}, "type": {"Odd": 1}, "cause": {"odd": 1}}
