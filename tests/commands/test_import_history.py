"""`opsdesk import-history`: what it says, shows before anything is written, and leaves behind."""

from datetime import datetime
from pathlib import Path

import pytest

from opsdesk.cases.models import Case
from opsdesk.commands import import_history
from opsdesk.commands.main import main
from opsdesk.history import actions, reading
from opsdesk.history.models import Import
from opsdesk.kernel.actor import SYSTEM
from tests import cast
from tests.history.scene import NOW, PLAIN, file_of

ROWS = [
    "A,2026-03-02T15:00:00Z,One,new,Olga,It repeats itself",
    "A,2026-03-02T17:00:00Z,Two core,done,Enzo,",
    "B,2026-03-02T17:00:00Z,Elsewhere,new,,",
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(db: None, tmp_path: Path) -> list[str]:
    cast.desk()
    map = tmp_path / "map.yaml"
    map.write_text(PLAIN)
    return ["import-history", str(file_of(tmp_path, ROWS)), "--map", str(map)]


def test_a_dry_run_shows_what_would_come_and_writes_nothing(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files, "--dry-run"]) == 1
    said = capsys.readouterr().out
    assert "Would come: 1 cases, 2 stays, of 3 rows and 2 events." in said
    assert "A: ops (escalated) → core-support (resolved)" in said
    assert 'line 4: "Elsewhere" has no queue in the map' in said
    assert not Case.objects.exists()


def test_it_says_what_came_and_shows_the_funnel_of_its_days(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(files) == 1
    said = capsys.readouterr().out
    assert "3 rows, 2 events, 1 cases, 2 stays." in said
    assert "1 row fits nowhere and is kept aside:" in said
    assert "Persons kept as words: Olga (1), Enzo (2)" in said or "Enzo (2), Olga (1)" in said
    assert "The funnel from 2026-03-02 to 2026-03-02:" in said
    assert main(files) == 1
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("place", "given", "said"),
    [
        (1, "/nowhere.csv", "There is no file at /nowhere.csv"),
        (
            3,
            "no-such-map",
            "neither a file nor a shipped one. Shipped are hubspot, hubspot-csv, incident-log",
        ),
    ],
)
def test_what_is_not_there_is_refused(
    files: list[str], place: int, given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files[:place], given, *files[place + 1 :]]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("name", "form"), [("linear", "JSON lines"), ("xes-incidents", "XES")])
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_file_of_another_form_than_its_map_is_refused_and_leaves_nothing(
    files: list[str], capsys: pytest.CaptureFixture[str], name: str, form: str, more: list[str]
) -> None:
    assert main([*files[:3], name, *more]) == 2
    assert f"log.csv is not {form}, which the map reads." in " ".join(capsys.readouterr().err.split())
    assert not Import.objects.exists()


@pytest.mark.parametrize("told_every", [1, 1 << 20], ids=["while it is read", "before it is written"])
def test_one_that_is_stopped_on_its_page_meanwhile_says_so_and_is_no_success(
    files: list[str],
    told_every: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "TOLD_EVERY", told_every)

    def stopped() -> datetime:
        for running in Import.objects.filter(state="reading"):
            actions.withdraw(running.id, actor=SYSTEM, now=NOW)
        return NOW

    monkeypatch.setattr(import_history, "_clock", stopped)
    assert main(files) == 2
    said = capsys.readouterr()
    assert "was stopped or withdrawn meanwhile: nothing of it is in the numbers." in said.err
    assert "cases" not in said.out
    assert not Case.objects.exists()
