"""The funnel once more, as slowly and plainly as it can be said: lists of rows, and loops over them."""

from collections.abc import Iterable
from dataclasses import dataclass

from opsdesk.cases.models import Case, Stay
from opsdesk.kernel.period import Period


@dataclass(frozen=True)
class Life:
    """A request and its stays in order, without the withdrawn ones."""

    case: Case
    stays: list[Stay]

    @property
    def highest(self) -> int:
        return max(stay.tier for stay in self.stays)

    @property
    def entry(self) -> int:
        return self.stays[0].tier

    @property
    def resolved(self) -> bool:
        return self.case.state == "resolved"

    @property
    def way_up(self) -> list[int]:
        """The tiers it was at, from the one it entered to the highest."""
        return sorted({stay.tier for stay in self.stays if stay.tier >= self.entry})

    def was_at(self, tier: int) -> bool:
        return any(stay.tier == tier for stay in self.stays)


def lives(desk: str, period: Period) -> tuple[list[Life], int, int]:
    """The requests of the cohort that count, and how many are void and merged."""
    counted, void, merged = [], 0, 0
    for case in Case.objects.filter(desk=desk, kind="request"):
        if case.opened_at not in period:
            continue
        if case.state == "void":
            void += case.void_reason != "split-undone"
        elif case.state == "merged":
            merged += 1
        else:
            stays = Stay.objects.filter(case=case).exclude(exit="withdrawn").order_by("number")
            counted.append(Life(case, list(stays)))
    return counted, void, merged


def numbers(desk: str, period: Period, tiers: int) -> dict[str, set[int] | int]:
    """Every number of the funnel as the set of its cases' ids."""
    every, void, merged = lives(desk, period)
    found: dict[str, set[int] | int] = {
        "in": ids(every),
        "void": void,
        "merged": merged,
        "resolved_all": ids(life for life in every if life.resolved),
        "open_all": ids(life for life in every if not life.resolved),
        "entered_above": ids(life for life in every if life.entry > 1),
        "skipped": ids(life for life in every if skips(life)),
        "last_resort": ids(life for life in every if any(stay.last_resort for stay in life.stays)),
        "reopened": ids(life for life in every if life.case.reopened_count),
    }
    for tier in range(1, tiers + 1):
        at = [life for life in every if life.was_at(tier)]
        ended = [life for life in at if life.highest == tier]
        found |= {
            f"entered:{tier}": ids(life for life in every if life.entry == tier),
            f"received:{tier}": ids(at),
            f"escalated:{tier}": ids(life for life in at if life.highest > tier),
            f"resolved:{tier}": ids(life for life in ended if life.resolved),
            f"open:{tier}": ids(life for life in ended if not life.resolved),
            f"returned:{tier}": ids(
                life for life in at if any(s.tier == tier and s.exit == "returned" for s in life.stays)
            ),
            f"finished_below:{tier}": ids(
                life for life in ended if life.resolved and life.stays[-1].tier < tier
            ),
            f"untouched:{tier}": ids(
                life
                for life in at
                if life.stays[-1].tier == tier
                and life.stays[-1].left_at is None
                and life.stays[-1].first_touch_at is None
            ),
        }
        for to in range(tier + 1, tiers + 1):
            found[f"flow:{tier}-{to}"] = ids(life for life in every if (tier, to) in steps(life))
    return found


def steps(life: Life) -> list[tuple[int, int]]:
    return list(zip(life.way_up, life.way_up[1:], strict=False))


def skips(life: Life) -> bool:
    return any(to - start > 1 for start, to in steps(life))


def ids(found: Iterable[Life]) -> set[int]:
    return {life.case.id for life in found}


def seconds_at(life: Life, tier: int) -> int:
    return sum(stay.elapsed_s or 0 for stay in life.stays if stay.tier == tier)
