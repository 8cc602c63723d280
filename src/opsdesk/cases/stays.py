"""Stays: opening, closing and measuring them, and what is due after a move."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from opsdesk.cases.definition import DeskDefinition, QueueDef
from opsdesk.cases.due import FAR, Pause, Work, next_due
from opsdesk.cases.models import Case, CaseKind, Entrance, Exit, Stay, Wait
from opsdesk.cases.queries import targets
from opsdesk.cases.timers import WAIT_OVERRAN
from opsdesk.clock import actions as clock
from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar
from opsdesk.journal import rows

# What leaving a stay writes; an act that is its first touch may be the one that ends it.
OF_LEAVING = (
    "first_touch_at",
    "first_touch_by_id",
    "left_at",
    "left_by_id",
    "exit",
    "next_queue",
    "assignee_id",
    "elapsed_s",
    "business_s",
    "waiting_customer_s",
    "waiting_third_party_s",
    "calendar_version",
)


def enter(
    case: Case,
    queue: QueueDef,
    *,
    number: int,
    entrance: Entrance,
    at: datetime,
    by_id: int | None,
    reason: str = "",
    words: str = "",
    assignee_id: int | None = None,
) -> Stay:
    """Open a stay of the case in a queue."""
    stay = Stay(
        case=case,
        number=number,
        desk=case.desk,
        queue=queue.key,
        tier=queue.tier,
        last_resort=queue.last_resort,
        entrance=entrance,
        entered_at=at,
        entered_by_id=by_id,
        reason=reason,
        words=words,
        assignee_id=assignee_id,
    )
    rows.insert_row(stay)
    return stay


def leave(
    stay: Stay,
    case: Case,
    desk: DeskDefinition,
    waits: Sequence[Wait],
    *,
    exit: Exit,
    at: datetime,
    by_id: int | None,
    next_queue: str = "",
) -> None:
    """Close a stay and write how long it took by both clocks, and its waits, by whom we waited for."""
    stay.left_at = max(at, stay.entered_at)
    stay.left_by_id = by_id
    stay.exit = exit
    stay.next_queue = next_queue
    stay.assignee_id = case.assignee_id
    hours = calendar_of(desk, stay.queue, case.country)
    measured = measure(stay, waits, hours, stay.left_at)
    stay.elapsed_s, stay.business_s, stay.waiting_customer_s, stay.waiting_third_party_s = measured
    stay.calendar_version = hours.version_label
    rows.update_rows(Stay, {name: getattr(stay, name) for name in OF_LEAVING}, id=stay.id)


def measure(stay: Stay, waits: Sequence[Wait], hours: Calendar, until: datetime) -> tuple[int, int, int, int]:
    """Seconds from entering to `until`: elapsed, working, waiting on the customer, on third parties."""
    return (
        _seconds(stay.entered_at, until),
        business_time(stay.entered_at, until, hours, pauses(waits)),
        _waited(waits, "customer", until),
        _waited(waits, "third_party", until),
    )


def run_on(stay: Stay) -> None:
    """Take back the end of a stay: it runs on as if it had not been left."""
    stay.left_at = stay.left_by_id = None
    stay.exit = stay.next_queue = stay.calendar_version = ""
    stay.elapsed_s = stay.business_s = stay.waiting_customer_s = stay.waiting_third_party_s = None
    stay.save()


def disarm(case_id: int, *, now: datetime) -> None:
    """No wait runs any more: its timer must not fire."""
    clock.cancel(subject_kind="case", subject_id=case_id, kind=WAIT_OVERRAN, now=now)


def spent_before(stays: Sequence[Stay]) -> int:
    """Seconds of working time in the stays before the last; withdrawn ones count nowhere."""
    return sum(stay.business_s or 0 for stay in stays[:-1] if stay.exit != Exit.WITHDRAWN)


def calendar_of(desk: DeskDefinition, queue: str, country: str = "") -> Calendar:
    """A queue's calendar for a case of that country; the entry queue's where a later version dropped it."""
    key = queue if desk.has_queue(queue) else desk.entry_queue
    return calendar(desk.queue(key).calendar_for(country))


def pauses(waits: Sequence[Wait]) -> tuple[Pause, ...]:
    """Waits as pauses of the working clock."""
    return tuple((wait.began_at, wait.ended_at) for wait in waits)


def due_fields(
    case: Case, desk: DeskDefinition, stay: Stay, *, spent_s: int = 0, waits: Sequence[Wait] = ()
) -> dict[str, Any]:
    """The columns that say what is due next on an open case in its stay.

    `spent_s`: seconds of working time in the stays before; `waits`: all of the case's.
    """
    work = Work(
        opened_at=case.opened_at,
        first_response_at=case.first_response_at,
        tier=stay.tier,
        handed_on=stay.entrance in (Entrance.ESCALATED, Entrance.RETURNED, Entrance.REROUTED),
        entered_at=stay.entered_at,
        first_touch_at=stay.first_touch_at,
        spent_s=spent_s,
        pauses=pauses(waits),
    )
    day = case.opened_at.astimezone(desk.zone).date()
    entry = calendar_of(desk, _entered(case, desk), case.country)
    here = calendar_of(desk, stay.queue, case.country)
    due = next_due(work, targets(case.desk, day), entry=entry, here=here)
    if due is None:
        return nothing_due(case)
    return {"due_at": due.at, "due_target": due.target, "due_sort_at": case.deadline_at or due.at}


def nothing_due(case: Case) -> dict[str, Any]:
    """The same columns where no target is to be met: only a deadline still runs."""
    return {"due_at": None, "due_target": "", "due_sort_at": case.deadline_at or FAR}


def _entered(case: Case, desk: DeskDefinition) -> str:
    """The queue whose hours the first response is reckoned by: an incident enters where it stays."""
    return case.queue if case.kind == CaseKind.INCIDENT else desk.entry_queue


def _waited(waits: Sequence[Wait], on: str, end: datetime) -> int:
    return sum(_seconds(wait.began_at, wait.ended_at or end) for wait in waits if wait.on == on)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())


def interrupted(case: Case, stays: Sequence[Stay]) -> Stay | None:
    """The resolved stay that the last one goes on from, where a message began it and nobody has worked in it.

    What the message said was perhaps a mere thanks. None in every other case.
    """
    if not stays:
        return None
    last = stays[-1]
    by_message = last.entrance == Entrance.REOPENED and last.entered_by_id is None
    touched = case.last_touch_at is not None and case.last_touch_at >= last.entered_at
    before = next((one for one in stays[-2::-1] if one.exit != Exit.WITHDRAWN), None)
    if not by_message or touched or before is None or before.exit != Exit.RESOLVED:
        return None
    return before
