"""Open hours as instants: the only place where wall times meet UTC."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
A_DAY = timedelta(days=1)

Span = tuple[int, int]


class Wall(Protocol):
    """What a year's hours are made from: a zone and the open wall times of each local day."""

    @property
    def tz(self) -> ZoneInfo: ...

    def minutes_open(self, day: date) -> Iterable[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class Hours:
    """The open spans of one UTC year: disjoint, in order, in microseconds since 1970.

    `worked[i]` is the open time from the year's start to the end of span i.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.worked[-1] if self.worked else 0

    def before(self, instant: int) -> int:
        """Open microseconds of the year up to `instant`."""
        index = bisect_right(self.starts, instant) - 1
        if index < 0:
            return 0
        return self.worked[index] - max(0, self.ends[index] - instant)

    def reaching(self, amount: int) -> int:
        """The first instant at which `amount` (above 0, at most `total`) has been open."""
        index = bisect_left(self.worked, amount)
        return self.ends[index] - (self.worked[index] - amount)


def of_year(wall: Wall, year: int) -> Hours:
    """The hours of one UTC year; spans reaching over New Year are cut at it."""
    first, last = (
        micros(datetime(year, 1, 1, tzinfo=UTC)),
        micros(datetime(year + 1, 1, 1, tzinfo=UTC)),
    )
    spans = [
        (max(start, first), min(end, last))
        for start, end in united(
            spans_of(wall, date(year, 1, 1) - 2 * A_DAY, date(year + 1, 1, 1) + 2 * A_DAY)
        )
        if end > first and start < last
    ]
    return Hours(
        starts=tuple(start for start, _ in spans),
        ends=tuple(end for _, end in spans),
        worked=tuple(accumulate(end - start for start, end in spans)),
    )


def spans_of(wall: Wall, first: date, last: date) -> Iterator[Span]:
    """Each open span of the local days from `first` to `last`, in microseconds; empty ones left out."""
    day = first
    while day <= last:
        for start_minute, end_minute in wall.minutes_open(day):
            start = micros(first_occurrence(day, start_minute, wall.tz))
            end = micros(last_occurrence(day, end_minute, wall.tz))
            if start < end:
                yield start, end
        day += A_DAY


def united(spans: Iterable[Span]) -> list[Span]:
    """The same instants as disjoint spans in order; what overlaps or touches becomes one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def first_occurrence(day: date, minute: int, tz: ZoneInfo) -> datetime:
    """The instant of a wall time: in a gap the gap's end, in an overlap the first time."""
    return _instant(day, minute, tz, fold=0)


def last_occurrence(day: date, minute: int, tz: ZoneInfo) -> datetime:
    """The instant of a wall time: in a gap the gap's end, in an overlap the second time."""
    return _instant(day, minute, tz, fold=1)


def _instant(day: date, minute: int, tz: ZoneInfo, *, fold: int) -> datetime:
    naive = datetime.combine(day, time()) + timedelta(minutes=minute)
    before = naive.replace(tzinfo=tz, fold=0).astimezone(UTC)
    after = naive.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if before <= after:
        return after if fold else before
    return _change_between(after, before, tz)


def _change_between(earlier: datetime, later: datetime, tz: ZoneInfo) -> datetime:
    """The instant, to the second, at which the zone's offset jumps forward between two instants."""
    old = earlier.astimezone(tz).utcoffset()
    seconds = int((later - earlier).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if (earlier + timedelta(seconds=middle)).astimezone(tz).utcoffset() == old:
            low = middle
        else:
            high = middle
    return earlier + timedelta(seconds=high)


def micros(instant: datetime) -> int:
    """Microseconds since 1970; a naive instant is an error."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone; instants are aware")
    return (instant - EPOCH) // MICROSECOND


def instant_at(micros_: int) -> datetime:
    """The instant, in UTC."""
    return EPOCH + micros_ * MICROSECOND


def year_of(micros_: int) -> int:
    return instant_at(micros_).year
