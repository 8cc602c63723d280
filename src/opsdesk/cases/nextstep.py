"""The next step of a case: whose move it is, by when, and the likeliest move."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from opsdesk.cases.lifecycle import Kind, Move, Phase
from opsdesk.cases.models import Case
from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar


class Whose(StrEnum):
    """Whose move it is."""

    US = "us"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class NextStep:
    """Whose move it is and which one is likeliest (None: nothing for this reader to do).

    `due_at` with what is left of it in seconds by both clocks, below 0 when it is past; for a wait on a
    third party it is the expected instant and only the wall counts.
    """

    whose: Whose
    move: Move | None
    due_at: datetime | None
    target: str
    elapsed_left_s: int | None
    business_left_s: int | None


def next_step(
    case: Case, phase: Phase, moves: Collection[Move], *, calendar: Calendar, now: datetime
) -> NextStep:
    """The next step as it stands at `now`. Pure but for the row it is given."""
    if phase is Phase.WAITING:
        whose = Whose.CUSTOMER if case.waiting_on == "customer" else Whose.THIRD_PARTY
        overdue = case.expected_at is not None and case.expected_at <= now
        move = _first(moves, Move.RESUME if overdue else Move.NOTE)
        left = _seconds(now, case.expected_at) if case.expected_at else None
        return NextStep(whose, move, case.expected_at, "", left, None)
    if phase is not Phase.OPEN:
        move = _first(moves, Move.UNDO_VOID if phase is Phase.VOID else Move.REOPEN)
        return NextStep(Whose.NOBODY, move, None, "", None, None)
    move = _first(moves, *_likeliest(case, now))
    if case.due_at is None:
        return NextStep(Whose.US, move, None, "", None, None)
    return NextStep(
        Whose.US,
        move,
        case.due_at,
        case.due_target,
        _seconds(now, case.due_at),
        working_left(case.due_at, calendar, now),
    )


def working_left(due_at: datetime, calendar: Calendar, now: datetime) -> int:
    """Seconds of working time until an instant; below 0 when it is past."""
    if due_at >= now:
        return business_time(now, due_at, calendar)
    return -business_time(due_at, now, calendar)


def _likeliest(case: Case, now: datetime) -> tuple[Move, ...]:
    answered = case.first_response_at is not None
    if case.kind == Kind.INCIDENT:
        return (Move.RESOLVE,) if answered else (Move.ACKNOWLEDGE,)
    heard = case.last_inbound_at is None or (
        case.last_touch_at is not None and case.last_touch_at >= case.last_inbound_at
    )
    if case.assignee_id is None:
        return (Move.TAKE, Move.SEND_AND_WAIT)
    if not answered or not heard:
        return (Move.SEND_AND_WAIT,)
    return (Move.RESOLVE, Move.SEND_AND_WAIT)


def _first(moves: Collection[Move], *wanted: Move) -> Move | None:
    return next((move for move in wanted if move in moves), None)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
