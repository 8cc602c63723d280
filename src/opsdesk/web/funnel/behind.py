"""The lists behind the funnel's numbers that the catalogue keeps: times, holders, what may yet be counted."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.registry import Side
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.words import Times
from opsdesk.web.numbers.address import Place as At

# Any period that runs up to today.
TO_TODAY = "30-days"


@dataclass(frozen=True, slots=True)
class Behind:
    """Addresses of lists at a place; without one, as where there are no links, they are empty."""

    place: At | None = None

    def of(self, metric: str, side: Side = Side.COUNTED, /, **of: str) -> str:
        """The list of a metric's answer for these values of its dimensions."""
        if self.place is None:
            return ""
        return self.place.members(metric, by=tuple(of), key=tuple(of.values()), side=side)

    def now(self, metric: str, **of: str) -> str:
        """The list of what stands as it does now, whatever the period."""
        return Behind(self.place.rolled(TO_TODAY)).of(metric, Side.COUNTED, **of) if self.place else ""

    def times(self, metric: str, **of: str) -> Times:
        """The same of times, by the clock they are told by."""
        return lambda clock, side: self.of(f"{metric}_{clock}", side, **of)


NOWHERE = Behind()


def behind(place: Place, desk: DeskDefinition, now: datetime) -> Behind:
    """The lists at a place of the funnel."""
    return Behind(
        At(
            desk=place.desk,
            zone=desk.zone,
            now=now,
            path=place.page().partition("?")[0],
            rolling=place.rolling,
            month=place.month,
            first=None if place.rolling else place.first,
            last=None if place.rolling else place.last,
            as_of_day=place.as_of_day,
            filters=dict(place.filters.chosen),
        )
    )
