"""Working on a case where it stands: taking, notes, replies, waits, its type; what the customer writes."""

from datetime import datetime
from typing import Any

from django.db import transaction

from opsdesk.cases import stays
from opsdesk.cases.classes import changed_type
from opsdesk.cases.ground import Ground, end_wait, load_locked, queue_name, settle, stand, write_down
from opsdesk.cases.indexed import of_note
from opsdesk.cases.lifecycle import Move, Phase
from opsdesk.cases.models import Case, CaseState, Entrance, Note, Wait, WaitingOn
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.refusals import NothingToTake, NotInThatQueue
from opsdesk.cases.timers import TASK_KINDS, WAIT_OVERRAN
from opsdesk.clock import actions as clock
from opsdesk.journal import rows
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people import queries as people
from opsdesk.search import actions as search

CANDIDATES = 8


@transaction.atomic
def customer_wrote(*, case_id: int, received_at: datetime, now: datetime, actor: Actor = SYSTEM) -> Case:
    """A message of the customer joined the case: it wakes a wait on them and reopens a resolved case.

    Waking counts from `received_at`, reopening from the later of it and the resolution; the grace is kept
    by who wrote within it, however late we read it. It is unread from `now`, when we came to know it. Refuses
    `CaseClosed`, `CaseMerged`, `CaseVoid`: what then becomes of the message is the mail room's matter.
    """
    ground = stand(case_id, Move.CUSTOMER_WRITES, actor=actor, now=now, judged_at=min(received_at, now))
    case = ground.case
    changes: dict[str, Any] = {"last_inbound_at": max(now, case.last_inbound_at or now)}
    if ground.phase is Phase.WAITING and case.waiting_on == WaitingOn.CUSTOMER:
        changes |= {"state": CaseState.OPEN, **end_wait(ground, received_at)}
    elif ground.phase is Phase.RESOLVED:
        changes |= reopened(ground, at=max(received_at, case.resolved_at or received_at), by_id=None)
    payload = {"reopened": ground.phase is Phase.RESOLVED}
    return settle(ground, Move.CUSTOMER_WRITES, changes, payload=payload, happened_at=received_at)


def reopened(ground: Ground, *, at: datetime, by_id: int | None) -> dict[str, Any]:
    """Open a stay in the queue that resolved the case, for its last assignee; the case's changed columns."""
    case, last = ground.case, ground.stay
    queue = last.queue if ground.desk.has_queue(last.queue) else ground.desk.entry_queue
    stay = stays.enter(
        case,
        ground.desk.queue(queue),
        number=last.number + 1,
        entrance=Entrance.REOPENED,
        at=at,
        by_id=by_id,
        assignee_id=case.assignee_id,
    )
    ground.stays.append(stay)
    return {
        "state": CaseState.OPEN,
        "resolved_at": None,
        "resolved_by_id": None,
        "queue": queue,
        "tier": ground.desk.queue(queue).tier,
        "reopened_count": case.reopened_count + 1,
    }


