"""What separates healthy, watch and red: two limits and a direction. Pure; compared as integers."""

from dataclasses import dataclass
from enum import StrEnum

# Limits are whole thousandths of their unit (per cent, days): exact, however they are typed.
SCALE = 1000


class State(StrEnum):
    """What a number says. Only the first three are verdicts."""

    HEALTHY = "healthy"
    WATCH = "watch"
    RED = "red"
    NOT_YET_KNOWN = "not yet known"
    TOO_FEW = "too few"
    NOTHING = "nothing"
    NO_BAND = "no band"


class Direction(StrEnum):
    """How a healthy number lies to its limit."""

    AT_LEAST = "at least"
    ABOVE = "above"
    AT_MOST = "at most"
    BELOW = "below"

    @property
    def is_up(self) -> bool:
        """Whether more is better."""
        return self in (Direction.AT_LEAST, Direction.ABOVE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Healthy on the good side of `healthy`, red beyond `red`, watch between; thousandths of the unit.

    Exactly on `healthy` counts as healthy for `AT_LEAST` and `AT_MOST` alone; exactly on `red` is never red.
    A healthy number beyond `note` has a note: good, but look why.
    """

    direction: Direction
    healthy: int
    red: int
    note: int | None = None

    def judge(self, amount: int, of: int) -> State:
        """The state of amount / of in the limits' unit, `of` above 0."""
        value = amount * SCALE
        if self._is_beyond(value, self.red * of):
            return State.RED
        return State.HEALTHY if self._is_good(value, self.healthy * of) else State.WATCH

    def has_note(self, amount: int, of: int) -> bool:
        """Whether amount / of is beyond the note's limit, on the good side."""
        if self.note is None:
            return False
        value, limit = amount * SCALE, self.note * of
        return value > limit if self.direction.is_up else value < limit

    def _is_beyond(self, value: int, limit: int) -> bool:
        return value < limit if self.direction.is_up else value > limit

    def _is_good(self, value: int, limit: int) -> bool:
        if value == limit:
            return self.direction in (Direction.AT_LEAST, Direction.AT_MOST)
        return value > limit if self.direction.is_up else value < limit


def limits(direction: Direction, healthy: int, red: int, note: int | None = None) -> Limits:
    """Limits given in whole units."""
    return Limits(direction, healthy * SCALE, red * SCALE, None if note is None else note * SCALE)
