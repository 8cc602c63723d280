"""Business time: how long people worked on something, and when a budget of it is used up.

The rules, which the tests state one by one:

- Shifts are wall times. A shift that starts or ends in a daylight saving gap does so at the instant
  the gap ends; in an overlap it starts at the first occurrence of its start and ends at the second
  of its end. Spans that overlap count once.
- Periods are half-open; overlapping pauses count once; a pause outside hours takes nothing.
- A budget that ends exactly at closing time is due at closing time, not at the next opening.
- A budget of zero is due at its start, inside hours or not.
- Time is exact to the microsecond inside; seconds are floored once, at the end.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from opsdesk.clock.calendars import Calendar
from opsdesk.clock.hours import SECOND_US, Span, instant_at, micros, united, year_of
from opsdesk.kernel.refusal import Refusal, gettext_noop

HORIZON_YEARS = 5
LAST_YEAR = 9989
FOREVER = micros(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC))

Pause = tuple[datetime, datetime | None]


class NeverOpen(Refusal):
    """A calendar that has no open time for `HORIZON_YEARS` years in a row, or none left at all."""

    message = gettext_noop(
        "The calendar %(calendar)s has no open hours in the %(years)s years after %(year)s."
    )


def business_time(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()) -> int:
    """Whole seconds of open hours in [start, end) outside the pauses (an open pause lasts to `end`).

    `ValueError` for a naive instant, a start after the end, or a pause that ends before it starts.
    """
    first, last = micros(start), micros(end)
    if first > last:
        raise ValueError(f"the start {start.isoformat()} lies after the end {end.isoformat()}")
    worked = _worked(calendar, first, last)
    for pause_start, pause_end in _merged(pauses, first, last):
        worked -= _worked(calendar, pause_start, pause_end)
    return worked // SECOND_US


def due_at(
    start: datetime, budget_s: int, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The first instant, in UTC, at which `budget_s` seconds of open hours have passed since `start`.

    None if a pause without an end begins before that: nobody knows yet. `ValueError` for a naive
    instant, a negative budget or a pause that ends before it starts; `NeverOpen` if the hours end first.
    """
    at = micros(start)
    left = budget_s * SECOND_US
    if left < 0:
        raise ValueError(f"a budget can't be negative: {budget_s} s")
    if left == 0:
        return instant_at(at)
    for pause_start, pause_end in _merged(pauses, at, FOREVER):
        worked = _worked(calendar, at, pause_start)
        if worked >= left:
            break
        if pause_end == FOREVER:
            return None
        left -= worked
        at = pause_end
    return instant_at(_reaching(calendar, at, left))


def _merged(pauses: Iterable[Pause], first: int, last: int) -> list[Span]:
    """The pauses as disjoint spans in order, cut to [first, last); an open one ends at `last`."""
    return united(
        (max(start, first), min(end, last))
        for start, end in _spans(pauses)
        if end > first and start < last and start < end
    )


def _spans(pauses: Iterable[Pause]) -> Iterator[Span]:
    for pause_start, pause_end in pauses:
        start = micros(pause_start)
        end = FOREVER if pause_end is None else micros(pause_end)
        if start > end:
            raise ValueError(f"the pause that starts at {pause_start.isoformat()} ends before that")
        yield start, end


def _worked(calendar: Calendar, first: int, last: int) -> int:
    """Open microseconds in [first, last)."""
    if first >= last:
        return 0
    first_year, last_year = year_of(first), year_of(last)
    between = sum(calendar.hours(year).total for year in range(first_year, last_year))
    return between + calendar.hours(last_year).before(last) - calendar.hours(first_year).before(first)


def _reaching(calendar: Calendar, first: int, amount: int) -> int:
    """The first instant at which `amount` (above 0) open microseconds have passed since `first`."""
    year = year_of(first)
    left = amount + calendar.hours(year).before(first)
    closed_years = 0
    while left > calendar.hours(year).total:
        closed_years = closed_years + 1 if calendar.hours(year).total == 0 else 0
        if closed_years > HORIZON_YEARS or year >= LAST_YEAR:
            raise NeverOpen(calendar=calendar.key, years=HORIZON_YEARS, year=year_of(first))
        left -= calendar.hours(year).total
        year += 1
    return calendar.hours(year).reaching(left)
