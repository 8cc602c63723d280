"""`opsdesk serve` as the processes that it is."""

import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from opsdesk.commands.ports import Address, PortTaken, PortUnusable, check_free, reserved
from tests.worker.processes import (
    children,
    descendants,
    free_port,
    is_running,
    kill,
    running,
    until,
    wait_for_line,
)

pytestmark = pytest.mark.xdist_group("serve")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@contextmanager
def serving(home: Path, port: int) -> Iterator[Popen[str]]:
    with running(home, "serve", "--port", str(port)) as process:
        line = wait_for_line(process, "ready at")
        assert f"http://127.0.0.1:{port}" in line
        yield process


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def test_an_empty_home_is_set_up_and_answers_once_it_says_so(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        assert answers(port)
        assert len(children(process.pid)) == 2
        sources = {"arrivals", "index", "events", "facts", "ledger", "findings", "imports", "keys", "digests"}
        sources |= {"deliveries"}
        crews = {"mailboxes", "endpoints"}
        wanted = {"deadlines", "io", *(f"sources/{name}" for name in sources | crews)}
        until(lambda: lanes(home, process) == wanted)


def workers(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "opsdesk.sqlite3", timeout=20)) as records:
        return [worker for (worker,) in records.execute("SELECT worker FROM clock_lane")]


def lanes(home: Path, process: Popen[str]) -> set[str]:
    """The lanes of this process's worker that gave a sign of life."""
    pids = {str(pid) for pid in (process.pid, *children(process.pid))}
    with closing(sqlite3.connect(home / "opsdesk.sqlite3", timeout=20)) as records:
        rows = records.execute("SELECT worker, name FROM clock_lane").fetchall()
    return {name for worker, name in rows if worker.rpartition(":")[2] in pids}


def test_told_to_stop_it_takes_all_its_processes_down_in_good_order(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        until(lambda: bool(lanes(home, process)))
        all_of_them = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        wait_for_line(process, "Opsdesk has stopped.")
        assert process.wait(30) == 0
        assert not any(is_running(pid) for pid in all_of_them)
    assert not any(worker.rpartition(":")[2] in map(str, all_of_them) for worker in workers(home))
    assert not answers(port)


def test_killed_outright_it_leaves_no_process_behind(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        all_of_them = descendants(process.pid)
        assert len(all_of_them) >= 3
        process.kill()
        until(lambda: not any(is_running(pid) for pid in all_of_them), within=10)
    assert not answers(port)
    with serving(home, port):
        assert answers(port)


def test_a_second_one_on_the_same_port_is_refused_and_the_first_serves_on(home: Path) -> None:
    port = free_port()
    with serving(home, port) as first:
        for command in ("serve", "web"):
            with running(home, command, "--port", str(port)) as second:
                wait_for_line(second, f"port {port} on 127.0.0.1 is taken")
                assert second.wait(30) == 2
        assert first.poll() is None
        assert answers(port)


def test_a_port_that_another_program_has_is_refused(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running(home, "serve", "--port", str(port)) as process:
            wait_for_line(process, f"port {port} on 127.0.0.1 is taken")
            assert process.wait(30) == 2


def test_a_process_that_crashes_is_started_again_and_the_other_stays(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        before = children(process.pid)
        for victim in before:
            kill(victim)
            wait_for_line(process, "it starts again in")
            until(lambda gone=victim: len(set(children(process.pid)) - {gone}) == 2)  # type: ignore[misc]
        assert not set(before) & set(children(process.pid))
        until(lambda: answers(port))


def test_a_worker_alone_stops_when_told(home: Path) -> None:
    with serving(home, free_port()):
        pass
    with running(home, "worker") as process:
        until(lambda: bool(lanes(home, process)))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_database_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "opsdesk.sqlite3")) as records:
        records.execute("CREATE TABLE something_old (id INTEGER)")
    for command in ("serve", "web", "worker"):
        with running(tmp_path, command) as process:
            wait_for_line(process, "run 'opsdesk migrate'")
            assert process.wait(30) == 2


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70_000), ("no.such.host.invalid", 8000), ("192.0.2.1", 8000)]
)
def test_a_port_that_cannot_be_listened_on_is_named(host: str, port: int) -> None:
    with pytest.raises(PortUnusable, match=str(port)):
        check_free(Address(host, port))


def test_a_port_is_reserved_for_one_before_it_listens(tmp_path: Path) -> None:
    address = Address("127.0.0.1", free_port())
    with reserved(address, tmp_path), pytest.raises(PortTaken), reserved(address, tmp_path):
        pass
    with reserved(address, tmp_path):
        pass


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
    ],
)
def test_the_address_said_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert Address(host, 80).url == url
