"""The handler of `digest.make`: the digests that are due and not made, each of its own time.

A worker that was away makes each missed one when it is back; only the newest is mailed, and names the others.
Numbers are asked for outside of any transaction; each digest is then written in a short one. Done twice or
broken off, none is made twice: there is one for each desk, rhythm and end.
"""

import logging
from datetime import datetime
from itertools import product

from opsdesk.cases.definition import DeskDefinition
from opsdesk.clock.queries import CalendarMissing
from opsdesk.clock.tasks import TaskValue
from opsdesk.review import digest_actions as actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import TICK, Rhythm, Wanted, next_due, wanted
from opsdesk.review.digest_composing import calendar_of, compose, desk_of, desks

AT_ONCE = 8

logger = logging.getLogger("opsdesk.review")


def make_due(task: TaskValue, now: datetime) -> None:
    """Make what is due of a desk's rhythm, at most `AT_ONCE`; the next is armed first, so that it comes even
    where this one fails, and then makes what this one left.
    """
    desk, rhythm = desk_of(str(task.payload["desk"])), Rhythm(str(task.payload["rhythm"]))
    arm_next(desk, rhythm, now=now)
    last = queries.newest(desk.key, rhythm)
    since = last.document.until if last else None
    left = wanted(rhythm, calendar_of(desk), last=since, first=task.due_at, now=now)
    for each in left[:AT_ONCE]:
        to = queries.recipients(desk.key, rhythm, now) if each is left[-1] and _is_new(each) else ()
        actions.make(compose(desk, each, to=to, known=_known(desk, each, now=now), now=now), now=now)
    if len(left) > AT_ONCE:
        actions.go_on(desk=desk.key, rhythm=rhythm, made_until=left[AT_ONCE - 1].until, now=now)


def _is_new(wanted: Wanted) -> bool:
    """Whether nobody can have had it: what ended before a restore may have been mailed by then."""
    restored = queries.restored_at()
    return restored is None or wanted.until > restored


def _known(desk: DeskDefinition, wanted: Wanted, *, now: datetime) -> tuple[datetime, datetime]:
    last = queries.newest(desk.key, wanted.rhythm)
    return last.document.made_at if last else wanted.since - TICK, now


def arm_next(desk: DeskDefinition, rhythm: Rhythm, *, now: datetime) -> None:
    """See to the next digest of a desk."""
    due = next_due(rhythm, calendar_of(desk), after=now)
    if due is not None:
        actions.arm(desk=desk.key, rhythm=rhythm, at=due.at, now=now)


def arm_all(*, now: datetime) -> None:
    """See to the next digest of every desk, and to one that was missed: by a calendar that has changed, or
    because no worker was there. A desk without a calendar is passed over.
    """
    for desk, rhythm in product(desks(), Rhythm):
        try:
            arm_next(desk, rhythm, now=now)
            _arm_missed(desk, rhythm, now=now)
        except CalendarMissing as missing:
            logger.warning("the desk %s has no digests: %s", desk.key, missing)


def _arm_missed(desk: DeskDefinition, rhythm: Rhythm, *, now: datetime) -> None:
    last = queries.newest(desk.key, rhythm)
    due = next_due(rhythm, calendar_of(desk), after=last.document.until) if last else None
    if due is not None and due.at <= now:
        actions.arm(desk=desk.key, rhythm=rhythm, at=due.at, now=now)
