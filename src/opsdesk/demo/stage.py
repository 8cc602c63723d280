"""The example desk as the simulation sees it: its people, hours, codes, and what they remember."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar
from opsdesk.demo.cast import CAST, Member
from opsdesk.demo.dealerships import Dealership
from opsdesk.demo.events import Events
from opsdesk.demo.months import Month
from opsdesk.demo.pens import Pen
from opsdesk.demo.year import Course
from opsdesk.kernel.actor import Actor, Role
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.people import queries as people

SILENT_QUEUE = "core-support"
REMEMBERED = 40
CLOSED_AFTER = timedelta(days=15)


class DeskUnfit(Refusal):
    message = gettext_noop(
        "The example needs %(what)s on the %(desk)s desk. Use a home where the shipped desk stands."
    )


@dataclass(slots=True)
class Story:
    """A request under way: its case, its course, who writes and, once taken, who works on it."""

    case_id: int
    course: Course
    pen: Pen
    draw: Random
    dealership: int
    queue: str
    worker: Actor | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class Stage:
    """What the lives act on. `members`: person ids by the cast's local part."""

    desk: DeskDefinition
    members: Mapping[str, int]
    dealerships: tuple[Dealership, ...]
    months: tuple[Month, ...]
    events: Events
    ended: list[Story] = field(default_factory=list)
    recent: deque[Story] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _actors: dict[tuple[str, int], Actor] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.events.now

    def hours(self, queue: str) -> Calendar:
        return calendar(self.desk.queue(queue).calendar)

    def is_silent(self, queue: str, at: datetime) -> bool:
        """Whether nobody looks for days into what enters the queue at that instant."""
        return queue == SILENT_QUEUE and any(month.slow and at in month.period for month in self.months)

    def somebody(self, queue: str, draw: Random) -> Actor:
        """One of those who sit in the queue now."""
        month = self._month()
        sitting = [each for each in CAST if queue in each.queues and each.joins_month <= month]
        if not sitting:
            raise DeskUnfit(what=queue, desk=self.desk.key)
        return self.actor(draw.choice(sitting))

    def lead(self) -> Actor:
        return self.actor(next(each for each in CAST if each.role is Role.LEAD))

    def actor(self, member: Member) -> Actor:
        """The person with the rights of today, looked up once a month: that is how often they change here."""
        key = (member.local, self._month())
        if key not in self._actors:
            self._actors[key] = people.actor(self.members[member.local], self.now)
        return self._actors[key]

    def _month(self) -> int:
        """The number of the month it is, 0 before the second one has begun."""
        return max(0, sum(month.period.start <= self.now for month in self.months) - 1)

    def code(self, codes: Iterable[Code], words: str) -> str:
        """The desk's key of a reason, cause or party that the texts call by these words."""
        for code in codes:
            if _plain(words) in (_plain(code.key), _plain(code.name)):
                return code.key
        raise DeskUnfit(what=words, desk=self.desk.key)

    def route(self, type_key: str) -> str:
        """The Tier 2 queue of a type."""
        leaf = self.desk.type(type_key)
        family = self.desk.family(leaf.family) if leaf else None
        if family is None or not family.route:
            raise DeskUnfit(what=type_key, desk=self.desk.key)
        return family.route

    def settled_long_ago(self, type_key: str, draw: Random) -> Story | None:
        """A request closed for good that somebody may still come back to; it is given once."""
        old = [story for story in self.ended if story.ended_at and story.ended_at + CLOSED_AFTER < self.now]
        chosen = [story for story in old if story.course.type == type_key] or old
        if not chosen:
            return None
        story = draw.choice(chosen)
        self.ended.remove(story)
        return story

    def lately(self, draw: Random, *, but: Callable[[Story], bool]) -> Story | None:
        """One of the requests that came last, without those that don't fit."""
        fitting = [story for story in self.recent if not but(story)]
        return draw.choice(fitting) if fitting else None


def _plain(words: str) -> str:
    return words.lower().replace("-", " ").replace("_", " ")
