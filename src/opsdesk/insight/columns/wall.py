"""What the wall clock of a zone said at many instants: the day, the weekday, the hour, by quarter hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from opsdesk.insight.columns.paths import Codes, Numbers
from opsdesk.insight.registry import Key

QUARTER_S, DAY_S = 900, 86_400
# 1 January 1970 was a Thursday.
THURSDAY, SATURDAY = 3, 5
WEEK = ("weekdays", "weekend")
Column = tuple[Codes, Key]


def days(instants: Codes, zone: ZoneInfo) -> Column:
    """The number of each instant's day, and the days as they are written."""
    if not len(instants):
        return instants, ()
    quarters, wall = _walls(instants, zone)
    since = wall // DAY_S
    base = int(since.min())
    first = date(1970, 1, 1) + timedelta(days=base)
    names = tuple((first + timedelta(days=n)).isoformat() for n in range(int(since.max()) - base + 1))
    return (since - base).astype(np.uint16)[quarters], names


def by_day(instants: Codes, zone: ZoneInfo) -> Iterator[tuple[str, int]]:
    """How many instants lie in each day that has some."""
    if not len(instants):
        return
    quarters, wall = _walls(instants, zone)
    of_quarter = np.bincount(quarters.view(np.int32), minlength=len(wall))
    since = wall // DAY_S
    base = int(since.min())
    counts = np.bincount(since - base, weights=of_quarter)
    some = np.flatnonzero(counts)
    start = date(1970, 1, 1).toordinal() + base
    for n, count in zip(some.tolist(), counts[some].tolist(), strict=True):
        yield date.fromordinal(start + n).isoformat(), int(count)


def weekdays(instants: Codes, zone: ZoneInfo) -> Column:
    """The weekday of each instant; `1` is Monday."""
    quarters, wall = _walls(instants, zone)
    of = ((wall // DAY_S + THURSDAY) % 7).astype(np.uint8)
    return of[quarters], tuple(str(n) for n in range(1, 8))


def weeks(instants: Codes, zone: ZoneInfo) -> Column:
    """Whether each instant lies in the working week or at the weekend."""
    codes, _days = weekdays(instants, zone)
    return (codes >= SATURDAY).astype(np.uint8), WEEK


def hours(instants: Codes, zone: ZoneInfo) -> Column:
    """The hour of each instant."""
    quarters, wall = _walls(instants, zone)
    of = (wall % DAY_S // 3600).astype(np.uint8)
    return of[quarters], tuple(f"{n:02d}" for n in range(24))


def _walls(instants: Codes, zone: ZoneInfo) -> tuple[Codes, Numbers]:
    """Each instant's quarter, and for each quarter the seconds of the wall since 1970."""
    if not len(instants):
        return instants, np.zeros(0, dtype=np.int64)
    quarters = instants.astype(np.uint32, copy=False) // np.uint32(QUARTER_S)
    first, last = int(quarters.min()), int(quarters.max())
    quarters -= np.uint32(first)
    years = range(_year(first), _year(last) + 1)
    wall = np.concatenate([_wall(zone, year) for year in years])
    begins = first - _start(years[0]) // QUARTER_S
    return quarters, wall[begins : begins + last - first + 1]


def _year(quarter: int) -> int:
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC).year


def _start(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


@lru_cache(maxsize=128)
def _wall(zone: ZoneInfo, year: int) -> Numbers:
    """The seconds of the wall since 1970 at the beginning of each quarter of a year in UTC."""
    quarters = np.arange(_start(year), _start(year + 1), QUARTER_S)
    each_day = [_offset(second, zone) for second in range(_start(year), _start(year + 1) + 1, DAY_S)]
    offsets = np.repeat(np.array(each_day[:-1]), DAY_S // QUARTER_S)
    for n in (n for n in range(len(each_day) - 1) if each_day[n] != each_day[n + 1]):
        of_day = slice(n * DAY_S // QUARTER_S, (n + 1) * DAY_S // QUARTER_S)
        offsets[of_day] = [_offset(int(second), zone) for second in quarters[of_day]]
    found: Numbers = quarters + offsets
    return found


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())
