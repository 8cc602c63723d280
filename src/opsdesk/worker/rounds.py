"""One round of each lane: look for what is due, do a small batch of it, count what became of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from django.db import connection

from opsdesk.clock import claims, queries
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import Handler, TaskValue, error_text
from opsdesk.kernel.memory import remembering
from opsdesk.worker.kinds import Source, Wired, handlers, holds

BATCH = 100
TOGETHER = 10
LEASE_S = 300

logger = logging.getLogger("opsdesk.worker")

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Outcome:
    """What a round did. `more`: look again at once."""

    done: int = 0
    failed: int = 0
    more: bool = False
    last_error: str = field(default="")

    def note(self, error: Exception) -> None:
        self.failed += 1
        self.last_error = error_text(error)


Round = Callable[[datetime], Outcome]


def deadlines(wiring: Mapping[str, Wired], stop: Event) -> Round:
    """Each due deadline in one transaction with its action; a failing one never stops the next."""
    kinds = handlers(LaneName.DEADLINES, wiring)
    locks = holds(wiring)

    def fire(tasks: Sequence[TaskValue], outcome: Outcome, now: datetime) -> None:
        """Together; if one of them fails, all are undone and each is fired by itself."""
        try:
            with remembering():
                outcome.done += claims.fire(tasks, kinds, now=now, holds=locks)
        except Exception as error:
            if len(tasks) == 1:
                logger.exception("task %s (%s) failed", tasks[0].id, tasks[0].kind)
                outcome.note(error)
                claims.fail(tasks[0], error, now=now)
                return
            logger.info("%s tasks are fired one by one: %s", len(tasks), error_text(error))
            for task in tasks:
                fire([task], outcome, now)

    def one_round(now: datetime) -> Outcome:
        outcome = Outcome()
        due = queries.claimable(kinds, now=now, limit=BATCH)
        together = _together()
        for first in range(0, len(due), together):
            if stop.is_set():
                break
            fire(due[first : first + together], outcome, now)
        outcome.more = len(due) == BATCH
        return outcome

    return one_round


def _together() -> int:
    """How many deadlines share a transaction.

    Where writers exclude one another anyway, a few save commits; elsewhere workers would only wait.
    """
    return 1 if connection.features.has_select_for_update else TOGETHER


def carriers(wiring: Mapping[str, Wired], clock: Clock) -> Round:
    """One task of the I/O lane: lease, do, finish. What it talks to may hang; no deadline waits for it."""
    kinds = handlers(LaneName.IO, {kind: wired for kind, wired in wiring.items() if not wired.apart})
    return carrying(lambda now: queries.claimable(kinds, now=now, limit=1), kinds, clock)


def carrying(
    look: Callable[[datetime], Sequence[TaskValue]], kinds: Mapping[str, Handler], clock: Clock
) -> Round:
    """One of the tasks found: the first that nobody else has leased."""

    def one_round(now: datetime) -> Outcome:
        outcome = Outcome()
        due = look(now)
        for task in due:
            leased = claims.lease(task, seconds=LEASE_S, now=now)
            if leased is not None:
                _carry(leased, kinds[task.kind], outcome, clock, now=now)
                break
        outcome.more = bool(due)
        return outcome

    return one_round


def _carry(task: TaskValue, handler: Handler, outcome: Outcome, clock: Clock, *, now: datetime) -> None:
    try:
        with remembering():
            handler(task, now)
    except Exception as error:
        logger.exception("task %s (%s) failed", task.id, task.kind)
        outcome.note(error)
        claims.fail(task, error, now=clock())
    else:
        outcome.done += claims.finish(task, now=clock())


def source(step: Source) -> Round:
    """One batch of a source; again at once while it brings something."""

    def one_round(now: datetime) -> Outcome:
        with remembering():
            handled = step(now)
        return Outcome(done=handled, more=handled > 0)

    return one_round
