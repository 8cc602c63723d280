"""Instants as other tools write them, as microseconds since 1970 in UTC. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_PARTS = {
    "Y": r"(?P<year>\d{4})",
    "m": r"(?P<month>\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "M": r"(?P<minute>\d{1,2})",
    "S": r"(?P<second>\d{1,2})",
}
_SECONDS = (9, 10)
_MILLISECONDS = (12, 13)
_NUMBERS = _SECONDS + _MILLISECONDS


def micros(at: datetime) -> int:
    """An aware instant as microseconds."""
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """The same back, in UTC."""
    return EPOCH + timedelta(microseconds=at)


def read_instant(text: str, zone: tzinfo, formats: Sequence[str] = ()) -> int | None:
    """The instant written in `text`, None where it is none.

    Read are ISO 8601 and the given formats (as `strptime` has them); without any of these also seconds and
    milliseconds since 1970.
    One without a zone of its own is of `zone`; of an hour that the clock shows twice, the first.
    """
    found = _read(text.strip(), formats)
    if found is None:
        return None
    return ((found if found.tzinfo is not None else found.replace(tzinfo=zone)) - EPOCH) // MICROSECOND


def _read(text: str, formats: Sequence[str]) -> datetime | None:
    if formats and (text[4:5] != "-" or _turns_days(formats)):
        return _by_any(formats, text)
    if len(text) in _NUMBERS and text.isdecimal():
        return _number(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _by_any(formats, text) if formats else _named_utc(text)


def _by_any(formats: Sequence[str], text: str) -> datetime | None:
    return next((found for each in formats if (found := _by(each, text)) is not None), None)


def _by(format: str, text: str) -> datetime | None:
    quick = _quick(format)
    try:
        if quick is None:
            return datetime.strptime(text, format)  # noqa: DTZ007 - the zone is put in by who asks
        found = quick.fullmatch(text)
        parts: dict[str, Any] = {name: int(part) for name, part in found.groupdict().items()} if found else {}
        return datetime(**parts) if found else None  # noqa: DTZ001
    except ValueError:
        return None


@cache
def _turns_days(formats: Sequence[str]) -> bool:
    """Whether what looks like ISO 8601 may be something else here."""
    return any(each.startswith("%Y-%d") for each in formats)


@cache
def _quick(format: str) -> re.Pattern[str] | None:
    """A pattern for a form of numbers alone; `strptime` takes many times as long."""
    pattern = re.sub(r"%(.)", lambda each: _PARTS.get(each[1], "%"), re.escape(format).replace("\\%", "%"))
    return None if "%" in pattern else re.compile(pattern)


def _number(text: str) -> datetime:
    """Before ISO 8601, which finds the year 1611 in `1611052800000`."""
    if len(text) in _SECONDS:
        return EPOCH + timedelta(seconds=int(text))
    return EPOCH + timedelta(milliseconds=int(text))


def _named_utc(text: str) -> datetime | None:
    """As `2026-03-01 09:00:00 UTC`."""
    if not text.endswith((" UTC", " GMT")):
        return None
    try:
        return datetime.fromisoformat(text[:-4]).replace(tzinfo=UTC)
    except ValueError:
        return None
