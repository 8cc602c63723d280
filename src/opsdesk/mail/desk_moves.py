"""Moves that tell the customer: the move on the case and the notice in one transaction."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases import endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import Actor
from opsdesk.mail.replies import notice


@transaction.atomic
def escalate(
    *,
    case_id: int,
    reason: str,
    words: str,
    type: str = "",
    queue: str = "",
    skip: bool = False,
    notify: bool | None = None,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """`cases.handoffs.escalate`, and the requester is told. `notify` None: as the desk has it."""
    case = handoffs.escalate(
        case_id=case_id,
        reason=reason,
        words=words,
        type=type,
        queue=queue,
        skip=skip,
        actor=actor,
        now=now,
        seen_version=seen_version,
    )
    notice("escalation", case=case, notify=notify, now=now)
    return case


@transaction.atomic
def resolve(
    *,
    case_id: int,
    resolution: str,
    cause: str,
    verified: bool,
    type: str = "",
    notify: bool | None = None,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """`cases.endings.resolve`, and the requester is told. `notify` None: as the desk has it."""
    case = endings.resolve(
        case_id=case_id,
        resolution=resolution,
        cause=cause,
        verified=verified,
        type=type,
        actor=actor,
        now=now,
        seen_version=seen_version,
    )
    notice("resolution", case=case, notify=notify, now=now)
    return case
