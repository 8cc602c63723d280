"""To which case a mail belongs. `chosen` is pure; the rest reads what it needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.cases.endings import DUPLICATE
from opsdesk.cases.models import UNRESOLVED, Case, CaseState
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


def of_thread(thread_id: int, address: str, account_id: int | None) -> Choice | None:
    """What the thread alone says; merged and duplicate cases count as the case they stand for.

    Cases on which the writer is no stranger come first: what a stranger began in somebody else's thread
    must not draw the others' mail to it.
    """
    ids = CaseMessage.objects.filter(message__thread_id=thread_id, removed_at__isnull=True).values("case_id")
    cases = {case.id: case for case in (standing(case) for case in Case.objects.filter(id__in=ids))}
    known = known_on(list(cases.values()), address, account_id)
    return chosen([_candidate(case) for case in cases.values() if case.id in known]) or chosen(
        [_candidate(case) for case in cases.values()]
    )


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


def successor(case: Case) -> Case | None:
    """The unresolved request that goes on from a closed or void case, or from one that went on from it."""
    closed = {case.id}
    for _ in range(_LONGEST_CHAIN):
        further = list(Case.objects.filter(follows_id__in=closed).exclude(id__in=closed))
        newest = chosen([_candidate(one) for one in further if one.state in UNRESOLVED])
        if newest is not None:
            return next(one for one in further if one.id == newest.case_id)
        if not further:
            return None
        closed = {one.id for one in further}
    return None


def is_stranger(case: Case, address: str, account_id: int | None) -> bool:
    """Neither of the case's account nor somebody who has written or was addressed on it."""
    return not known_on([case], address, account_id)


def known_on(cases: Sequence[Case], address: str, account_id: int | None) -> set[int]:
    """Those of the cases on which the writer is no stranger."""
    known = {
        case.id
        for case in cases
        if (account_id is not None and account_id == case.account_id)
        or (address and address == case.requester_email)
    }
    asked = {case.id for case in cases} - known
    if not address or not asked:
        return known
    rows = CaseMessage.objects.filter(case_id__in=asked, removed_at__isnull=True).values_list(
        "case_id", "message__from_address", "message__to", "message__cc"
    )
    return known | {case_id for case_id, writer, to, cc in rows if _is_named(address, writer, to, cc)}


def _is_named(address: str, writer: str, to: list[list[str]], cc: list[list[str]]) -> bool:
    return address == writer or any(address == one[1] for one in [*to, *cc])
