"""The thresholds: which numbers have limits, and which limits hold on a day.

Limits are rows with the day from which they hold: a change never touches the past. A number of a scope is
held against the narrowest that holds: of its country and category, of its category, of its country, of all;
against what Opsdesk is shipped with where nobody set one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext_noop as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight import bands
from opsdesk.insight.bands import Band
from opsdesk.insight.limits import Direction, Limits, limits
from opsdesk.insight.models import Threshold
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.refusal import Refusal, gettext_noop


class Unit(StrEnum):
    PERCENT = "per cent"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Kind:
    """A number that has limits. `direction` is part of what it means; no lead can turn it round."""

    key: str
    name: str
    shipped: Limits
    unit: Unit = Unit.PERCENT

    @property
    def direction(self) -> Direction:
        return self.shipped.direction


def _of_band(band: Band, name: str) -> Kind:
    assert band.limits is not None
    return Kind(band.key, name, band.limits)


# Of some numbers nobody can say beforehand how much is too much: until a lead says so, any is well.
NO_LIMIT = limits(Direction.AT_MOST, 100, 100)
OF_REQUESTS = (
    _of_band(bands.TIER_1_SHARE, _("Tier 1 share")),
    _of_band(bands.TIER_2_RATE, _("Tier 2 rate")),
    _of_band(bands.TIER_3_SHARE, _("Tier 3 share")),
    _of_band(bands.LAST_RESORT, _("Last resort")),
    Kind("right_queue", _("Right queue at the first hand-off"), limits(Direction.AT_LEAST, 80, 80)),
    Kind("untyped", _("Without a type"), limits(Direction.AT_MOST, 10, 10)),
    Kind("returned", _("Returned"), NO_LIMIT),
    Kind("reopened", _("Reopened"), NO_LIMIT),
    Kind("no_cause", _("Resolved without a cause"), limits(Direction.AT_MOST, 10, 10)),
)
OF_DEALS = (
    Kind("completion", _("Completion"), limits(Direction.ABOVE, 90, 50)),
    Kind("dispute_rate", _("Dispute rate"), limits(Direction.BELOW, 10, 15)),
    Kind("time_to_settle", _("Mean time to settle"), limits(Direction.BELOW, 7, 10), Unit.DAYS),
    Kind("intervention", _("Intervention"), limits(Direction.BELOW, 50, 70)),
)
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (*OF_REQUESTS, *OF_DEALS)}


class NoSuchThreshold(Refusal):
    message = gettext_noop("The %(desk)s desk has no number called %(key)s that has limits.")


class SetMeanwhile(Refusal):
    message = gettext_noop(
        "Somebody has set these limits since you opened the page. Look at what holds now, and set yours again"
        " if they still should."
    )


def kinds_of(desk: DeskDefinition) -> tuple[Kind, ...]:
    """The numbers of a desk that have limits."""
    if desk.key == DEALS:
        return OF_DEALS
    return OF_REQUESTS if desk.takes_mail else ()


def kind_of(desk: DeskDefinition, key: str) -> Kind:
    """One of them. Refuses `NoSuchThreshold`."""
    for kind in kinds_of(desk):
        if kind.key == key:
            return kind
    raise NoSuchThreshold(desk=desk.key, key=key)


@dataclass(frozen=True, slots=True)
class Scope:
    """What limits are for: a country, a category, both, or (empty) everything."""

    country: str = ""
    category: str = ""

    def widening(self) -> tuple["Scope", ...]:
        """Itself and what lies around it, the narrowest first."""
        found = (self, Scope("", self.category), Scope(self.country, ""), Scope())
        return tuple(dict.fromkeys(found))


EVERYWHERE = Scope()


def scope_of(filters: Mapping[str, Sequence[str]], by: Sequence[str], key: Sequence[str]) -> Scope:
    """The narrowest scope that one answer is of: what it was broken down by, else the one value chosen."""
    chosen = {name: values[0] for name, values in filters.items() if len(values) == 1}
    found = chosen | {name: value for name, value in zip(by, key, strict=True) if value}
    country, _dot, category = found.get("scope", "").partition(".")
    return Scope(country or found.get("country", ""), category or found.get("category", ""))


@dataclass(frozen=True, slots=True)
class Book:
    """Every limit of a desk that holds on one day. None: set back to what lies around it."""

    known: Mapping[tuple[str, Scope], Limits | None]

    def limits(self, key: str, scope: Scope = EVERYWHERE) -> Limits:
        """What a number of a scope is held against. `key` is one of `KINDS`."""
        for each in scope.widening():
            found = self.known.get((key, each))
            if found is not None:
                return found
        return KINDS[key].shipped

    def band(self, key: str) -> Band:
        """The same as a share's band."""
        return Band(key, self.limits(key))

    def with_limits(self, key: str, scope: Scope, changed: Limits | None) -> "Book":
        """The book as it would be with other limits."""
        return replace(self, known={**self.known, (key, scope): changed})


SHIPPED = Book({})


@remembered
def book(desk: str, on: date) -> Book:
    """The limits that hold on a day."""
    rows = (row for row in _in_order(desk) if row.holds_from <= on)
    return Book({(row.key, Scope(row.country, row.category)): limits_of(row) for row in rows})


@remembered
def _in_order(desk: str) -> list[Threshold]:
    """All that was set, by the day from which it holds: a page asks for the book of many days."""
    return list(Threshold.objects.filter(desk=desk).order_by("holds_from", "id"))


def limits_of(row: Threshold) -> Limits | None:
    """A row's limits; None where it takes back a narrower threshold."""
    if row.healthy is None or row.red is None:
        return None
    return Limits(Direction(row.direction), row.healthy, row.red, row.note)


def newest(desk: str, key: str) -> int:
    """The id of the newest change of a number, whatever it is for and from when on; 0 where there is none."""
    rows = Threshold.objects.filter(desk=desk, key=key).order_by("-id")
    return rows.values_list("id", flat=True).first() or 0


def check_seen(desk: str, key: str, scope: Scope, seen: int | None) -> None:
    """Refuses `SetMeanwhile` where a scope's limits were set after the change `seen`; None: nobody looked."""
    if seen is None:
        return
    rows = Threshold.objects.filter(desk=desk, key=key, country=scope.country, category=scope.category)
    if rows.filter(id__gt=seen).exists():
        raise SetMeanwhile


@dataclass(frozen=True, slots=True)
class Set:
    """One line of the history: who set which limits, from which day on; nobody: the system."""

    id: int
    key: str
    scope: Scope
    limits: Limits | None
    holds_from: date
    by_id: int | None
    at: datetime


MOST_LINES = 200


def history(desk: str, key: str = "") -> tuple[Set, ...]:
    """What was set, of one number or of all, newest first, as far as the newest two hundred."""
    rows = Threshold.objects.filter(desk=desk, **({"key": key} if key else {})).order_by("-id")
    return tuple(
        Set(
            row.id,
            row.key,
            Scope(row.country, row.category),
            limits_of(row),
            row.holds_from,
            row.set_by_id,
            row.recorded_at,
        )
        for row in rows[:MOST_LINES]
    )
