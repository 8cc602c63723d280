"""What every move on a case does first and last: load, ask, compare, set, record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from opsdesk.cases import lifecycle, stays
from opsdesk.cases.definition import NOWHERE, DeskDefinition
from opsdesk.cases.lifecycle import ROWS, Move, Phase
from opsdesk.cases.models import Case, CaseKind, Exit, Stay, Wait
from opsdesk.cases.overtaking import check_not_handed_on, check_not_overtaken, overtaken
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.refusals import CaseUnknown, StandsNowhere
from opsdesk.cases.timers import fire
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_one
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, NotYourQueue, check_may

STAYS = "WHERE case_id = %s ORDER BY number"
WAITS = "WHERE case_id = %s ORDER BY id"


@dataclass(slots=True)
class Ground:
    """A case as a move finds it: its desk, its phase, its stays, and its waits once they are asked for."""

    case: Case
    desk: DeskDefinition
    phase: Phase
    stays: list[Stay]
    actor: Actor
    now: datetime
    touched: Stay | None = None
    _waits: list[Wait] | None = None

    @property
    def stay(self) -> Stay:
        """The stay the case is in, or was in last."""
        return self.stays[-1]

    @property
    def waits(self) -> list[Wait]:
        """All waits of the case in their order; `add_wait` keeps them so."""
        if self._waits is None:
            self._waits = rows.select_rows(Wait, WAITS, [self.case.id])
        return self._waits

    def add_wait(self, wait: Wait) -> None:
        """A wait has begun."""
        if self._waits is not None:
            self._waits.append(wait)


def stand(
    case_id: int,
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
    act: Act | None = None,
    judged_at: datetime | None = None,
) -> Ground:
    """Load the case, fire its overdue timers, check right, look and table, and note an act of ours.

    `judged_at` (else `now`): the instant at which the grace is looked at. Refuses `NotYourDesk`,
    `NotYourRight`, `NotYourQueue`, `Overtaken` and what the table says.
    """
    case = load_locked(case_id)
    if case.expected_at is not None and case.expected_at <= now and case.overran_at is None:
        fire(case_id, now=now)
        case = load_locked(case_id)
    needed = act or ROWS[move].act
    if needed is not None:
        check_may_here(case, needed, actor=actor, seen_version=seen_version)
    check_not_overtaken(case, move, actor, seen_version)
    desk = desk_definition(case.desk)
    judged = judged_at or now
    at = lifecycle.phase(
        case.state, resolved_at=case.resolved_at, now=judged, grace_days=desk.grace_days, kind=case.kind
    )
    lifecycle.check_fits(move, at, case=case.id, kind=case.kind)
    if case.queue == NOWHERE:
        raise StandsNowhere(case=case.id)
    ground = Ground(case, desk, at, rows.select_rows(Stay, STAYS, [case.id]), actor, now)
    if ROWS[move].touches:
        _touch(ground, move)
    return ground


def check_may_here(case: Case, act: Act, *, actor: Actor, seen_version: int | None = None) -> None:
    """Check the right to act where the case stands.

    Who saw it in a queue of theirs is told who has handed it on (`Overtaken`), not to ask for a seat.
    """
    try:
        check_may(actor, act, desk=case.desk, queue=case.queue, tier=case.tier)
    except NotYourQueue as refusal:
        check_not_handed_on(case, actor, seen_version)
        raise type(refusal)(**{**refusal.details, "queue": queue_name(case)}) from None


def queue_name(case: Case) -> str:
    """What the queue is called that the case stands in; its key where the desk has dropped it."""
    desk = desk_definition(case.desk)
    return desk.queue(case.queue).name if desk.has_queue(case.queue) else case.queue


def load(case_id: int) -> Case:
    """The case as it stands; refuses `CaseUnknown`."""
    return _load(case_id, "")


def load_locked(case_id: int) -> Case:
    """The case, held until the transaction ends where the engine has row locks: who comes second waits,
    and then sees what the first one did."""
    return _load(case_id, " FOR UPDATE" if connection.features.has_select_for_update else "")


def _load(case_id: int, lock: str) -> Case:
    if 0 < case_id < 2**63:
        for case in rows.select_rows(Case, f"WHERE id = %s{lock}", [case_id]):
            return case
    raise CaseUnknown(case=case_id)


def settle(
    ground: Ground,
    move: Move,
    changes: Mapping[str, Any],
    *,
    payload: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    event: str = "",
) -> Case:
    """Set the changes if nobody was faster, with the due time they lead to, and record the fact.

    The caller has written stays and waits before, in the same transaction; `Overtaken` undoes them.
    """
    case = ground.case
    for name, value in changes.items():
        setattr(case, name, value)
    if ground.touched is not None:
        _save_touch(ground.touched)
    due = _due_fields(ground)
    moved = {"last_touch_at": case.last_touch_at, "version": case.version + 1}
    if case.kind != CaseKind.REQUEST:
        moved["first_response_at"] = case.first_response_at
    if not rows.update_rows(Case, {**changes, **due, **moved}, id=case.id, version=case.version):
        raise overtaken(case.id)
    case.version += 1
    for name, value in due.items():
        setattr(case, name, value)
    write_down(ground, event or ROWS[move].event, payload, happened_at)
    return case


def write_down(
    ground: Ground, event: str, payload: Mapping[str, Any] | None = None, happened_at: datetime | None = None
) -> None:
    """Record a fact of the case with the version it led to."""
    known = {"version": ground.case.version, **(payload or {})}
    fact = Draft(event, "case", ground.case.id, ground.actor, happened_at or ground.now, known)
    record_one(fact, now=ground.now)


def _due_fields(ground: Ground) -> dict[str, Any]:
    """The columns that say what is due next: nothing while the case waits or is not open."""
    case = ground.case
    if case.state != Phase.OPEN:
        return stays.nothing_due(case)
    waits = ground.waits if case.last_touch_at is not None else []
    spent_s = stays.spent_before(ground.stays)
    return stays.due_fields(case, ground.desk, ground.stay, spent_s=spent_s, waits=waits)


def end_wait(ground: Ground, at: datetime) -> dict[str, Any]:
    """End the wait that runs, if one does; the answer is the case's changed columns."""
    if ground.phase is not Phase.WAITING:
        return {}
    wait = next(wait for wait in ground.waits if wait.ended_at is None)
    wait.ended_at = max(at, wait.began_at)
    rows.update_rows(Wait, {"ended_at": wait.ended_at}, id=wait.id)
    if wait.expected_at is not None:
        stays.disarm(ground.case.id, now=ground.now)
    return {
        "waiting_on": "",
        "waiting_party": "",
        "waiting_since": None,
        "expected_at": None,
        "overran_at": None,
    }


