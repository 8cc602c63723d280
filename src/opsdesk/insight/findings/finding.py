"""A finding: a number held against its limits, what it says, and what it points at. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from opsdesk.insight.bands import Share, State
from opsdesk.insight.limits import Limits
from opsdesk.insight.registry import Answer, Mean, Side, Tally
from opsdesk.insight.statistics import SMALL
from opsdesk.insight.thresholds import EVERYWHERE, Scope
from opsdesk.kernel.period import Period

DAY_S = 86400
Fact = int | float | str | datetime | tuple[tuple[str, int], ...] | None


class Group(StrEnum):
    """What a finding is: something that must not be, a number with limits, numbers read together."""

    ALARM = "alarm"
    NUMBER = "number"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Behind:
    """A list behind a finding: `n` records.

    Either the funnel's number `pick`, of the type or family `kind`; or a metric's answer on a `side`, asked
    with `filters`: the one for the dimensions `of`, or the only one.
    """

    n: int
    pick: str = ""
    kind: str = ""
    metric: str = ""
    side: Side = Side.COUNTED
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about a desk. `facts` are the values that its words need.

    `period` None: it is of now. `limits` None: it has none to set. `weight` orders findings of one state.
    """

    rule: str
    desk: str
    group: Group
    state: State
    number: Answer | None = None
    limits: Limits | None = None
    scope: Scope = EVERYWHERE
    period: Period | None = None
    behind: tuple[Behind, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    noted: bool = False
    weight: int = 0

    @property
    def key(self) -> str:
        """What stays the same while the number moves: `completion:MN.USED_CAR_PRIVATE`."""
        where = ".".join(part for part in (self.scope.country, self.scope.category) if part)
        return f"{self.rule}:{where}" if where else self.rule

    @property
    def is_red(self) -> bool:
        return self.state is State.RED


# Red alarms first, then what is red, then what is watched and what the numbers say together; what is not
# known stands above what is well.
_URGENCY = {
    (Group.ALARM, State.RED): 0,
    (Group.NUMBER, State.RED): 1,
    (Group.OUTCOME, State.RED): 2,
    (Group.ALARM, State.WATCH): 3,
    (Group.NUMBER, State.WATCH): 4,
    (Group.OUTCOME, State.WATCH): 6,
    (Group.OUTCOME, State.HEALTHY): 6,
    (Group.NUMBER, State.NOT_YET_KNOWN): 7,
    (Group.NUMBER, State.TOO_FEW): 8,
    (Group.NUMBER, State.NOTHING): 9,
}
_NOTED, _WELL = 5, 10


def urgency(finding: Finding) -> tuple[int, int, str, str]:
    """By what a finding stands: the most urgent first, then by weight, rule and scope."""
    rank = _NOTED if finding.noted else _URGENCY.get((finding.group, finding.state), _WELL)
    return rank, -finding.weight, finding.desk, finding.key


def state_of_mean(mean: Mean, limits: Limits, unit_s: int = DAY_S) -> State:
    """A mean of whole seconds against limits in units of `unit_s` seconds; under 20 there is no verdict."""
    if mean.n == 0:
        return State.NOTHING
    if mean.n < SMALL:
        return State.TOO_FEW
    return limits.judge(round(mean.total), mean.n * unit_s)


def none_wanted(n: int) -> State:
    """What must not be at all."""
    return State.RED if n else State.HEALTHY


def count_of(answer: Answer | None) -> int:
    """How many a tally counts, or a share holds for certain."""
    if isinstance(answer, Tally):
        return answer.n
    return answer.low if isinstance(answer, Share) else 0
