"""The frozen core: what may change as the business grows is never found here."""

import hashlib
from itertools import pairwise

from opsdesk.deals import lifecycle
from opsdesk.deals.lifecycle import (
    TABLE,
    WAITS_FOR,
    Flow,
    MoneyAction,
    Move,
    Outcome,
    Reason,
    Row,
    State,
    Timer,
)
from opsdesk.deals.timers import KIND_OF, TASK_KINDS

# Another digest is another product: whoever changes it says why in docs/decisions.
DIGEST = "eb3baa72f985e02bb296b5e58fca02a1c9d2e7f016d5b1178a8a7b0211b05d65"


def line(row: Row) -> str:
    names = [
        row.move,
        row.start or "-",
        ">".join(row.path),
        ",".join(row.who),
        row.act or "-",
        row.otherwise.__name__ if row.otherwise else "-",
        ",".join(row.events),
        row.arms or "-",
        row.disarms or "-",
        row.flow,
    ]
    return " | ".join(str(name) for name in names)


def canonical() -> str:
    kinds = [State, Move, MoneyAction, Timer, Reason, Outcome, Flow]
    enums = [f"{kind.__name__}: {', '.join(each.value for each in kind)}" for kind in kinds]
    legs = [f"{action}: {one} to {other}" for action, (one, other) in lifecycle.LEGS.items()]
    waits = [f"{state} waits for {party}" for state, party in WAITS_FOR.items()]
    return "\n".join([*enums, *legs, *waits, *map(line, TABLE)])


def test_the_core_is_frozen() -> None:
    assert hashlib.sha256(canonical().encode()).hexdigest() == DIGEST, canonical()


def test_the_core_is_the_one_of_the_book() -> None:
    assert [*State] == ["CREATED", "FUNDED", "DELIVERED", "INSPECTION", "APPROVED", "ISSUE", "SETTLED"]
    assert [*MoneyAction] == ["HOLD", "RELEASE", "REFUND", "OFFSET"]
    assert [*Timer] == ["AUTO_APPROVE", "DISPUTE_TTL", "HOLDBACK_RELEASE"]
    assert [*Reason] == [
        *("NOT_DELIVERED", "DAMAGE_MAJOR", "DAMAGE_MINOR", "MISSING_PARTS"),
        *("QUALITY_NOT_MATCHING", "DOCUMENT_MISMATCH", "OTHER"),
    ]
    assert [*Outcome] == ["REJECT", "OFFSET", "PARTIAL_REFUND", "FULL_REFUND", "REPLACEMENT"]


def test_the_steps_from_state_to_state_are_those_and_no_others() -> None:
    steps = {step for row in TABLE for step in pairwise([row.start, *row.path] if row.start else row.path)}
    assert steps == {
        ("CREATED", "FUNDED"),
        ("FUNDED", "DELIVERED"),
        ("DELIVERED", "INSPECTION"),
        ("INSPECTION", "APPROVED"),
        ("INSPECTION", "ISSUE"),
        ("APPROVED", "SETTLED"),
        ("ISSUE", "SETTLED"),
    }


def test_each_move_has_one_row_and_leaves_a_fact_for_each_state_it_enters() -> None:
    assert sorted(row.move for row in TABLE) == sorted(Move)
    assert all(len(row.events) == len(row.path) for row in TABLE)
    events = [event for row in TABLE for event in row.events]
    assert len(events) == len(set(events))


def test_a_deal_rests_where_somebody_is_waited_for_or_all_is_over() -> None:
    assert set(State) - set(WAITS_FOR) == {State.DELIVERED, State.APPROVED}
    assert [state for state, party in WAITS_FOR.items() if party is None] == [State.SETTLED]
    assert lifecycle.moves_from(State.SETTLED) == ()


def test_every_timer_is_a_move_of_the_system_armed_by_the_move_before_it() -> None:
    armed = {row.arms: row.path[-1] for row in TABLE if row.arms}
    for timer in Timer:
        row = lifecycle.ROWS[Move(timer.value)]
        assert (row.who, row.act) == (("system",), None)
        assert row.start is armed[timer]
    assert set(KIND_OF) == set(Timer)
    assert set(TASK_KINDS) == set(KIND_OF.values())


def test_whatever_leaves_a_state_otherwise_than_by_its_timer_calls_the_timer_off() -> None:
    for row in TABLE:
        running = {other.arms for other in TABLE if other.arms and other.path[-1] is row.start}
        if row.who != ("system",) and running:
            assert row.disarms in running
