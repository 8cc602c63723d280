"""Reckoning due times anew when the hours they were reckoned by have changed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from opsdesk.cases import queries, stays
from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.ground import load_locked
from opsdesk.cases.models import Case, CaseState, Stay, Wait
from opsdesk.clock import actions as clock
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM

BATCH = 200


@transaction.atomic
def hours_changed(task: TaskValue, now: datetime) -> None:
    """Reckon a batch of open cases of the desks that use the calendar, and arm the next batch."""
    calendar, since, after = task.payload["calendar"], task.payload["since"], task.payload["after"]
    desks = [
        desk.key for desk in queries.desks() if any(calendar in queue.all_calendars for queue in desk.queues)
    ]
    open_cases = Case.objects.filter(desk__in=desks, state=CaseState.OPEN, id__gt=after).order_by("id")
    open_cases = open_cases.exclude(queue=NOWHERE)
    ids = list(open_cases.values_list("id", flat=True)[:BATCH])
    changed = [case_id for case_id in ids if reckon(case_id)]
    if changed:
        record(
            kind="calendar.due_times_reckoned",
            subject_kind="calendar",
            subject_id=task.id,
            actor=SYSTEM,
            happened_at=task.due_at,
            now=now,
            payload={"calendar": calendar, "cases": changed},
        )
    if len(ids) == BATCH:
        clock.hours_changed(calendar, since=since, now=now, after=ids[-1])


def reckon(case_id: int) -> bool:
    """Write when an open case is due as it follows from its stays, waits and targets; whether that is new."""
    case = load_locked(case_id)
    if case.state != CaseState.OPEN:
        return False
    rows = list(Stay.objects.filter(case=case).order_by("number"))
    spent_s = stays.spent_before(rows)
    waits = list(Wait.objects.filter(case=case))
    due: dict[str, Any] = stays.due_fields(
        case, queries.desk(case.desk), rows[-1], spent_s=spent_s, waits=waits
    )
    if due["due_sort_at"] == case.due_sort_at and due["due_target"] == case.due_target:
        return False
    Case.objects.filter(id=case_id).update(**due)
    return True
