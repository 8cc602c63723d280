"""What the environment may say, and what happens when it says nonsense."""

import os
import stat
import threading
from pathlib import Path

import pytest

from opsdesk.config.environment import EnvironmentInvalid, database, read
from opsdesk.config.secrets import master_key


def test_nothing_said_means_sqlite_in_ones_own_home() -> None:
    found = read({})
    assert found.home == Path("~/.local/share/opsdesk").expanduser()
    assert database(found.database_url, found.home)["NAME"] == str(found.home / "opsdesk.sqlite3")
    assert (found.debug, found.trust_proxy, found.zone) == (False, False, "UTC")
    assert set(found.hosts) == {"127.0.0.1", "localhost", "[::1]"}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"OPSDESK_HOEM": "/tmp"}, "OPSDESK_HOEM"),
        ({"OPSDESK_DEBUG": "maybe"}, "OPSDESK_DEBUG"),
        ({"OPSDESK_TIME_ZONE": "Mars/Olympus"}, "OPSDESK_TIME_ZONE"),
        ({"OPSDESK_ADDRESS": "desk.example.com"}, "OPSDESK_ADDRESS"),
    ],
)
def test_nonsense_fails_at_once_and_names_the_variable(environ: dict[str, str], named: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=named):
        read(environ)


@pytest.mark.parametrize("url", ["mysql://root@/desk", "postgresql://user@host"])
def test_a_database_address_that_can_not_be_meant_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="postgresql://user"):
        database(url, Path("/nowhere"))


def test_a_postgresql_address_is_taken_apart_with_its_socket() -> None:
    found = database("postgresql://us%20er:p%40ss@db.example:5433/desk?sslmode=require", Path("/nowhere"))
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "us er",
        "p@ss",
        "db.example",
        "5433",
    )
    assert found["OPTIONS"] == {"sslmode": "require", "options": "-c jit=off"}
    socket = database("postgresql://desk@/desk?host=/run/pg&port=5440", Path("/nowhere"))
    assert (socket["HOST"], socket["PORT"]) == ("/run/pg", "5440")


def test_sqlite_begins_every_transaction_as_a_writer_and_waits_for_its_turn() -> None:
    found = database("sqlite:////data/desk.sqlite3", Path("/nowhere"))
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    assert found["NAME"] == "//data/desk.sqlite3"
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)


def test_the_master_key_is_made_once_is_its_owners_alone_and_two_at_once_agree(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keys: list[str] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        keys.append(master_key(home))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys[0]) >= 48
    assert stat.S_IMODE(os.stat(home / "master.key").st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["master.key"]
