"""Instants in addresses."""

from datetime import UTC, datetime


def instant_of(text: str) -> datetime:
    """The instant an address names, in UTC; `ValueError` for anything else, or outside the calendar."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None
