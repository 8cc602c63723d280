"""The worker: a thread for each lane, started and stopped together.

Nobody depends on it being on time: every action on a subject fires what was due on it first. So a
worker may be late, killed, or run beside others; no outcome changes.
"""

import logging
import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Protocol

from django.db import DatabaseError, close_old_connections, connections

from opsdesk.clock import claims
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import error_text
from opsdesk.worker.kinds import Source, Wired
from opsdesk.worker.rounds import Clock, Outcome, Round, carriers, deadlines, source

PAUSE_S = 0.25
BEAT_EVERY = timedelta(seconds=5)
LONGEST_TROUBLE_S = 30.0
STOP_WITHIN_S = 20.0

logger = logging.getLogger("opsdesk.worker")


class LaneThread(Thread):
    """One lane: rounds until told to stop, each with one reading of the clock."""

    beat_every = BEAT_EVERY

    def __init__(self, worker: str, lane: str, one_round: Round, clock: Clock, stop: Event) -> None:
        super().__init__(name=f"{worker} {lane}", daemon=True)
        self.worker, self.lane = worker, lane
        self.one_round, self.clock, self.stop = one_round, clock, stop
        self.total = Outcome()
        self.troubles = 0
        self.started_at = clock()
        self.beat_at: datetime | None = None

    def run(self) -> None:
        self.go_round()
        connections.close_all()

    def go_round(self) -> None:
        """Rounds, with a pause after each, until told to stop."""
        while not self.stop.is_set():
            self.stop.wait(self.turn())

    def turn(self) -> float:
        """One round and, now and then, a sign of life; how many seconds to wait before the next."""
        now = self.clock()
        try:
            close_old_connections()
            outcome = self.one_round(now)
            self._count(outcome)
            self._beat(now)
        except Exception as error:
            logger.exception("the lane %s is in trouble", self.lane)
            return self._in_trouble(error)
        self.troubles = 0
        return 0.0 if outcome.more else PAUSE_S

    def _count(self, outcome: Outcome) -> None:
        self.total.done += outcome.done
        self.total.failed += outcome.failed
        self.total.last_error = outcome.last_error or self.total.last_error

    def _beat(self, now: datetime) -> None:
        if self.beat_at is not None and now - self.beat_at < self.beat_every:
            return
        claims.beat(
            worker=self.worker,
            lane=self.lane,
            started_at=self.started_at,
            done=self.total.done,
            failed=self.total.failed,
            last_error=self.total.last_error,
            now=now,
        )
        self.beat_at = now

    def _in_trouble(self, error: Exception) -> float:
        """A round that couldn't be done, most likely for want of the database: wait longer each time."""
        self.total.note(error)
        self.troubles += 1
        connections.close_all()
        return min(LONGEST_TROUBLE_S, PAUSE_S * 2.0 ** min(self.troubles, 10))


def lanes_of(
    *, worker: str, clock: Clock, stop: Event, wiring: Mapping[str, Wired], sources: Mapping[str, Source]
) -> list[LaneThread]:
    """The threads of one worker, not yet started."""
    rounds: dict[str, Round] = {
        LaneName.DEADLINES.value: deadlines(wiring, stop),
        LaneName.IO.value: carriers(wiring, clock),
    }
    rounds |= {f"{LaneName.SOURCES.value}/{name}": source(step) for name, step in sources.items()}
    return [LaneThread(worker, lane, one_round, clock, stop) for lane, one_round in rounds.items()]


class Crew(Protocol):
    """Further threads of a worker, which it starts and ends as they are needed."""

    def look(self, now: datetime) -> int:
        """A step of a source: start, watch and end what is due."""
        ...

    def end(self, within_s: float) -> None:
        """Tell all to stop, and wait for them that long."""
        ...


def name_of_worker() -> str:
    """This process among all workers: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def work(
    *,
    clock: Clock,
    stop: Event,
    wiring: Mapping[str, Wired],
    sources: Mapping[str, Source],
    crews: Mapping[str, Crew] | None = None,
) -> bool:
    """Run every lane until `stop` is set; False if a lane ended by itself: somebody must start us anew."""
    worker, crews = name_of_worker(), crews or {}
    sources = {**sources, **{name: crew.look for name, crew in crews.items()}}
    threads = lanes_of(worker=worker, clock=clock, stop=stop, wiring=wiring, sources=sources)
    for thread in threads:
        thread.start()
    whole = True
    while whole and not stop.wait(1.0):
        whole = all(thread.is_alive() for thread in threads)
    stop.set()
    for crew in crews.values():
        crew.end(STOP_WITHIN_S)
    for thread in threads:
        thread.join(STOP_WITHIN_S)
    _leave(worker)
    return whole


def _leave(worker: str) -> None:
    try:
        claims.leave(worker=worker)
    except DatabaseError as error:
        logger.warning("the worker stops without saying so: %s", error_text(error))
    finally:
        connections.close_all()
