"""What the numbers of requests say: the worked example, the edges of every rule, desks with little data."""

import pytest

from opsdesk.cases import actions
from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk
from opsdesk.insight.bands import Share, State
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.findings import requests
from opsdesk.insight.findings.finding import Finding, Group, urgency
from opsdesk.insight.findings.gather import resolved, shares
from opsdesk.insight.findings.outcomes import outcomes
from opsdesk.insight.findings.queries import findings
from opsdesk.insight.findings.requests import RequestAnswers, Resolved
from opsdesk.insight.limits import Direction, limits
from opsdesk.insight.registry import Question
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.thresholds import EVERYWHERE, SHIPPED
from opsdesk.insight.waiting import Waited
from tests import cast
from tests.insight.builders import HOUR, crew, resolve, worked_example
from tests.insight.told import NOW, OCTOBER, funnel_of, requests_of

H, W, R = State.HEALTHY, State.WATCH, State.RED


def of_october() -> dict[str, Finding]:
    return {each.key: each for each in findings(desk("support"), OCTOBER, now=NOW).found}


@pytest.mark.django_db
def test_the_worked_example_has_the_findings_that_a_lead_works_out_by_hand() -> None:
    cast.desk(OCTOBER.start)
    worked_example(crew(), OCTOBER.start)
    found = of_october()
    assert {key: each.state for key, each in found.items()} == {
        "last_resort": W,
        "tier_3_share": W,
        "tier_1_share": H,
        "tier_2_rate": H,
        "right_queue": H,
        "untyped": H,
        "no_cause": H,
        "stuck_us": H,
        "stuck_others": H,
        "works": H,
        "specialist": W,
    }
    assert found["tier_3_share"].number == Share(10, 10, 200, SHIPPED.band("tier_3_share"))
    assert found["tier_3_share"].facts == {"families": (("integration", 6), ("core", 4))}
    assert found["works"].facts["part"] == 140
    assert found["specialist"].facts == {"resolved": 200, "above": 60, "part": 36, "family": "integration"}
    assert list(found)[:4] == ["last_resort", "tier_3_share", "works", "specialist"]
    lists = found["specialist"].behind
    assert [(each.pick, each.kind, each.n) for each in lists] == [
        ("resolved:2", "integration", 30),
        ("resolved:3", "integration", 6),
    ]
    for each in lists:
        chosen = Selection("support", OCTOBER, FunnelFilters(family=(each.kind,)), each.pick)
        assert cases(chosen, now=OCTOBER.end).total == each.n


@pytest.mark.django_db
def test_an_empty_desk_has_no_verdict_but_on_what_runs_now() -> None:
    cast.desk(OCTOBER.start)
    found = of_october()
    nothing = {key for key, each in found.items() if each.state is State.NOTHING}
    assert nothing == {
        *("tier_1_share", "tier_2_rate", "tier_3_share", "last_resort"),
        *("right_queue", "untyped", "no_cause"),
    }
    assert found["instrument_first"].state is State.TOO_FEW
    assert not [each for each in found.values() if each.state in (R, W)]


@pytest.mark.django_db
def test_resolved_requests_tell_their_causes_and_how_long_a_third_party_held_them() -> None:
    cast.desk(OCTOBER.start)
    operator, start = crew().operator, OCTOBER.start
    held = cast.request_at(start, type="integration.dms")
    party = cast.definition().third_parties[0].key
    late = start + 90 * HOUR
    wait = {"on": "third_party", "party": party, "expected_at": late, "actor": operator.actor}
    actions.wait(case_id=held.id, now=start + HOUR, **wait)
    resolve(held, operator, start + 10 * HOUR, "integration.dms")
    cast.request_at(start)
    found = resolved(desk("support"), OCTOBER)
    assert found == Resolved(1, no_cause=0, elapsed_s=36_000, third_party_s=32_400)
    Case.objects.update(cause="")
    assert resolved(desk("support"), OCTOBER).no_cause == 1


