from datetime import UTC, datetime, timedelta

from opsdesk.demo.events import Events, Life

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sleeper(name: str, instants: list[datetime], seen: list[tuple[str, datetime]], events: Events) -> Life:
    for instant in instants:
        yield instant
        seen.append((name, events.now))


def test_lives_wake_in_the_order_of_time_and_at_one_instant_in_that_of_coming() -> None:
    events = Events(until=NOON + 9 * HOUR)
    seen: list[tuple[str, datetime]] = []
    events.begin(sleeper("late", [NOON + 2 * HOUR], seen, events))
    events.begin(sleeper("first", [NOON, NOON + HOUR], seen, events))
    events.begin(sleeper("second", [NOON], seen, events))
    assert list(events.run()) == [NOON, NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert [name for name, _ in seen] == ["first", "second", "first", "late"]


def test_nobody_wakes_at_the_end_or_after_it() -> None:
    events = Events(until=NOON)
    seen: list[tuple[str, datetime]] = []
    events.begin(sleeper("too late", [NOON], seen, events))
    assert list(events.run()) == []
    assert seen == []


def test_who_asks_for_the_past_wakes_at_once_and_time_never_runs_back() -> None:
    events = Events(until=NOON + HOUR)
    seen: list[tuple[str, datetime]] = []
    events.begin(sleeper("hasty", [NOON, NOON - HOUR], seen, events))
    list(events.run())
    assert seen == [("hasty", NOON), ("hasty", NOON)]
