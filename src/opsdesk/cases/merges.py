"""Making two requests one, and taking that back."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from opsdesk.cases import stays
from opsdesk.cases.endings import UNDO_DAYS
from opsdesk.cases.ground import Ground, end_wait, leave, load_locked, settle, stand
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, CaseKind, CaseState, Exit, Wait
from opsdesk.cases.refusals import NotBothRequests, NotOneAccount, TooLateToUndo
from opsdesk.cases.timers import TASK_KINDS, WAIT_OVERRAN
from opsdesk.clock import actions as clock
from opsdesk.journal import rows
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop

CHOICES = 20
# The states as literals, and the desk behind an expression: else SQLite would not take the small index of
# what is unresolved, but go through all requests of the desk.
OTHERS = (
    "state IN ('open', 'waiting') AND kind || '' = 'request' AND desk || '' = %s AND id <> %s"
    " ORDER BY opened_at DESC, id DESC LIMIT %s"
)
# Begins a statement that asks about a case and all that were merged into it: `own` has their ids.
FAMILY = (
    "WITH RECURSIVE own(id) AS (SELECT CAST(%s AS BIGINT) UNION"
    " SELECT c.id FROM cases_case c JOIN own ON c.merged_into_id = own.id)"
)


def survivor_of(one: Case, other: Case) -> Case:
    """Which of two goes on: the higher tier reached, then the earlier opening, then the lower number."""
    return min(one, other, key=lambda case: (-case.highest_tier, case.opened_at, case.id))


def check_mergeable(one: Case, other: Case) -> None:
    """Two requests of one desk and one account; where one has no account, of one requester.

    Refuses `NotBothRequests`, `NotOneAccount`, and `Invalid` for a case with itself.
    """
    if one.id == other.id:
        raise Invalid("other", gettext_noop("Name another case: this one can't be merged with itself."))
    if {one.kind, other.kind} != {CaseKind.REQUEST.value} or one.desk != other.desk:
        raise NotBothRequests(case=one.id, other=other.id)
    same_requester = bool(one.requester_email) and one.requester_email == other.requester_email
    named = {one.account_id, other.account_id}
    if len(named - {None}) > 1 or (None in named and not same_requester):
        raise NotOneAccount(case=one.id, other=other.id)


@transaction.atomic
def merge(
    *, case_id: int, other_id: int, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Make two unresolved requests of one account one; the answer is the survivor.

    The loser's stay exits *merged*; all its stays leave rates and percentiles. `seen_version` is that of
    `case_id`. Refuses what `check_mergeable` and the table refuse.
    """
    one, other = _both(case_id, other_id)
    check_mergeable(one, other)
    survivor = survivor_of(one, other)
    loser = other if survivor is one else one
    seen = {case_id: seen_version}
    kept = stand(survivor.id, Move.ABSORB, actor=actor, now=now, seen_version=seen.get(survivor.id))
    ended = stand(loser.id, Move.MERGE, actor=actor, now=now, seen_version=seen.get(loser.id))
    changes: dict[str, Any] = {"state": CaseState.MERGED, "merged_into_id": survivor.id}
    changes |= end_wait(ended, now)
    leave(ended, Exit.MERGED)
    settle(ended, Move.MERGE, changes, payload={"into": survivor.id})
    gained = _heard_last(kept.case, loser) | _account_of(kept.case, loser)
    return settle(kept, Move.ABSORB, gained, payload={"case": loser.id})


