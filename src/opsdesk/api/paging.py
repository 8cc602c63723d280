"""Lists page by page: `after` names the place where the last page ended, so nothing is skipped or doubled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import Field

MOST = 200
USUAL = 50
AFTER = r"^[0-9]{1,17}-[0-9]{1,18}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

After = Annotated[str, Field(pattern=AFTER, description="Where the last page ended: take it from `next`.")]
Limit = Annotated[int, Field(ge=1, le=MOST, description=f"How many, at most {MOST}.")]


def refuse_unknown(request: HttpRequest, view: Callable[..., object]) -> None:
    """Refuse a filter that the view has none of: a slip would otherwise give everything."""
    unknown = sorted(set(request.GET) - set(signature(view).parameters))
    if unknown:
        raise ValidationError(
            [{"type": "filter", "loc": ("query", name), "msg": "no such filter"} for name in unknown]
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list ordered by instant and number, newest first."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"


def place_of(after: str | None) -> Place | None:
    """The place a cursor names, which has the form of `AFTER`; none without a cursor."""
    if after is None:
        return None
    microseconds, _, number = after.partition("-")
    return Place(_EPOCH + int(microseconds) * _MICROSECOND, int(number))


def next_address(address: str, last: Place | None, **asked: Any) -> str | None:
    """The address of the next page, with the same filters; None where there is none."""
    if last is None:
        return None
    given = {name: value for name, value in asked.items() if value not in (None, "", [], ())}
    return f"{address}?{urlencode({**given, 'after': str(last)}, doseq=True)}"
