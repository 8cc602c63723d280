"""Where an entry stands in the index: its id begins with the minute it is of. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from opsdesk.search.words import TIME

DAY_MINUTES = 24 * 60
# Below the minute stand the kind and the end of the number: what tells the entries of a minute apart.
MINUTE_BITS = 20
REF_BITS = 17
# A day in ids.
DAY = DAY_MINUTES << MINUTE_BITS
# Days are gathered by eights: a day, 8 days, 64 days, 512 days.
LEVELS = 4
EIGHT = 3


def place(at: datetime, kind: int, ref_id: int) -> int:
    """The id of an entry, if no other one has it already."""
    return first_of(at) | kind << REF_BITS | ref_id & (1 << REF_BITS) - 1


def first_of(at: datetime) -> int:
    """The lowest id of the minute that an instant is in. Years before 1970 count as 1970."""
    return max(0, int(at.timestamp()) // 60) << MINUTE_BITS


def minute_of(entry_id: int) -> datetime:
    """The minute an entry is of."""
    return datetime.fromtimestamp((entry_id >> MINUTE_BITS) * 60, UTC)


def day_of(entry_id: int) -> int:
    """The day, counted from 1970, that an entry is of."""
    return (entry_id >> MINUTE_BITS) // DAY_MINUTES


def times_of(entry_id: int) -> tuple[str, ...]:
    """The tokens of an entry's day and of the 8, 64 and 512 days around it."""
    day = day_of(entry_id)
    return tuple(_time(level, day >> (EIGHT * level)) for level in range(LEVELS))


def _time(level: int, number: int) -> str:
    return f"{TIME}{level}.{number}"


def times_of_days(newest: int, oldest: int) -> Iterator[str]:
    """The fewest tokens that together stand for exactly these days, both ends included."""
    day = newest
    while day >= oldest:
        level = max(each for each in range(LEVELS) if (day + 1) % (1 << EIGHT * each) == 0 or each == 0)
        while day + 1 - (1 << EIGHT * level) < oldest:
            level -= 1
        yield _time(level, day >> (EIGHT * level))
        day -= 1 << EIGHT * level
