"""How a case ends, and how an end is taken back."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from opsdesk.cases import stays
from opsdesk.cases.actions import reopened
from opsdesk.cases.classes import changed_type
from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.cases.ground import Ground, end_wait, leave, load, settle, stand
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, CaseState, Exit, Stay
from opsdesk.cases.refusals import SplitWasUndone, ThanksNotFound, TooLateToUndo
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop

UNDO_DAYS = 14
DUPLICATE = "duplicate"


@transaction.atomic
def resolve(
    *,
    case_id: int,
    resolution: str,
    cause: str,
    verified: bool,
    type: str = "",
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """End the case: how it was fixed, with which cause, and that the fix was verified.

    Refuses `Invalid` for each of them that is missing, and for a case without a type.
    """
    ground = stand(case_id, Move.RESOLVE, actor=actor, now=now, seen_version=seen_version)
    fields = changed_type(ground.case, ground.desk, type)
    if not fields.get("type", ground.case.type):
        raise Invalid("type", gettext_noop("Say what kind of request it was."))
    if not resolution.strip():
        raise Invalid("resolution", gettext_noop("Say how it was fixed."))
    if cause not in {code.key for code in ground.desk.causes}:
        raise Invalid("cause", gettext_noop("Choose the cause."))
    if not verified:
        raise Invalid("verified", gettext_noop("Verify the fix first, then tick that you did."))
    changes: dict[str, Any] = {
        "state": CaseState.RESOLVED,
        "resolved_at": max(now, ground.stay.entered_at),
        "resolved_by_id": actor.id,
        "resolution": resolution.strip(),
        "cause": cause,
        "verified": True,
        **fields,
    }
    _close(ground, Exit.RESOLVED, changes)
    return settle(ground, Move.RESOLVE, changes, payload={"cause": cause, "queue": ground.case.queue})


def resolve_dispute(
    *, case_id: int, resolution: str, cause: str, actor: Actor, at: datetime, now: datetime
) -> Case:
    """End the case of a dispute as of `at`, in the transaction of its ruling; by the system: its deadline.

    Who may rule was asked there. A cause the desk hasn't is left out.
    """
    ground = stand(case_id, Move.DECIDE, actor=actor, now=now)
    ended_at = max(at, ground.stay.entered_at)
    changes: dict[str, Any] = {
        "state": CaseState.RESOLVED,
        "resolved_at": ended_at,
        "resolved_by_id": actor.id if actor.is_person else None,
        "resolution": resolution,
        "cause": cause if cause in {code.key for code in ground.desk.causes} else "",
        "verified": True,
        **end_wait(ground, ended_at),
    }
    leave(ground, Exit.RESOLVED, at=ended_at)
    payload = {"cause": changes["cause"], "queue": ground.case.queue}
    return settle(ground, Move.DECIDE, changes, payload=payload, happened_at=ended_at)


def _close(ground: Ground, exit: Exit, changes: dict[str, Any]) -> None:
    """End the wait that runs and the stay; the wait's columns go into `changes`."""
    changes |= end_wait(ground, ground.now)
    leave(ground, exit)


@transaction.atomic
def reopen(
    *, case_id: int, reason: str, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Open a resolved case again, within its grace, in the queue that resolved it. Refuses `CaseClosed`."""
    ground = stand(case_id, Move.REOPEN, actor=actor, now=now, seen_version=seen_version)
    if not reason.strip():
        raise Invalid("reason", gettext_noop("Say why it is open again."))
    changes = reopened(ground, at=max(now, ground.case.resolved_at or now), by_id=actor.id)
    Stay.objects.filter(id=ground.stay.id).update(words=reason.strip())
    return settle(ground, Move.REOPEN, changes)


@transaction.atomic
def withdraw_thanks(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """A mere thanks had reopened the case: it is resolved again since its earlier resolution.

    The stay exits *withdrawn* and is in no number. Refuses `ThanksNotFound` where the last stay didn't
    begin by a message or was touched.
    """
    ground = stand(case_id, Move.WITHDRAW_THANKS, actor=actor, now=now, seen_version=seen_version)
    case, before = ground.case, stays.interrupted(ground.case, ground.stays)
    if before is None:
        raise ThanksNotFound(case=case.id)
    changes: dict[str, Any] = {
        "state": CaseState.RESOLVED,
        "resolved_at": before.left_at,
        "resolved_by_id": before.left_by_id,
        "reopened_count": case.reopened_count - 1,
    }
    _close(ground, Exit.WITHDRAWN, changes)
    return settle(ground, Move.WITHDRAW_THANKS, changes)


@transaction.atomic
def void(
    *,
    case_id: int,
    reason: str,
    duplicate_of_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """The case is no request: spam, a duplicate (of which case), not a request. It counts nowhere."""
    ground = stand(case_id, Move.VOID, actor=actor, now=now, seen_version=seen_version)
    if reason not in {code.key for code in ground.desk.void_reasons}:
        raise Invalid("reason", gettext_noop("Choose why it is void."))
    original = None
    if reason == DUPLICATE:
        original = _original(ground.case, duplicate_of_id)
    return voided(ground, Move.VOID, reason, original)


def _original(case: Case, duplicate_of_id: int | None) -> int:
    if duplicate_of_id is None or duplicate_of_id == case.id:
        raise Invalid("duplicate_of", gettext_noop("Name the case this one repeats."))
    other = load(duplicate_of_id)
    if other.desk != case.desk or other.state in (CaseState.VOID, CaseState.MERGED):
        raise Invalid("duplicate_of", gettext_noop("That case is void, merged or on another desk."))
    return other.id


def voided(ground: Ground, move: Move, reason: str, original: int | None) -> Case:
    """Close the stay and the case as void."""
    changes: dict[str, Any] = {
        "state": CaseState.VOID,
        "void_reason": reason,
        "voided_at": ground.now,
        "duplicate_of_id": original,
    }
    _close(ground, Exit.VOID, changes)
    return settle(ground, move, changes, payload={"reason": reason, "of": original})


@transaction.atomic
def undo_void(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """The case is open again and its stay runs on as if nothing had been. Within 14 days."""
    ground = stand(case_id, Move.UNDO_VOID, actor=actor, now=now, seen_version=seen_version)
    if ground.case.void_reason == SPLIT_UNDONE:
        raise SplitWasUndone(case=case_id)
    voided_at = ground.case.voided_at
    if voided_at is None or now >= voided_at + timedelta(days=UNDO_DAYS):
        raise TooLateToUndo(case=case_id, days=UNDO_DAYS)
    stays.run_on(ground.stay)
    changes: dict[str, Any] = {
        "state": CaseState.OPEN,
        "void_reason": "",
        "voided_at": None,
        "duplicate_of_id": None,
    }
    return settle(ground, Move.UNDO_VOID, changes)
