"""Where the life of a dispute and of an incident differs from a request's: every cell, written by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases import lifecycle
from opsdesk.cases.lifecycle import EXCEPTIONS, ROWS, Kind, Move, Phase
from opsdesk.cases.models import CaseKind
from opsdesk.kernel.refusal import Refusal

# Columns: open, waiting, resolved in grace, closed, merged, void; "=": the state stays; refusals by name.
DECIDED = "DisputeDecided DisputeDecided CaseMerged CaseVoid"
OVER = "AlreadyResolved CaseClosed CaseMerged CaseVoid"
NEVER_MAILED = " ".join(["NotByMail"] * 6)
NEVER_OF_DISPUTES = " ".join(["NotOfDisputes"] * 6)
NEVER_OF_INCIDENTS = " ".join(["NotOfIncidents"] * 6)
STAYS = " ".join(["IncidentStays"] * 6)
DISPUTE = {
    Move.NOTE: "= = = = CaseMerged CaseVoid",
    Move.SEND: NEVER_MAILED,
    Move.SEND_AND_WAIT: NEVER_MAILED,
    Move.TAKE: f"= = {DECIDED}",
    Move.ASSIGN: f"= = {DECIDED}",
    Move.CLASSIFY: NEVER_OF_DISPUTES,
    Move.WAIT: f"waiting waiting {DECIDED}",
    Move.RESUME: f"NotWaiting open {DECIDED}",
    Move.CUSTOMER_WRITES: NEVER_MAILED,
    Move.ESCALATE: f"open open {DECIDED}",
    Move.RETURN: f"open open {DECIDED}",
    Move.REROUTE: f"open open {DECIDED}",
    Move.RESOLVE: " ".join(["RuledOnly"] * 6),
    Move.REOPEN: NEVER_OF_DISPUTES,
    Move.WITHDRAW_THANKS: NEVER_MAILED,
    Move.VOID: NEVER_OF_DISPUTES,
    Move.UNDO_VOID: NEVER_OF_DISPUTES,
    Move.SPLIT: NEVER_OF_DISPUTES,
    Move.UNDO_SPLIT: NEVER_OF_DISPUTES,
    Move.MERGE: NEVER_OF_DISPUTES,
    Move.ABSORB: NEVER_OF_DISPUTES,
    Move.UNDO_MERGE: NEVER_OF_DISPUTES,
    Move.DECIDE: f"resolved resolved {DECIDED}",
    Move.ACKNOWLEDGE: " ".join(["NotAnIncident"] * 6),
}
INCIDENT = {
    Move.NOTE: "= = = = CaseMerged CaseVoid",
    Move.SEND: NEVER_MAILED,
    Move.SEND_AND_WAIT: NEVER_MAILED,
    Move.TAKE: f"= = {OVER}",
    Move.ASSIGN: f"= = {OVER}",
    Move.CLASSIFY: "= = = = CaseMerged CaseVoid",
    Move.WAIT: f"waiting waiting {OVER}",
    Move.RESUME: f"NotWaiting open {OVER}",
    Move.CUSTOMER_WRITES: NEVER_MAILED,
    Move.ESCALATE: STAYS,
    Move.RETURN: STAYS,
    Move.REROUTE: STAYS,
    Move.RESOLVE: f"resolved resolved {OVER}",
    Move.REOPEN: "NotResolved NotResolved open CaseClosed CaseMerged CaseVoid",
    Move.WITHDRAW_THANKS: NEVER_MAILED,
    Move.VOID: f"void void {OVER}",
    Move.UNDO_VOID: "NotVoid NotVoid NotVoid NotVoid CaseMerged open",
    Move.SPLIT: NEVER_OF_INCIDENTS,
    Move.UNDO_SPLIT: NEVER_OF_INCIDENTS,
    Move.MERGE: NEVER_OF_INCIDENTS,
    Move.ABSORB: NEVER_OF_INCIDENTS,
    Move.UNDO_MERGE: NEVER_OF_INCIDENTS,
    Move.DECIDE: " ".join(["NotADispute"] * 6),
    Move.ACKNOWLEDGE: f"= = {OVER}",
}
EXPECTED = {Kind.DISPUTE: DISPUTE, Kind.INCIDENT: INCIDENT}
CELLS = [(kind, move, at) for kind in EXPECTED for move in Move for at in Phase]


@pytest.mark.parametrize(("kind", "move", "at"), CELLS, ids=lambda value: value.value)
def test_each_move_of_each_kind_in_each_phase_is_as_decided(kind: Kind, move: Move, at: Phase) -> None:
    wanted = EXPECTED[kind][move].split()[list(Phase).index(at)]
    if wanted[0].isupper():
        assert not lifecycle.fits(move, at, kind)
        with pytest.raises(Refusal) as refusal:
            lifecycle.check_fits(move, at, case=12, kind=kind)
        assert refusal.value.code == wanted
        assert "12" in str(refusal.value)
    else:
        lifecycle.check_fits(move, at, case=12, kind=kind)
        assert lifecycle.after(move, at, kind) == (at if wanted == "=" else Phase(wanted))


def test_every_kind_has_its_exceptions_and_a_request_none() -> None:
    assert set(EXCEPTIONS) == set(Kind)
    assert [kind.value for kind in Kind] == CaseKind.values
    assert EXCEPTIONS[Kind.REQUEST] == {}


def test_an_exception_is_one() -> None:
    same = [
        (kind, move)
        for kind, moves in EXCEPTIONS.items()
        for move, cells in moves.items()
        if cells == ROWS[move].cells
    ]
    assert same == []


def test_a_dispute_has_no_grace() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    resolved = {"resolved_at": at, "now": at, "grace_days": 14}
    assert lifecycle.phase("resolved", **resolved, kind=Kind.DISPUTE) is Phase.CLOSED
    assert lifecycle.phase("resolved", **resolved, kind=Kind.INCIDENT) is Phase.RESOLVED
    later = {**resolved, "now": at + timedelta(days=14)}
    assert lifecycle.phase("resolved", **later, kind=Kind.INCIDENT) is Phase.CLOSED
