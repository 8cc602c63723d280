"""When digests are due, and what each is of: at every edge of a calendar."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsdesk.clock.calendars import Country, Shift
from opsdesk.review.digest_calendar import (
    Rhythm,
    alone,
    closing,
    due_of,
    dues,
    last_due,
    next_due,
    wanted,
)
from tests.clock.builders import AROUND_THE_CLOCK, a_calendar, at

DAILY, WEEKLY = Rhythm.DAILY, Rhythm.WEEKLY
# 14 October 2026 is a Wednesday.
WEDNESDAY = date(2026, 10, 14)
TWO_SHIFTS = (Shift(8 * 60, 12 * 60), Shift(13 * 60, 17 * 60 + 30))
OFFICE = a_calendar("America/Chicago", (TWO_SHIFTS,) * 5 + ((), ()), countries=(Country("US"),))


def local(text: str) -> datetime:
    return at(text, "America/Chicago")


def test_a_day_is_over_with_its_last_shift() -> None:
    assert closing(OFFICE, WEDNESDAY) == local("2026-10-14 17:30")


@pytest.mark.parametrize("day", [date(2026, 10, 17), date(2026, 11, 26)])
def test_a_weekend_and_a_holiday_have_no_closing(day: date) -> None:
    assert closing(OFFICE, day) is None
    assert due_of(DAILY, OFFICE, day) is None


def test_a_day_round_the_clock_is_over_at_the_midnight_that_ends_it() -> None:
    calendar = a_calendar("America/Chicago", AROUND_THE_CLOCK)
    assert closing(calendar, WEDNESDAY) == local("2026-10-15 00:00")
    newest = last_due(DAILY, calendar, until=local("2026-10-15 00:00"))
    assert newest is not None
    assert (newest.on, newest.at) == (WEDNESDAY, local("2026-10-15 00:00"))


def test_the_week_is_over_with_its_last_working_day() -> None:
    due = due_of(WEEKLY, OFFICE, WEDNESDAY)
    assert due is not None
    assert (due.first, due.on, due.at) == (date(2026, 10, 12), date(2026, 10, 16), local("2026-10-16 17:30"))
    closed = a_calendar(closed_on=(date(2026, 10, 16), date(2026, 10, 15)))
    shorter = due_of(WEEKLY, closed, WEDNESDAY)
    assert shorter is not None
    assert shorter.on == WEDNESDAY


def test_a_week_in_which_nobody_works_has_no_digest_and_the_next_one_tells_of_it() -> None:
    off = tuple(date(2026, 10, 12) + timedelta(days=n) for n in range(7))
    calendar = a_calendar(closed_on=off)
    assert due_of(WEEKLY, calendar, WEDNESDAY) is None
    last, now = at("2026-10-09 18:00"), at("2026-10-24 12:00")
    (only,) = wanted(WEEKLY, calendar, last=last, first=now, now=now)
    assert (only.since, only.until) == (last, at("2026-10-23 18:00"))


def test_the_wall_clock_decides_when_the_clocks_change() -> None:
    instants = [
        due.at
        for due in dues(DAILY, OFFICE, after=local("2026-10-29 20:00"), until=local("2026-11-03 20:00"))
    ]
    assert instants == [local("2026-10-30 17:30"), local("2026-11-02 17:30"), local("2026-11-03 17:30")]
    assert [each.hour for each in instants] == [22, 23, 23]


def test_a_shift_that_ends_in_the_hour_that_comes_twice_ends_the_second_time() -> None:
    night = a_calendar("America/Chicago", ((Shift(0, 90),),) * 7)
    assert closing(night, date(2026, 11, 1)) == at("2026-11-01 01:30", "America/Chicago", fold=1)
    gap = a_calendar("America/Chicago", ((Shift(0, 150),),) * 7)
    assert closing(gap, date(2026, 3, 8)) == local("2026-03-08 03:00")


def test_the_first_digest_is_of_its_day_or_its_week() -> None:
    now = local("2026-10-16 17:30")
    (day,) = wanted(DAILY, OFFICE, last=None, first=now, now=now)
    (week,) = wanted(WEEKLY, OFFICE, last=None, first=now, now=now)
    assert day.since == local("2026-10-16 00:00")
    assert week.since == local("2026-10-12 00:00")
    assert day.until == week.until == now


def test_monday_tells_of_the_weekend_and_a_day_after_a_holiday_of_the_holiday() -> None:
    last, now = local("2026-11-25 17:30"), local("2026-11-30 18:00")
    friday, monday = wanted(DAILY, OFFICE, last=last, first=now, now=now)
    assert (friday.since, friday.until) == (last, local("2026-11-27 17:30"))
    assert (monday.since, monday.until) == (friday.until, local("2026-11-30 17:30"))


def test_nothing_is_wanted_before_the_closing_and_one_thing_at_it() -> None:
    last = local("2026-10-13 17:30")
    before, then = local("2026-10-14 17:29"), local("2026-10-14 17:30")
    assert wanted(DAILY, OFFICE, last=last, first=before, now=before) == []
    assert [each.on for each in wanted(DAILY, OFFICE, last=last, first=then, now=then)] == [WEDNESDAY]


def test_who_was_away_for_three_days_owes_three_digests_each_of_its_own_day() -> None:
    last, now = local("2026-10-12 17:30"), local("2026-10-15 19:00")
    found = wanted(DAILY, OFFICE, last=last, first=now, now=now)
    assert [each.on.day for each in found] == [13, 14, 15]
    assert found[0].since == last
    assert all(one.until == other.since for one, other in pairwise(found))


def test_where_nobody_ever_works_nothing_is_due() -> None:
    never = a_calendar(week=((),) * 7)
    assert next_due(DAILY, never, after=at("2026-10-14 00:00")) is None
    assert last_due(WEEKLY, never, until=at("2026-10-14 00:00")) is None


def test_a_digest_asked_for_by_itself_begins_with_the_one_due_before_it() -> None:
    due = due_of(DAILY, OFFICE, date(2026, 10, 19))
    assert due is not None
    assert alone(due, OFFICE).since == local("2026-10-16 17:30")


ZONES = ("America/Chicago", "Asia/Ulaanbaatar", "Australia/Lord_Howe", "UTC")
SHIFTS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda ends: ends[0] < ends[1])


@settings(max_examples=25)
@given(
    zone=st.sampled_from(ZONES),
    week=st.lists(st.none() | SHIFTS, min_size=7, max_size=7),
    start=st.integers(0, 8000),
    looks=st.lists(st.integers(1, 900), min_size=1, max_size=12),
    rhythm=st.sampled_from(Rhythm),
)
def test_whenever_somebody_looks_no_instant_is_in_two_digests_or_in_none(
    zone: str, week: list[tuple[int, int] | None], start: int, looks: list[int], rhythm: Rhythm
) -> None:
    shifts = tuple((Shift(*each),) if each else () for each in week)
    calendar = a_calendar(zone, shifts)
    now = begun = at("2026-01-01 00:00") + timedelta(hours=start)
    last, made = begun, []
    for hours in looks:
        now += timedelta(hours=hours)
        for each in wanted(rhythm, calendar, last=last, first=begun, now=now):
            assert each.since == last
            assert each.since < each.until <= now
            last = each.until
            made.append(each.until)
    assert made == [due.at for due in dues(rhythm, calendar, after=begun, until=now)]
