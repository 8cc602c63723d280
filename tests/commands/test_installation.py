"""The commands that set an installation up and look after it, as one would call them."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def opsdesk(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a home of its own, on SQLite."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPSDESK_")}
    return subprocess.run(
        [sys.executable, "-m", "opsdesk", *arguments],
        env={**clean, "OPSDESK_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("installation") / "home"
    made = opsdesk(place, "migrate", "--quiet")
    assert (made.returncode, made.stderr) == (0, "")
    return place


def test_migrate_makes_everything_and_the_second_time_changes_nothing(home: Path) -> None:
    again = opsdesk(home, "migrate")
    assert again.returncode == 0
    assert "No migrations to apply" in again.stdout
    assert {path.name for path in home.iterdir()} >= {"opsdesk.sqlite3", "master.key"}


def test_the_first_invited_person_is_the_admin_and_doctor_then_finds_all_well(home: Path) -> None:
    before = opsdesk(home, "doctor")
    assert before.returncode == 1
    assert "opsdesk invite" in before.stdout
    invited = opsdesk(home, "invite", "ada@desk.example", "--name", "Ada")
    assert invited.returncode == 0, invited.stderr
    assert "http://127.0.0.1:8000/invitation/" in invited.stdout
    assert opsdesk(home, "invite", "olga@desk.example", "--role", "operator").returncode == 0
    after = opsdesk(home, "doctor")
    assert after.returncode == 0, after.stdout
    assert "ill" not in after.stdout
    assert opsdesk(home, "doctor", "--quiet").stdout == ""


def test_doctor_puts_triggers_back_that_are_gone(home: Path) -> None:
    with sqlite3.connect(home / "opsdesk.sqlite3") as database:
        database.execute("DROP TRIGGER append_only_journal_entry_update")
    database.close()
    assert "1 were missing and are back" in opsdesk(home, "doctor").stdout
    assert "all in place" in opsdesk(home, "doctor").stdout


def test_a_database_without_tables_is_told_so_with_the_remedy(tmp_path: Path) -> None:
    refused = opsdesk(tmp_path / "empty", "report", "intake", "--month", "2026-01")
    assert refused.returncode == 2
    assert "opsdesk migrate" in refused.stderr
    ill = opsdesk(tmp_path / "empty", "doctor")
    assert ill.returncode == 1
    assert "Run 'opsdesk migrate'" in ill.stdout


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (("invite", "not an address"), {}, "opsdesk:"),
        (("migrate",), {"OPSDESK_TIME_ZONE": "Nowhere"}, "OPSDESK_TIME_ZONE"),
        (("migrate",), {"OPSDESK_DATABASE_URL": "mysql://x/y"}, "OPSDESK_DATABASE_URL"),
        (("dance",), {}, "invalid choice"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line_and_ends_with_2(
    home: Path, arguments: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    refused = opsdesk(home, *arguments, **environ)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
