"""The listener killed, its disk full, its records locked or away: what was acknowledged is there, once."""

import os
import random
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock, Thread
from time import sleep

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created

from opsdesk.commands.offspring import start
from opsdesk.journal.models import Entry
from opsdesk.listener.server import Manner, listen
from opsdesk.mail.models import Arrival
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Blob
from tests import cast
from tests.listener.builders import DESK, SENDER, bring, listening
from tests.mail.letters import letter
from tests.worker.processes import kill, until

pytestmark = pytest.mark.django_db(transaction=True)
KILLS, MOST_KILLS = 24, 72
SENDERS = 4
FEWEST_IN_BETWEEN = 5


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


class Post:
    """Mails to be brought; a sender keeps one until it heard 250 for it, as every mail server does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.made = 0
        self.waiting: list[bytes] = []
        self.acknowledged: list[bytes] = []
        self.unanswered: set[bytes] = set()
        self.lock = Lock()

    def next(self) -> bytes:
        with self.lock:
            if self.waiting:
                return self.waiting.pop()
            self.made += 1
            return letter(self.made, text="x" * (self.made * 997 % 60_000))

    def bring_until_cut(self) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
                client.ehlo()
                while self._brought(client):
                    pass
        except (OSError, smtplib.SMTPException):
            return

    def _brought(self, client: smtplib.SMTP) -> bool:
        raw, sent = self.next(), False
        try:
            client.mail(SENDER)
            client.rcpt(DESK)
            client.docmd("DATA")
            client.send(raw + b".\r\n")
            sent = True
            said = client.getreply()[0] == 250
        except (OSError, smtplib.SMTPException):
            said = False
        with self.lock:
            if said:
                self.acknowledged.append(raw)
                return True
            self.waiting.append(raw)
            if sent:
                self.unanswered.add(raw)
        return False


def takes_mail(place: socket.socket) -> int:
    return listen(place, Manner(2_000_000, "desk.example"), lambda: datetime.now(UTC))


def test_killed_again_and_again_all_that_it_acknowledged_is_there_exactly_once() -> None:
    dice, kills = random.Random(11), 0
    place = socket.create_server(("127.0.0.1", 0))
    post = Post(place.getsockname()[1])
    while kills < KILLS or (len(post.unanswered) < FEWEST_IN_BETWEEN and kills < MOST_KILLS):
        kills += 1
        connections.close_all()
        listener = start(lambda: takes_mail(place))
        senders = [Thread(target=post.bring_until_cut) for _ in range(SENDERS)]
        before = len(post.acknowledged)
        for sender in senders:
            sender.start()
        until(lambda: len(post.acknowledged) > before)  # noqa: B023 - called at once
        sleep(dice.random() * 0.1)
        kill(listener)
        os.waitpid(listener, 0)
        for sender in senders:
            sender.join(60)
    unanswered = len(post.unanswered)
    connections.close_all()
    listener = start(lambda: takes_mail(place))
    with smtplib.SMTP("127.0.0.1", post.port, timeout=30) as client:
        client.ehlo()
        while post.waiting:
            assert post._brought(client)
    kill(listener)
    os.waitpid(listener, 0)
    place.close()
    assert unanswered >= FEWEST_IN_BETWEEN
    there = Counter(vault.read(arrival.blob_id) for arrival in Arrival.objects.all())
    assert there == Counter(post.acknowledged)
    assert set(there.values()) == {1}
    assert Entry.objects.filter(kind="arrival.stored").count() == Blob.objects.count() == len(there)


@contextmanager
def another_writer() -> Iterator[None]:
    """Another process holds the write lock of the SQLite file."""
    program = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " db.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    path = str(connection.settings_dict["NAME"])
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        yield


@pytest.fixture
def on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("is about SQLite")


@pytest.mark.usefixtures("on_sqlite")
def test_while_another_process_holds_the_records_nothing_is_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.3)
    with listening() as running:
        assert bring(running, letter(1))[0] == 250
        with another_writer():
            assert bring(running, letter(2))[0] == 451
            assert Arrival.objects.count() == 1
        assert bring(running, letter(2))[0] == 250
    assert Arrival.objects.count() == 2


@pytest.mark.usefixtures("on_sqlite")
def test_on_a_full_disk_nothing_is_acknowledged_and_small_mail_still_goes() -> None:
    """SQLite is told how many pages there are, and says what it says on a full disk."""

    def bounded(sender: object, connection: object, **more: object) -> None:
        raw: sqlite3.Connection = connection.connection  # type: ignore[attr-defined]
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages + 60}")

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    connection_created.connect(bounded)
    try:
        with listening() as running:
            assert bring(running, letter(1))[0] == 250
            assert bring(running, letter(2, text="x" * 1_000_000))[0] == 451
            assert bring(running, letter(3))[0] == 250
            assert running.listener.room.left == running.listener.room.size
    finally:
        connection_created.disconnect(bounded)
    assert Arrival.objects.count() == Blob.objects.count() == 2
    with listening() as running:
        assert bring(running, letter(2, text="x" * 1_000_000))[0] == 250


@contextmanager
def away() -> Iterator[None]:
    """The database answers nobody: its connections are cut and no new one is let in."""
    name = connection.settings_dict["NAME"]
    admin = connection.copy()
    admin.settings_dict = {**connection.settings_dict, "NAME": "postgres"}
    connections.close_all()
    with admin.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    try:
        yield
    finally:
        with admin.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        admin.close()


@pytest.mark.postgres
def test_while_postgresql_is_away_everybody_is_asked_to_come_later() -> None:
    with listening() as running:
        assert bring(running, letter(1))[0] == 250
        with running.client() as client:
            client.ehlo()
            client.mail(SENDER)
            assert client.rcpt(DESK)[0] == 250
            with away():
                assert client.docmd("DATA")[0] == 354
                client.send(letter(2) + b".\r\n")
                assert client.getreply()[0] == 451
                client.mail(SENDER)
                assert client.rcpt(DESK)[0] == 451
        assert bring(running, letter(2))[0] == 250
    assert Arrival.objects.count() == 2
