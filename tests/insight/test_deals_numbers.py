"""Every number of the deals desk, over one small history whose answers are counted by hand.

As of 31 March, terms of used cars: 3 days of inspection, 48 hours for a dispute; so a deal is old enough
after 12 days.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases import actions as cases
from opsdesk.cases import incidents
from opsdesk.deals import actions as deals
from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import evidence, rulings
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.timers import catch_up
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS, ask, members
from opsdesk.insight.registry import Mean, Question, Side, Subject, Tally
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.actor import Role
from opsdesk.kernel.period import Period
from tests import cast
from tests.web import deals_scene as scenes
from tests.web.deals_scene import DAY, DEALER, HOUR, MARKET, PRIVATE

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
MARCH = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
KEYS = [
    metric.key
    for metric in METRICS.values()
    if (metric.members is not None and getattr(metric.sql, "keywords", {}).get("counted") is not None)
    or metric.key == "dispute_reasons"
]


def question(*by: str, as_of: datetime = NOW, period: Period = MARCH, **filters: str) -> Question:
    chosen: Mapping[str, tuple[str, ...]] = {name: (value,) for name, value in filters.items()}
    return Question("deals", period, as_of, chosen, by)


def one(key: str, **more: object) -> object:
    return ask(key, question(**more))[()]  # type: ignore[arg-type]


def parts(key: str, **more: object) -> tuple[int, int, int]:
    """A share without the limits it is held against."""
    found = one(key, **more)
    assert isinstance(found, Share)
    return found.low, found.high, found.of


def counts(key: str, *by: str) -> dict[tuple[str, ...], int]:
    return {name: found.n for name, found in ask(key, question(*by)).items() if isinstance(found, Tally)}


@pytest.fixture
def march(db: None) -> dict[str, Deal]:
    """Nine deals of March, each at another point of its life by the end of the month."""
    scene = scenes.people(NOW)
    for key in (PRIVATE, DEALER):
        scenes.open_scope(scene, key, since=NOW - 60 * DAY)
    first = datetime(2026, 3, 2, 12, tzinfo=UTC)
    made = {
        # approved after 2 days; by silence after 3 + 1 days; both old enough.
        "quick": scenes.delivered(first),
        "silent": deals.fund(deal_id=scenes.created(first).id, actor=MARKET, now=first),
        "unpaid": scenes.created(first),
        "unsent": scenes.funded(first, scope=DEALER),
        "ruled": scenes.in_issue(first, scope=DEALER),
        "expired": scenes.in_issue(first, Reason.MISSING_PARTS),
        # none of these is old enough.
        "running": scenes.in_issue(NOW - 30 * HOUR),
        "looked at": scenes.delivered(NOW - DAY),
        "fresh": scenes.created(NOW - HOUR),
    }
    deals.approve(deal_id=made["quick"].id, actor=MARKET, now=first + 2 * DAY)
    deals.deliver(deal_id=made["silent"].id, actor=MARKET, now=first + DAY)
    catch_up(made["silent"].id, now=first + 4 * DAY)
    ruled = Dispute.objects.get(deal=made["ruled"])
    _complete(made["ruled"], first + HOUR)
    # What the deadline would do: that may be ruled while an item is missing.
    choice = Choice(Outcome.OFFSET, amount_minor=1_500_000, reason="A small scratch.")
    rulings.rule(dispute_id=ruled.id, choice=choice, actor=scene.otgon.actor, now=first + 20 * HOUR)
    catch_up(made["expired"].id, now=first + 3 * DAY)
    return {name: Deal.objects.get(id=deal.id) for name, deal in made.items()}


def _complete(deal: Deal, now: datetime) -> None:
    """Every photo the terms ask for is there but the odometer's."""
    evidence.add(deal_id=deal.id, data=scenes.photo(3), name="i.png", item="interior", actor=MARKET, now=now)


def test_deals_by_the_state_they_are_in(march: dict[str, Deal]) -> None:
    found = counts("deals_created", "state")
    assert found == {("SETTLED",): 4, ("CREATED",): 2, ("FUNDED",): 1, ("ISSUE",): 1, ("INSPECTION",): 1}
    assert one("deals_created") == Tally(9)
    assert counts("deals_created", "scope") == {(PRIVATE,): 7, (DEALER,): 2}
    assert one("deals_running") == Tally(5)


def test_a_state_is_that_of_the_instant_asked_for(march: dict[str, Deal]) -> None:
    then = datetime(2026, 3, 3, 12, tzinfo=UTC)
    found = ask("deals_created", question("state", as_of=then))
    assert found == {
        ("SETTLED",): Tally(1), ("CREATED",): Tally(1), ("FUNDED",): Tally(1), ("ISSUE",): Tally(1),
        ("INSPECTION",): Tally(2),
    }  # fmt: skip


