"""Reading calendars, and what the worker has to do and can't."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import merge
from itertools import chain

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet

from opsdesk.clock.calendars import Calendar, ClosedDay
from opsdesk.clock.documents import read_calendar
from opsdesk.clock.models import HouseHoliday, Lane, Task, TaskState
from opsdesk.clock.preview import PreviewRow, coming, given, preview
from opsdesk.clock.tasks import TaskValue, task_value
from opsdesk.journal.rows import select_rows
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Document

KIND = "calendar"
LATE_AFTER = timedelta(seconds=60)
ALIVE_FOR = timedelta(seconds=30)
AT_ONCE = 1000
# With the state written out: a bound parameter would hide the partial index from SQLite.
CLAIMABLE = "WHERE state = 'armed' AND kind = %s AND run_at <= %s ORDER BY run_at, id LIMIT %s"


class CalendarMissing(Refusal):
    message = gettext_noop("No calendar is published under the name %(name)s.")


@dataclass(frozen=True, slots=True)
class LaneRow:
    """The sign of life of one lane of one worker."""

    worker: str
    lane: str
    started_at: datetime
    beat_at: datetime
    done: int
    failed: int
    last_error: str
    alive: bool


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """What lies in a lane: armed in all, of them due by now, of them in trouble; and the dead ones."""

    lane: str
    armed: int
    due: int
    failing: int
    dead: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task that needs a look. `dead`: nobody tries it any more."""

    id: int
    kind: str
    lane: str
    subject_kind: str
    subject_id: int
    due_at: datetime
    run_at: datetime
    attempts: int
    last_error: str
    dead: bool


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Tasks of a kind that has no carrier yet."""

    kind: str
    count: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft, what it would replace, and what it would change."""

    draft: Calendar
    published: Calendar | None
    rows: list[PreviewRow]


@remembered
def calendar(name: str, version: int | None = None) -> Calendar:
    """The published calendar of that name (the newest version unless one is given) with its house holidays.

    Refuses `CalendarMissing`.
    """
    document = vault.current(KIND, name) if version is None else vault.version(KIND, name, version)
    if document is None:
        raise CalendarMissing(name=name)
    rows = HouseHoliday.objects.filter(calendar=name).values_list("on", "name", "withdrawn_at").order_by("on")
    changes = [(ClosedDay(on, title), withdrawn is not None) for on, title, withdrawn in rows]
    return _with_days(
        _of_document(document.id, document.source, document.version),
        tuple(day for day, withdrawn in changes if not withdrawn),
        len(changes) + sum(withdrawn for _, withdrawn in changes),
    )


@lru_cache(maxsize=256)
def _of_document(document_id: int, source: str, version: int) -> Calendar:
    return read_calendar(source, source=f"{KIND} {document_id}").calendar(version)


@lru_cache(maxsize=256)
def _with_days(published: Calendar, days: tuple[ClosedDay, ...], revision: int) -> Calendar:
    return replace(published, closed_days=(*days, *published.closed_days), revision=revision)


def calendars() -> list[Calendar]:
    """The newest version of every published calendar, by name."""
    return [calendar(name) for name in vault.names(KIND)]


def versions(name: str) -> list[Document]:
    """The published versions of a calendar, newest first."""
    return vault.versions(KIND, name)


def preview_of(
    text: str, *, source: str, budget_s: int, starts: Sequence[datetime], now: datetime
) -> Preview:
    """The draft in `text` against what is published under its key: a budget's due instants, old and new.

    Over the given starts and, besides, before every holiday and clock change of the coming year.
    Raises `DocumentInvalid` as publishing would; writes nothing.
    """
    draft = read_calendar(text, source=source).calendar(0)
    published = calendar(draft.key) if vault.current(KIND, draft.key) else None
    draft = replace(draft, closed_days=(*_house_days(draft.key), *draft.closed_days))
    both = [draft] if published is None else [published, draft]
    occasions = [*given(starts, draft.tz), *coming(both, now=now)]
    return Preview(draft, published, preview(draft, published, budget_s=budget_s, occasions=occasions))


def _house_days(name: str) -> tuple[ClosedDay, ...]:
    days = HouseHoliday.objects.filter(calendar=name, withdrawn_at=None).order_by("on")
    return tuple(ClosedDay(day.on, day.name) for day in days)


