"""Where an entry stands in the index: its id begins with the minute it is of. Pure."""

from collections.abc import Iterable
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


def spans(newest: int, oldest: int) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Tokens that together cover the days from `newest` back to `oldest`, few days first, then ever more.

    Each with the first day it covers: who has found enough stops there.
    """
    day = newest
    yield day, (_time(0, day),)
    for level in range(LEVELS - 1):
        if day <= oldest:
            return
        around = EIGHT * (level + 1)
        first = (day >> around) << around
        rest = range((day >> (EIGHT * level)) - 1, (first >> (EIGHT * level)) - 1, -1)
        day = first
        if rest:
            yield day, tuple(_time(level, number) for number in rest)
    top = EIGHT * (LEVELS - 1)
    for number in range((day >> top) - 1, (oldest >> top) - 1, -1):
        yield number << top, (_time(LEVELS - 1, number),)