def test_time_to_settle_is_over_the_deals_settled_in_the_period(march: dict[str, Deal]) -> None:
    # 2 days, 4 days, 20 hours, 48 hours.
    mean = one("time_to_settle")
    assert isinstance(mean, Mean)
    assert mean.n == 4
    assert mean.value == pytest.approx((2 + 4 + 20 / 24 + 2) / 4)
    spread = one("time_to_settle_spread")
    assert isinstance(spread, Spread)
    assert spread.median is not None
    assert spread.median.value == pytest.approx(2)
    bands = [one(f"settled_{band}") for band in ("under_3", "3_to_5", "5_to_7", "7_and_more")]
    assert bands == [Tally(3), Tally(1), Tally(0), Tally(0)]
    assert counts("deals_settled", "ending") == {
        ("approved",): 1, ("auto_approved",): 1, ("ruled",): 1, ("expired",): 1,
    }  # fmt: skip


def test_three_days_to_the_second_are_three_days(march: dict[str, Deal]) -> None:
    deal = march["quick"]
    Deal.objects.filter(id=deal.id).update(settled_at=deal.created_at + 3 * DAY)
    assert (one("settled_under_3"), one("settled_3_to_5")) == (Tally(2), Tally(2))


def test_completion_is_of_the_funded_that_are_old_enough(march: dict[str, Deal]) -> None:
    assert parts("completion") == (4, 4, 5)
    assert one("old_never_funded") == Tally(1)
    assert members("old_never_funded", question()) == (march["unpaid"].id,)
    just = datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert parts("completion", as_of=just) == (4, 4, 5)
    assert parts("completion", as_of=just - timedelta(seconds=1)) == (0, 0, 0)


def test_the_dispute_rate_is_of_the_deals_inspected_long_enough(march: dict[str, Deal]) -> None:
    # quick, silent, ruled, expired: in inspection 3 days ago or earlier; `running` began 30 hours ago.
    assert parts("dispute_rate") == (2, 2, 4)
    assert set(members("dispute_rate", question())) == {march["ruled"].id, march["expired"].id}


def test_a_stuck_deal_was_funded_and_one_never_funded_stands_apart(march: dict[str, Deal]) -> None:
    assert members("deals_stuck", question()) == (march["unsent"].id,)
    assert members("deals_never_funded", question()) == (march["unpaid"].id,)
    week = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert one("deals_stuck", as_of=week) == Tally(0)
    assert one("deals_stuck", as_of=week + timedelta(seconds=1)) == Tally(1)


def test_a_snapshot_is_of_the_end_of_the_period(march: dict[str, Deal]) -> None:
    early = Period(MARCH.start, datetime(2026, 3, 3, tzinfo=UTC))
    assert one("deals_running", period=early) == Tally(6)


def test_every_timer_that_must_be_armed_is_seen(march: dict[str, Deal]) -> None:
    assert one("timer_visibility") == Share(2, 2, 2)
    then = datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert one("timer_visibility", as_of=then) == Share(3, 3, 3)


def test_active_disputes_by_the_time_they_have_left(march: dict[str, Deal]) -> None:
    assert counts("disputes_active", "urgency") == {("<24",): 1}
    raised = NOW - 30 * HOUR
    for later, band in ((0, "24-48"), (24, "24-48"), (25, "<24")):
        asked = question("urgency", as_of=raised + later * HOUR)
        assert ask("disputes_active", asked) == {(band,): Tally(1)}


def test_why_disputes_were_raised(march: dict[str, Deal]) -> None:
    assert counts("disputes_raised", "reason") == {("DAMAGE_MINOR",): 2, ("MISSING_PARTS",): 1}
    assert ask("dispute_reasons", question("reason"))["DAMAGE_MINOR",] == Share(2, 2, 3)
    by_place = ask("dispute_reasons", question("category", "reason"))
    assert by_place["USED_CAR_PRIVATE", "MISSING_PARTS"] == Share(1, 1, 2)


def test_intervention_has_bounds_while_a_dispute_runs(march: dict[str, Deal]) -> None:
    april = Period(MARCH.start, datetime(2026, 4, 3, tzinfo=UTC))
    assert parts("intervention", period=april) == (1, 2, 3)
    assert parts("intervention") == (1, 1, 2)


def test_resolution_time_is_of_all_and_of_the_ruled_beside(march: dict[str, Deal]) -> None:
    mean = one("resolution_time")
    assert isinstance(mean, Mean)
    assert (mean.n, mean.missing, mean.value) == (2, 1, (20 + 48) / 2 * 3600)
    ruled = one("resolution_time_ruled")
    assert isinstance(ruled, Spread)
    assert ruled.median is not None
    assert (ruled.n, ruled.median.value) == (1, 20 * 3600)


def test_a_dispute_is_answered_by_the_first_work_on_it_not_by_taking_it(march: dict[str, Deal]) -> None:
    dispute = Dispute.objects.get(deal=march["running"])
    judge = cast.somebody("oyun", [Role.OPERATOR], ["disputes"], desk="deals").actor
    raised = NOW - 30 * HOUR
    cases.take(case_id=dispute.case_id, actor=judge, now=raised + HOUR)
    before = one("disputes_untouched")
    assert members("disputes_untouched", question()) == (dispute.id,)
    cases.write_note(case_id=dispute.case_id, text="Asked the seller.", actor=judge, now=raised + 2 * HOUR)
    assert (before, one("disputes_untouched")) == (Tally(1), Tally(0))
    assert one("disputes_untouched", as_of=raised + HOUR) == Tally(1)
    assert 2 * 3600 in [answer.median.value for answer in _by_reason() if answer.median]


