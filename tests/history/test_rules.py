"""What another tool noted becomes stays by our own definitions."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opsdesk.history.rules import Event, Life, Meaning, live
from tests.history.reference import told

TIERS = {"ops": 1, "core-support": 2, "integration-support": 2, "core-engineering": 3}
HOUR = 3_600_000_000
M = Meaning


def life(*events: tuple[str, Meaning]) -> Life:
    found = [Event(place * HOUR, queue, meaning) for place, (queue, meaning) in enumerate(events)]
    return live(found, TIERS, "ops")


def way(found: Life) -> list[tuple[str, str, str]]:
    return [(stay.queue, stay.entrance, stay.exit) for stay in found.stays]


@pytest.mark.parametrize(
    ("events", "stays", "state"),
    [
        ([("", M.OPEN)], [("ops", "opened", "")], "open"),
        ([("core-engineering", M.OPEN)], [("core-engineering", "opened", "")], "open"),
        (
            [("ops", M.OPEN), ("core-engineering", M.NOTHING)],
            [("ops", "opened", "escalated"), ("core-engineering", "escalated", "")],
            "open",
        ),
        (
            [("core-support", M.OPEN), ("ops", M.WORK), ("core-support", M.RESOLVED)],
            [
                ("core-support", "opened", "returned"),
                ("ops", "returned", "escalated"),
                ("core-support", "escalated", "resolved"),
            ],
            "resolved",
        ),
        (
            [("core-support", M.OPEN), ("integration-support", M.OPEN)],
            [("core-support", "opened", "rerouted"), ("integration-support", "rerouted", "")],
            "open",
        ),
        (
            [("ops", M.OPEN), ("ops", M.RESOLVED), ("core-support", M.OPEN)],
            [("ops", "opened", "resolved"), ("core-support", "reopened", "")],
            "open",
        ),
        (
            [("ops", M.OPEN), ("ops", M.RESOLVED), ("core-support", M.RESOLVED)],
            [("ops", "opened", "resolved")],
            "resolved",
        ),
        ([("ops", M.VOID), ("ops", M.OPEN)], [("ops", "opened", "")], "open"),
        ([("ops", M.WAITING_CUSTOMER), ("ops", M.NOTE)], [("ops", "opened", "")], "waiting"),
        (
            [("ops", M.WAITING_CUSTOMER), ("core-support", M.NOTHING)],
            [("ops", "opened", "escalated"), ("core-support", "escalated", "")],
            "open",
        ),
    ],
)
def test_events_become_stays(
    events: list[tuple[str, Meaning]], stays: list[tuple[str, str, str]], state: str
) -> None:
    found = life(*events)
    assert (way(found), found.state) == (stays, state)


@pytest.mark.parametrize(
    ("events", "queues"),
    [
        ([Event(0), Event(1, meaning=M.WORK), Event(2, "core-engineering", before="core-support")], "s e"),
        ([Event(0, "core-engineering", before="core-support")], "s e"),
        ([Event(0), Event(1, "core-engineering")], "o e"),
        ([Event(0, "ops"), Event(1, "core-engineering", before="core-support")], "o e"),
        ([Event(0), Event(1, before="core-support")], "s"),
    ],
)
def test_the_first_move_tells_where_a_case_was_before_it(events: list[Event], queues: str) -> None:
    names = {"o": "ops", "s": "core-support", "e": "core-engineering"}
    found = live(events, TIERS, "ops")
    assert [stay.queue for stay in found.stays] == [names[each] for each in queues.split()]


def test_a_wait_ends_when_something_else_happens_and_is_not_begun_twice() -> None:
    found = life(
        ("", M.OPEN), ("", M.WAITING_CUSTOMER), ("", M.WAITING_CUSTOMER), ("", M.WORK), ("", M.RESOLVED)
    )
    waits = [(wait.on, wait.began, wait.ended) for wait in found.stays[0].waits]
    assert waits == [("customer", HOUR, 3 * HOUR)]
    assert found.stays[0].touched == HOUR


def test_an_answer_is_the_first_response_and_a_touch() -> None:
    found = life(("", M.OPEN), ("", M.REPLY), ("", M.REPLY))
    assert (found.first_response, found.here.touched, found.last_touch) == (HOUR, HOUR, 2 * HOUR)


events = st.lists(
    st.builds(
        Event,
        at=st.integers(0, 20).map(lambda n: n * HOUR),
        queue=st.sampled_from(["", "", *TIERS]),
        meaning=st.sampled_from(list(Meaning)),
        before=st.sampled_from(["", "", *TIERS]),
    ),
    min_size=1,
    max_size=14,
)


@given(events)
@example([Event(0, "ops", M.RESOLVED), Event(0, "core-support", M.WORK), Event(0, "ops", M.VOID)])
def test_random_lives_come_out_as_the_reference_tells_them(found: list[Event]) -> None:
    ordered = sorted(found, key=lambda event: event.at)
    one, other = live(ordered, TIERS, "ops"), told(ordered, TIERS, "ops")
    stays = [(stay.queue, stay.entrance, stay.entered, stay.left, stay.exit) for stay in one.stays]
    assert stays == other.stays
    assert (one.state, one.reopened) == (other.state, other.reopened)
    assert [stay.touched for stay in one.stays] == other.touched
    ends = [(wait.began, wait.ended) for stay in one.stays for wait in stay.waits]
    assert sum((ordered[-1].at if end is None else end) - began for began, end in ends) == other.waited


@given(events)
def test_stays_tile_the_life_less_the_time_it_stood_resolved(found: list[Event]) -> None:
    ordered = sorted(found, key=lambda event: event.at)
    one = live(ordered, TIERS, "ops")
    for earlier, later in zip(one.stays, one.stays[1:], strict=False):
        assert earlier.left is not None
        assert (later.entered == earlier.left) or later.entrance == "reopened"
        assert later.entered >= earlier.left
    assert (one.here.left is None) == (one.state in ("open", "waiting"))
    assert all(wait.ended is not None for stay in one.stays[:-1] for wait in stay.waits)
