"""A thread for each mailbox that is to be read: started when there is one, watched, and ended."""

import logging
import os
import socket
from datetime import datetime, timedelta
from threading import Event, Lock
from time import monotonic

from django.db import connections

from opsdesk.clock import claims
from opsdesk.clock.models import LaneName
from opsdesk.mailboxes import leases, orders
from opsdesk.mailboxes.reader import Pace, Reader
from opsdesk.mailboxes.refusals import ReadByAnother
from opsdesk.worker.loop import LaneThread
from opsdesk.worker.rounds import Clock, Outcome

LOOK_EVERY_S = 1.0
RENEW_EVERY_S = 15.0
# The server's silence is noticed sooner, by the wire's own limits: this is for one that drips.
HUNG_AFTER_S = 900.0

logger = logging.getLogger("opsdesk.worker")


class MailboxThread(LaneThread):
    """Reads one mailbox until it is told to stop or somebody else reads it."""

    beat_every = timedelta(seconds=10)

    def __init__(self, worker: str, reader: Reader, clock: Clock) -> None:
        lane = f"{LaneName.SOURCES.value}/mailbox {reader.box.key}"[:60]
        super().__init__(worker, lane, self._read, clock, Event())
        self.reader = reader
        self.moved_s = monotonic()

    def run(self) -> None:
        try:
            self.go_round()
            self.reader.leave()
            claims.leave(worker=self.worker, lane=self.lane)
        finally:
            connections.close_all()

    def _read(self, now: datetime) -> Outcome:
        try:
            step = self.reader.step(now)
        except ReadByAnother:
            logger.info("%s: somebody else reads it now", self.lane)
            self.stop.set()
            return Outcome()
        self.moved_s = monotonic()
        return Outcome(done=step.stored, more=step.more)


class Readers:
    """The mailbox threads of one worker. `look` is a step of the worker's sources lane."""

    def __init__(self, *, worker: str, clock: Clock, pace: Pace | None = None) -> None:
        self.worker, self.clock, self.pace = worker, clock, pace or Pace()
        self.threads: dict[int, MailboxThread] = {}
        self.looked_s = self.renewed_s = -1e9
        self.number = 0
        self.stopping = False
        # `end` comes from another thread than `look`, and must know of every reader that was started.
        self.one_of_both = Lock()

    def look(self, now: datetime) -> int:
        """Start, end and watch; nothing here waits for a mailbox."""
        with self.one_of_both:
            self._look(now)
        return 0

    def _look(self, now: datetime) -> None:
        if self.stopping or monotonic() - self.looked_s < LOOK_EVERY_S:
            return
        self.looked_s = monotonic()
        self.threads = {id: thread for id, thread in self.threads.items() if thread.is_alive()}
        wanted = {order.id: order for order in orders.to_do()}
        for id, thread in self.threads.items():
            self._watch(thread, wanted.get(id))
        self._renew(now)
        # One at a time, so that workers that start together share the mailboxes.
        for order in wanted.values():
            if order.id not in self.threads and self._begin(order, now):
                break

    def _watch(self, thread: MailboxThread, order: orders.Order | None) -> None:
        """End it where it is to begin anew or no more; cut it off from a server that hangs."""
        if order is None or order.version != thread.reader.box.version:
            thread.stop.set()
            return
        thread.reader.asked_at = order.reconcile_asked_at
        if monotonic() - thread.moved_s > HUNG_AFTER_S:
            logger.warning("%s: nothing for %s s, the line is cut", thread.lane, int(HUNG_AFTER_S))
            thread.reader.cut()
            thread.moved_s = monotonic()

    def _renew(self, now: datetime) -> None:
        """A thread that is busy with a big mail cannot renew its lease itself."""
        if monotonic() - self.renewed_s >= RENEW_EVERY_S:
            leases.renew_all([thread.reader.name for thread in self.threads.values()], now=now)
            self.renewed_s = monotonic()

    def _begin(self, order: orders.Order, now: datetime) -> bool:
        self.number += 1
        name = f"{self.worker}/{self.number}"
        if not take_over(order.id, order.reader, name=name, now=now):
            return False
        reader = orders.reader(order.id, name=name, pace=self.pace, now=now)
        self.threads[order.id] = MailboxThread(self.worker, reader, self.clock)
        self.threads[order.id].start()
        return True

    def end(self, within_s: float) -> None:
        """Tell all to stop and wait for those that can; a process that ends takes the others with it."""
        with self.one_of_both:
            self.stopping = True
            threads = list(self.threads.values())
        for thread in threads:
            thread.stop.set()
        give_up = monotonic() + within_s
        for thread in threads:
            thread.join(max(0.0, give_up - monotonic()))


def take_over(mailbox_id: int, reader: str, *, name: str, now: datetime) -> bool:
    """Take the lease if it is free, or if the process that holds it as `reader` has ended."""
    if reader and is_gone(reader):
        leases.release(mailbox_id, reader=reader)
    return leases.claim(mailbox_id, reader=name, now=now)


def is_gone(reader: str) -> bool:
    """Whether the process that holds a lease was one of this machine and has ended."""
    host, _colon, rest = reader.rpartition("/")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
