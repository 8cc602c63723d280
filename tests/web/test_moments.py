from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from opsdesk.web.instants import instant_of
from opsdesk.web.moments import Moments

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ZONES = ("UTC", "Asia/Ulaanbaatar", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [0, -3, 9, -30, 24 * 40, -24 * 70, -24 * 300, 24 * 365 * 3])
def test_a_moment_reads_as_the_framework_writes_it(zone: str, hours: int) -> None:
    with timezone.override(ZoneInfo(zone)):
        value = NOW + timedelta(hours=hours, minutes=7)
        local, today = timezone.localtime(value), timezone.localtime(NOW)
        form = "j M Y H:i"
        if local.year == today.year:
            form = "H:i" if local.date() == today.date() else "j M H:i"
        moments = Moments(NOW)
        assert moments.short(value) == date_format(local, form)
        assert moments.full(value) == f"{date_format(local, 'j F Y, H:i')} {local.tzname()}"


@pytest.mark.parametrize(
    ("gap", "says"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "in 59 s"),
        (timedelta(minutes=-5, seconds=-1), "5 min ago"),
        (timedelta(hours=3, minutes=4), "in 3 h 04 min"),
        (timedelta(hours=-25), "1 d 1 h ago"),
        (timedelta(days=9, hours=5), "in 9 d"),
    ],
)
def test_a_distance_is_said_in_two_units_at_most(gap: timedelta, says: str) -> None:
    assert Moments(NOW).distance(NOW + gap) == says


@pytest.mark.parametrize(
    ("due_at", "kind", "says"),
    [
        (None, "due is-none", "nothing due"),
        (NOW, "due is-late", "due now"),
        (NOW - timedelta(hours=2), "due is-late", "late by 2 h 00 min"),
        (NOW + timedelta(minutes=1), "due is-soon", "soon: in 1 min"),
        (NOW + timedelta(hours=1), "due is-soon", "soon: in 1 h 00 min"),
        (NOW + timedelta(hours=1, seconds=1), "due", "due in 1 h 00 min"),
    ],
)
def test_late_and_soon_are_said_in_words(due_at: datetime | None, kind: str, says: str) -> None:
    text = Moments(NOW).due(due_at)
    assert f'class="{kind}"' in text
    assert f">{says}<" in text


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-04T12:00:00", "soon", ""]
)
def test_an_address_names_an_instant_of_the_calendar_or_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what was wrong is all one
        instant_of(text)
    assert instant_of("2026-03-04T21:00:00+09:00") == NOW
