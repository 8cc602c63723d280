"""Killed in the middle, again and again: everything that lay in the mailbox is in the ledger once."""

import random
import sqlite3
import subprocess
from pathlib import Path
from time import sleep

import pytest

from tests.dovecot import Mailbox
from tests.mailboxes.builders import letter
from tests.once import new_home
from tests.worker.processes import opsdesk, running, until

MAILS, KILLS = 300, 3


def run(home: Path, *words: str) -> None:
    process = opsdesk(home, *words)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def count(home: Path) -> tuple[int, int]:
    """How many arrivals there are, and how many different numbers."""
    with sqlite3.connect(home / "opsdesk.sqlite3", timeout=20) as database:
        found: tuple[int, int] = database.execute(
            "SELECT count(*), count(DISTINCT uid) FROM mail_arrival"
        ).fetchone()
    return found


def test_a_worker_that_is_killed_again_and_again_loses_none_and_doubles_none(
    mailbox: Mailbox, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, draw = new_home(tmp_path_factory, tmp_path / "home"), random.Random(7)
    (tmp_path / "password").write_text(mailbox.password)
    where = ["--host", mailbox.host, "--port", str(mailbox.port), "--security", "none"]
    secret = ["--secret-file", str(tmp_path / "password")]
    run(home, "mailbox", "add", "inbox", "--username", mailbox.user, "--all", *where, *secret)
    for hit in range(KILLS):
        for number in range(MAILS // KILLS):
            mailbox.deliver(letter(hit * 1000 + number + draw.randrange(10**6)))
        before = count(home)[0]
        with running(home, "worker", measured=False) as worker:
            until(lambda before=before: count(home)[0] > before)  # type: ignore[misc]
            sleep(draw.uniform(0, 0.05))
            worker.kill()
    run(home, "mailbox", "reconcile", "inbox")
    assert count(home) == (MAILS // KILLS * KILLS,) * 2
    subprocess.run(["rm", "-rf", home], check=True)
