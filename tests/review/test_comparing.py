"""The period before, differences, and what turned."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import Finding, Group
from opsdesk.insight.registry import Answer, Mean, Tally
from opsdesk.insight.statistics import spread
from opsdesk.kernel.period import Period, days, month
from opsdesk.review.comparing import difference, turned
from opsdesk.review.numbers import Difference
from opsdesk.review.periods import before

CHICAGO = ZoneInfo("America/Chicago")
R, W, H = State.RED, State.WATCH, State.HEALTHY


def span(first: str, last: str) -> Period:
    return days(date.fromisoformat(first), date.fromisoformat(last), CHICAGO)


@pytest.mark.parametrize(
    ("period", "earlier"),
    [
        (month("2026-10", CHICAGO), month("2026-09", CHICAGO)),
        (month("2026-01", CHICAGO), month("2025-12", CHICAGO)),
        (span("2026-07-01", "2026-09-30"), span("2026-04-01", "2026-06-30")),
        (span("2026-10-05", "2026-10-11"), span("2026-09-28", "2026-10-04")),
        (span("2026-10-01", "2026-10-15"), span("2026-09-16", "2026-09-30")),
        # the clock goes back on 1 November and on 8 March: days, not hours.
        (span("2026-10-26", "2026-11-01"), span("2026-10-19", "2026-10-25")),
        (span("2026-03-08", "2026-03-08"), span("2026-03-07", "2026-03-07")),
    ],
)
def test_the_period_before_is_as_many_months_or_days(period: Period, earlier: Period) -> None:
    assert before(period, CHICAGO) == earlier
    assert earlier.end == period.start


@pytest.mark.parametrize(
    ("now", "earlier", "expected"),
    [
        (Tally(12), Tally(20), Difference(-8, -8)),
        (Share(7, 7, 10), Share(1, 1, 2), Difference(20, 20)),
        (Share(6, 8, 10), Share(4, 5, 10), Difference(10, 40)),
        (Share(0, 0, 0), Share(1, 1, 2), None),
        (Mean(9, 3), Mean(10, 2), Difference(-2, -2)),
        (Mean(9, 3), Mean(0, 0), None),
        (spread([4, 6]), spread([1]), Difference(4, 4)),
        (spread([4], [1]), spread([1]), None),
        (spread([]), spread([1]), None),
    ],
)
def test_a_difference_says_how_far_both_may_still_move(
    now: Answer, earlier: Answer, expected: Difference | None
) -> None:
    assert difference(now, earlier) == expected


def found(**states: State) -> list[Finding]:
    return [Finding(rule, "support", Group.NUMBER, state) for rule, state in states.items()]


def test_what_turned_red_stands_first_and_what_was_never_judged_is_no_news() -> None:
    earlier = found(a=H, b=R, c=State.TOO_FEW, d=W, e=R, f=R, g=H, h=State.TOO_FEW)
    now = found(a=R, b=H, c=H, d=State.NOT_YET_KNOWN, e=W, f=R, h=R, i=R, j=H)
    told = [(each.finding.rule, each.before, each.now) for each in turned(now, earlier)]
    assert told == [
        ("a", H, R),
        ("h", State.TOO_FEW, R),
        ("i", None, R),
        ("e", R, W),
        ("b", R, H),
    ]
    assert turned(found(), found(x=W, y=H))[0].now is None
    assert len(turned(found(), found(x=W, y=H))) == 1
