"""The life of a case as one table. Pure.

Every state, move, refusal and event of a case stands in `TABLE` and nowhere else: look-ups,
the handbook's table and the tests are derived from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from opsdesk.cases.refusals import (
    AlreadyResolved,
    CaseClosed,
    CaseMerged,
    CaseVoid,
    NotMerged,
    NotOpen,
    NotResolved,
    NotVoid,
    NotWaiting,
)
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Refusal


class Phase(StrEnum):
    """A case's state, with *resolved* told apart by its time of grace."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    VOID = "void"


class Move(StrEnum):
    NOTE = "note"
    SEND = "send"
    SEND_AND_WAIT = "send_and_wait"
    TAKE = "take"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    WAIT = "wait"
    RESUME = "resume"
    CUSTOMER_WRITES = "customer_writes"
    ESCALATE = "escalate"
    RETURN = "return"
    REROUTE = "reroute"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    WITHDRAW_THANKS = "withdraw_thanks"
    VOID = "void"
    UNDO_VOID = "undo_void"
    SPLIT = "split"
    UNDO_SPLIT = "undo_split"
    MERGE = "merge"
    ABSORB = "absorb"
    UNDO_MERGE = "undo_merge"


class OnStay(StrEnum):
    """What a move does to the stay that is open, or to the last one."""

    KEEPS = "keeps"
    CLOSES = "closes"
    HANDS_ON = "hands on"
    OPENS = "opens"
    RUNS_ON = "runs on"


@dataclass(frozen=True, slots=True)
class Same:
    """The move leaves the state as it is."""


@dataclass(frozen=True, slots=True)
class Before:
    """The move leads back to the state before: open or waiting."""


SAME = Same()
BEFORE = Before()
Cell = Phase | Same | Before | type[Refusal]


@dataclass(frozen=True, slots=True)
class Row:
    """One move: who may (`act`; None: the customer), the fact it leaves, what it does to the stay, its cells.

    `touches`: it counts as an act of ours, so it can be a stay's first touch.
    """

    move: Move
    act: Act | None
    event: str
    stay: OnStay
    touches: bool
    cells: Mapping[Phase, Cell]


def _cells(
    open: Cell, waiting: Cell, resolved: Cell, closed: Cell, merged: Cell, void: Cell
) -> dict[Phase, Cell]:
    return dict(zip(Phase, (open, waiting, resolved, closed, merged, void), strict=True))


_ALIVE = (AlreadyResolved, CaseClosed, CaseMerged, CaseVoid)
_READABLE = (SAME, SAME, CaseMerged, CaseVoid)
OPEN, WAITING, RESOLVED, VOID = Phase.OPEN, Phase.WAITING, Phase.RESOLVED, Phase.VOID

