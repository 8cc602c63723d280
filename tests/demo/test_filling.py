"""Filling as a whole: the same seed, the same year; a home with work in it is left alone."""

import argparse
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection, transaction

from opsdesk.commands import demo as command
from opsdesk.commands.installation import prepare
from opsdesk.commands.ports import PortTaken
from opsdesk.demo import filling, home
from opsdesk.demo.months import Counts
from opsdesk.kernel.memory import forget
from opsdesk.people.models import Person
from tests import cast
from tests.demo.conftest import NOW, TINY, lived
from tests.demo.digest import digest_of_the_home

LEAST = replace(TINY, requests=3, worked=Counts(4, 2, 0, 1))


class Killed(Exception):
    pass


def _dies_at(share: float) -> Callable[[float], None]:
    def progress(lived: float) -> None:
        if lived > share:
            raise Killed

    return progress


@pytest.fixture
def restart_ids() -> Callable[[], None]:
    """Ids go on after a rollback on some engines; the digest holds ids."""

    def restart() -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence")
            else:
                cursor.execute("SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence")

    return restart


# Three times the year that the other tests live once under coverage.
@pytest.mark.no_cover
@pytest.mark.django_db(transaction=True)
def test_the_same_seed_gives_the_same_data_and_another_one_other_data(
    restart_ids: Callable[[], None],
) -> None:
    digests = []
    for seed in (3, 3, 4):
        restart_ids()
        with pytest.raises(Killed):
            _lived_and_undone(seed, digests)
        forget()
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def _lived_and_undone(seed: int, digests: list[str]) -> None:
    with transaction.atomic():
        lived(LEAST, seed=seed)
        digests.append(digest_of_the_home())
        raise Killed


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_in_the_middle_leaves_an_empty_home() -> None:
    prepare(now=filling.opens_at(NOW, LEAST))
    with pytest.raises(Killed):
        filling.fill(seed=1, now=NOW, scale=LEAST, progress=_dies_at(0.5))
    assert home.filled() is None
    home.check_empty("the home")


@pytest.mark.django_db
def test_a_home_where_somebody_works_is_refused_with_what_to_do() -> None:
    cast.somebody("ann", [])
    with pytest.raises(home.HomeInUse) as refusal:
        home.check_empty("/somewhere")
    assert "1 persons" in str(refusal.value)
    assert "OPSDESK_HOME" in str(refusal.value)


@pytest.mark.django_db(transaction=True)
def test_the_command_leaves_a_home_with_work_in_it_as_it_is() -> None:
    cast.somebody("ann", [])
    with pytest.raises(home.HomeInUse):
        command.run(argparse.Namespace(seed=1, fill_only=True, port=8000), now=NOW)
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_fills_an_empty_home_once_and_says_how_to_sign_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "A_YEAR", LEAST)
    options = argparse.Namespace(seed=1, fill_only=True, port=8000)
    assert command.run(options, now=NOW) == 0
    first = capsys.readouterr().err
    filled = digest_of_the_home()
    assert command.run(options, now=NOW) == 0
    second = capsys.readouterr().err
    assert digest_of_the_home() == filled
    assert "holds the example already" in second
    assert "holds the example already" not in first
    for said in (first, second):
        assert "try-the-desk" in said
        assert "lead@opsdesk.example" in said


@pytest.mark.django_db(transaction=True)
def test_a_taken_port_is_refused_before_anything_is_written() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken):
            command.run(argparse.Namespace(seed=1, fill_only=False, port=port), now=NOW)
    assert home.filled() is None
