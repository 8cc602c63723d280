"""What the listener asks the records: whose address is this, and keep these bytes. In threads of its own."""

import logging
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, close_old_connections, connection, connections, transaction

from opsdesk.kernel.memory import remembering
from opsdesk.mail import intake, sources
from opsdesk.mail.envelopes import Envelope
from opsdesk.mail.recipients import desk_of

LOOKERS = 2
# Writers of SQLite exclude one another: more than one would only wait inside the database.
WRITERS = {"sqlite": 1, "postgresql": 4}

logger = logging.getLogger("opsdesk.listener")
T = TypeVar("T")
Clock = Callable[[], datetime]


class Storing:
    """The threads that read and write for all connections: slow records keep no conversation waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lookers = ThreadPoolExecutor(LOOKERS, thread_name_prefix="listener-look")
        self._writers = ThreadPoolExecutor(WRITERS[connection.vendor], thread_name_prefix="listener-store")

    def desk_of(self, address: str) -> Future[str]:
        """The desk that takes mail for the address, "" for none. Its source is there and open."""
        return self._lookers.submit(partial(_asked, self._desk_of, address))

    def store(self, raw: bytes, *, desks: Collection[str], label: str, envelope: Envelope) -> Future[None]:
        """Store an arrival for each desk, all or none; done when they are on disk."""
        return self._writers.submit(partial(_asked, self._store, raw, sorted(desks), label, envelope))

    def close(self) -> None:
        """Finish what was begun, drop what was not: nobody was told that it is here."""
        self._writers.shutdown(wait=True, cancel_futures=True)
        self._lookers.shutdown(wait=True, cancel_futures=True)

    def _desk_of(self, address: str) -> str:
        desk = desk_of(address)
        if desk:
            sources.smtp_source(desk, now=self._clock())
        return desk

    def _store(self, raw: bytes, desks: Collection[str], label: str, envelope: Envelope) -> None:
        now = self._clock()
        with transaction.atomic():
            for desk in desks:
                source = sources.smtp_source(desk, now=now)
                intake.store(source=source, raw=raw, label=label, received_at=now, now=now, envelope=envelope)


def _asked(question: Callable[..., T], *arguments: object) -> T:
    """Ask in this thread, on a connection that works; one that has failed is not kept."""
    close_old_connections()
    try:
        with remembering():
            return question(*arguments)
    except DatabaseError:
        connections.close_all()
        raise
