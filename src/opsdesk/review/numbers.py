"""Numbers as a document keeps them: each with the metric that it is an answer of. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opsdesk.insight.limits import Limits, State
from opsdesk.insight.registry import Answer, Mean, Tally
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Number:
    """The answer of `metric`, asked with `filters`, for the values `of` its dimensions.

    `period` and `as_of` where they are others than the document's. `state`: what it said when it was written;
    None: nothing judges it.
    """

    metric: str
    answer: Answer
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    as_of: datetime | None = None
    state: State | None = None
    limits: Limits | None = None

    @property
    def n(self) -> int:
        """How many were counted: a tally's, a share's for certain, those that a mean or a median is of."""
        if isinstance(self.answer, Tally | Mean | Spread):
            return self.answer.n
        return self.answer.low


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a number is higher than before: from `low` to `high`, as both may still move.

    In the metric's unit; of shares in percentage points.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """A number beside the same of the period before. `difference` None: one of them is not there, is of
    nothing, or is a median that could still rise."""

    now: Number
    before: Number | None = None
    difference: Difference | None = None

    @property
    def metric(self) -> str:
        return self.now.metric


@dataclass(frozen=True, slots=True)
class Timed:
    """The same times by both clocks, in seconds. `target_s`: the desk's target of working time, if any."""

    elapsed: Number
    working: Number
    target_s: int | None = None

    @property
    def half_keeps_target(self) -> bool | None:
        """Whether half of them took no longer than the target; None: no target, or not known."""
        answer = self.working.answer
        median = answer.median if isinstance(answer, Spread) else None
        if self.target_s is None or median is None:
            return None
        return False if median.value > self.target_s else None if median.at_least else True
