"""Arming tasks, calling them off, firing what is overdue; publishing calendars and closing days.

Arming, calling off and firing are part of some other fact and are recorded with it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from importlib import resources
from typing import Any

from django.db import IntegrityError, connection, transaction

from opsdesk.clock import queries
from opsdesk.clock.claims import claim
from opsdesk.clock.documents import read_calendar
from opsdesk.clock.models import HouseHoliday, Task
from opsdesk.clock.tasks import Handler, task_value
from opsdesk.clock.timers import HOURS_CHANGED, TASK_KINDS
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.permissions import Act, NotYourRight, check_may, may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.vault import actions as vault
from opsdesk.vault import queries as vault_queries
from opsdesk.vault.models import Document

LONGEST_NAME = 120
# States stand as literals: bound ones would hide the partial indexes from SQLite. So do all the lanes.
_CALL_OFF = (
    "UPDATE clock_task SET state = 'cancelled', finished_at = %s WHERE subject_kind = %s AND subject_id = %s"
    " AND kind = %s AND (state = 'armed' OR (state = 'dead' AND lane IN ('deadlines', 'io', 'sources')))"
)
_OVERDUE = (
    "WHERE state = 'armed' AND subject_kind = %s AND subject_id = %s AND due_at <= %s AND lane = 'deadlines'"
    " AND kind IN ({}) ORDER BY due_at, id LIMIT 1"
)


class DayClosed(Refusal):
    message = gettext_noop("%(on)s is a house holiday of %(calendar)s already.")


class DayNotClosed(Refusal):
    message = gettext_noop("%(on)s is no house holiday of %(calendar)s.")


class DayPast(Refusal):
    message = gettext_noop("%(on)s is past. A change never touches the past.")


def schedule(
    *,
    kind: str,
    lane: str,
    unique_key: str,
    subject_kind: str,
    subject_id: int,
    due_at: datetime,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    run_at: datetime | None = None,
) -> Task:
    """Arm a task in the caller's transaction. The same key again answers with the task that is there,
    whatever became of it, unchanged: another instant is another key, after a `cancel`.
    """
    task = Task(
        kind=kind,
        lane=lane,
        unique_key=unique_key,
        subject_kind=subject_kind,
        subject_id=subject_id,
        payload=dict(payload or {}),
        due_at=due_at,
        run_at=run_at or due_at,
        created_at=now,
    )
    if rows.insert_unless_there(task, unique=["unique_key"]):
        return task
    return Task.objects.get(unique_key=unique_key)


def cancel(*, subject_kind: str, subject_id: int, kind: str, now: datetime) -> int:
    """Call off the subject's unfinished tasks of a kind, in the caller's transaction; how many there were."""
    finished_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_CALL_OFF, [finished_at, subject_kind, subject_id, kind])
        return int(cursor.rowcount)


def fire_overdue(
    *, subject_kind: str, subject_id: int, now: datetime, handlers: Mapping[str, Handler]
) -> int:
    """Fire the subject's deadlines due at or before `now`, earliest first; how many were fired.

    Rooms call this at the start of every action, in its transaction: a late worker changes no outcome,
    and at the exact instant the timer wins. Each handler gets the task with its due instant; what it
    arms or calls off is taken into account. A handler's error is the action's error.
    """
    fired = 0
    until = connection.ops.adapt_datetimefield_value(now)
    overdue = _OVERDUE.format(rows.places(handlers))
    while found := rows.select_rows(Task, overdue, [subject_kind, subject_id, until, *handlers]):
        task = task_value(found[0])
        if claim(task.id, now=now):
            handlers[task.kind](task, now)
            fired += 1
    return fired


@transaction.atomic
def publish_calendar(
    text: str, *, source: str, note: str, actor: Actor, now: datetime, of: str | None = None
) -> Document:
    """Publish the next version of a calendar under the key it names; what is measured from now on uses it.

    `of`: the calendar that is meant, "" for one that is not there yet; the text must agree. Raises
    `DocumentInvalid` with `source`, line and remedy; refuses who may not publish.
    """
    check_may(actor, Act.PUBLISH, desk=EVERY_DESK)
    key = read_calendar(text, source=source).key
    if of is not None:
        check_key(key, of=of)
    document = vault.publish(kind=queries.KIND, name=key, source=text, note=note, actor=actor, now=now)
    forget()
    if document.version > 1:
        hours_changed(key, since=f"version {document.version}", now=now)
    return document


def check_key(key: str, *, of: str) -> None:
    """Refuses, as `Invalid`, the key of another calendar than `of`; where that is "", of one there is."""
    if of and key != of:
        raise Invalid("text", gettext_noop("The key names another calendar. Keep it, or begin a new one."))
    if not of and vault_queries.current(queries.KIND, key) is not None:
        raise Invalid("text", gettext_noop("This key is another calendar's. Give it a key of its own."))


def hours_changed(calendar: str, *, since: str, now: datetime, after: int = 0) -> None:
    """Have what was reckoned by the calendar reckoned anew, from the case after the one numbered `after`.

    `since` names the change, so that the same one is followed up once.
    """
    schedule(
        kind=HOURS_CHANGED,
        lane=TASK_KINDS[HOURS_CHANGED],
        unique_key=f"{HOURS_CHANGED}:{calendar}:{since}:{after}",
        subject_kind="calendar",
        subject_id=0,
        due_at=now,
        now=now,
        payload={"calendar": calendar, "since": since, "after": after},
    )


@transaction.atomic
def publish_shipped(*, now: datetime) -> list[Document]:
    """Publish each shipped calendar of whose name there is none yet; those published."""
    shipped = resources.files("opsdesk.clock").joinpath("shipped")
    files = [file for file in shipped.iterdir() if file.name.endswith(".yaml")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    return [
        publish_calendar(text, source=name, note="", actor=SYSTEM, now=now)
        for name, text in sorted(texts.items())
        if not queries.versions(read_calendar(text, source=name).key)
    ]


@transaction.atomic
def add_house_holiday(*, calendar: str, on: date, name: str, actor: Actor, now: datetime) -> HouseHoliday:
    """Close a day, today or later, in every version of a calendar. Refuses `DayClosed`, `DayPast`."""
    _check_day(calendar, on, actor=actor, now=now)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("name", gettext_noop("Give the day a name of at most 120 characters."))
    try:
        with transaction.atomic():
            day = HouseHoliday.objects.create(calendar=calendar, on=on, name=name, recorded_at=now)
    except IntegrityError:
        raise DayClosed(on=on, calendar=calendar) from None
    _record_day("calendar.day_closed", day, actor=actor, now=now)
    return day


@transaction.atomic
def withdraw_house_holiday(*, calendar: str, on: date, actor: Actor, now: datetime) -> None:
    """Open a day, today or later, again. The row stays. Refuses `DayNotClosed`, `DayPast`."""
    _check_day(calendar, on, actor=actor, now=now)
    day = HouseHoliday.objects.filter(calendar=calendar, on=on, withdrawn_at=None).first()
    if day is None or not HouseHoliday.objects.filter(id=day.id, withdrawn_at=None).update(withdrawn_at=now):
        raise DayNotClosed(on=on, calendar=calendar)
    _record_day("calendar.day_opened", day, actor=actor, now=now)


def _check_day(calendar: str, on: date, *, actor: Actor, now: datetime) -> None:
    if not any(may(actor, Act.SET_TARGETS, desk=grant.desk) for grant in actor.grants):
        raise NotYourRight(act=Act.SET_TARGETS.value, desk=EVERY_DESK)
    if on < now.astimezone(queries.calendar(calendar).tz).date():
        raise DayPast(on=on)


def _record_day(kind: str, day: HouseHoliday, *, actor: Actor, now: datetime) -> None:
    forget()
    hours_changed(day.calendar, since=f"{kind} {day.id}", now=now)
    record(
        kind=kind,
        subject_kind="calendar",
        subject_id=day.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"calendar": day.calendar, "on": day.on.isoformat()},
    )