@transaction.atomic
def take(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """Make the case one's own."""
    ground = stand(case_id, Move.TAKE, actor=actor, now=now, seen_version=seen_version)
    return _assign(ground, Move.TAKE, actor.id)


@transaction.atomic
def assign(
    *, case_id: int, person_id: int | None, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Give the case to somebody who sits in its queue, or to nobody; a lead's right but for oneself."""
    act = Act.TAKE if person_id in (None, actor.id) else Act.ASSIGN_OTHERS
    ground = stand(case_id, Move.ASSIGN, actor=actor, now=now, seen_version=seen_version, act=act)
    case = ground.case
    if person_id is not None and person_id != actor.id:
        sitting = {name.id for name in people.persons_of_queue(case.desk, case.queue, now)}
        if person_id not in sitting:
            known = people.names([person_id]).get(person_id, "?")
            raise NotInThatQueue(person=known, queue=queue_name(case))
    return _assign(ground, Move.ASSIGN, person_id)


def _assign(ground: Ground, move: Move, person_id: int | None) -> Case:
    if ground.case.assignee_id == person_id:
        return ground.case
    before = ground.case.assignee_id
    return settle(ground, move, {"assignee_id": person_id}, payload={"from": before, "to": person_id})


@transaction.atomic
def take_next(*, desk: str, actor: Actor, now: datetime) -> Case:
    """Take the due-soonest unassigned open case of one's queues; refuses `NothingToTake`.

    Two persons at once get two cases: who is second at one goes on to the next.
    """
    check_may(actor, Act.TAKE, desk=desk)
    queues = [
        queue.key
        for queue in desk_definition(desk).queues
        if actor.sits_in(desk, queue.key)
        and may(actor, Act.TAKE, desk=desk, queue=queue.key, tier=queue.tier)
    ]
    unassigned = Case.objects.filter(desk=desk, queue__in=queues, state=CaseState.OPEN, assignee__isnull=True)
    for case_id in unassigned.order_by("due_sort_at", "opened_at", "id").values_list("id", flat=True)[
        :CANDIDATES
    ]:
        found = load_locked(case_id)
        if found.state != CaseState.OPEN or found.assignee_id is not None or found.queue not in queues:
            continue
        ground = stand(case_id, Move.TAKE, actor=actor, now=now)
        mine = Case.objects.filter(id=case_id, version=ground.case.version, assignee__isnull=True)
        if mine.update(assignee_id=actor.id, version=ground.case.version + 1):
            ground.case.assignee_id = actor.id
            ground.case.version += 1
            write_down(ground, "case.taken", {"from": None, "to": actor.id})
            return ground.case
    raise NothingToTake


@transaction.atomic
def write_note(
    *, case_id: int, text: str, actor: Actor, now: datetime, seen_version: int | None = None
) -> Note:
    """Write a word among ourselves."""
    if not text.strip():
        raise Invalid("text", gettext_noop("Write the note first."))
    ground = stand(case_id, Move.NOTE, actor=actor, now=now, seen_version=seen_version)
    note = Note(case=ground.case, author_id=actor.id or 0, text=text.strip(), written_at=now)
    rows.insert_row(note)
    search.put_many([of_note(note)])
    settle(ground, Move.NOTE, {}, payload={"note": note.id})
    return note


@transaction.atomic
def record_reply(
    *, case_id: int, wait: bool, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Our reply goes out: the case stays as it is, or with `wait` waits on the customer from now.

    A wait on a third party goes on either way: telling the customer of it doesn't end it.
    """
    move = Move.SEND_AND_WAIT if wait else Move.SEND
    ground = stand(case_id, move, actor=actor, now=now, seen_version=seen_version)
    changes: dict[str, Any] = {}
    if ground.case.first_response_at is None:
        changes["first_response_at"] = max(now, ground.case.opened_at)
    on_third_party = ground.case.waiting_on == WaitingOn.THIRD_PARTY
    if wait and not on_third_party and ground.phase in (Phase.OPEN, Phase.WAITING):
        changes |= _begin_wait(ground, WaitingOn.CUSTOMER, "", None)
    return settle(ground, move, changes, payload={"wait": wait})


@transaction.atomic
def wait(
    *,
    case_id: int,
    on: str,
    party: str = "",
    expected_at: datetime | None = None,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """Wait on the customer, or on a third party of the desk's list until an expected date.

    A wait that runs ends and the new one starts. When a third party's date passes, the case is marked.
    """
    ground = stand(case_id, Move.WAIT, actor=actor, now=now, seen_version=seen_version)
    if on not in WaitingOn.values:
        raise Invalid("on", gettext_noop("Say whom you wait on: the customer or a third party."))
    if on == WaitingOn.THIRD_PARTY:
        _check_third_party(ground, party, expected_at)
        changes = _begin_wait(ground, WaitingOn.THIRD_PARTY, party, expected_at)
    else:
        changes = _begin_wait(ground, WaitingOn.CUSTOMER, "", None)
    payload = {"on": on, "party": changes["waiting_party"]}
    return settle(ground, Move.WAIT, changes, payload=payload)


def _check_third_party(ground: Ground, party: str, expected_at: datetime | None) -> None:
    if party not in {code.key for code in ground.desk.third_parties}:
        raise Invalid("party", gettext_noop("Choose the third party from the desk's list."))
    if expected_at is None:
        raise Invalid("expected_at", gettext_noop("Say by when you expect their answer."))
    if expected_at <= ground.now:
        raise Invalid("expected_at", gettext_noop("The expected date lies in the past."))


def _begin_wait(ground: Ground, on: WaitingOn, party: str, expected_at: datetime | None) -> dict[str, Any]:
    case, now = ground.case, ground.now
    end_wait(ground, now)
    begin = max(now, ground.stay.entered_at)
    row = Wait(case=case, stay=ground.stay, on=on, party=party, expected_at=expected_at, began_at=begin)
    rows.insert_row(row)
    ground.add_wait(row)
    if expected_at is not None:
        clock.schedule(
            kind=WAIT_OVERRAN,
            lane=TASK_KINDS[WAIT_OVERRAN],
            unique_key=f"{WAIT_OVERRAN}:{row.id}",
            subject_kind="case",
            subject_id=case.id,
            due_at=expected_at,
            now=now,
            payload={"wait": row.id},
        )
    return {
        "state": CaseState.WAITING,
        "waiting_on": on,
        "waiting_party": party,
        "waiting_since": begin,
        "expected_at": expected_at,
        "overran_at": None,
    }


@transaction.atomic
def resume(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """Stop waiting: the next move is ours again."""
    ground = stand(case_id, Move.RESUME, actor=actor, now=now, seen_version=seen_version)
    changes = {"state": CaseState.OPEN, **end_wait(ground, now)}
    return settle(ground, Move.RESUME, changes)


@transaction.atomic
def classify(
    *, case_id: int, type: str, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Set the type of the case from the desk's tree."""
    ground = stand(case_id, Move.CLASSIFY, actor=actor, now=now, seen_version=seen_version)
    fields = changed_type(ground.case, ground.desk, type)
    return (
        settle(ground, Move.CLASSIFY, fields, payload={"from": ground.case.type, "to": type})
        if fields
        else ground.case
    )
