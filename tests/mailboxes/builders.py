"""Mailboxes as tests set them up, read step by step; letters; a wire that can be cut."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from opsdesk.mail.models import Arrival
from opsdesk.mailboxes import actions, leases, orders
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.models import MissingUid
from opsdesk.mailboxes.reader import Pace, Reader
from tests import dovecot
from tests.cast import Somebody

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUICK = Pace(listen_s=0.1, look_s=0.5, poll_s=0.1)


def letter(number: int, text: str = "The assistant repeats itself.") -> bytes:
    return (
        f"From: Sam <sam@dealer.example>\nTo: support@desk.example\nSubject: Request {number}\n"
        f"Message-ID: <{number}@dealer.example>\nDate: Fri, 20 Nov 2026 11:00:00 +0000\n\n{text}\n"
    ).encode()


def set_up(box: dovecot.Mailbox, by: Somebody, **more: Any) -> Row:
    """A mailbox of the desk that is the one of the test's server; all of its mail is work."""
    fields: dict[str, Any] = {
        "key": f"box-{box.user.partition('@')[0]}",
        "desk": "support",
        "username": box.user,
        "start_at": None,
        "host": box.host,
        "port": box.port,
        "security": "none",
        "auth": "password",
        "secret": box.password,
    }
    return actions.add(Draft(**(fields | more)), actor=by.actor, now=NOW)


def reader_of(row: Row, name: str = "tests/1", now: datetime = NOW, pace: Pace = QUICK) -> Reader:
    """A reader with the lease."""
    assert leases.claim(row.id, reader=name, now=now)
    return orders.reader(row.id, name=name, now=now, pace=pace)


def read_all(reader: Reader, now: datetime = NOW, *, steps: int = 1000) -> int:
    """Step until there is nothing more to do at once; how many mails were stored."""
    stored = 0
    reader.woken = True
    for _ in range(steps):
        step = reader.step(now)
        stored += step.stored
        if not step.more:
            return stored
    raise AssertionError("the reader finds no end")


def press_on(reader: Reader, now: datetime = NOW, rounds: int = 200) -> int:
    """Read as `read_all` does, without the pauses after trouble."""
    reader.woken, stored = True, 0
    for _ in range(rounds):
        step = reader.step(now)
        stored += step.stored
        reader.wait_until_s = 0.0
        if not step.more and reader.line is not None:
            break
    return stored


@contextmanager
def reading(row: Row, now: datetime = NOW, **more: Any) -> Iterator[Reader]:
    reader = reader_of(row, now=now, **more)
    try:
        yield reader
    finally:
        reader.leave()


def uids(row: Row) -> list[int]:
    """The numbers in the ledger, of every numbering, in the order of their coming."""
    rows = Arrival.objects.filter(source=row.source).order_by("id")
    return [uid for uid in rows.values_list("uid", flat=True) if uid is not None]


def missing(row: Row) -> dict[tuple[int, int], str]:
    rows = MissingUid.objects.filter(source=row.source, found_at=None).order_by("uid")
    return {(each.uid, each.through_uid): each.kind for each in rows}


class Wire:
    """A way to a server that is cut after so many bytes of answers, or stands still."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.cut_after: int | None = None
        self.cuts_left = 0
        self.cut_at: re.Pattern[bytes] | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.made = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.made += 1
                far = socket.create_connection(self.target)
                threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        carried = 0
        with suppress(OSError):
            while data := source.recv(4096):
                carried += len(data) if answers else 0
                if not answers and self.cut_at and self.cut_at.search(data):
                    break
                if self.cuts_left and self.cut_after is not None and carried > self.cut_after:
                    self.cuts_left -= 1
                    sink.sendall(data[: len(data) // 2])
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.close()
