"""A thread for each endpoint that has something due: one that hangs keeps only its own events waiting."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from django.db import connections

from opsdesk.clock import claims
from opsdesk.clock.models import LaneName
from opsdesk.links import queries
from opsdesk.worker.kinds import Wired, handlers
from opsdesk.worker.loop import LaneThread
from opsdesk.worker.rounds import Clock, Outcome, carrying

LOOK_EVERY_S = 0.5
# A thread that found nothing for so long ends; the next event starts another.
IDLE_S = 5.0


class EndpointThread(LaneThread):
    """Takes to one endpoint what is due, one event after the other, until nothing is.

    After an event that was not taken it pauses as it does when nothing is due.
    """

    beat_every = timedelta(seconds=10)

    def __init__(
        self, worker: str, endpoint: tuple[int, str], clock: Clock, wiring: Mapping[str, Wired]
    ) -> None:
        self.endpoint_id, name = endpoint
        kinds = handlers(LaneName.IO, {kind: wired for kind, wired in wiring.items() if wired.apart})
        self.carry = carrying(lambda now: queries.due(self.endpoint_id, now), kinds, clock)
        super().__init__(worker, f"{LaneName.IO.value}/to {name}"[:60], self._round, clock, Event())
        self.moved_s = monotonic()

    def run(self) -> None:
        try:
            self.go_round()
            claims.leave(worker=self.worker, lane=self.lane)
        finally:
            connections.close_all()

    def _round(self, now: datetime) -> Outcome:
        outcome = self.carry(now)
        if outcome.more:
            self.moved_s = monotonic()
        elif monotonic() - self.moved_s > IDLE_S:
            self.stop.set()
        outcome.more = bool(outcome.done)
        return outcome


class Messengers:
    """The endpoint threads of one worker. `look` is a step of the worker's sources lane."""

    def __init__(self, *, worker: str, clock: Clock, wiring: Mapping[str, Wired]) -> None:
        self.worker, self.clock, self.wiring = worker, clock, wiring
        self.threads: dict[int, EndpointThread] = {}
        self.looked_s = -1e9
        self.stopping = False

    def look(self, now: datetime) -> int:
        """Start what is needed; nothing here waits for an endpoint."""
        if self.stopping or monotonic() - self.looked_s < LOOK_EVERY_S:
            return 0
        self.looked_s = monotonic()
        self.threads = {id: thread for id, thread in self.threads.items() if thread.is_alive()}
        for endpoint in queries.with_work(now):
            if endpoint[0] not in self.threads:
                thread = EndpointThread(self.worker, endpoint, self.clock, self.wiring)
                self.threads[endpoint[0]] = thread
                thread.start()
        return 0

    def end(self, within_s: float) -> None:
        """Tell all to stop and wait for those that can; a process that ends takes the others with it."""
        self.stopping = True
        threads = list(self.threads.values())
        for thread in threads:
            thread.stop.set()
        give_up = monotonic() + within_s
        for thread in threads:
            thread.join(max(0.0, give_up - monotonic()))
