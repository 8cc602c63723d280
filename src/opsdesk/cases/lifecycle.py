"""The life of a case as one table. Pure.

Every state, move, refusal and event of a case stands in `TABLE`, and where a dispute or an incident differs
in `EXCEPTIONS`, and nowhere else: look-ups, the handbook's table and the tests are derived from them.
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
    DisputeDecided,
    IncidentStays,
    NotADispute,
    NotAnIncident,
    NotByMail,
    NotMerged,
    NotOfDisputes,
    NotOfIncidents,
    NotOpen,
    NotResolved,
    NotVoid,
    NotWaiting,
    RuledOnly,
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


class Kind(StrEnum):
    REQUEST = "request"
    DISPUTE = "dispute"
    INCIDENT = "incident"


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
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge"


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
    """One move: who may, the fact it leaves, what it does to the stay, its cells.

    `act` None: no person's right on the case. The customer writes; who may rule on a dispute its deal says.

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
_NO_DISPUTE, _NO_INCIDENT = _cells(*[NotADispute] * 6), _cells(*[NotAnIncident] * 6)
OPEN, WAITING, RESOLVED = Phase.OPEN, Phase.WAITING, Phase.RESOLVED
MERGED, VOID = Phase.MERGED, Phase.VOID

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
    Row(Move.RESUME, Act.RESUME, "case.resumed", OnStay.KEEPS, False, _cells(NotWaiting, OPEN, *_ALIVE)),
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
    Row(Move.MERGE, Act.MERGE, "case.merged", OnStay.CLOSES, False, _cells(MERGED, MERGED, *_ALIVE)),
    Row(Move.ABSORB, Act.READ, "case.absorbed", OnStay.KEEPS, False, _cells(SAME, SAME, *_ALIVE)),
    Row(
        Move.UNDO_MERGE,
        Act.MERGE,
        "case.merge_undone",
        OnStay.RUNS_ON,
        False,
        _cells(NotMerged, NotMerged, NotMerged, NotMerged, BEFORE, CaseVoid),
    ),
    Row(Move.DECIDE, None, "case.resolved", OnStay.CLOSES, True, _NO_DISPUTE),
    Row(Move.ACKNOWLEDGE, Act.ACKNOWLEDGE, "case.acknowledged", OnStay.KEEPS, True, _NO_INCIDENT),
)
ROWS: dict[Move, Row] = {row.move: row for row in TABLE}


def _never(refusal: type[Refusal], *moves: Move) -> dict[Move, dict[Phase, Cell]]:
    return {move: _cells(*[refusal] * 6) for move in moves}


def _while_undecided(*moves: Move) -> dict[Move, dict[Phase, Cell]]:
    """The moves as they are, but that an end is for good: a dispute is neither reopened nor gone on from."""
    over = dict.fromkeys((Phase.RESOLVED, Phase.CLOSED), DisputeDecided)
    return {move: {**ROWS[move].cells, **over} for move in moves}


_MAIL = (Move.SEND, Move.SEND_AND_WAIT, Move.CUSTOMER_WRITES, Move.WITHDRAW_THANKS)
_OF_REQUESTS = (Move.SPLIT, Move.UNDO_SPLIT, Move.MERGE, Move.ABSORB, Move.UNDO_MERGE)
_DECIDED = _cells(RESOLVED, RESOLVED, DisputeDecided, DisputeDecided, CaseMerged, CaseVoid)

# Where a kind of case differs from a request: its own cells in place of the table's.
EXCEPTIONS: dict[Kind, dict[Move, dict[Phase, Cell]]] = {
    Kind.REQUEST: {},
    Kind.DISPUTE: {
        **_never(NotByMail, *_MAIL),
        **_never(NotOfDisputes, *_OF_REQUESTS, Move.REOPEN, Move.VOID, Move.UNDO_VOID, Move.CLASSIFY),
        **_never(RuledOnly, Move.RESOLVE),
        **_while_undecided(Move.TAKE, Move.ASSIGN, Move.WAIT, Move.RESUME),
        **_while_undecided(Move.ESCALATE, Move.RETURN, Move.REROUTE),
        Move.DECIDE: _DECIDED,
    },
    Kind.INCIDENT: {
        **_never(NotByMail, *_MAIL),
        **_never(NotOfIncidents, *_OF_REQUESTS),
        **_never(IncidentStays, Move.ESCALATE, Move.RETURN, Move.REROUTE),
        Move.ACKNOWLEDGE: _cells(SAME, SAME, *_ALIVE),
    },
}
NO_GRACE = frozenset({Kind.DISPUTE})
# What is answered by an act of its own: until then nothing else is its first touch.
ACKNOWLEDGED = frozenset({Kind.INCIDENT})


def cells(move: Move, kind: str = Kind.REQUEST) -> Mapping[Phase, Cell]:
    """What a move does in each phase of a case of a kind."""
    return EXCEPTIONS[Kind(kind)].get(move, ROWS[move].cells)


def phase(
    state: str, *, resolved_at: datetime | None, now: datetime, grace_days: int, kind: str = Kind.REQUEST
) -> Phase:
    """The phase of a case: *closed* is a resolved one at or past the end of its grace (days of 24 hours).

    A kind without grace is closed at once.
    """
    grace = timedelta(days=0 if kind in NO_GRACE else grace_days)
    if state == Phase.RESOLVED and resolved_at is not None and now >= resolved_at + grace:
        return Phase.CLOSED
    return Phase(state)


def check_fits(move: Move, at: Phase, *, case: int, kind: str = Kind.REQUEST) -> None:
    """Raise the refusal of the table's cell, or return."""
    cell = cells(move, kind)[at]
    if isinstance(cell, type):
        raise cell(case=case)


def fits(move: Move, at: Phase, kind: str = Kind.REQUEST) -> bool:
    """Whether the table lets the move happen."""
    return not isinstance(cells(move, kind)[at], type)


def after(move: Move, at: Phase, kind: str = Kind.REQUEST) -> Phase:
    """The phase a fitting move leads to; taking a merge back leads to open or waiting, said as open."""
    cell = cells(move, kind)[at]
    if isinstance(cell, Before):
        return OPEN
    if isinstance(cell, type):
        raise ValueError(f"{move} doesn't fit {at}")
    return at if isinstance(cell, Same) else cell
