"""Incidents: opened by somebody or by the system, acknowledged by whoever is on call, resolved with words."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from opsdesk.cases.ground import end_wait, leave, settle, stand
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, CaseKind, CaseState, Exit
from opsdesk.cases.opening import Opening, open_as
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.refusals import AlreadyAcknowledged
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop

DESK, QUEUE = "deals", "on-call"
FAMILY = "incident"
OTHER = f"{FAMILY}.other"


class Severity(StrEnum):
    """SEV0: money or a deadline is wrong; SEV1: work stands still; SEV2, SEV3: the day's business."""

    SEV0 = "SEV0"
    SEV1 = "SEV1"
    SEV2 = "SEV2"
    SEV3 = "SEV3"


@transaction.atomic
def open_incident(
    *,
    subject: str,
    words: str,
    severity: str,
    actor: Actor,
    now: datetime,
    scope: str = "",
    type: str = OTHER,
) -> Case:
    """Open an incident with whoever is on call; `scope`, as `MN.USED_CAR_PRIVATE`, begins its subject.

    Refuses who may not work on the desk, and `Invalid` fields. What a SEV0 stops is the caller's matter.
    """
    desk = desk_definition(DESK)
    if actor is not SYSTEM:
        check_may(actor, Act.NOTE, desk=desk.key)
    if severity not in list(Severity):
        raise Invalid("severity", gettext_noop("Choose how severe it is: SEV0 to SEV3."))
    if not subject.strip():
        raise Invalid("subject", gettext_noop("Say in a few words what is wrong."))
    opening = Opening(
        desk=desk.key,
        subject=f"{scope}: {subject.strip()}" if scope else subject,
        opened_at=now,
        excerpt=words,
        type=type if desk.type(type) else "",
        kind=CaseKind.INCIDENT,
        queue=QUEUE,
        severity=severity,
    )
    return open_as(opening, actor=actor, now=now)


@transaction.atomic
def acknowledge(*, case_id: int, actor: Actor, now: datetime) -> Case:
    """Whoever is on call has it: the incident is answered and theirs. Refuses `AlreadyAcknowledged`."""
    ground = stand(case_id, Move.ACKNOWLEDGE, actor=actor, now=now)
    if ground.touched is None or ground.case.first_response_at != ground.stay.first_touch_at:
        raise AlreadyAcknowledged(case=case_id)
    return settle(ground, Move.ACKNOWLEDGE, {"assignee_id": actor.id})


@transaction.atomic
def resolve_incident(
    *,
    case_id: int,
    resolution: str,
    cause: str = "",
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """End the incident, saying how. What it stopped stays stopped: a lead lifts it.

    `cause`: of the desk's, or none.
    """
    ground = stand(case_id, Move.RESOLVE, actor=actor, now=now, seen_version=seen_version)
    if not resolution.strip():
        raise Invalid("resolution", gettext_noop("Say how it was ended."))
    if cause and cause not in {code.key for code in ground.desk.causes}:
        raise Invalid("cause", gettext_noop("Choose the cause."))
    changes: dict[str, Any] = {
        "state": CaseState.RESOLVED,
        "resolved_at": max(now, ground.stay.entered_at),
        "resolved_by_id": actor.id,
        "resolution": resolution.strip(),
        "cause": cause,
        "verified": True,
        **end_wait(ground, now),
    }
    leave(ground, Exit.RESOLVED)
    return settle(ground, Move.RESOLVE, changes, payload={"cause": cause, "queue": ground.case.queue})
