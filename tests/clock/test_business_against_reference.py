from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opsdesk.clock.business import business_time, due_at
from opsdesk.clock.calendars import Calendar, Country, Shift
from tests.clock.builders import a_calendar
from tests.clock.reference import business_minutes

ZONES = [
    "UTC",
    "Asia/Ulaanbaatar",
    "Asia/Seoul",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
]
# Days around which some of these zones change their offset.
CHANGES = [
    date(2016, 3, 26),
    date(2016, 9, 24),
    date(2018, 2, 18),
    date(2018, 11, 4),
    date(2019, 4, 7),
    date(2025, 3, 30),
    date(2026, 2, 15),
    date(2026, 3, 8),
    date(2026, 3, 22),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2011, 12, 30),
    date(2026, 12, 31),
]
MINUTE = timedelta(minutes=1)

Pause = tuple[datetime, datetime | None]


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=6)))
    return tuple(Shift(bounds[n], bounds[n + 1]) for n in range(0, len(bounds) - 1, 2))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    countries = draw(st.sets(st.sampled_from(["US", "DE", "MN", "KR", "MA"]), max_size=2))
    return a_calendar(
        draw(st.sampled_from(ZONES)),
        tuple(draw(shifts()) for _ in range(7)),
        countries=tuple(Country(code) for code in sorted(countries)),
        closed_on=tuple(draw(st.sets(st.sampled_from(CHANGES), max_size=2))),
    )


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    day = draw(st.one_of(st.sampled_from(CHANGES), st.dates(date(2005, 1, 1), date(2036, 1, 1))))
    minutes = draw(st.integers(-2 * 1440, 2 * 1440))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE


@st.composite
def pauses_near(draw: st.DrawFn, start: datetime, minutes: int) -> list[Pause]:
    result: list[Pause] = []
    for _ in range(draw(st.integers(0, 4))):
        begin = start + draw(st.integers(-600, minutes + 600)) * MINUTE
        length = draw(st.none() | st.integers(0, 1500))
        result.append((begin, None if length is None else begin + length * MINUTE))
    return result


@settings(max_examples=150)
@given(st.data(), calendars(), starts(), st.integers(0, 5 * 1440))
def test_business_time_is_what_counting_minutes_gives(
    data: st.DataObject, calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = start + minutes * MINUTE
    pauses = data.draw(pauses_near(start, minutes))
    assert business_time(start, end, calendar, pauses) == 60 * business_minutes(calendar, start, end, pauses)


@settings(max_examples=150)
@given(st.data(), calendars(), starts(), st.integers(1, 3 * 1440))
def test_due_is_the_first_instant_at_which_the_budget_is_used(
    data: st.DataObject, calendar: Calendar, start: datetime, budget: int
) -> None:
    assume(any(calendar.week))
    pauses = data.draw(pauses_near(start, 3 * 1440))
    due = due_at(start, budget * 60, calendar, pauses)
    if due is None:
        unended = min(begin for begin, end in pauses if end is None)
        assert unended < start or business_time(start, unended, calendar, pauses) < budget * 60
        return
    assert business_time(start, due, calendar, pauses) == budget * 60
    assert business_time(start, due - timedelta(microseconds=1), calendar, pauses) < budget * 60


# Long, and nothing new for coverage, which would double its time.
@given(calendars(), st.lists(starts(), min_size=3, max_size=3))
def test_time_adds_up_over_years(calendar: Calendar, instants: list[datetime]) -> None:
    first, middle, last = sorted(instants)
    whole = business_time(first, last, calendar)
    assert whole == business_time(first, middle, calendar) + business_time(middle, last, calendar)


@given(calendars(), starts(), st.integers(0, 999_999), st.integers(1, 400_000))
def test_parts_of_a_second_are_never_lost(
    calendar: Calendar, start: datetime, micros: int, budget_s: int
) -> None:
    assume(any(calendar.week))
    begun = start + timedelta(microseconds=micros)
    due = due_at(begun, budget_s, calendar)
    assert due is not None
    assert business_time(begun, due, calendar) == budget_s


@pytest.mark.parametrize("zone", ZONES)
def test_a_calendar_that_never_closes_is_the_wall_clock(zone: str) -> None:
    calendar = a_calendar(zone, ((Shift(0, 1440),),) * 7)
    start, end = datetime(2009, 5, 1, 7, tzinfo=UTC), datetime(2027, 11, 2, 3, tzinfo=UTC)
    assert business_time(start, end, calendar) == int((end - start).total_seconds())
