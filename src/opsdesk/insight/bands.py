"""Health of a share: compared as integers, never rounded. Pure.

The bands here are those that Opsdesk is shipped with; `thresholds` has the ones that hold on a day.
"""

from dataclasses import dataclass

from opsdesk.insight.limits import Direction, Limits, State, limits
from opsdesk.insight.statistics import SMALL, wilson

__all__ = ["LAST_RESORT", "NO_BAND", "TIER_1_SHARE", "TIER_2_RATE", "TIER_3_SHARE", "Band", "Share", "State"]


@dataclass(frozen=True, slots=True)
class Band:
    """How a share is judged, by its limits in per cent; without any there is no verdict."""

    key: str
    limits: Limits | None = None

    def judge(self, hits: int, of: int) -> State:
        """The state of hits of `of`, which is above 0."""
        return self.limits.judge(hits * 100, of) if self.limits else State.NO_BAND

    def noted(self, hits: int, of: int) -> bool:
        """Whether a healthy share of hits has a note."""
        return self.limits is not None and self.limits.has_note(hits * 100, of)


def last_resort(limit: int = 5) -> Band:
    """None is healthy, any is watch, more than `limit` % is red."""
    return Band("last_resort", limits(Direction.AT_MOST, 0, limit))


TIER_1_SHARE = Band("tier_1_share", limits(Direction.AT_LEAST, 70, 50, note=80))
TIER_2_RATE = Band("tier_2_rate", limits(Direction.AT_LEAST, 80, 80, note=90))
TIER_3_SHARE = Band("tier_3_share", limits(Direction.BELOW, 5, 10))
LAST_RESORT = last_resort()
NO_BAND = Band("none")


@dataclass(frozen=True, slots=True)
class Share:
    """`low` of `of` for certain, `high` at most: the difference is still open."""

    low: int
    high: int
    of: int
    band: Band = NO_BAND

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= self.of:
            raise ValueError(f"a share counts part of a whole: {self.low} to {self.high} of {self.of}")

    @property
    def open(self) -> int:
        return self.high - self.low

    @property
    def is_small(self) -> bool:
        return self.of < SMALL

    @property
    def range(self) -> tuple[float, float]:
        """The 95 % range, of the bounds while some are open, as fractions of 1. `of` is above 0."""
        return wilson(self.low, self.of)[0], wilson(self.high, self.of)[1]

    @property
    def state(self) -> State:
        """A verdict only if both bounds give it, over 20 or more."""
        if self.of == 0:
            return State.NOTHING
        low, high = self.band.judge(self.low, self.of), self.band.judge(self.high, self.of)
        if low is State.NO_BAND:
            return State.NO_BAND
        if self.is_small:
            return State.TOO_FEW
        return low if low is high else State.NOT_YET_KNOWN

    @property
    def noted(self) -> bool:
        """Healthy, and so high that it needs a second look."""
        return self.state is State.HEALTHY and self.band.noted(self.low, self.of)