TABLE: tuple[Row, ...] = (
    Row(Move.NOTE, Act.NOTE, "case.noted", OnStay.KEEPS, True, _cells(SAME, SAME, *_READABLE)),
    Row(Move.SEND, Act.REPLY, "case.replied", OnStay.KEEPS, True, _cells(SAME, SAME, *_READABLE)),
    Row(
        Move.SEND_AND_WAIT,
        Act.REPLY,
        "case.replied",
        OnStay.KEEPS,
        True,
        _cells(WAITING, WAITING, *_READABLE),
    ),
    Row(Move.TAKE, Act.TAKE, "case.taken", OnStay.KEEPS, False, _cells(SAME, SAME, *_ALIVE)),
    Row(Move.ASSIGN, Act.ASSIGN_OTHERS, "case.assigned", OnStay.KEEPS, False, _cells(SAME, SAME, *_ALIVE)),
    Row(Move.CLASSIFY, Act.CLASSIFY, "case.classified", OnStay.KEEPS, False, _cells(SAME, SAME, *_READABLE)),
    Row(Move.WAIT, Act.WAIT, "case.waited", OnStay.KEEPS, True, _cells(WAITING, WAITING, *_ALIVE)),
    Row(
        Move.RESUME,
        Act.RESUME,
        "case.resumed",
        OnStay.KEEPS,
        False,
        _cells(NotWaiting, OPEN, *_ALIVE),
    ),
    Row(
        Move.CUSTOMER_WRITES,
        None,
        "case.customer_wrote",
        OnStay.OPENS,
        False,
        _cells(SAME, OPEN, OPEN, CaseClosed, CaseMerged, CaseVoid),
    ),
    Row(Move.ESCALATE, Act.ESCALATE, "case.escalated", OnStay.HANDS_ON, True, _cells(OPEN, OPEN, *_ALIVE)),
    Row(Move.RETURN, Act.RETURN, "case.returned", OnStay.HANDS_ON, True, _cells(OPEN, OPEN, *_ALIVE)),
    Row(Move.REROUTE, Act.REROUTE, "case.rerouted", OnStay.HANDS_ON, True, _cells(OPEN, OPEN, *_ALIVE)),
    Row(Move.RESOLVE, Act.RESOLVE, "case.resolved", OnStay.CLOSES, True, _cells(RESOLVED, RESOLVED, *_ALIVE)),
    Row(
        Move.REOPEN,
        Act.REOPEN,
        "case.reopened",
        OnStay.OPENS,
        False,
        _cells(NotResolved, NotResolved, OPEN, CaseClosed, CaseMerged, CaseVoid),
    ),
    Row(
        Move.WITHDRAW_THANKS,
        Act.THANKS,
        "case.thanks_withdrawn",
        OnStay.CLOSES,
        False,
        _cells(RESOLVED, RESOLVED, *_ALIVE),
    ),
    Row(Move.VOID, Act.VOID, "case.voided", OnStay.CLOSES, False, _cells(VOID, VOID, *_ALIVE)),
    Row(
        Move.UNDO_VOID,
        Act.VOID,
        "case.void_undone",
        OnStay.RUNS_ON,
        False,
        _cells(NotVoid, NotVoid, NotVoid, NotVoid, CaseMerged, OPEN),
    ),
    Row(Move.SPLIT, Act.SPLIT, "case.split", OnStay.KEEPS, False, _cells(SAME, SAME, *_READABLE)),
    Row(
        Move.UNDO_SPLIT,
        Act.SPLIT,
        "case.split_undone",
        OnStay.CLOSES,
        False,
        _cells(VOID, NotOpen, *_ALIVE),
    ),
    Row(
        Move.MERGE,
        Act.MERGE,
        "case.merged",
        OnStay.CLOSES,
        False,
        _cells(Phase.MERGED, Phase.MERGED, *_ALIVE),
    ),
    Row(Move.ABSORB, Act.READ, "case.absorbed", OnStay.KEEPS, False, _cells(SAME, SAME, *_ALIVE)),
    Row(
        Move.UNDO_MERGE,
        Act.MERGE,
        "case.merge_undone",
        OnStay.RUNS_ON,
        False,
        _cells(NotMerged, NotMerged, NotMerged, NotMerged, BEFORE, CaseVoid),
    ),
)
ROWS: dict[Move, Row] = {row.move: row for row in TABLE}


def phase(state: str, *, resolved_at: datetime | None, now: datetime, grace_days: int) -> Phase:
    """The phase of a case: *closed* is a resolved one at or past the end of its grace (days of 24 hours)."""
    if (
        state == Phase.RESOLVED
        and resolved_at is not None
        and now >= resolved_at + timedelta(days=grace_days)
    ):
        return Phase.CLOSED
    return Phase(state)


def check_fits(move: Move, at: Phase, *, case: int) -> None:
    """Raise the refusal of the table's cell, or return."""
    cell = ROWS[move].cells[at]
    if isinstance(cell, type):
        raise cell(case=case)


def fits(move: Move, at: Phase) -> bool:
    """Whether the table lets the move happen."""
    return not isinstance(ROWS[move].cells[at], type)


def after(move: Move, at: Phase) -> Phase:
    """The phase a fitting move leads to; taking a merge back leads to open or waiting, said as open."""
    cell = ROWS[move].cells[at]
    if isinstance(cell, Before):
        return OPEN
    if isinstance(cell, type):
        raise ValueError(f"{move} doesn't fit {at}")
    return at if isinstance(cell, Same) else cell