def _by_reason() -> list[Spread]:
    found = ask("dispute_first_response", question("scope", "reason"))
    return [answer for answer in found.values() if isinstance(answer, Spread)]


def test_evidence_is_what_was_there_at_the_ruling(march: dict[str, Deal]) -> None:
    assert one("evidence_complete") == Share(0, 0, 1)
    items = {key[0]: found for key, found in ask("evidence_item", question("item")).items()}
    assert items["exterior"] == items["interior"] == Share(1, 1, 1)
    assert items["odometer"] == Share(0, 0, 1)
    assert counts("evidence_missing", "item") == {("odometer",): 1}
    assert one("evidence_waived") == Tally(0)


def test_an_item_let_go_before_the_ruling_completes_it(march: dict[str, Deal]) -> None:
    dispute = Dispute.objects.get(deal=march["running"])
    judge = cast.somebody("oyun", [Role.OPERATOR], ["disputes"], desk="deals")
    for item in ("interior", "odometer"):
        evidence.waive(
            dispute_id=dispute.id, item=item, reason="Seen on site.", actor=judge.actor, now=NOW - HOUR
        )
    choice = Choice(Outcome.OFFSET, amount_minor=100, reason="A small scratch.")
    rulings.rule(dispute_id=dispute.id, choice=choice, actor=judge.actor, now=NOW - timedelta(minutes=30))
    assert one("evidence_complete") == Share(1, 1, 2)
    assert counts("evidence_waived", "item") == {("interior",): 1, ("odometer",): 1}


def test_incidents_by_severity_and_how_far_they_came(march: dict[str, Deal]) -> None:
    nara = cast.somebody("nara", [Role.ENGINEER], ["on-call"], desk="deals")
    opened = [
        incidents.open_incident(
            subject="Queue", words="", severity=severity, actor=nara.actor, now=NOW - 2 * HOUR
        )
        for severity in ("SEV1", "SEV2", "SEV2")
    ]
    for case in opened[:2]:
        incidents.acknowledge(case_id=case.id, actor=nara.actor, now=NOW - HOUR)
    incidents.resolve_incident(case_id=opened[0].id, resolution="Restarted.", actor=nara.actor, now=NOW)
    assert counts("incidents_opened", "severity") == {("SEV1",): 1, ("SEV2",): 2}
    found = [one(f"incidents_{what}") for what in ("answered", "resolved", "running")]
    assert found == [Tally(2), Tally(1), Tally(2)]
    assert one("incidents_running", as_of=NOW - timedelta(minutes=1)) == Tally(3)
    waited = one("incident_answer_time")
    assert isinstance(waited, Spread)
    assert waited.median is not None
    assert waited.median.value == 3600


def test_a_number_counts_exactly_the_records_of_its_list(march: dict[str, Deal]) -> None:
    for key in KEYS:
        for by in [(), *((name,) for name in sorted(METRICS[key].dimensions))]:
            asked = question(*by)
            for found, answer in ask(key, asked).items():
                for side, size in _sizes(answer, METRICS[key].subject).items():
                    listed = members(key, asked, found, side)
                    assert len(listed) == len(set(listed)) == size, (key, by, found, side)


def _sizes(answer: object, subject: Subject) -> dict[Side, int]:
    if isinstance(answer, Share):
        found = {Side.COUNTED: answer.low, Side.WHOLE: answer.of, Side.OPEN: answer.open}
        # Of deals what a share neither counts nor holds open is listed too.
        return found | ({Side.MISSING: answer.of - answer.high} if subject is Subject.DEAL else {})
    if isinstance(answer, Tally | Mean | Spread):
        return {Side.COUNTED: answer.n}
    raise TypeError(answer)


def test_the_numbers_of_a_list_are_all_there_and_filters_take_their_part(march: dict[str, Deal]) -> None:
    assert len(KEYS) > 20
    for key in KEYS:
        metric = METRICS[key]
        if "category" in metric.filters:
            parts = [ask(key, question(category=each)) for each in ("USED_CAR_PRIVATE", "USED_CAR_DEALER")]
            whole = ask(key, question())
            if isinstance(whole.get(()), Tally):
                assert sum(part[()].n for part in parts) == whole[()].n, key  # type: ignore[union-attr]
        if metric.subject is Subject.DEAL:
            assert re.fullmatch("[a-z0-9_]+", key)


def test_an_empty_desk_has_answers_too(db: None) -> None:
    cast.desk()
    for key in [*KEYS, "tasks_failing", "tasks_dead", "mail_quarantined"]:
        if key != "dispute_reasons":
            found = ask(key, question())[()]
            assert (found.of if isinstance(found, Share) else found.n) == 0, key  # type: ignore[union-attr]
