from datetime import date

import pytest

from opsdesk.clock.calendars import Calendar, ClosedDay, Country, Shift
from opsdesk.clock.documents import read_calendar
from opsdesk.vault.documents import DocumentInvalid

SUPPORT = """\
key: support
name: Support hours
zone: America/New_York
week:
  monday: ["09:00-13:00", "14:00-18:00"]
  friday: ["20:00-24:00"]
holidays:
  countries: [US, DE/BY]
  house:
    - {on: 2026-12-24, name: Christmas Eve}
"""


def test_a_written_calendar_becomes_its_value() -> None:
    calendar = read_calendar(SUPPORT, source="support.yaml").calendar(3)
    nothing: tuple[Shift, ...] = ()
    assert calendar == Calendar(
        key="support",
        name="Support hours",
        version=3,
        zone="America/New_York",
        week=(
            (Shift(540, 780), Shift(840, 1080)),
            nothing,
            nothing,
            nothing,
            (Shift(1200, 1440),),
            nothing,
            nothing,
        ),
        countries=(Country("US"), Country("DE", "BY")),
        closed_days=(ClosedDay(date(2026, 12, 24), "Christmas Eve"),),
    )
    assert calendar.version_label == "support@3+0"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"20:00-24:00"',
            '"9-25"',
            'support.yaml:6: shift "9-25" is no time span; write it as "09:00-18:00"',
        ),
        (
            '"20:00-24:00"',
            '"09:00-25:00"',
            'support.yaml:6: shift "09:00-25:00" has a time that no clock shows',
        ),
        (
            '"20:00-24:00"',
            '"09:70-10:00"',
            'support.yaml:6: shift "09:70-10:00" has a time that no clock shows',
        ),
        (
            '"20:00-24:00"',
            '"22:00-06:00"',
            'written as two: "22:00-24:00" and, on the next day, "00:00-06:00"',
        ),
        ('"14:00-18:00"', '"12:00-18:00"', 'support.yaml:5: shifts "09:00-13:00" and "12:00-18:00" overlap'),
        ("America/New_York", "America/NewYork", 'support.yaml:3: zone "America/NewYork" is unknown'),
        ("[US,", "[UX,", 'support.yaml:8: country "UX" is unknown; write a code such as "KR"'),
        ("DE/BY", "DE/XX", 'support.yaml:8: "DE" has no subdivision "XX"'),
        ("2026-12-24", "24.12.2026", "support.yaml:10: holidays.house.0.on: "),
        ("key: support", "key: Support Hours", "support.yaml:1: key: "),
        ("zone:", "zoen:", 'support.yaml:3: "zoen" is no key here; did you mean "zone"?'),
        ("  friday:", "  freitag:", 'support.yaml:6: "freitag" is no key here'),
    ],
)
def test_a_wrong_calendar_is_told_by_file_line_and_remedy(old: str, new: str, expected: str) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        read_calendar(SUPPORT.replace(old, new), source="support.yaml")
    assert expected in str(caught.value)


def test_a_week_without_any_shift_is_told() -> None:
    with pytest.raises(DocumentInvalid, match="the week has no shifts at all"):
        read_calendar("key: a\nname: A\nzone: UTC\nweek: {monday: []}\n", source="a.yaml")