def of(answers: RequestAnswers) -> dict[str, Finding]:
    return {each.key: each for each in requests.findings(answers, SHIPPED)}


@pytest.mark.parametrize(
    ("ends", "rule", "state"),
    [
        ((14, 6, 0), "tier_1_share", H),
        ((13, 7, 0), "tier_1_share", W),
        ((10, 10, 0), "tier_1_share", W),
        ((9, 11, 0), "tier_1_share", R),
        ((80, 16, 4), "tier_2_rate", H),
        ((80, 15, 5), "tier_2_rate", R),
        ((70, 26, 4), "tier_3_share", H),
        ((70, 25, 5), "tier_3_share", W),
        ((70, 20, 10), "tier_3_share", W),
        ((70, 19, 11), "tier_3_share", R),
    ],
)
def test_a_number_exactly_on_a_limit_is_on_the_side_the_table_says(
    ends: tuple[int, int, int], rule: str, state: State
) -> None:
    found = of(requests_of(funnel_of(ends)))[rule]
    assert (found.state, found.group) == (state, Group.NUMBER)


def test_a_very_high_tier_1_share_is_healthy_and_still_to_be_read() -> None:
    found = of(requests_of(funnel_of((170, 25, 5), reopened=9)))["tier_1_share"]
    assert (found.state, found.noted, found.facts["reopened"]) == (H, True, 9)
    assert [behind.pick for behind in found.behind] == ["resolved:1", "escalated:1", "reopened"]


def test_while_all_are_open_nothing_is_judged() -> None:
    found = of(requests_of(funnel_of((0, 0, 0), (30, 0, 0))))
    assert found["tier_1_share"].state is State.NOT_YET_KNOWN
    assert found["tier_3_share"].state is State.NOT_YET_KNOWN
    assert found["last_resort"].state is State.NOT_YET_KNOWN
    assert found["no_cause"].state is State.NOTHING


def test_under_20_there_is_too_little_data() -> None:
    found = of(requests_of(funnel_of((2, 17, 0))))
    assert found["tier_1_share"].state is State.TOO_FEW
    assert found["tier_2_rate"].state is State.TOO_FEW
    assert of(requests_of(funnel_of((2, 18, 0))))["tier_1_share"].state is R


def test_a_desk_of_two_tiers_has_no_finding_about_a_third() -> None:
    assert "tier_3_share" not in of(requests_of(funnel_of((30, 5), (0, 0))))


def test_mail_that_leaked_is_an_alarm_and_comes_first() -> None:
    answers = requests_of(funnel_of((5, 30, 5)), leaked=3)
    found = sorted(requests.findings(answers, SHIPPED), key=urgency)
    assert [(each.key, each.state) for each in found[:2]] == [("leaked", R), ("tier_1_share", R)]
    assert of(requests_of(funnel_of(), leaked=0))["leaked"].state is H
    assert "leaked" not in of(requests_of(funnel_of()))


def test_what_is_stuck_says_in_which_queues() -> None:
    stuck = Stuck(3, 1, (("ops", 2, 0), ("core-support", 1, 1)))
    found = of(requests_of(funnel_of(), stuck=stuck))
    assert found["stuck_us"].facts["queues"] == (("ops", 2), ("core-support", 1))
    assert found["stuck_others"].facts["queues"] == (("core-support", 1),)
    assert (found["stuck_us"].state, found["stuck_us"].behind[0].n) == (W, 3)


def test_first_hand_offs_are_held_against_four_in_five() -> None:
    state = {
        hits: of(requests_of(funnel_of(), shares={"right_queue": Share(hits, hits, 100)}))[
            "right_queue"
        ].state
        for hits in (80, 79)
    }
    assert state == {80: H, 79: R}


def test_returns_and_reopens_are_judged_by_the_limits_that_a_lead_has_set() -> None:
    strict = SHIPPED.with_limits("reopened", EVERYWHERE, limits(Direction.AT_MOST, 5, 10))
    answers = requests_of(funnel_of(), shares={"reopened": Share(30, 30, 200)})
    found = {each.key: each for each in requests.findings(answers, strict)}
    assert (found["reopened"].state, found["reopened"].behind[0].n) == (R, 30)


