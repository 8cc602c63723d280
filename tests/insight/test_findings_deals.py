"""What the numbers of deals say: each limit exactly, drift, what is urgent, and from a desk's own deals."""

from datetime import datetime, timedelta

import pytest

from opsdesk.cases.queries import desk
from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings import deals
from opsdesk.insight.findings.deals import DealAnswers
from opsdesk.insight.findings.finding import Finding
from opsdesk.insight.findings.periods import period_of
from opsdesk.insight.findings.queries import findings
from opsdesk.insight.findings.typical import TYPICAL, drifts, meets
from opsdesk.insight.limits import Direction, limits
from opsdesk.insight.registry import Mean, Tally
from opsdesk.insight.thresholds import SHIPPED, Scope
from tests import cast
from tests.insight.told import PRIVATE, deals_of, mean_days
from tests.web import deals_scene

H, W, R = State.HEALTHY, State.WATCH, State.RED
CARS = "USED_CAR_PRIVATE"


def of(answers: DealAnswers) -> dict[str, Finding]:
    return {each.key: each for each in deals.findings(answers, SHIPPED)}


def shares(rule: str, hits: int, of: int, high: int | None = None) -> DealAnswers:
    nothing: dict[str, dict[Scope, Share]] = {"completion": {}, "dispute_rate": {}, "intervention": {}}
    return deals_of(shares=nothing | {rule: {PRIVATE: Share(hits, high or hits, of)}})


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("completion", {91: H, 90: W, 50: W, 49: R}),
        ("dispute_rate", {9: H, 10: W, 15: W, 16: R}),
        ("intervention", {49: H, 50: W, 70: W, 71: R}),
    ],
)
def test_a_number_exactly_on_a_limit_is_on_the_side_the_table_says(rule: str, says: dict[int, State]) -> None:
    key = f"{rule}:MN.{CARS}"
    assert {hits: of(shares(rule, hits, 100))[key].state for hits in says} == says


def test_under_20_deals_there_is_too_little_data() -> None:
    assert of(shares("completion", 5, 19))[f"completion:MN.{CARS}"].state is State.TOO_FEW
    assert of(shares("completion", 5, 20))[f"completion:MN.{CARS}"].state is R


def test_disputes_that_still_run_leave_the_intervention_open() -> None:
    found = of(shares("intervention", 45, 100, high=55))[f"intervention:MN.{CARS}"]
    assert found.state is State.NOT_YET_KNOWN


@pytest.mark.parametrize(
    ("days", "n", "state"),
    [(6.99, 20, H), (7, 20, W), (10, 20, W), (10.01, 20, R), (12, 19, State.TOO_FEW), (0, 0, State.NOTHING)],
)
def test_the_mean_time_to_settle_has_its_limits_in_days(days: float, n: int, state: State) -> None:
    found = of(deals_of(time_to_settle={PRIVATE: mean_days(days, n)}))[f"time_to_settle:MN.{CARS}"]
    assert found.state is state


def test_a_slow_scope_names_the_share_of_its_inspection() -> None:
    found = of(deals_of(time_to_settle={PRIVATE: mean_days(8)}, windows={PRIVATE: 3}))
    assert found[f"time_to_settle:MN.{CARS}"].facts == {"window": 3, "window_share": 38}
    without = of(deals_of(time_to_settle={PRIVATE: mean_days(8)}, windows={}))
    assert without[f"time_to_settle:MN.{CARS}"].facts == {}


def test_limits_of_a_scope_count_for_that_scope_alone() -> None:
    held = SHIPPED.with_limits("completion", PRIVATE, limits(Direction.ABOVE, 60, 30))
    other = Scope("KR", CARS)
    both = {"completion": {PRIVATE: Share(61, 61, 100), other: Share(61, 61, 100)}}
    answers = deals_of(shares={"dispute_rate": {}, "intervention": {}} | both)
    states = {each.scope: each.state for each in deals.findings(answers, held) if each.rule == "completion"}
    assert states == {PRIVATE: H, other: W}


def test_a_share_whose_range_meets_its_typical_band_does_not_drift() -> None:
    assert not drifts(CARS, {"DAMAGE_MINOR": 13, "MISSING_PARTS": 5, "DOCUMENT_MISMATCH": 2}, 20)
    found = drifts(CARS, {"DAMAGE_MINOR": 2, "MISSING_PARTS": 5, "DOCUMENT_MISMATCH": 13}, 20)
    assert [(each.reason, each.is_above) for each in found] == [
        ("DAMAGE_MINOR", False),
        ("DOCUMENT_MISMATCH", True),
    ]
    assert not drifts(CARS, {"DOCUMENT_MISMATCH": 19}, 19)
    assert not drifts("BOATS", {"OTHER": 30}, 30)


