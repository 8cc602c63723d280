"""The table of a case's moves, cell by cell, against the one written down here by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases import lifecycle
from opsdesk.cases.lifecycle import ROWS, SAME, TABLE, Move, OnStay, Phase
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Refusal

# Columns: open, waiting, resolved in grace, closed, merged, void. "=": the state stays; "!": a refusal;
# "before": the state before, which is open unless the case waited.
EXPECTED = {
    Move.NOTE: "= = = = ! !",
    Move.SEND: "= = = = ! !",
    Move.SEND_AND_WAIT: "waiting waiting = = ! !",
    Move.TAKE: "= = ! ! ! !",
    Move.ASSIGN: "= = ! ! ! !",
    Move.CLASSIFY: "= = = = ! !",
    Move.WAIT: "waiting waiting ! ! ! !",
    Move.RESUME: "! open ! ! ! !",
    Move.CUSTOMER_WRITES: "= open open ! ! !",
    Move.ESCALATE: "open open ! ! ! !",
    Move.RETURN: "open open ! ! ! !",
    Move.REROUTE: "open open ! ! ! !",
    Move.RESOLVE: "resolved resolved ! ! ! !",
    Move.REOPEN: "! ! open ! ! !",
    Move.WITHDRAW_THANKS: "resolved resolved ! ! ! !",
    Move.VOID: "void void ! ! ! !",
    Move.UNDO_VOID: "! ! ! ! ! open",
    Move.SPLIT: "= = = = ! !",
    Move.UNDO_SPLIT: "void ! ! ! ! !",
    Move.MERGE: "merged merged ! ! ! !",
    Move.ABSORB: "= = ! ! ! !",
    Move.UNDO_MERGE: "! ! ! ! before !",
    Move.DECIDE: "! ! ! ! ! !",
    Move.ACKNOWLEDGE: "! ! ! ! ! !",
}
PAIRS = [(move, at) for move in Move for at in Phase]


@pytest.mark.parametrize(("move", "at"), PAIRS, ids=lambda value: value.value)
def test_each_move_in_each_phase_is_as_decided(move: Move, at: Phase) -> None:
    wanted = EXPECTED[move].split()[list(Phase).index(at)]
    if wanted == "!":
        assert not lifecycle.fits(move, at)
        with pytest.raises(Refusal) as refusal:
            lifecycle.check_fits(move, at, case=12)
        assert "12" in str(refusal.value)
        with pytest.raises(ValueError, match="doesn't fit"):
            lifecycle.after(move, at)
    else:
        lifecycle.check_fits(move, at, case=12)
        known = {"=": at, "before": Phase.OPEN}
        assert lifecycle.after(move, at) == (known[wanted] if wanted in known else Phase(wanted))


def test_every_move_stands_in_the_table_once_with_every_phase() -> None:
    assert [row.move for row in TABLE] == list(Move)
    assert all(set(row.cells) == set(Phase) for row in TABLE)


def test_every_fact_is_dotted_and_in_the_past_tense() -> None:
    assert {row.event.partition(".")[0] for row in TABLE} == {"case"}


def test_only_the_customers_move_and_a_decision_made_on_the_deal_ask_for_no_right_here() -> None:
    assert [row.move for row in TABLE if row.act is None] == [Move.CUSTOMER_WRITES, Move.DECIDE]
    assert {row.act for row in TABLE if row.act} <= set(Act)


def test_what_ends_a_case_closes_its_stay_and_what_hands_it_on_opens_the_next() -> None:
    for row in TABLE:
        targets = {cell for cell in row.cells.values() if isinstance(cell, Phase)}
        if targets & {Phase.RESOLVED, Phase.VOID, Phase.MERGED}:
            assert row.stay is OnStay.CLOSES, row.move
    assert {row.move for row in TABLE if row.stay is OnStay.HANDS_ON} == {
        Move.ESCALATE,
        Move.RETURN,
        Move.REROUTE,
    }


def test_taking_assigning_and_classifying_are_no_touch() -> None:
    touches = {row.move for row in TABLE if row.touches}
    assert touches == {
        Move.NOTE,
        Move.SEND,
        Move.SEND_AND_WAIT,
        Move.WAIT,
        Move.ESCALATE,
        Move.RETURN,
        Move.REROUTE,
        Move.RESOLVE,
        Move.DECIDE,
        Move.ACKNOWLEDGE,
    }
    assert ROWS[Move.NOTE].cells[Phase.OPEN] == SAME


def test_a_case_is_closed_at_the_very_instant_its_grace_ends() -> None:
    resolved = datetime(2026, 3, 1, tzinfo=UTC)
    end = resolved + timedelta(days=14)

    def at(now: datetime) -> Phase:
        return lifecycle.phase("resolved", resolved_at=resolved, now=now, grace_days=14)

    assert at(end - timedelta(microseconds=1)) is Phase.RESOLVED
    assert at(end) is Phase.CLOSED
    assert lifecycle.phase("open", resolved_at=None, now=end, grace_days=14) is Phase.OPEN
