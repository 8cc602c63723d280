from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from opsdesk.demo.months import WORKED, Month, Scale, draw_months, month_names

CHICAGO = ZoneInfo("America/Chicago")


def months_as_of(now: datetime) -> tuple[Month, ...]:
    return draw_months(Random(1), now=now, zone=CHICAGO, scale=Scale())


def test_the_months_are_the_last_full_ones_in_the_desks_own_zone() -> None:
    still_october = datetime(2026, 11, 1, 4, 59, tzinfo=UTC).astimezone(CHICAGO)
    assert month_names(still_october, 3) == ["2026-07", "2026-08", "2026-09"]
    november = datetime(2026, 11, 1, 5, 0, tzinfo=UTC).astimezone(CHICAGO)
    assert month_names(november, 3) == ["2026-08", "2026-09", "2026-10"]


@pytest.mark.parametrize("number", range(1, 13))
def test_whenever_it_is_one_month_is_worked_and_another_quarter_slow(number: int) -> None:
    now = datetime(2026, number, 15, 12, tzinfo=UTC)
    months = months_as_of(now)
    assert len(months) == 13
    assert months[-1].period.end == now
    assert [month.counts for month in months if month.worked] == [WORKED]
    slow = [index for index, month in enumerate(months) if month.slow]
    assert slow == list(range(slow[0], slow[0] + 3))
    assert months[slow[0]].name[-2:] in {"01", "04", "07", "10"}
    assert not any(month.worked and month.slow for month in months)


def test_the_worked_month_is_the_worked_example() -> None:
    above = WORKED.tier_3_core + WORKED.tier_3_integration
    assert (WORKED.requests - WORKED.tier_2 - above, WORKED.tier_2 + above, above) == (140, 60, 10)
