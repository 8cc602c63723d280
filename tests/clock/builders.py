"""Calendars, tasks and people for the tests of the clock."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opsdesk.clock.actions import schedule
from opsdesk.clock.calendars import Calendar, ClosedDay, Country, Shift
from opsdesk.clock.models import LaneName, Task
from opsdesk.clock.tasks import TaskValue, task_value
from opsdesk.kernel.actor import EVERY_DESK, Actor, ActorKind, Grant, Role

NINE_TO_SIX = (Shift(9 * 60, 18 * 60),)
WEEKDAYS_ONLY = (NINE_TO_SIX,) * 5 + ((), ())
AROUND_THE_CLOCK = ((Shift(0, 1440),),) * 7


def a_calendar(
    zone: str = "UTC",
    week: tuple[tuple[Shift, ...], ...] = WEEKDAYS_ONLY,
    *,
    countries: tuple[Country, ...] = (),
    closed_on: tuple[date, ...] = (),
) -> Calendar:
    closed_days = tuple(ClosedDay(day, "Closed") for day in closed_on)
    return Calendar("support", "Support hours", 1, zone, week, countries, closed_days)


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> datetime:
    """The instant of a wall time written `2026-11-20 17:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def a_task(key: str = "one", *, due: datetime, **changes: Any) -> Task:
    """An armed deadline of case 7, unless said otherwise."""
    facts: dict[str, Any] = {
        "kind": "case.knocks",
        "lane": LaneName.DEADLINES,
        "unique_key": key,
        "subject_kind": "case",
        "subject_id": 7,
        "due_at": due,
        "now": due - timedelta(days=1),
    }
    return schedule(**facts | changes)


def read(task: Task) -> TaskValue:
    return task_value(Task.objects.get(id=task.id))


@dataclass
class Knocks:
    """A handler that keeps what it was called with; `failing` keys raise instead."""

    failing: set[str] = field(default_factory=set)
    calls: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def __call__(self, task: TaskValue, now: datetime) -> None:
        if task.unique_key in self.failing:
            raise RuntimeError("nobody\nopens")
        self.calls.append((task.unique_key, task.due_at, now))

    @property
    def keys(self) -> list[str]:
        return [key for key, _, _ in self.calls]


ADMIN = Actor(ActorKind.PERSON, 1, "Ada", frozenset({Grant(EVERY_DESK, Role.ADMIN)}))
LEAD = Actor(ActorKind.PERSON, 2, "Lee", frozenset({Grant("support", Role.LEAD)}))
OPERATOR = Actor(ActorKind.PERSON, 3, "Olga", frozenset({Grant("support", Role.OPERATOR)}))
