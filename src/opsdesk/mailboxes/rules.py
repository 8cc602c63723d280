"""Pure rules of reading a mailbox: how long to pause, what to fetch together, which numbers are missing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
FIRST_REFUSED_PAUSE_S = 300.0
LONGEST_REFUSED_PAUSE_S = 3600.0
JITTER = 0.25

TOGETHER = 100
TOGETHER_BYTES = 8 * 1024 * 1024
SMALL_BYTES = 1024 * 1024
LARGEST_BYTES = 200 * 1024 * 1024

LATE_AFTER = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Described:
    """A mail on the server before it is fetched. `size`: bytes, as the server says."""

    uid: int
    size: int
    internal_at: datetime | None


def pause_after(failures: int, *, refused: bool, luck: float) -> float:
    """Seconds to wait after that many failures in a row; `luck` in [0, 1) spreads them by a quarter."""
    first = FIRST_REFUSED_PAUSE_S if refused else FIRST_PAUSE_S
    longest = LONGEST_REFUSED_PAUSE_S if refused else LONGEST_PAUSE_S
    whole = min(longest, first * 2.0 ** min(max(failures, 1) - 1, 20))
    return whole * (1 - JITTER * luck)


def retry_after(tries: int) -> timedelta:
    """How long to wait before a mail that the server could not give is asked for again."""
    doubled: int = 2 ** min(max(tries, 1) - 1, 10)
    return min(LONGEST_RETRY, FIRST_RETRY * doubled)


def together(described: Sequence[Described], *, careful: Collection[int] = ()) -> int:
    """How many of the first mails to fetch at once, at least one: a big or a suspect one goes alone."""
    size = 0
    for number, each in enumerate(described[:TOGETHER]):
        alone = each.size > SMALL_BYTES or each.uid in careful
        size += each.size
        if number and (alone or size > TOGETHER_BYTES):
            return number
        if alone:
            return 1
    return min(len(described), TOGETHER)


def gaps(first: int, last: int, there: Collection[int]) -> list[tuple[int, int]]:
    """The ranges of `first` to `last` that have no number of `there`."""
    inside = sorted(uid for uid in there if first <= uid <= last)
    return [
        (left + 1, right - 1) for left, right in pairwise([first - 1, *inside, last + 1]) if right - left > 1
    ]


def to_ranges(uids: Iterable[int]) -> str:
    """Numbers as IMAP writes sets of them: `1:3,7`."""
    parts: list[list[int]] = []
    for uid in sorted(uids):
        if parts and uid == parts[-1][1] + 1:
            parts[-1][1] = uid
        else:
            parts.append([uid, uid])
    return ",".join(f"{first}:{last}" if first != last else f"{first}" for first, last in parts)


def from_ranges(text: str) -> list[int]:
    """The numbers of `1:3,7`, ascending."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _colon, last = part.partition(":")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def day_of(at: datetime) -> date:
    """The day of an instant, in UTC."""
    return at.astimezone(UTC).date()


def is_late(internal_at: datetime | None, noticed_at: datetime, *, now: datetime) -> bool:
    """Whether a mail that we lack is older than ten minutes: leaked, no longer pending."""
    return now - (internal_at or noticed_at) >= LATE_AFTER
