from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from opsdesk.clock.business import NeverOpen, business_time, due_at
from opsdesk.clock.calendars import Calendar, Country, Shift
from tests.clock.builders import NINE_TO_SIX, a_calendar, at

HOUR = 3600
BERLIN = "Europe/Berlin"
NIGHT = ((Shift(0, 6 * 60),),) * 7


def due(start: str, hours: float, calendar: Calendar) -> datetime | None:
    return due_at(at(start), int(hours * HOUR), calendar)


# 2026-11-20 is a Friday.
@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-20 09:00", 4, "2026-11-20 13:00"),
        ("2026-11-20 09:00", 9, "2026-11-20 18:00"),
        ("2026-11-20 17:00", 2, "2026-11-23 10:00"),
        ("2026-11-21 12:00", 1, "2026-11-23 10:00"),
        ("2026-11-20 18:00", 9, "2026-11-23 18:00"),
        ("2026-11-20 06:00", 18, "2026-11-23 18:00"),
        ("2026-11-20 12:00", 0, "2026-11-20 12:00"),
        ("2026-11-21 12:00", 0, "2026-11-21 12:00"),
    ],
)
def test_a_budget_runs_in_open_hours_only_and_may_end_at_closing_time(
    start: str, hours: int, expected: str
) -> None:
    assert due(start, hours, a_calendar()) == at(expected)


def test_several_shifts_a_day_leave_the_lunch_break_out() -> None:
    shifts = (Shift(9 * 60, 13 * 60), Shift(14 * 60, 18 * 60))
    calendar = a_calendar(week=(shifts,) * 7)
    assert business_time(at("2026-11-20 12:00"), at("2026-11-20 15:00"), calendar) == 2 * HOUR
    assert due("2026-11-20 12:30", 1, calendar) == at("2026-11-20 14:30")


def test_shifts_on_both_sides_of_midnight_are_one_night() -> None:
    calendar = a_calendar(week=((Shift(0, 360), Shift(1320, 1440)),) * 7)
    assert due("2026-11-20 23:00", 2, calendar) == at("2026-11-21 01:00")
    assert due("2026-11-20 23:00", 1, calendar) == at("2026-11-21 00:00")


def test_a_public_holiday_and_a_house_holiday_take_the_day_out() -> None:
    calendar = a_calendar(
        "Asia/Ulaanbaatar", (NINE_TO_SIX,) * 7, countries=(Country("MN"),), closed_on=(date(2026, 11, 27),)
    )
    start = at("2026-11-25 17:00", "Asia/Ulaanbaatar")
    assert calendar.holiday_name(date(2026, 11, 26)) == "Republic Day"
    assert calendar.holiday_name(date(2026, 11, 27)) == "Closed"
    assert calendar.holiday_name(date(2026, 11, 28)) is None
    assert due_at(start, 2 * HOUR, calendar) == at("2026-11-28 10:00", "Asia/Ulaanbaatar")


def test_a_holiday_is_the_local_day() -> None:
    calendar = a_calendar("Asia/Seoul", (NINE_TO_SIX,) * 7, closed_on=(date(2026, 11, 26),))
    assert business_time(at("2026-11-25 20:00"), at("2026-11-26 12:00"), calendar) == 0


# Berlin: 2026-03-29 02:00 -> 03:00, 2026-10-25 03:00 -> 02:00.
@pytest.mark.parametrize(
    ("shift", "day", "opens", "closes"),
    [
        (Shift(0, 360), "2026-03-29", "2026-03-28 23:00", "2026-03-29 04:00"),
        (Shift(150, 360), "2026-03-29", "2026-03-29 01:00", "2026-03-29 04:00"),
        (Shift(60, 150), "2026-03-29", "2026-03-29 00:00", "2026-03-29 01:00"),
        (Shift(0, 360), "2026-10-25", "2026-10-24 22:00", "2026-10-25 05:00"),
        (Shift(150, 360), "2026-10-25", "2026-10-25 00:30", "2026-10-25 05:00"),
        (Shift(60, 150), "2026-10-25", "2026-10-24 23:00", "2026-10-25 01:30"),
    ],
)
def test_a_shift_meets_the_clock_change_as_stated(shift: Shift, day: str, opens: str, closes: str) -> None:
    weekday = date.fromisoformat(day).weekday()
    week = tuple((shift,) if number == weekday else () for number in range(7))
    calendar = a_calendar(BERLIN, week)
    first, last = at(opens), at(closes)
    assert business_time(at(f"{day} 00:00") - timedelta(hours=12), first, calendar) == 0
    assert business_time(first, last, calendar) == (last - first).total_seconds()
    assert business_time(last, last + timedelta(hours=12), calendar) == 0


def test_a_shift_inside_the_gap_doesnt_happen() -> None:
    week = (*(((),) * 6), (Shift(130, 170),))
    calendar = a_calendar(BERLIN, week)
    assert business_time(at("2026-03-28 00:00"), at("2026-03-31 00:00"), calendar) == 0