def leave(ground: Ground, exit: Exit, *, next_queue: str = "", at: datetime | None = None) -> Stay:
    """Close the stay the case is in, as of now unless said."""
    stay = ground.stay
    waits = [wait for wait in ground.waits if wait.stay_id == stay.id]
    stays.leave(
        stay,
        ground.case,
        ground.desk,
        waits,
        exit=exit,
        at=at or ground.now,
        by_id=ground.actor.id,
        next_queue=next_queue,
    )
    ground.touched = None
    return stay


def _touch(ground: Ground, move: Move) -> None:
    """An act of ours: the first one by a person of the queue is the stay's first touch.

    What is acknowledged is answered by that alone, whoever does it; until then nothing else touches it.
    """
    case, stay, actor = ground.case, ground.stay, ground.actor
    if not actor.is_person:
        return
    case.last_touch_at = ground.now
    theirs = actor.sits_in(stay.desk, stay.queue)
    if case.kind in lifecycle.ACKNOWLEDGED and case.first_response_at is None:
        theirs = move is Move.ACKNOWLEDGE
    if stay.first_touch_at is None and stay.left_at is None and theirs:
        stay.first_touch_at = max(ground.now, stay.entered_at)
        stay.first_touch_by_id = actor.id
        ground.touched = stay
        if case.kind != CaseKind.REQUEST and case.first_response_at is None:
            case.first_response_at = stay.first_touch_at


def _save_touch(stay: Stay) -> None:
    first = {"first_touch_at": stay.first_touch_at, "first_touch_by_id": stay.first_touch_by_id}
    rows.update_rows(Stay, first, id=stay.id, first_touch_at=None)
