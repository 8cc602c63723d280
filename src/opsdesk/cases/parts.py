"""Splitting a part off a case as a case of its own, and taking that back."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.cases.endings import voided
from opsdesk.cases.ground import stand, write_down
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case
from opsdesk.cases.opening import Opening, open_request
from opsdesk.cases.refusals import NotAPart, PartTouched
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop


@transaction.atomic
def split(
    *,
    case_id: int,
    subject: str,
    excerpt: str,
    opened_at: datetime,
    type: str = "",
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """Open the part as a case of its own, in the entry queue, as of its message's `received_at`."""
    ground = stand(case_id, Move.SPLIT, actor=actor, now=now, seen_version=seen_version)
    if not subject.strip():
        raise Invalid("subject", gettext_noop("Give the part a subject."))
    whole = ground.case
    opening = Opening(
        desk=whole.desk,
        subject=subject,
        opened_at=opened_at,
        excerpt=excerpt,
        requester_email=whole.requester_email,
        requester_name=whole.requester_name,
        account_id=whole.account_id,
        type=type,
        split_from_id=whole.id,
    )
    part = open_request(opening, actor=actor, now=now)
    write_down(ground, "case.split", {"part": part.id})
    return part


@transaction.atomic
def undo_split(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """Take a split back: the untouched part is void, counted nowhere. Refuses `NotAPart`, `PartTouched`."""
    ground = stand(case_id, Move.UNDO_SPLIT, actor=actor, now=now, seen_version=seen_version)
    part = ground.case
    if part.split_from_id is None:
        raise NotAPart(case=case_id)
    if ground.stay.number > 1 or part.last_touch_at is not None:
        raise PartTouched(case=case_id)
    return voided(ground, Move.UNDO_SPLIT, SPLIT_UNDONE, part.split_from_id)