def claimable(kinds: Iterable[str], *, now: datetime, limit: int) -> list[TaskValue]:
    """Armed tasks of these kinds to be tried by now, in the order of `run_at`, at most `limit`."""
    until = connection.ops.adapt_datetimefield_value(now)
    by_kind = [select_rows(Task, CLAIMABLE, [kind, until, limit]) for kind in kinds]
    ordered = merge(*by_kind, key=lambda task: (task.run_at, task.id))
    return [task_value(task) for task, _ in zip(ordered, range(limit), strict=False)]


def lanes(now: datetime) -> list[LaneRow]:
    """Every lane of the workers that run, and of those whose end nobody has noticed yet."""
    return [
        LaneRow(
            worker=lane.worker,
            lane=lane.name,
            started_at=lane.started_at,
            beat_at=lane.beat_at,
            done=lane.done,
            failed=lane.failed,
            last_error=lane.last_error,
            alive=now - lane.beat_at < ALIVE_FOR,
        )
        for lane in Lane.objects.order_by("name", "worker")
    ]


def counts(now: datetime) -> list[LaneCounts]:
    """What lies in each lane that has anything unfinished."""
    armed = Q(state=TaskState.ARMED)
    rows = (
        Task.objects.filter(state__in=[TaskState.ARMED, TaskState.DEAD])
        .values("lane")
        .order_by("lane")
        .annotate(
            armed=Count("id", filter=armed),
            due=Count("id", filter=armed & Q(run_at__lte=now)),
            failing=Count("id", filter=armed & ~Q(last_error="")),
            dead=Count("id", filter=Q(state=TaskState.DEAD)),
            oldest_due_at=Min("due_at", filter=armed & Q(due_at__lte=now)),
        )
    )
    return [LaneCounts(**row) for row in rows]


def late(now: datetime, *, held: Sequence[str] = (), limit: int = 100) -> list[TaskRow]:
    """Tasks that were to be tried over a minute ago and were not, longest first, without `held` kinds."""
    return [_row(task) for task in _late(now, held)[:limit]]


def every_late(now: datetime, *, held: Sequence[str] = ()) -> Iterator[TaskRow]:
    """All of them, some at a time."""
    return map(_row, _late(now, held).iterator(chunk_size=AT_ONCE))


def _late(now: datetime, held: Sequence[str]) -> "QuerySet[Task]":
    overdue = Task.objects.armed().filter(run_at__lt=now - LATE_AFTER).exclude(kind__in=held)
    return overdue.order_by("run_at", "id")


def failing(*, limit: int = 100) -> list[TaskRow]:
    """Tasks whose last try went wrong, the dead ones first, then the longest due."""
    dead, armed = (list(found[:limit]) for found in _failing())
    return [_row(task) for task in [*dead, *armed][:limit]]


def every_failing() -> Iterator[TaskRow]:
    """All of them, some at a time."""
    return map(_row, chain.from_iterable(found.iterator(chunk_size=AT_ONCE) for found in _failing()))


def _failing() -> "tuple[QuerySet[Task], QuerySet[Task]]":
    """The dead ones, and those that are tried again."""
    dead = Task.objects.filter(state=TaskState.DEAD)
    armed = Task.objects.armed().exclude(last_error="")
    return dead.order_by("due_at", "id"), armed.order_by("due_at", "id")


def held(kinds: Iterable[str]) -> list[HeldRow]:
    """How many tasks wait for a carrier, by kind; kinds with none are left out."""
    rows = (
        Task.objects.armed()
        .filter(kind__in=list(kinds))
        .values("kind")
        .order_by("kind")
        .annotate(count=Count("id"), oldest_due_at=Min("due_at"))
    )
    return [HeldRow(**row) for row in rows]


def last_beat(lane: str) -> datetime | None:
    """When any worker's lane of that name last gave a sign of life."""
    newest: datetime | None = Lane.objects.filter(name=lane).aggregate(newest=Max("beat_at"))["newest"]
    return newest


def _row(task: Task) -> TaskRow:
    return TaskRow(
        id=task.id,
        kind=task.kind,
        lane=task.lane,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        due_at=task.due_at,
        run_at=task.run_at,
        attempts=task.attempts,
        last_error=task.last_error,
        dead=task.state == TaskState.DEAD,
    )
