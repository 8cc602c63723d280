"""What the wall clocks of many instants say at once is what each says alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from opsdesk.insight.columns import wall
from opsdesk.insight.columns.grain import Column
from opsdesk.insight.metrics.desk_arrivals import hour_of, week_of, weekday_of
from opsdesk.insight.metrics.desk_backlog import day_of

START, END = (int(datetime(year, 12, 30, tzinfo=UTC).timestamp()) for year in (2024, 2026))
FORMS = [(wall.days, day_of), (wall.weekdays, weekday_of), (wall.weeks, week_of), (wall.hours, hour_of)]


@pytest.mark.parametrize(
    "zone", ["America/Chicago", "Asia/Ulaanbaatar", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize(("columns", "each"), FORMS)
def test_every_hour_of_two_years_is_told_alike(
    zone: str, columns: Callable[[np.ndarray, ZoneInfo], Column], each: Callable[[int, ZoneInfo], str]
) -> None:
    known, instants = ZoneInfo(zone), np.arange(START + 1799, END, 3600 * 5, dtype=np.uint32)
    codes, values = columns(instants, known)
    assert [values[code] for code in codes] == [
        each(int(instant) // 900 * 900, known) for instant in instants
    ]


def test_the_instants_of_each_day_are_counted_across_a_clock_change() -> None:
    zone = ZoneInfo("America/Chicago")
    start = int(datetime(2026, 3, 7, tzinfo=zone).timestamp())
    instants = np.arange(start, start + 3 * 86_400 - 3600, 900, dtype=np.uint32)
    assert dict(wall.by_day(instants, zone)) == {"2026-03-07": 96, "2026-03-08": 92, "2026-03-09": 96}


def test_no_instants_have_no_days() -> None:
    nothing, zone = np.zeros(0, dtype=np.uint32), ZoneInfo("UTC")
    assert list(wall.by_day(nothing, zone)) == []
    assert wall.days(nothing, zone)[1] == ()
    assert len(wall.hours(nothing, zone)[0]) == len(wall.weekdays(nothing, zone)[0]) == 0
