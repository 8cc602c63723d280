"""Half-open periods of time, cut in a desk's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsdesk.kernel.refusal import Invalid, gettext_noop

FIRST_YEAR, LAST_YEAR = 1900, 9000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (in) to `end` (out), both aware, UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs aware instants")
        if self.start >= self.end:
            raise Invalid("period", gettext_noop("The period ends before it starts."))

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """The period from the first day to the last, both included, within the years 1900 to 9000."""
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise Invalid("period", gettext_noop("Choose days between the years 1900 and 9000."))
    return Period(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def month(text: str, zone: ZoneInfo) -> Period:
    """The period of a month written `2026-10`; anything else is refused as `Invalid`."""
    try:
        first = date.fromisoformat(f"{text}-01")
        if not FIRST_YEAR <= first.year <= LAST_YEAR:
            raise ValueError(text)
    except ValueError:
        raise Invalid("month", gettext_noop("Write the month as 2026-10.")) from None
    return Period(midnight(first, zone), midnight(next_month(first), zone))


def next_month(first: date) -> date:
    """The first day of the month after the one `first` lies in."""
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)
