"""The catalogue: each number asked for in one way, with the list that it counts behind it."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from opsdesk.accounts.models import Account
from opsdesk.cases import actions, endings
from opsdesk.cases.models import Case
from opsdesk.insight import catalogue
from opsdesk.insight.bands import Share, State
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.durations import durations
from opsdesk.insight.funnel import funnel
from opsdesk.insight.metrics import support_beside, support_flow, support_times
from opsdesk.insight.registry import Answer, Mean, Question, Side, Subject, Tally
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import month
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.insight.builders import crew, resolved_at_tier, worked_example

OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = OCTOBER.end + timedelta(days=20)
OURS = [metric for family in (support_flow, support_times, support_beside) for metric in family.METRICS]
pytestmark = pytest.mark.django_db


@pytest.fixture
def example() -> None:
    """The worked example, each tenth request of one dealer."""
    cast.desk(OCTOBER.start)
    worked_example(crew(), OCTOBER.start)
    dealer = Account.objects.create(key="dealer", name="A dealer", live_on=OCTOBER.start, recorded_at=NOW)
    ids = list(Case.objects.order_by("id").values_list("id", flat=True))
    Case.objects.filter(id__in=ids[::10]).update(account=dealer)


def question(*by: str, **filters: tuple[str, ...]) -> Question:
    return Question("support", OCTOBER, NOW, filters, by)


def counts(key: str, *by: str, **filters: tuple[str, ...]) -> Mapping[tuple[str, ...], int]:
    answers = catalogue.ask(key, question(*by, **filters))
    return {key: answer.n for key, answer in answers.items() if isinstance(answer, Tally)}


def test_the_worked_example_comes_out(example: None) -> None:
    assert counts("requests_in") == {(): 200}
    assert counts("received", "tier") == {("1",): 200, ("2",): 60, ("3",): 10}
    assert counts("resolved", "tier") == {("1",): 140, ("2",): 50, ("3",): 10}
    assert counts("resolved", "family", tier=("3",)) == {("integration",): 6, ("core",): 4}
    assert counts("ways_up", "way") == {("1-2",): 60, ("2-3",): 10}
    shares = [catalogue.ask(key, question())[()] for key in ("tier_1_share", "tier_2_rate", "tier_3_share")]
    assert [(share.low, share.of, share.state) for share in shares if isinstance(share, Share)] == [
        (140, 200, State.HEALTHY),
        (50, 60, State.HEALTHY),
        (10, 200, State.WATCH),
    ]
    assert catalogue.ask("per_100_accounts", question())[()] == Mean(20_000.0, 1)


def test_the_catalogue_says_what_the_funnel_says(example: None) -> None:
    found = funnel(desk="support", period=OCTOBER, filters=FunnelFilters(), now=NOW)
    for row in found.tiers:
        for name in ("entered", "received", "resolved", "escalated", "open", "returned", "untouched"):
            assert counts(name, tier=(str(row.tier),)) == {(): getattr(row, name).n}
        assert catalogue.ask("tier_rate", question("tier"))[(str(row.tier),)].low == row.rate.low  # type: ignore[union-attr]
    for row in durations(desk="support", period=OCTOBER, filters=FunnelFilters(), now=NOW):
        for name in ("first_touch", "at_tier", "to_resolution"):
            for clock in ("elapsed", "working"):
                answer = catalogue.ask(f"{name}_{clock}", question("tier"))[(str(row.tier),)]
                assert answer == getattr(getattr(row, name), clock)


def test_every_number_opens_what_it_counts(example: None) -> None:
    ways = [(), ("tier",), ("account", "month"), ("queue",), ("who",), ("way",)]
    for metric, by in product(OURS, ways):
        if metric.members is None or not set(by) <= metric.dimensions:
            continue
        asked = question(*by)
        for key, answer in catalogue.ask(metric.key, asked).items():
            listed = {side: catalogue.members(metric.key, asked, key, side) for side in Side}
            # A list of times has one line for each, so a request whose stays count one by one is there again.
            assert isinstance(answer, Spread) or all(len(set(ids)) == len(ids) for ids in listed.values())
            assert_opens(answer, listed, metric.key)


def assert_opens(answer: Answer, listed: Mapping[Side, tuple[int, ...]], key: str) -> None:
    counted = len(listed[Side.COUNTED])
    if isinstance(answer, Share):
        assert (counted, len(listed[Side.OPEN]), len(listed[Side.WHOLE])) == (
            answer.low, answer.open, answer.of,
        ), key  # fmt: skip
    elif isinstance(answer, Spread):
        assert (counted, len(listed[Side.OPEN])) == (answer.n, answer.running), key
        assert len(listed[Side.MISSING]) == answer.missing, key
    elif isinstance(answer, Tally) and key != "held_by":
        assert counted == answer.n, key


def test_filters_take_any_of_their_values_and_lists_are_newest_first(example: None) -> None:
    assert counts("requests_in", account=("dealer",)) == {(): 20}
    assert counts("requests_in", account=("-",)) == {(): 180}
    assert counts("requests_in", account=("-", "dealer")) == {(): 200}
    assert counts("requests_in", account=("nobody",)) == {(): 0}
    assert counts("requests_in", family=("core", "integration")) == {(): 60}
    assert counts("requests_in", "account") == {("-",): 180, ("dealer",): 20}
    ids = catalogue.members("received", question("tier"), ("3",))
    opened = [Case.objects.get(id=id).opened_at for id in ids]
    assert opened == sorted(opened, reverse=True)
    held = counts("held_by", "who")
    assert set(held) >= {("queue:ops",), ("queue:core-support",)}
    spent = catalogue.ask("to_resolution_elapsed", question())[()]
    assert isinstance(spent, Spread)
    assert sum(held.values()) == sum(counts("held_by").values())
    assert catalogue.ask("follow_ups", question())[()] == Mean(0.0, 200)
    assert set(ids) < set(catalogue.members("follow_ups", question(), (), Side.WHOLE))


def test_an_empty_desk_answers_nothing_and_not_an_error() -> None:
    cast.desk(OCTOBER.start)
    for metric in OURS:
        answer = catalogue.ask(metric.key, question())[()]
        assert answer in (Tally(0), Mean(0.0, 0)) or getattr(answer, "n", getattr(answer, "of", 0)) == 0
        assert catalogue.ask(metric.key, question("family")) in ({}, {(): answer})


@pytest.mark.parametrize(
    ("key", "asked", "refusal"),
    [
        ("nothing", question(), "There is no metric called nothing"),
        ("requests_in", question(tier=("1",)), "requests_in takes no filter tier. It takes: account, family"),
        ("received", question("person"), "received can't be broken down by person. It can by: account"),
        ("received", question(tier=("first",)), "A tier is a number"),
        ("received", Question("nowhere", OCTOBER, NOW), "There is no desk nowhere"),
    ],
)
def test_what_a_metric_does_not_take_is_refused_by_name(key: str, asked: Question, refusal: str) -> None:
    cast.desk(OCTOBER.start)
    with pytest.raises(Refusal, match=refusal):
        catalogue.ask(key, asked)


def test_a_number_of_nothing_listed_has_no_list() -> None:
    of_nothing = next(key for key, each in catalogue.METRICS.items() if each.subject is Subject.NONE)
    with pytest.raises(catalogue.NoListBehind):
        catalogue.members(of_nothing, question())


def test_reopened_void_and_thanks_are_as_of_the_instant() -> None:
    cast.desk(OCTOBER.start)
    people, start = crew(), OCTOBER.start
    case = resolved_at_tier(people, 1, "how-to.dashboard", start)
    hours = {"resolved": 2, "written": 3, "thanked": 4, "voided": 5}
    at = {name: start + timedelta(hours=hour) for name, hour in hours.items()}
    actions.customer_wrote(case_id=case.id, received_at=at["written"], now=at["written"])
    endings.withdraw_thanks(case_id=case.id, actor=people.admin.actor, now=at["thanked"])
    other = cast.request_at(start)
    endings.void(case_id=other.id, reason="spam", actor=people.admin.actor, now=at["voided"])
    endings.undo_void(case_id=other.id, actor=people.admin.actor, now=at["voided"] + timedelta(days=1))
    stood = [
        tuple(
            catalogue.ask(key, Question("support", OCTOBER, now))[()].n  # type: ignore[union-attr]
            for key in ("requests_in", "resolved", "open", "void")
        )
        for now in (*at.values(), NOW)
    ]
    assert stood == [(2, 1, 1, 0), (2, 0, 2, 0), (2, 1, 1, 0), (1, 1, 0, 1), (2, 1, 1, 0)]