def test_shifts_that_overlap_in_the_repeated_hour_count_once() -> None:
    week = (*(((),) * 6), (Shift(0, 150), Shift(150, 360)))
    calendar = a_calendar(BERLIN, week)
    assert business_time(at("2026-10-24 12:00"), at("2026-10-25 12:00"), calendar) == 7 * HOUR


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    calendar = a_calendar("Pacific/Apia", (NINE_TO_SIX,) * 7)
    before, after = at("2011-12-29 18:00", "Pacific/Apia"), at("2011-12-31 09:00", "Pacific/Apia")
    assert business_time(before, after, calendar) == 0
    assert due_at(before, HOUR, calendar) == at("2011-12-31 10:00", "Pacific/Apia")


@pytest.mark.parametrize(
    ("pauses", "hours"),
    [
        ([], 9),
        ([("10:00", "12:00")], 7),
        ([("10:00", "12:00"), ("11:00", "13:00")], 6),
        ([("10:00", "12:00"), ("10:30", "11:00")], 7),
        ([("10:00", "11:00"), ("11:00", "12:00")], 7),
        ([("18:00", "23:00")], 9),
        ([("00:00", "09:30")], 8.5),
        ([("10:00", "10:00")], 9),
        ([("17:00", None)], 8),
        ([("10:00", None), ("12:00", "13:00")], 1),
        ([("23:30", None)], 9),
    ],
)
def test_pauses_count_once_and_only_in_open_hours(pauses: list[tuple[str, str | None]], hours: float) -> None:
    day = "2026-11-20"
    instants = [(at(f"{day} {begin}"), end and at(f"{day} {end}")) for begin, end in pauses]
    seconds = business_time(at(f"{day} 00:00"), at(f"{day} 23:00"), a_calendar(), instants)
    assert seconds == hours * HOUR


def test_a_pause_moves_the_due_time_by_its_open_hours() -> None:
    pauses = [(at("2026-11-20 12:00"), at("2026-11-23 10:00"))]
    assert due_at(at("2026-11-20 09:00"), 4 * HOUR, a_calendar(), pauses) == at("2026-11-23 11:00")
    assert due_at(at("2026-11-20 09:00"), 3 * HOUR, a_calendar(), pauses) == at("2026-11-20 12:00")


def test_nothing_is_due_while_a_pause_has_no_end_unless_it_was_due_before() -> None:
    pauses = [(at("2026-11-20 12:00"), None)]
    assert due_at(at("2026-11-20 09:00"), 4 * HOUR, a_calendar(), pauses) is None
    assert due_at(at("2026-11-20 09:00"), 3 * HOUR, a_calendar(), pauses) == at("2026-11-20 12:00")


def test_an_instant_of_any_zone_is_the_same_instant() -> None:
    start = datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2)))
    assert due_at(start, HOUR, a_calendar()) == datetime(2026, 11, 20, 13, tzinfo=UTC)


def test_what_makes_no_sense_is_an_error() -> None:
    naive, start, end = (
        at("2026-11-20 09:00").replace(tzinfo=None),
        at("2026-11-20 09:00"),
        at("2026-11-20 10:00"),
    )
    calendar = a_calendar()
    with pytest.raises(ValueError, match="has no zone"):
        business_time(naive, end, calendar)
    with pytest.raises(ValueError, match="has no zone"):
        business_time(start, end, calendar, [(naive, None)])
    with pytest.raises(ValueError, match="has no zone"):
        due_at(naive, 1, calendar)
    with pytest.raises(ValueError, match="lies after the end"):
        business_time(end, start, calendar)
    with pytest.raises(ValueError, match="ends before that"):
        business_time(start, end, calendar, [(end, start)])
    with pytest.raises(ValueError, match="can't be negative"):
        due_at(start, -1, calendar)


def test_a_calendar_that_never_opens_is_named_instead_of_searched_for_ever() -> None:
    with pytest.raises(NeverOpen, match="support has no open hours in the 5 years after 2026"):
        due("2026-11-20 09:00", 1, a_calendar(week=((),) * 7))


def test_a_budget_beyond_all_time_is_named_too() -> None:
    with pytest.raises(NeverOpen):
        due_at(datetime(9985, 1, 1, tzinfo=UTC), 10**12, a_calendar(week=NIGHT))


@pytest.mark.parametrize(
    "shifts",
    [(Shift(540, 600), Shift(590, 700)), (Shift(600, 700), Shift(540, 590))],
)
def test_shifts_of_a_day_stand_in_order_and_apart(shifts: tuple[Shift, ...]) -> None:
    with pytest.raises(ValueError, match="must be in order and must not overlap"):
        a_calendar(week=(shifts, *((),) * 6))


@pytest.mark.parametrize(("start", "end"), [(540, 540), (600, 540), (-1, 10), (0, 1441)])
def test_a_shift_stays_within_its_day(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="a shift runs within one day"):
        Shift(start, end)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days"):
        a_calendar(week=(NINE_TO_SIX,) * 5)
