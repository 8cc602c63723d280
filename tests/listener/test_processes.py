"""The listener and the carrier as they run: processes of their own, on real ports, on a small disk."""

import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from tests.listener.builders import DESK, SENDER
from tests.mail.far_end import far_end
from tests.mail.letters import letter
from tests.once import new_home
from tests.worker.processes import (
    children,
    environment,
    free_port,
    is_running,
    kill,
    until,
    wait_for_line,
)

SENT = "SELECT count(*) FROM mail_message WHERE delivery = 'sent'"
NOTICE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
django.setup()
from datetime import UTC, datetime
from django.db import transaction
from opsdesk.cases.models import Case
from opsdesk.mail.replies import notice
with transaction.atomic():
    notice("opening", case=Case.objects.get(), notify=True, now=datetime.now(UTC))
"""

pytestmark = pytest.mark.xdist_group("serve")


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opsdesk", *arguments],
        env=environment(home) | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def running(home: Path, *arguments: str, **variables: str) -> Iterator[Popen[str]]:
    process = Popen(
        [sys.executable, "-m", "opsdesk", *arguments],
        env=environment(home) | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory, tmp_path_factory.mktemp("home"))


def bring(port: int, raw: bytes) -> int:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail(SENDER, [DESK], raw)
    except smtplib.SMTPDataError as refused:
        return refused.smtp_code
    return 250


def rows(home: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "opsdesk.sqlite3", timeout=20)) as records:
        return records.execute(question).fetchall()


def answer(home: Path) -> int:
    """Tell the requester of the one case that it is open, from a process of its own."""
    return subprocess.run([sys.executable, "-c", NOTICE], env=environment(home), check=False).returncode


def answers_mail(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def test_serve_takes_mail_sorts_it_and_starts_a_killed_listener_again(home: Path) -> None:
    port, mail_port = free_port(), free_port()
    with far_end() as end:
        variables = {
            "OPSDESK_SMTP_LISTEN": f"127.0.0.1:{mail_port}",
            "OPSDESK_SMTP_URL": f"smtp://127.0.0.1:{end.port}?security=none",
        }
        with running(home, "serve", "--port", str(port), **variables) as process:
            wait_for_line(process, "ready at")
            until(lambda: answers_mail(mail_port))
            assert bring(mail_port, letter(1, to=DESK)) == 250
            question = "SELECT outcome FROM mail_arrival"
            until(lambda: rows(home, question) == [("requests",)])
            assert len(children(process.pid)) == 3
            assert answer(home) == 0
            until(lambda: len(end.taken) == 1)
            until(lambda: rows(home, SENT) == [(1,)])
            refused = run(home, "serve", "--port", str(free_port()), **variables)
            assert refused.returncode == 2
            assert "OPSDESK_SMTP_LISTEN" in refused.stderr
            listener = children(process.pid)[-1]
            kill(listener)
            until(lambda: not is_running(listener))
            assert bring(mail_port, letter(2, to=DESK)) == 250
            assert listener not in children(process.pid)
            process.send_signal(signal.SIGTERM)
            wait_for_line(process, "Opsdesk has stopped.")
            assert process.wait(30) == 0
    assert not answers_mail(mail_port)
    assert rows(home, "SELECT count(*) FROM mail_arrival") == [(2,)]


def test_listen_alone_stops_when_told_and_says_where_it_can_not_listen(home: Path) -> None:
    assert "OPSDESK_SMTP_LISTEN" in run(home, "listen").stderr
    port = free_port()
    where = {"OPSDESK_SMTP_LISTEN": f"localhost:{port}"}
    with running(home, "listen", **where) as process:
        until(lambda: answers_mail(port))
        assert bring(port, letter(3, to=DESK)) == 250
        assert "is taken" in run(home, "listen", **where).stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "can't be taken" in run(home, "listen", OPSDESK_SMTP_LISTEN="192.0.2.1:25").stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "opsdesk-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of a few megabytes needs the right to mount one")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_on_a_disk_that_is_full_nothing_is_acknowledged_that_is_not_there(
    small_disk: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new_home(tmp_path_factory, small_disk)
    port = free_port()
    with running(small_disk, "listen", OPSDESK_SMTP_LISTEN=f"127.0.0.1:{port}") as process:
        until(lambda: answers_mail(port))
        codes = [bring(port, letter(number, text="x" * 500_000)) for number in range(30)]
        assert set(codes) == {250, 451}
        assert codes[0] == 250
        assert is_running(process.pid)
    there = rows(small_disk, "SELECT count(*) FROM mail_arrival")
    assert there == [(codes.count(250),)]
    assert rows(small_disk, "PRAGMA integrity_check") == [("ok",)]


def test_the_example_sends_nothing_to_its_invented_customers(tmp_path: Path) -> None:
    refused = run(tmp_path, "demo", "--fill-only", OPSDESK_SMTP_URL="smtp://mail.example")
    assert refused.returncode == 2
    assert "OPSDESK_SMTP_URL" in refused.stderr
