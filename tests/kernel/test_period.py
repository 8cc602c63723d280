from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.kernel.period import Period, days, midnight, month, next_month
from opsdesk.kernel.refusal import Invalid

CHICAGO = ZoneInfo("America/Chicago")


def test_a_period_holds_its_start_and_not_its_end() -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    period = Period(start, start + timedelta(days=1))
    assert start in period
    assert start + timedelta(days=1) not in period


def test_a_month_is_cut_at_the_midnights_of_its_zone_also_across_a_clock_change() -> None:
    november = month("2026-11", CHICAGO)
    assert november.start == datetime(2026, 11, 1, 5, tzinfo=UTC)
    assert november.end == datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert month("2026-12", CHICAGO).start == november.end
    assert days(date(2026, 11, 1), date(2026, 11, 30), CHICAGO) == november


def test_december_is_followed_by_january() -> None:
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert midnight(date(2026, 1, 1), CHICAGO) == datetime(2026, 1, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026", "2026-13", "October", "", "2026-10-01"])
def test_a_month_written_otherwise_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(Invalid, match="2026-10"):
        month(text, CHICAGO)


def test_a_period_that_ends_before_it_starts_or_has_no_zone_is_refused() -> None:
    with pytest.raises(Invalid):
        days(date(2026, 10, 2), date(2026, 10, 1), CHICAGO)
    with pytest.raises(ValueError, match="aware"):
        Period(datetime(2026, 10, 1), datetime(2026, 10, 2))  # noqa: DTZ001
