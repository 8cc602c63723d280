"""Cases that another tool has lived through, written in bulk: their stays and waits, a fact for each.

They come as they were: nothing is due on them, no timer runs, nobody is told. One that is still open stands
in no queue (`NOWHERE`) unless it is placed; its stay keeps the queue it is in. What is withdrawn goes, with
its stays, to a desk of its own name that nobody has (`away`), and comes back from there as it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Subquery

from opsdesk.cases.bulk import insert, numbers
from opsdesk.cases.definition import AWAY, NOWHERE, DeskDefinition, QueueDef
from opsdesk.cases.due import FAR
from opsdesk.cases.models import UNRESOLVED, Case, CaseKind, CaseState, Stay, Wait
from opsdesk.cases.stays import calendar_of, disarm
from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.models import Task
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import Actor

IMPORTED, PLACED = "case.imported", "case.import_placed"
WITHDRAWN, PUT_BACK = "case.import_withdrawn", "case.import_put_back"
VOID_REASON = "imported"
SECOND = timedelta(seconds=1)
_NO_ENDING: dict[str, Any] = {
    **dict.fromkeys(("resolved_at", "resolved_by_id", "voided_at", "waiting_since", "expected_at")),
    **dict.fromkeys(("resolution", "void_reason", "waiting_on", "waiting_party"), ""),
}
_NOT_MEASURED: dict[str, Any] = {
    **dict.fromkeys(("elapsed_s", "business_s", "waiting_customer_s", "waiting_third_party_s")),
    "calendar_version": "",
}


class PastWait(NamedTuple):
    """A waiting; still running without an end."""

    on: str
    party: str
    began_at: datetime
    ended_at: datetime | None


class PastStay(NamedTuple):
    """A stay; still running without `left_at`. `words`: who was there and is nobody of ours."""

    queue: QueueDef
    entrance: str
    entered_at: datetime
    entered_by_id: int | None = None
    first_touch_at: datetime | None = None
    first_touch_by_id: int | None = None
    left_at: datetime | None = None
    left_by_id: int | None = None
    exit: str = ""
    next_queue: str = ""
    words: str = ""
    waits: tuple[PastWait, ...] = ()


class PastCase(NamedTuple):
    """A request as it was, with its stays in order; the last runs if `state` is open or waiting."""

    state: str
    subject: str
    stays: tuple[PastStay, ...]
    reopened: int = 0
    excerpt: str = ""
    requester_email: str = ""
    requester_name: str = ""
    account_id: int | None = None
    family: str = ""
    type: str = ""
    cause: str = ""
    resolution: str = ""
    last_touch_at: datetime | None = None
    first_response_at: datetime | None = None
    payload: Mapping[str, Any] = MappingProxyType({})


def write(
    cases: Iterable[PastCase], desk: DeskDefinition, *, count: int, placed: bool, actor: Actor, now: datetime
) -> list[int]:
    """Write `count` requests that are over or still run, in the caller's transaction; their numbers in order.

    They may be made while they are written, as long as that asks nothing of the database. `placed`: those
    still open stand in their queues.
    """
    ids, now, past = numbers(Case, count), now.astimezone(UTC), list[PastCase]()
    insert(Case, _cases(zip(ids, cases, strict=True), past, desk, placed, now))
    stays = [(id, number, stay) for id, case in zip(ids, past, strict=True) for number, stay in _of(case)]
    stay_ids, queues = numbers(Stay, len(stays)), {stay.queue.key for _, _, stay in stays}
    hours = {queue: calendar_of(desk, queue) for queue in queues}
    whole = list(zip(stay_ids, stays, strict=True))
    insert(Stay, (_stay(id, row, number, stay, desk.key, hours) for id, (row, number, stay) in whole))
    waits = (_wait(row, id, wait) for id, (row, _, stay) in whole for wait in stay.waits)
    insert(Wait, waits, numbered=False)
    facts = [
        Draft(IMPORTED, "case", id, actor, case.stays[0].entered_at, case.payload)
        for id, case in zip(ids, past, strict=True)
    ]
    record_many(facts, now=now)
    return ids


def away(desk: str) -> str:
    """Where withdrawn cases of a desk are kept: no desk, no list, no number."""
    return f"{AWAY}{desk}"


def send_away(
    case_ids: Sequence[int], desk: str, *, actor: Actor, now: datetime, payload: Mapping[str, Any]
) -> int:
    """Take imported cases out of every list and number of a desk; how many there were."""
    armed = Task.objects.armed().filter(subject_kind="case", subject_id__in=case_ids)
    for case_id in set(armed.values_list("subject_id", flat=True)):
        disarm(case_id, now=now)
    return _move(case_ids, desk, away(desk), WITHDRAWN, actor=actor, now=now, payload=payload)


def bring_back(
    case_ids: Sequence[int], desk: DeskDefinition, *, actor: Actor, now: datetime, payload: Mapping[str, Any]
) -> int:
    """Put withdrawn cases back as they were; how many there were.

    One that is open in a queue the desk has no longer stands nowhere.
    """
    lost = Case.objects.filter(id__in=case_ids, state__in=UNRESOLVED).exclude(queue__in=_keys(desk))
    lost.update(queue=NOWHERE)
    return _move(case_ids, away(desk.key), desk.key, PUT_BACK, actor=actor, now=now, payload=payload)


def place(case_ids: Sequence[int], desk: DeskDefinition, *, actor: Actor, now: datetime) -> int:
    """Let those of these cases that stand nowhere stand in the queue their stay is in; how many.

    One whose queue the desk has no longer stays where it is.
    """
    running = Stay.objects.filter(case_id=OuterRef("id"), left_at__isnull=True, queue__in=_keys(desk))
    nowhere = Case.objects.filter(Exists(running), id__in=case_ids, desk=desk.key, queue=NOWHERE)
    ids = sorted(nowhere.values_list("id", flat=True))
    queue = Subquery(running.values("queue")[:1])
    Case.objects.filter(id__in=ids).update(queue=queue, version=F("version") + 1)
    record_many([Draft(PLACED, "case", id, actor, now) for id in ids], now=now)
    return len(ids)


def _keys(desk: DeskDefinition) -> list[str]:
    return [queue.key for queue in desk.queues]


def _move(
    case_ids: Sequence[int],
    source: str,
    target: str,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    payload: Mapping[str, Any],
) -> int:
    found = sorted(Case.objects.filter(id__in=case_ids, desk=source).values_list("id", flat=True))
    Case.objects.filter(id__in=found).update(desk=target)
    Stay.objects.filter(case_id__in=found).update(desk=target)
    record_many([Draft(kind, "case", id, actor, now, payload) for id in found], now=now)
    return len(found)


def _of(case: PastCase) -> list[tuple[int, PastStay]]:
    return list(enumerate(case.stays, start=1))


def _cases(
    numbered: Iterable[tuple[int, PastCase]],
    past: list[PastCase],
    desk: DeskDefinition,
    placed: bool,
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """The rows of cases, which are put into `past`."""
    for id, case in numbered:
        past.append(case)
        yield _case(id, case, desk, placed, now)


def _case(id: int, case: PastCase, desk: DeskDefinition, placed: bool, now: datetime) -> dict[str, Any]:
    last = case.stays[-1]
    alive = last.left_at is None
    values: dict[str, Any] = {
        "id": id,
        "desk": desk.key,
        "kind": CaseKind.REQUEST.value,
        "state": case.state,
        "queue": NOWHERE if alive and not placed else last.queue.key,
        "tier": last.queue.tier,
        "highest_tier": max(stay.queue.tier for stay in case.stays),
        "subject": case.subject,
        "excerpt": case.excerpt,
        "requester_email": case.requester_email,
        "requester_name": case.requester_name,
        "account_id": case.account_id,
        "family": case.family,
        "type": case.type,
        "cause": case.cause,
        "opened_at": case.stays[0].entered_at,
        "recorded_at": now,
        "last_touch_at": case.last_touch_at,
        "first_response_at": case.first_response_at,
        "due_sort_at": FAR,
        "reopened_count": case.reopened,
    }
    return values | _NO_ENDING | _ending(case, last)


def _ending(case: PastCase, last: PastStay) -> dict[str, Any]:
    """What stands on a case by its state."""
    if case.state == CaseState.RESOLVED:
        return {"resolved_at": last.left_at, "resolved_by_id": last.left_by_id, "resolution": case.resolution}
    if case.state == CaseState.VOID:
        return {"voided_at": last.left_at, "void_reason": VOID_REASON}
    if case.state == CaseState.WAITING:
        wait = last.waits[-1]
        expected = wait.began_at if wait.party else None
        return {
            "waiting_on": wait.on,
            "waiting_party": wait.party,
            "waiting_since": wait.began_at,
            "expected_at": expected,
        }
    return {}


def _stay(
    id: int, case_id: int, number: int, stay: PastStay, desk: str, hours: Mapping[str, Calendar]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": id,
        "case_id": case_id,
        "number": number,
        "desk": desk,
        "queue": stay.queue.key,
        "tier": stay.queue.tier,
        "last_resort": stay.queue.last_resort,
        "entrance": stay.entrance,
        "entered_at": stay.entered_at,
        "entered_by_id": stay.entered_by_id,
        "words": stay.words,
        "first_touch_at": stay.first_touch_at,
        "first_touch_by_id": stay.first_touch_by_id,
        "left_at": stay.left_at,
        "left_by_id": stay.left_by_id,
        "exit": stay.exit,
        "next_queue": stay.next_queue,
    }
    if stay.left_at is None:
        return values | _NOT_MEASURED
    return values | _measured(stay, stay.left_at, hours[stay.queue.key])


def _measured(stay: PastStay, left_at: datetime, hours: Calendar) -> dict[str, Any]:
    """How long it took by both clocks, as for a stay of ours."""
    pauses = tuple((wait.began_at, wait.ended_at) for wait in stay.waits) if stay.waits else ()
    return {
        "elapsed_s": (left_at - stay.entered_at) // SECOND,
        "business_s": business_time(stay.entered_at, left_at, hours, pauses),
        "waiting_customer_s": _waited(stay, "customer", left_at) if pauses else 0,
        "waiting_third_party_s": _waited(stay, "third_party", left_at) if pauses else 0,
        "calendar_version": hours.version_label,
    }


def _waited(stay: PastStay, on: str, end: datetime) -> int:
    return sum(((wait.ended_at or end) - wait.began_at) // SECOND for wait in stay.waits if wait.on == on)


def _wait(case_id: int, stay_id: int, wait: PastWait) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "stay_id": stay_id,
        "on": wait.on,
        "party": wait.party,
        "expected_at": wait.began_at if wait.party else None,
        "began_at": wait.began_at,
        "ended_at": wait.ended_at,
    }
