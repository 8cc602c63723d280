"""Health of a share: compared as integers, never rounded. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from opsdesk.insight.statistics import SMALL, wilson


class State(StrEnum):
    """What a share says. Only the first three are verdicts."""

    HEALTHY = "healthy"
    WATCH = "watch"
    RED = "red"
    NOT_YET_KNOWN = "not yet known"
    TOO_FEW = "too few"
    NOTHING = "nothing"
    NO_BAND = "no band"


Judge = Callable[[int, int], State]


@dataclass(frozen=True, slots=True)
class Band:
    """How a share is judged, with `of` above 0. `noted` says when a healthy one has a note."""

    key: str
    judge: Judge
    noted: Callable[[int, int], bool] = lambda hits, of: False


def _tier_1_share(hits: int, of: int) -> State:
    if hits * 100 >= of * 70:
        return State.HEALTHY
    return State.WATCH if hits * 100 >= of * 50 else State.RED


def _tier_2_rate(hits: int, of: int) -> State:
    return State.HEALTHY if hits * 100 >= of * 80 else State.RED


def _tier_3_share(hits: int, of: int) -> State:
    if hits * 100 < of * 5:
        return State.HEALTHY
    return State.WATCH if hits * 100 <= of * 10 else State.RED


def last_resort(limit: int = 5) -> Band:
    """None is healthy, any is watch, more than `limit` % is red."""

    def judge(hits: int, of: int) -> State:
        if hits == 0:
            return State.HEALTHY
        return State.WATCH if hits * 100 <= of * limit else State.RED

    return Band("last_resort", judge)


TIER_1_SHARE = Band("tier_1_share", _tier_1_share, lambda hits, of: hits * 100 > of * 80)
TIER_2_RATE = Band("tier_2_rate", _tier_2_rate, lambda hits, of: hits * 100 > of * 90)
TIER_3_SHARE = Band("tier_3_share", _tier_3_share)
LAST_RESORT = last_resort()
NO_BAND = Band("none", lambda hits, of: State.NO_BAND)


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
