"""Which months the example has, and how much happens in each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from opsdesk.kernel.period import Period, month

QUARTER = 3
WORKED_BACK = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests of one month: all, those that Tier 2 will resolve, and those that Tier 3 will, by family."""

    requests: int
    tier_2: int
    tier_3_core: int
    tier_3_integration: int


WORKED = Counts(requests=200, tier_2=50, tier_3_core=4, tier_3_integration=6)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the example is: full months, about how many requests in each, accounts, the exact month.

    `deals` is a share of the usual volume of the deals desk.
    """

    months: int = 12
    requests: int = 200
    accounts: int = 500
    worked: Counts = WORKED
    deals: float = 1.0


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the example. `worked`: the one that comes out exactly; `slow`: core support is silent."""

    name: str
    period: Period
    counts: Counts
    worked: bool
    slow: bool


def draw_months(draw: Random, *, now: datetime, zone: ZoneInfo, scale: Scale) -> tuple[Month, ...]:
    """The last full months before `now`, oldest first, and the running one up to `now`."""
    names = month_names(now.astimezone(zone), scale.months)
    worked = max(0, scale.months - WORKED_BACK)
    slow = _slow_quarter([int(name[-2:]) for name in names], worked)
    months = [
        Month(
            name=name,
            period=month(name, zone),
            counts=scale.worked if index == worked else _counts(draw, scale.requests, 1.0),
            worked=index == worked,
            slow=index in slow,
        )
        for index, name in enumerate(names)
    ]
    running = month(f"{now.astimezone(zone):%Y-%m}", zone)
    if running.start < now:
        share = (now - running.start) / (running.end - running.start)
        counts = _counts(draw, scale.requests, share)
        months.append(
            Month(f"{running.start:%Y-%m}", Period(running.start, now), counts, worked=False, slow=False)
        )
    return tuple(months)


def month_names(local_now: datetime, count: int) -> list[str]:
    """`count` names such as `2026-10`, the last one that of the month before `local_now`."""
    newest = local_now.year * 12 + local_now.month - 2
    return [f"{index // 12}-{index % 12 + 1:02}" for index in range(newest - count + 1, newest + 1)]


def _slow_quarter(numbers: Sequence[int], worked: int) -> range:
    """Three months in a row without the worked one: a quarter of the calendar if there is one."""
    starts = [
        start for start in range(len(numbers) - QUARTER + 1) if worked not in range(start, start + QUARTER)
    ]
    quarters = [start for start in starts if numbers[start] % QUARTER == 1]
    return next((range(start, start + QUARTER) for start in quarters or starts), range(0))


def _counts(draw: Random, requests: int, share: float) -> Counts:
    total = round(requests * share * draw.uniform(0.92, 1.02))
    up = round(total * draw.uniform(0.25, 0.33))
    above = round(up * draw.uniform(0.13, 0.2))
    core = round(above * draw.uniform(0.3, 0.5))
    return Counts(total, up - above, core, above - core)
