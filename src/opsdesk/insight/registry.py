"""What a reported number is: asked in one way, answered in one of four, defined once.

A metric has a plain-SQL form, which is the reference, and may have one over the columns of the facts, which
is quicker and must answer the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from opsdesk.insight.bands import Share
from opsdesk.insight.listed import Listed
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import Period
from opsdesk.kernel.refusal import gettext_noop as _

# What a number is dated by that tells how things stand at an instant.
AS_OF = _("as of")
# A filter's value for what has none of it: no account, no type.
WITHOUT = "-"


class Unit(StrEnum):
    """What is counted, or what a value is measured in."""

    CASES = "cases"
    STAYS = "stays"
    MESSAGES = "messages"
    THREADS = "threads"
    DEALS = "deals"
    DISPUTES = "disputes"
    INCIDENTS = "incidents"
    TASKS = "tasks"
    MAILBOXES = "mailboxes"
    SHARE = "share"
    SECONDS = "seconds"
    WORKING_SECONDS = "seconds of working time"
    DAYS = "days"
    PER_100_ACCOUNTS = "per 100 live accounts"


class Subject(StrEnum):
    """What the list behind a number is made of."""

    CASE = "case"
    DEAL = "deal"
    DISPUTE = "dispute"
    MESSAGE = "message"
    THREAD = "thread"
    NONE = "none"


class QueueOf(StrEnum):
    """Which of its queues a request is looked for by: what a metric's filter and dimension `queue` mean.

    Of a number about how things stand or how requests of a period ended it is where they stand; of a number
    about single stays or hand-offs the queue of those.
    """

    STANDS = "stands"
    ENTERED = "entered"
    WAS_IN = "was in"
    HANDED_FROM = "handed from"
    HANDED_TO = "handed to"
    RESOLVED = "resolved"
    FOLLOWED_UP = "followed up"

    @property
    def words(self) -> str:
        """What it is called where one filters by it; to be translated."""
        return QUEUES[self]


QUEUES: Mapping[QueueOf, str] = {
    QueueOf.STANDS: _("Queue it stands in"),
    QueueOf.ENTERED: _("Queue it entered"),
    QueueOf.WAS_IN: _("Any queue it was in"),
    QueueOf.HANDED_FROM: _("Queue it was handed on from"),
    QueueOf.HANDED_TO: _("Queue it was handed to"),
    QueueOf.RESOLVED: _("Queue that resolved it"),
    QueueOf.FOLLOWED_UP: _("Queue it was in when we wrote again"),
}


class Side(StrEnum):
    """Which of its members a number is asked for: those counted, the whole of a share, those still open,
    those that a time leaves out since they have none."""

    COUNTED = "counted"
    WHOLE = "whole"
    OPEN = "open"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Question:
    """Which records of a desk: dated in the half-open `period`, as known at `as_of`, kept by every filter.

    `filters`: the values chosen, by the filter's name; none chosen filters nothing. `by`: the dimensions
    the answer is broken down by, in that order; empty asks for one answer.
    """

    desk: str
    period: Period
    as_of: datetime
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: tuple[str, ...] = ()

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values chosen of a filter."""
        return self.filters.get(name, ())


def whole_second(question: Question) -> Question:
    """The question as of the end of its second: instants are compared by their seconds."""
    return replace(question, as_of=question.as_of.replace(microsecond=999_999))


@dataclass(frozen=True, slots=True)
class Tally:
    """A count."""

    n: int


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `n` values that add up to `total`; `missing` had none and are left out."""

    total: float
    n: int
    missing: int = 0

    @property
    def value(self) -> float | None:
        """The mean, in the metric's unit; None of nothing."""
        return self.total / self.n if self.n else None


Answer = Tally | Share | Spread | Mean
# The values of the dimensions asked for, in their order; () where none was.
Key = tuple[str, ...]
Answers = Mapping[Key, Answer]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number. `dated` names the instant that puts a record into the period; a snapshot has `as of`.

    `sql` and `columns` answer a question, the second from the facts (`insight.facts`); `members` gives the
    ids of the subjects behind one answer, newest first (of times one for each, the longest first), and
    `listed` the same subjects from the facts. `band` is the key of the threshold it is held against;
    `example` is worked out in words. `desk`: the only one it is of, empty for any that takes mail; whoever
    may not read that desk may not ask. `of_now`: its columns take the facts of now and work out a past
    `as of` themselves; `listed` is asked of now alone. `queue`: what its filter and its dimension of that
    name mean.
    """

    key: str
    name: str
    question: str
    unit: Unit
    subject: Subject
    dated: str
    example: str
    sql: Callable[[Question], Answers]
    members: Callable[[Question, Key, Side], tuple[int, ...]] | None = None
    columns: Callable[[Any, Question], Answers] | None = None
    filters: frozenset[str] = frozenset()
    dimensions: frozenset[str] = frozenset()
    band: str = ""
    desk: str = ""
    of_now: bool = False
    listed: Callable[[Any, Question, Key, Side], Listed] | None = None
    queue: QueueOf = QueueOf.STANDS

    @property
    def is_snapshot(self) -> bool:
        """Whether it tells how things stand at `as_of`: the period plays no part in it."""
        return self.dated == AS_OF

    @property
    def takes_queue(self) -> bool:
        """Whether it can be asked by queue."""
        return "queue" in self.filters | self.dimensions
