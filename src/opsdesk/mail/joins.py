"""To which case a mail belongs. `chosen` is pure; the rest reads what it needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from opsdesk.cases.endings import DUPLICATE
from opsdesk.cases.models import UNRESOLVED, Case, CaseState
from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.mail.models import CaseMessage, Message

_LONGEST_CHAIN = 20
SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case of the thread, and when anybody of us last touched it (else when it opened)."""

    case_id: int
    state: str
    touched_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """The case a mail joins; `which_request` when it could have been another one of the thread."""

    case_id: int
    which_request: bool


def chosen(candidates: Sequence[Candidate]) -> Choice | None:
    """The only unresolved case; else the newest touched of the unresolved, of the resolved, of the rest."""
    for states in (UNRESOLVED, [CaseState.RESOLVED.value], [CaseState.VOID.value]):
        some = [candidate for candidate in candidates if candidate.state in states]
        if some:
            newest = max(some, key=lambda candidate: (candidate.touched_at, candidate.case_id))
            return Choice(newest.case_id, which_request=len(some) > 1)
    return None


def answered_by(message_ids: Collection[str]) -> dict[str, int]:
    """Of these ids, those of our own outgoing messages, with the case each belongs to."""
    rows = CaseMessage.objects.filter(
        message__message_id__in=message_ids,
        message__direction=Message.Direction.OUT,
        removed_at__isnull=True,
    )
    return dict(rows.values_list("message__message_id", "case_id")) if message_ids else {}


def of_thread(thread_id: int) -> Choice | None:
    """What the thread alone says; merged and duplicate cases count as the case they stand for."""
    ids = CaseMessage.objects.filter(message__thread_id=thread_id, removed_at__isnull=True).values("case_id")
    cases = {case.id: case for case in (standing(case) for case in Case.objects.filter(id__in=ids))}
    return chosen([_candidate(case) for case in cases.values()])


def _candidate(case: Case) -> Candidate:
    return Candidate(case.id, case.state, max(case.last_touch_at or case.opened_at, case.opened_at))


def standing(case: Case) -> Case:
    """The case itself, the survivor of a merged one, the one that a duplicate or an undone part names."""
    for _ in range(_LONGEST_CHAIN):
        heir = case.merged_into if case.state == CaseState.MERGED else None
        if case.state == CaseState.VOID and case.void_reason in (DUPLICATE, SPLIT_UNDONE):
            heir = case.duplicate_of
        if heir is None:
            return case
        case = heir
    return case


def is_stranger(case: Case, address: str, account_id: int | None) -> bool:
    """Neither of the case's account nor somebody who has written or was addressed on it."""
    if account_id is not None and account_id == case.account_id:
        return False
    if address and address == case.requester_email:
        return False
    rows = Message.objects.filter(
        Q(case_messages__case_id=case.id, case_messages__removed_at__isnull=True)
    ).values_list("from_address", "to", "cc")
    return not any(address and _is_named(address, row) for row in rows)


def _is_named(address: str, row: tuple[str, list[list[str]], list[list[str]]]) -> bool:
    writer, to, cc = row
    return address == writer or any(address == one[1] for one in [*to, *cc])
