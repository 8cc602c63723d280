"""The readers of a worker, with real threads: mail is there in a moment, and no mailbox holds up another."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connections

from opsdesk.clock.models import Lane
from opsdesk.mail.models import Arrival, Source
from opsdesk.mailboxes import actions
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.reader import Pace
from opsdesk.worker import readers
from opsdesk.worker.loop import work
from opsdesk.worker.readers import Readers
from tests import cast
from tests.cast import Somebody
from tests.dovecot import Mailbox
from tests.mailboxes.builders import letter, set_up, uids
from tests.worker.processes import free_port, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> Somebody:
    cast.desk()
    return cast.admin()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LOOK_EVERY_S", 0.1)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def a_worker(name: str = "tests:1", pace: Pace | None = None) -> Iterator[Readers]:
    crew, stop = Readers(worker=name, clock=now, pace=pace), Event()
    thread = Thread(
        target=work,
        kwargs={"clock": now, "stop": stop, "wiring": {}, "sources": {}, "crews": {"mailboxes": crew}},
    )
    thread.start()
    try:
        yield crew
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not any(each.is_alive() for each in crew.threads.values())


def is_idle(row: Row) -> bool:
    return bool(Row.objects.filter(id=row.id, state=Row.State.WELL).exclude(reconciled_at=None))


def test_new_mail_is_there_in_a_moment_because_the_server_says_so(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada)
    with a_worker(pace=Pace(look_s=600)):
        until(lambda: is_idle(row))
        sleep(1)
        for number in range(1, 4):
            mailbox.deliver(letter(number))
            delivered = monotonic()
            until(lambda number=number: uids(row) == list(range(1, number + 1)), within=10)  # type: ignore[misc]
            assert monotonic() - delivered < 5


def test_a_mailbox_that_is_added_switched_off_and_on_is_followed(mailbox: Mailbox, ada: Somebody) -> None:
    with a_worker() as crew:
        row = set_up(mailbox, ada)
        mailbox.deliver(letter(1))
        until(lambda: uids(row) == [1])
        assert Lane.objects.filter(name=f"sources/mailbox {row.source.key}").exists()
        actions.switch_off(mailbox_id=row.id, actor=ada.actor, now=now())
        until(lambda: not any(thread.is_alive() for thread in crew.threads.values()))
        assert not Lane.objects.filter(name__startswith="sources/mailbox ").exists()
        mailbox.deliver(letter(2))
        sleep(0.5)
        assert uids(row) == [1]
        actions.switch_on(mailbox_id=row.id, actor=ada.actor, now=now())
        until(lambda: uids(row) == [1, 2])
        Source.objects.update(closed_at=now())
        until(lambda: not any(thread.is_alive() for thread in crew.threads.values()))
    row.refresh_from_db()
    assert row.reader == ""


def test_a_new_password_is_tried_without_waiting(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada, secret="wrong")
    mailbox.deliver(letter(1))
    with a_worker():
        until(lambda: Row.objects.get().state == Row.State.REFUSED)
        actions.authorise(mailbox_id=row.id, secret=mailbox.password, actor=ada.actor, now=now())
        until(lambda: uids(row) == [1])


def test_two_workers_share_the_mailboxes_and_read_none_together(mailbox: Mailbox, ada: Somebody) -> None:
    boxes = [Mailbox(mailbox.server, f"{number}-{mailbox.user}") for number in range(4)]
    rows = [set_up(box, ada, key=f"box-{number}") for number, box in enumerate(boxes)]
    with a_worker("tests:1") as first, a_worker("tests:2") as second:
        until(lambda: all(is_idle(row) for row in rows))
        for number in range(20):
            for box in boxes:
                box.deliver(letter(number))
        until(lambda: Arrival.objects.count() == 80)
        assert set(first.threads).isdisjoint(second.threads)
        assert first.threads
        assert second.threads
    assert [uids(row) for row in rows] == [list(range(1, 21))] * 4
    assert set(Row.objects.values_list("reader", flat=True)) == {""}


def test_a_reader_that_is_started_while_the_worker_ends_is_ended_too(
    mailbox: Mailbox, ada: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = set_up(mailbox, ada)
    crew, begun = Readers(worker="tests:1", clock=now), Event()

    def slowly(*place: int | str, **who: Any) -> bool:
        begun.set()
        sleep(0.5)
        return take_over(*place, **who)  # type: ignore[arg-type]

    def look() -> None:
        crew.look(now())
        connections.close_all()

    take_over = readers.take_over
    monkeypatch.setattr(readers, "take_over", slowly)
    looking = Thread(target=look)
    looking.start()
    assert begun.wait(10)
    crew.end(20)
    looking.join(10)
    assert list(crew.threads) == [row.id]
    assert not crew.threads[row.id].is_alive()
    row.refresh_from_db()
    assert row.reader == ""


def test_what_a_killed_worker_read_is_read_on_by_the_next_at_once(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada)
    gone = f"{socket.gethostname()}:{2**22 + 1}/1"
    Row.objects.update(reader=gone, leased_until=now() + readers.leases.LEASE)
    mailbox.deliver(letter(1))
    with a_worker():
        until(lambda: uids(row) == [1], within=20)


def test_a_lease_of_another_machine_is_waited_for(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada)
    Row.objects.update(reader="elsewhere:1/1", leased_until=now() + readers.leases.LEASE)
    mailbox.deliver(letter(1))
    with a_worker():
        sleep(1)
        assert uids(row) == []
        Row.objects.update(leased_until=now())
        until(lambda: uids(row) == [1])


class Deaf:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self.held.append(self.listener.accept()[0])

    def close(self) -> None:
        for each in (self.listener, *self.held):
            each.close()


def test_a_mailbox_that_hangs_delays_no_other_and_is_seen(mailbox: Mailbox, ada: Somebody) -> None:
    deaf = Deaf()
    hung = set_up(mailbox, ada, key="hung", port=deaf.port)
    row = set_up(mailbox, ada)
    mailbox.deliver(letter(1))
    with a_worker(pace=Pace(connect_within_s=2, answer_within_s=2)):
        until(lambda: uids(row) == [1])
        until(lambda: Row.objects.get(id=hung.id).state == Row.State.TROUBLE)
        mailbox.deliver(letter(2))
        until(lambda: uids(row) == [1, 2])
        deaf.close()
    assert Row.objects.get(id=hung.id).trouble in ("unreachable", "cut")


def test_a_comparison_that_is_asked_for_is_made_in_a_moment(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada)
    with a_worker():
        until(lambda: is_idle(row))
        asked = now()
        actions.ask_to_reconcile(mailbox_id=row.id, actor=ada.actor, now=asked)
        until(lambda: bool(Row.objects.filter(id=row.id, reconciled_at__gte=asked)))