@pytest.mark.django_db
def test_returns_and_reopens_are_asked_for_once_they_have_limits() -> None:
    cast.desk(OCTOBER.start)
    asked = Question("support", OCTOBER, NOW)
    assert set(shares(asked, SHIPPED)) == {"right_queue"}
    strict = SHIPPED.with_limits("returned", EVERYWHERE, limits(Direction.AT_MOST, 5, 10))
    assert set(shares(asked, strict)) == {"right_queue", "returned"}


def test_other_limits_give_other_states() -> None:
    strict = SHIPPED.with_limits("tier_1_share", EVERYWHERE, limits(Direction.AT_LEAST, 90, 75))
    found = {each.key: each for each in requests.findings(requests_of(funnel_of()), strict)}
    assert found["tier_1_share"].state is R


def said(answers: RequestAnswers) -> dict[str, Finding]:
    return {each.rule: each for each in outcomes(answers, SHIPPED)}


def test_most_at_tier_1_is_more_than_half() -> None:
    assert set(said(requests_of(funnel_of((11, 9, 0))))) == {"works"}
    assert set(said(requests_of(funnel_of((10, 10, 0))))) == {"no_outcome"}
    assert set(said(requests_of(funnel_of((9, 11, 0))))) == {"more_tier_2"}


def test_most_pass_tier_2_is_said_of_20_that_went_up_or_more() -> None:
    assert "tools_or_senior" in said(requests_of(funnel_of((30, 9, 11))))
    assert "tools_or_senior" not in said(requests_of(funnel_of((30, 10, 10))))
    assert "tools_or_senior" not in said(requests_of(funnel_of((30, 0, 19))))


def test_mostly_one_kind_is_over_half_of_what_went_up() -> None:
    def families(integration: int, core: int) -> dict[str, Finding]:
        kinds = {"integration": (0, integration, 0), "core": (0, core, 0), "how-to": (30, 0, 0)}
        return said(requests_of(funnel_of((30, integration + core, 0), families=kinds)))

    assert families(11, 9)["specialist"].facts["family"] == "integration"
    assert "specialist" not in families(10, 10)
    assert "specialist" not in families(15, 4)


def test_delays_are_third_party_when_these_hold_more_than_half_of_the_time() -> None:
    waited = (Waited("queue", "ops", 900, 30), Waited("third_party", "cdk", 501, 3))

    def third(seconds: int) -> dict[str, Finding]:
        return said(requests_of(funnel_of(), elapsed_s=1000, third_party_s=seconds, waited=waited))

    assert third(501)["third_party_delays"].facts["parties"] == (("cdk", 501),)
    assert "third_party_delays" not in third(500)


@pytest.mark.parametrize(
    ("answers", "lacking", "state"),
    [
        (requests_of(funnel_of(), leaked=1), {"leaked": 1}, W),
        (requests_of(funnel_of((140, 50, 10), untyped=21)), {"untyped": 21}, W),
        (requests_of(funnel_of(), no_cause=21), {"no_cause": 21}, W),
        (requests_of(funnel_of((12, 7, 0))), {"resolved": 19}, State.TOO_FEW),
        (
            requests_of(funnel_of((1, 1, 0), untyped=1), leaked=2),
            {"leaked": 2, "untyped": 1, "resolved": 2},
            W,
        ),
    ],
)
def test_instrument_first_excludes_the_rest_and_says_what_is_lacking(
    answers: RequestAnswers, lacking: dict[str, int], state: State
) -> None:
    found = said(answers)
    assert set(found) == {"instrument_first"}
    assert (found["instrument_first"].facts, found["instrument_first"].state) == (lacking, state)


def test_exactly_one_in_ten_without_a_type_still_carries_a_conclusion() -> None:
    assert "works" in said(requests_of(funnel_of((140, 50, 10), untyped=20), no_cause=20))
