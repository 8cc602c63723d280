"""`opsdesk import-mail` as one would call it, and as one would kill it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.mail.letters import letter
from tests.once import new_home

ROOT = Path(__file__).parents[2]
MAILS = 300
KILLS = 5


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPSDESK_")}
    return {**clean, "OPSDESK_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "opsdesk", *arguments]


def opsdesk(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment(home), capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory, tmp_path / "home")


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "opsdesk.sqlite3", timeout=20)) as database:
        return database.execute(sql).fetchall()


def number(home: Path, sql: str) -> int:
    (((found),),) = rows(home, sql)
    assert isinstance(found, int)
    return found


def everything(home: Path) -> list[int]:
    tables = (
        "mail_arrival",
        "mail_message",
        "mail_thread",
        "mail_casemessage",
        "cases_case",
        "journal_entry",
    )
    return [number(home, f"SELECT count(*) FROM {table}") for table in (*tables, "vault_blob", "cases_stay")]


def test_a_folder_is_brought_in_and_the_second_time_changes_nothing(home: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (box / "1.eml").write_bytes(letter(1))
    (box / "2.eml").write_bytes(letter(2, answers=1))
    (box / "3.eml").write_bytes(b"garbage")
    (box / "4.eml").symlink_to(tmp_path / "nowhere")
    (box / "[b]notes.txt").write_text("no mail")
    first = opsdesk(home, "import-mail", str(box), "--source", "old")
    assert first.returncode == 1, first.stderr
    assert "Not readable: 4.eml (No such file or directory)" in first.stdout
    assert "1 file skipped, it is no mail: [b]notes.txt" in first.stdout
    assert "3 new of 3 mails found." in first.stdout
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in first.stdout.splitlines()]
    assert ["Quarantined", "1", "1"] in cells
    assert dict(rows(home, "SELECT outcome, count(*) FROM mail_arrival GROUP BY outcome")) == {
        "requests": 1,
        "joined": 1,
        "quarantined": 1,
    }
    (box / "4.eml").unlink()
    before = everything(home)
    second = opsdesk(home, "import-mail", str(box), "--source", "old")
    assert (second.returncode, everything(home)) == (0, before)
    assert "Nothing new: all 3 mails found were here already." in second.stdout


def test_mail_before_the_start_is_history(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.eml"
    path.write_bytes(letter(1))
    done = opsdesk(home, "import-mail", str(path), "--source", "old", "--start", "2030-01-01")
    assert done.returncode == 0, done.stderr
    assert rows(home, "SELECT outcome, reason FROM mail_arrival") == [("set_aside", "before the start")]
    assert number(home, "SELECT count(*) FROM cases_case") == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.mbox"], "There is nothing at nowhere.mbox."),
        ([__file__, "--start", "yesterday"], "Write the start as 2026-10-01"),
        ([__file__, "--desk", "none"], "There is no desk none."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(home: Path, arguments: list[str], says: str) -> None:
    refused = opsdesk(home, "import-mail", *arguments)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr


def test_killed_in_the_middle_and_run_again_nothing_is_lost_and_nothing_doubled(
    home: Path, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for mail in range(MAILS):
        (box / f"{mail:04}.eml").write_bytes(letter(mail, answers=mail - 1 if mail % 10 == 9 else None))
    between = 0
    for kill in range(KILLS):
        between += killed_when(home, box, rows_of_journal=(kill + 1) * MAILS // KILLS)
    assert between > 0, "no kill hit between storing and sorting"
    done = opsdesk(home, "import-mail", str(box))
    assert done.returncode == 0, done.stderr
    assert number(home, "SELECT count(*) FROM mail_arrival") == MAILS
    assert number(home, "SELECT count(*) FROM mail_message") == MAILS
    assert number(home, "SELECT count(*) FROM mail_casemessage") == MAILS
    assert number(home, "SELECT count(*) FROM cases_case") == MAILS * 9 // 10
    assert number(home, "SELECT count(*) FROM cases_stay") == MAILS * 9 // 10
    assert number(home, "SELECT count(*) FROM mail_arrival WHERE outcome = ''") == 0
    for kind, times in (("arrival.stored", MAILS), ("arrival.became_requests", MAILS * 9 // 10)):
        assert number(home, f"SELECT count(*) FROM journal_entry WHERE kind = '{kind}'") == times
    before = everything(home)
    assert opsdesk(home, "import-mail", str(box)).returncode == 0
    assert everything(home) == before


def killed_when(home: Path, box: Path, *, rows_of_journal: int) -> int:
    """Start the command, kill it once the journal has grown so far; 1 if that left mail in hand."""
    with subprocess.Popen(
        command("import-mail", str(box)),
        env=environment(home) | {"COVERAGE_PROCESS_CONFIG": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        while running.poll() is None:
            if (
                number(home, "SELECT count(*) FROM journal_entry WHERE subject_kind = 'arrival'")
                >= rows_of_journal
            ):
                running.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
    return int(number(home, "SELECT count(*) FROM mail_arrival WHERE outcome = ''") > 0)