@transaction.atomic
def undo_merge(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """The case is as it was before it was merged, and its stay runs on. Within 14 days.

    What reached the survivor since stays there. Refuses `TooLateToUndo`.
    """
    ground = stand(case_id, Move.UNDO_MERGE, actor=actor, now=now, seen_version=seen_version)
    merged_at = ground.stay.left_at
    if merged_at is None or now >= merged_at + timedelta(days=UNDO_DAYS):
        raise TooLateToUndo(case=case_id, days=UNDO_DAYS)
    survivor_id = ground.case.merged_into_id
    wait = _wait_that_ran(ground, merged_at)
    stays.run_on(ground.stay)
    changes: dict[str, Any] = {"state": CaseState.OPEN, "merged_into_id": None}
    if wait is not None:
        changes |= _waiting_again(wait, ground, merged_at)
    return settle(ground, Move.UNDO_MERGE, changes, payload={"from": survivor_id})


def candidates(case: Case) -> Sequence[Case]:
    """Unresolved requests that could be merged with this one, the newest first; at most 20."""
    found: dict[int, Case] = {}
    for condition, values in _alike(case):
        others = [*values, case.desk, case.id, CHOICES]
        found |= {one.id: one for one in rows.select_rows(Case, f"WHERE {condition} AND {OTHERS}", others)}
    return sorted(found.values(), key=lambda one: (one.opened_at, one.id), reverse=True)[:CHOICES]


def _alike(case: Case) -> Iterator[tuple[str, list[Any]]]:
    """Whose requests those are that `check_mergeable` lets through, each condition with its own index."""
    if case.account_id is not None:
        yield "account_id = %s", [case.account_id]
    if case.requester_email:
        unnamed = "" if case.account_id is None else "COALESCE(account_id, 0) = 0 AND "
        yield f"{unnamed}requester_email = %s", [case.requester_email]


def family(case_id: int) -> list[int]:
    """The case and all that were merged into it, also by way of others: their mail is its mail."""
    with connection.cursor() as cursor:
        cursor.execute(f"{FAMILY} SELECT id FROM own", [case_id])
        return [id for (id,) in cursor.fetchall()]


def _both(case_id: int, other_id: int) -> tuple[Case, Case]:
    """Both cases, held in the order of their numbers: two merges of the same pair don't block one another."""
    held = {number: load_locked(number) for number in sorted({case_id, other_id})}
    return held[case_id], held[other_id]


def _heard_last(survivor: Case, loser: Case) -> dict[str, Any]:
    """What the customer wrote last counts on the survivor too."""
    heard = [at for at in (survivor.last_inbound_at, loser.last_inbound_at) if at is not None]
    return {"last_inbound_at": max(heard)} if heard else {}


def _account_of(survivor: Case, loser: Case) -> dict[str, Any]:
    """A survivor that is nobody's is the account's that the loser is."""
    nobodys = survivor.account_id is None and loser.account_id is not None
    return {"account_id": loser.account_id} if nobodys else {}


def _wait_that_ran(ground: Ground, merged_at: datetime) -> Wait | None:
    """The wait that the merge ended, None where the case was open."""
    here = [wait for wait in ground.waits if wait.stay_id == ground.stay.id]
    return next((wait for wait in here if wait.ended_at is not None and wait.ended_at >= merged_at), None)


def _waiting_again(wait: Wait, ground: Ground, merged_at: datetime) -> dict[str, Any]:
    """The wait runs on since it began. What had overrun has overrun; else its timer is armed again."""
    wait.ended_at = None
    wait.save(update_fields=["ended_at"])
    overran = wait.expected_at is not None and wait.expected_at <= merged_at
    if wait.expected_at is not None and not overran:
        clock.schedule(
            kind=WAIT_OVERRAN,
            lane=TASK_KINDS[WAIT_OVERRAN],
            unique_key=f"{WAIT_OVERRAN}:{wait.id}:{ground.case.version}",
            subject_kind="case",
            subject_id=ground.case.id,
            due_at=wait.expected_at,
            now=ground.now,
            payload={"wait": wait.id},
        )
    return {
        "state": CaseState.WAITING,
        "waiting_on": wait.on,
        "waiting_party": wait.party,
        "waiting_since": wait.began_at,
        "expected_at": wait.expected_at,
        "overran_at": wait.expected_at if overran else None,
    }