def test_a_reason_that_never_occurs_drifts_where_it_is_usual() -> None:
    found = drifts(CARS, {"MISSING_PARTS": 14, "DOCUMENT_MISMATCH": 6}, 20)
    assert "DAMAGE_MINOR" in [each.reason for each in found]


@pytest.mark.parametrize(("low", "high"), [(60, 70), (0, 100)])
def test_the_ends_of_a_band_are_typical(low: int, high: int) -> None:
    share = Share(65, 65, 100)
    assert meets(share, (low, high))
    assert not meets(share, (76, 90))
    assert not meets(share, (10, 54))


def test_the_typical_shares_are_those_that_were_agreed() -> None:
    written = {
        category: {reason.value: band for reason, band in of.items()} for category, of in TYPICAL.items()
    }
    assert written == {
        "USED_CAR_PRIVATE": {
            "DAMAGE_MINOR": (60, 70),
            "MISSING_PARTS": (20, 30),
            "DOCUMENT_MISMATCH": (10, 20),
        },
        "USED_CAR_DEALER": {
            "DAMAGE_MINOR": (40, 50),
            "QUALITY_NOT_MATCHING": (30, 40),
            "MISSING_PARTS": (10, 20),
        },
        "REAL_ESTATE_SALE": {
            "DOCUMENT_MISMATCH": (50, 60),
            "DAMAGE_MINOR": (20, 30),
            "MISSING_PARTS": (10, 20),
        },
    }


def test_drift_is_watched_and_says_of_how_many_and_how_much() -> None:
    reasons = {CARS: {"DAMAGE_MINOR": 2, "MISSING_PARTS": 5, "DOCUMENT_MISMATCH": 13}}
    found = of(deals_of(reasons=reasons))[f"drift:{CARS}"]
    assert (found.state, found.number) == (W, Tally(20))
    assert found.facts["drifts"] == (("DAMAGE_MINOR", 10), ("DOCUMENT_MISMATCH", 65))
    assert [dict(behind.filters)["reason"] for behind in found.behind] == [
        ("DAMAGE_MINOR",),
        ("DOCUMENT_MISMATCH",),
    ]
    few = of(deals_of(reasons={CARS: {"DAMAGE_MINOR": 3}}))[f"drift:{CARS}"]
    assert (few.state, few.behind[0].n) == (State.TOO_FEW, 3)
    assert "drift:BOATS" not in of(deals_of(reasons={"BOATS": {"OTHER": 30}}))


def test_urgent_disputes_are_red_and_stuck_deals_are_watched() -> None:
    found = of(deals_of(urgent={PRIVATE: 2}, stuck={"FUNDED": 3}, never_funded=4))
    assert (found["urgent_disputes"].state, found["urgent_disputes"].number) == (R, Tally(2))
    assert found["urgent_disputes"].facts["scopes"] == ((f"MN.{CARS}", 2),)
    assert (found["deals_stuck"].state, [each.n for each in found["deals_stuck"].behind]) == (W, [3, 4])
    calm = of(deals_of())
    assert {calm[key].state for key in ("urgent_disputes", "deals_stuck")} == {H}


def test_a_timer_that_is_missing_is_red_however_few_deals_there_are() -> None:
    assert of(deals_of(timers=Share(2, 2, 3)))["timer_visibility"].state is R
    assert of(deals_of(timers=Share(3, 3, 3)))["timer_visibility"].state is H
    assert of(deals_of())["timer_visibility"].state is State.NOTHING


def test_a_mean_of_nothing_has_no_list() -> None:
    found = of(deals_of(time_to_settle={PRIVATE: Mean(0, 0)}))
    assert found[f"time_to_settle:MN.{CARS}"].behind == ()


@pytest.mark.django_db
def test_the_findings_of_deals_are_of_ninety_days_with_today() -> None:
    cast.desk()
    now = datetime.fromisoformat("2026-03-02T18:00:00+00:00")
    period = period_of(desk("deals"), now)
    assert period.end - period.start == timedelta(days=90)
    assert now in period


@pytest.mark.django_db
def test_a_desk_of_deals_answers_its_rules_from_its_metrics() -> None:
    now = datetime.fromisoformat("2026-03-02T18:00:00+00:00")
    deals_scene.busy(now)
    found = findings(desk("deals"), period_of(desk("deals"), now), now=now)
    by_key = {each.key: each for each in found.found}
    assert found.n == 6
    assert by_key["urgent_disputes"].number == Tally(1)
    assert by_key["timer_visibility"].state is H
    assert by_key["timer_visibility"].number == Share(3, 3, 3)
    assert by_key[f"time_to_settle:MN.{CARS}"].state is State.TOO_FEW
    assert by_key[f"time_to_settle:MN.{CARS}"].facts["window"] == 3
