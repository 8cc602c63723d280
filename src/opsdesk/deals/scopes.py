"""What a lead decides about a scope: its stage, its cap, its stop. A SEV0 stops it too, but lifts nothing.

Each decision is a row with its reason, beside its entry in the journal, which holds codes only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from opsdesk.deals.ground import DESK
from opsdesk.deals.models import Scope, ScopeDecision, Stage
from opsdesk.deals.refusals import (
    CapUnchanged,
    ScopeAlreadyStopped,
    ScopeNotLimited,
    ScopeNotStopped,
    ScopeUnknown,
    StageUnchanged,
)
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.permissions import Act, NotYourRight, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop

What = ScopeDecision.What
BY_A_LEAD, BY_SEV0 = "lead", "sev0"
MOST_CAP = 100_000


@transaction.atomic
def set_stage(
    *, scope: str, stage: str, cap: int | None = None, reason: str, actor: Actor, now: datetime
) -> Scope:
    """Set the stage: deals are made in `limited`, up to its `cap`, and in `open`; those that run go on.

    `limited` set anew counts from now on. Refuses `ScopeUnknown`, `StageUnchanged`, `Invalid`.
    """
    held = _held(scope, reason, actor=actor)
    if stage not in Stage.values:
        raise Invalid("stage", gettext_noop("Choose one of the stages."))
    if stage == held.stage != Stage.LIMITED:
        raise StageUnchanged(scope=scope, stage=stage)
    new_cap = _checked_cap(cap) if stage == Stage.LIMITED else None
    known = {"old": held.stage, "new": stage, "cap": new_cap}
    changes = {"stage": stage, "stage_since": now, "cap": new_cap}
    return _decide(held, What.STAGE, changes, held.stage, stage, known, reason=reason, actor=actor, now=now)


@transaction.atomic
def set_cap(*, scope: str, cap: int, reason: str, actor: Actor, now: datetime) -> Scope:
    """Set how many deals a limited stage takes, counted from its beginning.

    Refuses `ScopeUnknown`, `ScopeNotLimited`, `CapUnchanged`, `Invalid`.
    """
    held = _held(scope, reason, actor=actor)
    if held.stage != Stage.LIMITED:
        raise ScopeNotLimited(scope=scope, stage=held.stage)
    if _checked_cap(cap) == held.cap:
        raise CapUnchanged(scope=scope, cap=cap)
    known = {"old": held.cap, "new": cap}
    return _decide(
        held, What.CAP, {"cap": cap}, str(held.cap), str(cap), known, reason=reason, actor=actor, now=now
    )


@transaction.atomic
def stop(*, scope: str, reason: str, actor: Actor, now: datetime, cause: str = BY_A_LEAD) -> Scope:
    """Stop new deals until a lead lifts it. `cause`: `lead`, or `sev0`: then it may be stopped already.

    Refuses `ScopeUnknown`, `ScopeAlreadyStopped`, `Invalid`.
    """
    held = _held(scope, reason, actor=actor)
    if held.stopped_at is not None and cause == BY_SEV0:
        return held
    if held.stopped_at is not None:
        raise ScopeAlreadyStopped(scope=scope)
    known = {"cause": cause}
    return _decide(
        held, What.STOP, {"stopped_at": now}, "", cause, known, reason=reason, actor=actor, now=now
    )


@transaction.atomic
def lift(*, scope: str, reason: str, actor: Actor, now: datetime) -> Scope:
    """Lift the stop: never the system. Refuses `ScopeUnknown`, `ScopeNotStopped`, `Invalid`."""
    if actor.kind is ActorKind.SYSTEM:
        raise NotYourRight(act=Act.SET_SCOPE.value, desk=DESK)
    held = _held(scope, reason, actor=actor)
    if held.stopped_at is None:
        raise ScopeNotStopped(scope=scope)
    return _decide(held, What.LIFT, {"stopped_at": None}, "", "", {}, reason=reason, actor=actor, now=now)


def _held(key: str, reason: str, *, actor: Actor) -> Scope:
    """The scope, held until the transaction ends, for who may decide about it and says why."""
    check_may(actor, Act.SET_SCOPE, desk=DESK)
    if not reason.strip():
        raise Invalid("reason", gettext_noop("Say why: the decision is on record."))
    country, _, category = key.partition(".")
    ending = " FOR NO KEY UPDATE" if connection.features.has_select_for_update else ""
    found = rows.select_rows(Scope, f"WHERE country = %s AND category = %s{ending}", [country, category])
    if not found:
        raise ScopeUnknown(scope=key)
    return found[0]


def _checked_cap(cap: int | None) -> int:
    if cap is None or not 1 <= cap <= MOST_CAP:
        raise Invalid("cap", gettext_noop("Write how many deals the limited stage takes: 1 to 100000."))
    return cap


def _decide(
    scope: Scope,
    what: What,
    changes: Mapping[str, Any],
    old: str,
    new: str,
    known: Mapping[str, Any],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Scope:
    rows.update_rows(Scope, changes, id=scope.id)
    for name, value in changes.items():
        setattr(scope, name, value)
    decision = ScopeDecision(
        scope=scope,
        what=what.value,
        old=old,
        new=new,
        reason=reason.strip(),
        decided_by_id=actor.id,
        decided_at=now,
    )
    rows.insert_row(decision)
    record(
        kind=_EVENTS[what],
        subject_kind="scope",
        subject_id=scope.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"scope": scope.key, **known},
    )
    return scope


_EVENTS = {
    What.STAGE: "scope.stage_set",
    What.CAP: "scope.cap_set",
    What.STOP: "scope.stopped",
    What.LIFT: "scope.lifted",
}
