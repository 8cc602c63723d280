"""To which case a mail belongs. `chosen` is pure; the rest reads what it needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from opsdesk.cases.definition import AWAY, SPLIT_UNDONE
from opsdesk.cases.endings import DUPLICATE
from opsdesk.cases.merges import family
from opsdesk.cases.models import UNRESOLVED, Case, CaseState
from opsdesk.journal import rows
from opsdesk.kernel.sql import select_among
from opsdesk.mail.models import CaseMessage

_LONGEST_CHAIN = 20
_ANSWERED = (
    "SELECT m.message_id, l.case_id FROM mail_message m JOIN mail_casemessage l ON l.message_id = m.id"
    " WHERE m.direction = 'out' AND l.removed_at IS NULL AND m.message_id IN"
)
_OF_THREAD = (
    "WHERE id IN (SELECT l.case_id FROM mail_message m JOIN mail_casemessage l ON l.message_id = m.id"
    " WHERE m.thread_id = %s AND l.removed_at IS NULL) AND substr(desk, 1, 1) <> %s"
)
_OF_NUMBER = "WHERE id = %s AND kind = 'request' AND substr(desk, 1, 1) <> %s"
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


@dataclass(frozen=True, slots=True)
class Found:
    """The case that a mail asks for, standing; `stranger`: its writer is one there."""

    case: Case
    which_request: bool
    stranger: bool


def answered_by(message_ids: Collection[str]) -> dict[str, int]:
    """Of these ids, those of our own outgoing messages, with the case each belongs to."""
    with connection.cursor() as cursor:
        return dict(select_among(cursor, _ANSWERED, message_ids))


def of_case(case_id: int, address: str, account_id: int | None) -> Found | None:
    """The request of that number, or the one that stands for it; None where there is none (any more)."""
    there = rows.select_rows(Case, _OF_NUMBER, [case_id, AWAY])
    if not there:
        return None
    case = standing(there[0])
    return Found(case, which_request=False, stranger=not known_on([case], address, account_id))


def of_thread(
    thread_id: int,
    address: str,
    account_id: int | None,
    *,
    answers: Sequence[str] = (),
    replies_to: Sequence[str] = (),
) -> Found | None:
    """What the thread alone says; merged and duplicate cases count as the case they stand for.

    Cases on which the writer is no stranger come first: what a stranger began in somebody else's thread
    must not draw the others' mail to it. Of several, the one with the message that the mail `replies_to` is
    meant, where that stands on one of them by no guess. A stranger means the case of the message that the
    mail `answers` (ids, the nearest first; its references too).
    """
    of_messages = rows.select_rows(Case, _OF_THREAD, [thread_id, AWAY])
    stands = {case.id: standing(case) for case in of_messages}
    cases = {case.id: case for case in stands.values()}
    known = known_on(list(cases.values()), address, account_id)
    choice = chosen([_candidate(case) for case in cases.values() if case.id in known])
    if choice is not None:
        meant = _of_answered(replies_to, stands, surely=True) if choice.which_request else []
        open_ones = [case for case in meant if case.id in known and case.state in UNRESOLVED]
        choice = chosen([_candidate(case) for case in open_ones]) or choice
        return Found(cases[choice.case_id], choice.which_request, stranger=False)
    meant = _of_answered(answers, stands) if len(cases) > 1 else []
    choice = chosen([_candidate(case) for case in meant or cases.values()])
    return Found(cases[choice.case_id], choice.which_request, stranger=True) if choice else None


def _of_answered(answers: Sequence[str], stands: Mapping[int, Case], *, surely: bool = False) -> list[Case]:
    """The cases of the nearest of these messages that is on one, as what they stand for.

    `surely`: without messages that stand where they do by a guess.
    """
    links = CaseMessage.objects.filter(
        case_id__in=stands, message__message_id__in=answers, removed_at__isnull=True
    )
    links = links.filter(which_request=False) if surely else links
    of_each = list(links.values_list("message__message_id", "case_id"))
    for id in answers:
        here = {stands[case_id].id: stands[case_id] for found, case_id in of_each if found == id}
        if here:
            return list(here.values())
    return []


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


def known_on(cases: Sequence[Case], address: str, account_id: int | None) -> set[int]:
    """Those of the cases on which the writer is no stranger: there, or on one that was merged into it."""
    known = {case.id for case in cases if _asked_or_owns(case, address, account_id)}
    if not address or len(known) == len(cases):
        return known
    known |= _named_on({case.id for case in cases} - known, address)
    return known | {
        case.id
        for case in cases
        if case.id not in known and _known_on_merged(family(case.id)[1:], address, account_id)
    }


def _known_on_merged(losers: Sequence[int], address: str, account_id: int | None) -> bool:
    merged = Case.objects.filter(id__in=losers) if losers else ()
    return any(_asked_or_owns(case, address, account_id) for case in merged) or bool(
        losers and _named_on(losers, address)
    )


def _asked_or_owns(case: Case, address: str, account_id: int | None) -> bool:
    owns = account_id is not None and account_id == case.account_id
    return owns or (bool(address) and address == case.requester_email)


def _named_on(case_ids: Collection[int], address: str) -> set[int]:
    """The cases to which somebody of that address has written, or on which they were addressed."""
    named = CaseMessage.objects.filter(case_id__in=case_ids, removed_at__isnull=True).values_list(
        "case_id", "message__from_address", "message__to", "message__cc"
    )
    return {case_id for case_id, writer, to, cc in named if _is_named(address, writer, to, cc)}


def _is_named(address: str, writer: str, to: list[list[str]], cc: list[list[str]]) -> bool:
    return address == writer or any(address == one[1] for one in [*to, *cc])
