"""A listener of our own process for tests, and those who bring it mail."""

import asyncio
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

from opsdesk.listener.server import Listener, Manner

DESK = "support@opsdesk.example"
SENDER = "sam@dealer.example"


@dataclass
class Running:
    """A listener in a thread with a loop of its own."""

    listener: Listener
    port: int
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    ready: Event = field(default_factory=Event)

    def run(self, place: socket.socket) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listener.begin(place))
        self.ready.set()
        self.loop.run_forever()

    def client(self, **options: object) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=60, **options)  # type: ignore[arg-type]


@contextmanager
def listening(**manner: object) -> Iterator[Running]:
    """The listener on a free port of this machine."""
    facts: dict[str, object] = {"max_bytes": 2_000_000, "hostname": "desk.example"}
    place = socket.create_server(("127.0.0.1", 0))
    listener = Listener(Manner(**facts | manner), lambda: datetime.now(UTC))  # type: ignore[arg-type]
    running = Running(listener, place.getsockname()[1])
    thread = Thread(target=running.run, args=(place,), daemon=True)
    thread.start()
    assert running.ready.wait(10)
    try:
        yield running
    finally:
        running.loop.call_soon_threadsafe(running.loop.stop)
        thread.join(30)
        listener.end()
        place.close()


def bring(running: Running, raw: bytes, *to: str, sender: str = SENDER) -> tuple[int, bytes]:
    """Bring one mail; what was said to it in the end."""
    with running.client() as client:
        client.ehlo()
        client.mail(sender)
        for each in to or (DESK,):
            client.rcpt(each)
        try:
            return client.data(raw)
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code, refused.smtp_error if isinstance(refused.smtp_error, bytes) else b""


def by_hand(running: Running) -> socket.socket:
    """A bare connection, greeted."""
    found = socket.create_connection(("127.0.0.1", running.port), timeout=60)
    assert found.recv(1000).startswith(b"220")
    return found


def said(talk: socket.socket, line: bytes) -> bytes:
    """The last line of the answer."""
    talk.sendall(line + b"\r\n")
    return answers(talk)[0]


def answers(talk: socket.socket, number: int = 1) -> list[bytes]:
    """The last lines of so many answers."""
    heard = b""
    while True:
        last = [line for line in heard.splitlines() if line[3:4] == b" "] if heard.endswith(b"\n") else []
        if len(last) >= number:
            return last
        piece = talk.recv(4000)
        if not piece:
            return last or [b""]
        heard += piece
