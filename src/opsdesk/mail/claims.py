"""A request that claims to belong to another one, made part of it with one act, and taken out again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from opsdesk.cases import actions as cases
from opsdesk.cases import endings
from opsdesk.cases.ground import load, load_locked, stand
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail.actions import link
from opsdesk.mail.joins import standing
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.refusals import NoClaim


@transaction.atomic
def join(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """The messages of a claiming request move to the case it names, as if they had joined it; the answer is
    that case.

    Each of the customer's wakes or reopens it as of its `received_at`. The claiming request is void from then
    on, a duplicate of that case: it counts nowhere, and what answers it goes there. Whoever worked on it
    doesn't matter while it is unresolved. Refuses `NoClaim`, `NotYourDesk` for either case's desk, what the
    table says of a void of the one and of a message to the other (`CaseClosed`, `CaseVoid`).
    """
    claimed = _claimed(case_id)
    for number in sorted((case_id, claimed.id)):
        load_locked(number)
    for desk in {load(case_id).desk, claimed.desk}:
        check_may(actor, Act.HANDLE_MAIL, desk=desk)
    ground = stand(case_id, Move.VOID, actor=actor, now=now, seen_version=seen_version, act=Act.READ)
    links = _links(case_id)
    for at in sorted(
        one.message.received_at for one in links if one.message.direction == Message.Direction.IN
    ):
        cases.customer_wrote(case_id=claimed.id, received_at=at, now=now, actor=actor)
    _move(links, claimed.id, now)
    endings.voided(ground, Move.VOID, endings.DUPLICATE, claimed.id)
    _record("case.claim_joined", claimed.id, case_id, links, actor, now)
    return load(claimed.id)


@transaction.atomic
def undo_void(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """`cases.endings.undo_void`; if the case became void by `join`, its messages come back to it too.

    The other case stays as the messages made it. A message that has been moved on since stays there.
    """
    before = load(case_id)
    case = endings.undo_void(case_id=case_id, actor=actor, now=now, seen_version=seen_version)
    if before.claims_id is None or before.duplicate_of_id is None or before.voided_at is None:
        return case
    back = [
        gone
        for gone in _links(case_id, removed_at=before.voided_at)
        if CaseMessage.objects.filter(
            case_id=before.duplicate_of_id,
            message_id=gone.message_id,
            linked_at=before.voided_at,
            removed_at__isnull=True,
        ).update(removed_at=now)
    ]
    for gone in back:
        link(case_id=case_id, message_id=gone.message_id, how=gone.how, now=now)
    if back:
        _record("case.claim_parted", before.duplicate_of_id, case_id, back, actor, now)
    return case


def _claimed(case_id: int) -> Case:
    """The case that a request claims to belong to, or the one that stands for it by now."""
    claims = load(case_id).claims
    if claims is None:
        raise NoClaim(case=case_id)
    claimed = standing(claims)
    if claimed.id == case_id:
        raise NoClaim(case=case_id)
    return claimed


def _links(case_id: int, *, removed_at: datetime | None = None) -> Sequence[CaseMessage]:
    """The whole messages of the case, or those taken from it at an instant."""
    whole = CaseMessage.objects.filter(case_id=case_id, span_start__isnull=True)
    chosen = whole.filter(removed_at=removed_at) if removed_at else whole.filter(removed_at__isnull=True)
    return list(chosen.select_related("message").order_by("id"))


def _move(links: Sequence[CaseMessage], to_case: int, now: datetime) -> None:
    ids = [one.message_id for one in links]
    there = CaseMessage.objects.filter(case_id=to_case, removed_at__isnull=True, span_start__isnull=True)
    already = set(there.filter(message_id__in=ids).values_list("message_id", flat=True))
    CaseMessage.objects.filter(id__in=[one.id for one in links]).update(removed_at=now)
    for one in links:
        if one.message_id not in already:
            ours = one.message.direction == Message.Direction.OUT
            how = CaseMessage.How.REPLY if ours else CaseMessage.How.MOVED
            link(case_id=to_case, message_id=one.message_id, how=how, now=now)


def _record(
    kind: str, case_id: int, other: int, links: Sequence[CaseMessage], actor: Actor, now: datetime
) -> None:
    record(
        kind=kind,
        subject_kind="case",
        subject_id=case_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"case": other, "messages": [one.message_id for one in links]},
    )
