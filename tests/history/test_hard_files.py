"""Files that were written badly, and a database that is busy: nothing is lost in silence."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from opsdesk.cases import actions as cases
from opsdesk.cases import importing
from opsdesk.cases.models import Case, Stay
from opsdesk.clock.models import Task
from opsdesk.history import actions, files, lines, maplist, writing, xes
from opsdesk.history.files import FileUnreadable, TooMuchUnpacked
from opsdesk.history.models import Import, RowAside
from opsdesk.history.reading import read_file
from opsdesk.history.writing import Writer
from opsdesk.mail import joins
from tests import cast
from tests.history.scene import HEADER, NOW, PLAIN, ask, bring, carry_on, file_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


def row(number: int, subject: str = "S") -> str:
    return f"K{number},2026-03-02T15:00:00Z,One,new,,{subject}"


def test_a_database_that_is_busy_once_loses_no_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 2)
    write, calls = importing.write, []

    def busy_once(*cases: Any, **more: Any) -> list[int]:
        calls.append(1)
        if len(calls) == 2:
            raise OperationalError("database is locked")
        return write(*cases, **more)

    monkeypatch.setattr(importing, "write", busy_once)
    imported, asked = ask(file_of(tmp_path, [row(number) for number in range(7)]))
    spill = read_file(imported, asked.export, tmp_path / "events", now=NOW, hear=lambda n: None)
    writer = Writer(imported, spill, now=NOW)
    assert writer.step(now=NOW)
    with pytest.raises(OperationalError):
        writer.step(now=NOW)
    while writer.step(now=NOW):
        pass
    spill.close()
    done = Import.objects.get(id=imported.id)
    assert (done.state, done.cases, Case.objects.count()) == ("done", 7, 7)


def test_a_quote_that_nobody_closed_spoils_its_own_line_alone(tmp_path: Path) -> None:
    rows = [row(number) for number in range(500)]
    rows[5] = row(5, '"it never ends')
    rows[480] = row(480, '"nor does this')
    rows[100] = rows[100].replace(",One", ',"One')
    imported = bring(file_of(tmp_path, rows))
    assert imported.cases == 499
    assert Case.objects.get(origin__key="K5").subject == "it never ends"
    assert Case.objects.get(origin__key="K480").subject == "nor does this"
    assert list(RowAside.objects.values_list("line", flat=True)) == [102]


def test_a_field_of_several_lines_is_one_field(tmp_path: Path) -> None:
    imported = bring(file_of(tmp_path, [row(1, '"one\ntwo\nthree"'), row(2)]))
    assert imported.cases == 2
    assert Case.objects.get(origin__key="K1").subject == "one\ntwo\nthree"


def test_a_line_without_an_end_is_kept_aside_and_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    imported = bring(file_of(tmp_path, [row(1), row(2, "x" * 5000), row(3)]))
    assert imported.cases == 2
    aside = RowAside.objects.get()
    assert aside.line == 3
    assert len(aside.words) <= 1000 + 10


def issue(number: str, created: str, history: list[dict[str, Any]] | None) -> str:
    found: dict[str, Any] = {
        "identifier": number,
        "title": number,
        "createdAt": created,
        "team": {"name": "IT"},
    }
    return json.dumps({**found, "history": {"nodes": history}} if history is not None else found)


def test_an_issue_without_a_history_is_a_case_and_one_with_it_begins_when_it_came(tmp_path: Path) -> None:
    text = next(text for text in maplist.shipped().values() if "tool: linear" in text and "jsonl" in text)
    change = {"createdAt": "2026-03-02T11:00:00Z", "toState": {"name": "Done"}, "actor": {"name": "Enzo"}}
    path = file_of(
        tmp_path,
        [
            issue("A-1", "2026-03-02T10:00:00Z", [change]),
            issue("A-2", "2026-03-02T10:30:00Z", []),
            issue("A-3", "2026-03-02T10:45:00Z", None),
        ],
        header="",
        name="log.jsonl",
    )
    imported = bring(path, text)
    assert (imported.cases, RowAside.objects.count()) == (3, 0)
    opened = dict(Case.objects.values_list("origin__key", "opened_at"))
    assert {key: f"{at:%H:%M}" for key, at in opened.items()} == {
        "A-1": "10:00",
        "A-2": "10:30",
        "A-3": "10:45",
    }
    first = Stay.objects.get(case__origin__key="A-1")
    assert (first.exit, first.elapsed_s) == ("resolved", 3600)
    assert Case.objects.get(origin__key="A-2").state == "open"


def test_what_is_withdrawn_after_it_was_worked_on_neither_wakes_nor_draws_mail(tmp_path: Path) -> None:
    imported = bring(file_of(tmp_path, [f"{row(1)}"]), placed=True)
    case = Case.objects.get(origin__key="K1")
    olga = cast.operator()
    cases.wait(
        case_id=case.id, on="third_party", party="cdk", expected_at=NOW + DAY, actor=olga.actor, now=NOW
    )
    assert Task.objects.armed().filter(subject_kind="case", subject_id=case.id).exists()
    assert joins.of_case(case.id, "", None) is not None
    carry_on(actions.withdraw(import_id=imported.id, actor=cast.admin().actor, now=NOW))
    assert not Task.objects.armed().filter(subject_kind="case", subject_id=case.id).exists()
    assert joins.of_case(case.id, "", None) is None


def packed(path: Path, text: bytes) -> Path:
    path.write_bytes(gzip.compress(text))
    return path


@pytest.mark.parametrize("name", ["log.csv.gz", "log.xes.gz"])
def test_a_file_that_unpacks_to_too_much_is_refused_and_nothing_of_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(files, "MOST_UNPACKED", 1 << 18)
    rows = "".join(f"{row(number)}\n" for number in range(100)) + "K,never,One,new,,\n" * 20_000
    logs = {"log.csv.gz": HEADER + rows, "log.xes.gz": "<log>" + " " * (1 << 20) + "</log>"}
    path = packed(tmp_path / name, logs[name].encode())
    map = maplist.shipped_map("xes-incidents") if "xes" in name else PLAIN
    with pytest.raises(TooMuchUnpacked):
        bring(path, map)
    imported = Import.objects.get()
    assert (imported.state, RowAside.objects.count(), Case.objects.count()) == ("failed", 0, 0)
    assert imported.problem.startswith(f"{name} unpacks to more than 0 MB. Unpack it yourself")


@pytest.mark.parametrize(
    "text",
    [
        '<log><trace><event><string key="a" value="' + "x" * 300_000 + '"/></event></trace></log>',
        "<log><trace><event>" + '<string key="k" value="v"/>' * 20_000 + "</event></trace></log>",
        "<a>" * 200_000,
        "<log><trace>" + "".join(f'<string key="k{n}" value="v"/>' for n in range(2000)) + "</trace></log>",
    ],
)
def test_an_xes_log_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(xes, "LONGEST", 1 << 17)
    path = tmp_path / "log.xes"
    path.write_text(text)
    with pytest.raises(FileUnreadable, match=r"is longer than|says more than"):
        bring(path, maplist.shipped_map("xes-incidents"))
    assert Import.objects.get().state == "failed"


def test_quotes_in_every_field_and_lines_without_any_are_read_alike(tmp_path: Path) -> None:
    """Many lines at once or one by one: the records are the same, whatever stands between them."""
    plain_rows = [row(number) for number in range(150)]
    quoted = [",".join(f'"{field}"' for field in each.split(",")) for each in plain_rows]
    quoted[63] = row(63, '"over\ntwo lines"')
    quoted[100] = row(100, 'a 5" pipe')
    quoted[127] = row(127, '"ends, with a ""quote"""')
    imported = bring(file_of(tmp_path, quoted))
    subjects = dict(Case.objects.values_list("origin__key", "subject"))
    assert (imported.cases, imported.rows_aside, len(subjects)) == (150, 0, 150)
    assert [subjects[f"K{number}"] for number in (62, 63, 64, 100, 127)] == [
        *("S", "over\ntwo lines", "S", 'a 5" pipe', 'ends, with a "quote"'),
    ]
