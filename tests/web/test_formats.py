"""How lengths and sizes are written on pages."""

import pytest

from opsdesk.web import formats

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "by_the_wall", "in_a_list", "of_working_time"),
    [
        (0, "0 s", "0 s", "0 s"),
        (59, "59 s", "59 s", "59 s"),
        (60, "1 min", "1 min", "1 min"),
        (HOUR - 1, "59 min", "59 min", "59 min"),
        (HOUR, "1 h 00 min", "1 h 00 min", "1 h 00 min"),
        (DAY - 1, "23 h 59 min", "23 h 59 min", "23 h 59 min"),
        (DAY, "1 d 0 h", "1 d 0 h", "24 h 00 min"),
        (2 * DAY - 1, "1 d 23 h", "1 d 23 h", "47 h 59 min"),
        (2 * DAY, "2 d 0 h", "2 d", "48 h 00 min"),
        (400 * DAY + 5 * HOUR, "400 d 5 h", "400 d", "9605 h 00 min"),
    ],
)
def test_a_length_has_two_units_at_most_and_is_never_rounded_up(
    seconds: int, by_the_wall: str, in_a_list: str, of_working_time: str
) -> None:
    written = (formats.elapsed(seconds), formats.roughly(seconds), formats.working(seconds))
    assert written == (by_the_wall, in_a_list, of_working_time)


def test_no_length_is_a_dash() -> None:
    assert (formats.elapsed(None), formats.working(None)) == ("–", "–")


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (52_400, "52 kB"),
        (1_000_000, "1.0 MB"),
        (26_214_400, "26.2 MB"),
    ],
)
def test_a_size_is_written_in_the_unit_people_use(count: int, written: str) -> None:
    assert formats.size(count) == written
