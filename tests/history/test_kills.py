"""The command killed at random points and run again: nothing is doubled, nothing is lost."""

import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.db import connection, connections

from opsdesk.cases.models import Case, Stay
from opsdesk.commands.main import main
from opsdesk.commands.offspring import start
from opsdesk.history import reading, writing
from opsdesk.history.models import Import, Origin, RowAside
from opsdesk.journal.models import Entry
from tests import cast
from tests.history.scene import PLAIN, file_of
from tests.worker.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.no_cover]
CASES = 120
KILLS, FEWEST_KILLS = 6, 3


def rows() -> list[str]:
    """Cases of two stays each in the order of time, and every twentieth row one that fits nowhere."""
    found = []
    for at, (team, status) in enumerate((("One", "new"), ("Two core", "working"), ("Two core", "done"))):
        found += [
            f"K{number:03},2026-03-0{at + 2}T1{number // 60}:{number % 60:02}:00Z,{team},{status},Olga,"
            for number in range(CASES)
        ]
    return [
        line
        for n, row in enumerate(found)
        for line in ((f"A{n},never,One,new,,", row) if n % 20 == 0 else (row,))
    ]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> list[str]:
    cast.desk()
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 10)
    monkeypatch.setattr(reading, "AT_ONCE", 40)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    map = tmp_path / "map.yaml"
    map.write_text(PLAIN)
    return ["import-history", str(file_of(tmp_path, rows())), "--map", str(map)]


def unhurried(execute: Callable[..., Any], *about: Any) -> Any:
    """A statement takes its time: so a kill falls into the middle, however fast the machine."""
    sleep(0.003)
    return execute(*about)


def done() -> int:
    """What can be seen of it: rows kept aside while it is read, cases while it is written."""
    return RowAside.objects.count() + Case.objects.count()


def test_killed_at_random_points_and_run_again_it_is_as_if_it_had_run_once(
    command: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    def runs() -> int:
        sys.settrace(None)  # what coverage saw dies with the process
        with connection.execute_wrapper(unhurried):
            return main(command)

    dice, between = random.Random(7), 0
    whole = CASES + len(rows()) - 3 * CASES
    for _ in range(KILLS):
        before = done()
        connections.close_all()
        child = start(runs)
        until(lambda seen=before: seen < done() or done() == whole, within=60)
        sleep(dice.random() * 0.05)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        between += before < done() < whole
    assert between >= FEWEST_KILLS
    assert main(command) == 1
    imported = Import.objects.get()
    assert (imported.state, imported.cases, imported.stays) == ("done", CASES, 2 * CASES)
    assert (Case.objects.count(), Stay.objects.count(), Origin.objects.count()) == (CASES, 2 * CASES, CASES)
    assert Entry.objects.filter(kind="case.imported").count() == CASES
    assert set(Origin.objects.values_list("key", flat=True)) == {f"K{number:03}" for number in range(CASES)}
    lines = list(RowAside.objects.order_by("number").values_list("line", flat=True))
    assert lines == [line for line, row in enumerate(rows(), start=2) if "never" in row]
    assert imported.rows_aside == len(lines)
    assert imported.unmatched == {"person": {"Olga": 2 * CASES}}
