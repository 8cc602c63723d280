"""One process builds, whoever is killed; a base is opened whole or not at all."""

import os
import random
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.conf import LazySettings
from django.db import connections

from opsdesk.commands.offspring import start
from opsdesk.insight.facts import keeping, read, serving
from opsdesk.insight.facts.files import ColumnFile, loaded
from opsdesk.insight.facts.keeping import Keeper
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.values import Facts
from opsdesk.kernel.period import month
from opsdesk.worker.facts import Facts as Work
from tests import cast
from tests.insight.builders import Crew, crew, escalate
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain
from tests.worker.processes import until

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KILLS, MOST_KILLS, FEWEST_IN_THE_MIDDLE = 20, 120, 5


@pytest.fixture
def people(transactional_db: None) -> Crew:
    cast.desk(OCTOBER.start)
    found = crew()
    for number in range(12):
        cast.request_at(OCTOBER.start + number * HOUR)
    return found


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building takes as many steps for a dozen requests as it does for a quarter of a million."""
    monkeypatch.setattr(keeping, "CASES_AT_ONCE", 1)


def now(here: serving.Serving) -> Facts:
    found = here.ready(NOW)
    assert found is not None
    return found


def test_while_facts_are_built_anybody_sees_how_far_they_are(
    people: Crew, tmp_path: Path, settings: LazySettings, in_small_pieces: None
) -> None:
    settings.OPSDESK_HOME = tmp_path
    worker, seen = Work(), []
    while worker.step(NOW):
        if found := serving.progress():
            seen.append(found.percent)
            assert serving.ready(NOW) is None
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert (serving.progress(), worker.step(NOW)) == (None, 0)
    assert serving.ready(NOW) is not None


def test_of_two_workers_one_builds(people: Crew, tmp_path: Path, in_small_pieces: None) -> None:
    one, other = Keeper(tmp_path), Keeper(tmp_path)
    assert (one.step(), other.step()) == (1, 0)
    one = Keeper(tmp_path)  # the first is gone, and what it had begun with it
    assert serving.Serving(tmp_path).ready(NOW) is None
    assert other.step() == 1
    assert one.step() == 0
    while other.step():
        pass
    assert one.step() == 0
    assert plain(now(serving.Serving(tmp_path))) == plain(read_all(NOW))


def test_a_build_that_fails_leaves_nothing_and_is_begun_again(
    people: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(tmp_path)
    keeper.step()
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space"):
            all_of(keeper)
    assert [path.name for path in (tmp_path / "facts").iterdir()] == ["lock"]
    build(tmp_path)
    assert plain(now(serving.Serving(tmp_path))) == plain(read_all(NOW))


def all_of(keeper: Keeper) -> None:
    while keeper.step():
        pass


def no_space(handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_builders_killed_anywhere_leave_a_whole_base_or_none(
    people: Crew, tmp_path: Path, in_small_pieces: None
) -> None:
    dice, expected, kills, middle = random.Random(3), plain(read_all(NOW)), 0, 0
    here = serving.Serving(tmp_path)

    while kills < KILLS or (middle < FEWEST_IN_THE_MIDDLE and kills < MOST_KILLS):
        kills += 1
        connections.close_all()
        builder = start(partial(build_forever, tmp_path))
        until((tmp_path / "facts" / "lock").exists, within=20)
        sleep(dice.random() * 0.12)
        os.kill(builder, signal.SIGKILL)
        os.waitpid(builder, 0)
        middle += bool(list((tmp_path / "facts").glob("building-*")))
        for each in (here, serving.Serving(tmp_path)):
            found = each.ready(NOW)
            assert found is None or plain(found) == expected
    assert middle >= FEWEST_IN_THE_MIDDLE
    build(tmp_path)
    assert not list((tmp_path / "facts").glob("building-*"))
    assert plain(now(here)) == expected


def build_forever(home: Path) -> int:
    """As a worker that finds ever more to compact."""
    sys.settrace(None)  # what coverage saw dies with the process
    keeper = Keeper(home, compact_after=0)
    while True:
        keeper.step()


def test_another_process_sees_a_move_at_its_next_question(people: Crew, tmp_path: Path) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    asks, asked = os.pipe()
    answers, answered = os.pipe()
    connections.close_all()

    def answers_twice() -> int:
        here = serving.Serving(tmp_path)
        for _ in range(2):
            os.read(asks, 1)
            os.write(answered, len(plain(now(here))["stays"]).to_bytes(4, "big"))
        return 0

    child = start(answers_twice)
    before = ask(asked, answers)
    escalate(case, people.operator, OCTOBER.start + HOUR, "integration.dms")
    assert ask(asked, answers) == before + 1
    os.waitpid(child, 0)


def ask(asked: int, answers: int) -> int:
    os.write(asked, b"?")
    return int.from_bytes(os.read(answers, 4), "big")


def test_threads_that_ask_at_once_get_the_same_facts(people: Crew, tmp_path: Path) -> None:
    build(tmp_path)
    here, found = serving.Serving(tmp_path), []

    def asks() -> None:
        try:
            found.extend(len(plain(now(here))["cases"]) for _ in range(20))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        cast.request_at(OCTOBER.start + number * HOUR)
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert plain(now(here)) == plain(read_all(NOW))


def test_a_base_that_is_cut_short_is_not_opened_and_built_again(people: Crew, tmp_path: Path) -> None:
    build(tmp_path)
    column = tmp_path / "facts" / "00000001" / "stays.entered.npy"
    column.write_bytes(column.read_bytes()[:-4])
    assert serving.Serving(tmp_path).ready(NOW) is None
    build(tmp_path)
    assert plain(now(serving.Serving(tmp_path))) == plain(read_all(NOW))


def test_after_too_many_changes_the_records_answer_until_it_is_compacted(
    people: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_CHANGED", 2)
    build(tmp_path)
    here = serving.Serving(tmp_path)
    now(here)
    for number in range(3):
        cast.request_at(OCTOBER.start + number * HOUR)
    assert (here.ready(NOW), here.ready(NOW)) == (None, None)
    build(tmp_path)
    assert plain(now(here)) == plain(read_all(NOW))


def test_a_column_widens_while_it_is_written(tmp_path: Path) -> None:
    column = ColumnFile(tmp_path / "a.b.npy", np.dtype(np.uint8))
    for values in ([1, 2], [300], [4], [70_000]):
        column.append(np.array(values, dtype=np.min_scalar_type(max(values))))
    column.end()
    found = loaded(tmp_path / "a.b.npy")
    assert (found.tolist(), found.dtype) == ([1, 2, 300, 4, 70_000], np.uint32)
    assert [path.name for path in tmp_path.iterdir()] == ["a.b.npy"]


def test_ids_are_cut_into_ranges_that_leave_none_out(people: Crew) -> None:
    found = list(read.ranges("cases_case", 5))
    assert [last - first for first, last in found[1:]] == [4, 1]
    assert [first for first, _ in found[1:]] == [last + 1 for _, last in found[:-1]]
