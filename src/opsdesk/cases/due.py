"""When the next target of a case is due. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opsdesk.cases.definition import TargetValue
from opsdesk.clock.business import due_at
from opsdesk.clock.calendars import Calendar

FAR = datetime(9999, 1, 1, tzinfo=UTC)
Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Work:
    """What of an open case the targets depend on.

    `spent_s`: seconds of working time in the stays that have ended; `pauses`: its waits.
    """

    opened_at: datetime
    first_response_at: datetime | None
    tier: int
    handed_on: bool
    entered_at: datetime
    first_touch_at: datetime | None
    spent_s: int
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """An unmet target and its instant."""

    at: datetime
    target: str


def next_due(work: Work, targets: Sequence[TargetValue], *, entry: Calendar, here: Calendar) -> Due | None:
    """The earliest unmet target, or None where no target is set.

    First response counts from opening by the entry queue's calendar; first touch from entering the queue
    after a hand-off; resolution is what is left of its budget after the stays that have ended, spent
    in this stay. A budget spent before the stay began is due at its beginning.
    """
    unmet = [due for target in targets if (due := _due(work, target, entry, here)) is not None]
    return min(unmet, key=lambda due: due.at, default=None)


def _due(work: Work, target: TargetValue, entry: Calendar, here: Calendar) -> Due | None:
    if target.name == "first_response" and work.first_response_at is None:
        at = due_at(work.opened_at, target.budget_s, entry, work.pauses)
    elif (
        target.name == "first_touch"
        and work.handed_on
        and target.tier == work.tier
        and not work.first_touch_at
    ):
        at = due_at(work.entered_at, target.budget_s, here, work.pauses)
    elif target.name == "resolution":
        left = target.budget_s - work.spent_s
        at = due_at(work.entered_at, left, here, work.pauses) if left > 0 else work.entered_at
    else:
        return None
    return Due(at, target.name) if at else None
