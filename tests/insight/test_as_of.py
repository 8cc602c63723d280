"""Asked as of an instant, the desk answers as it would have answered then."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsdesk.cases import actions, merges
from opsdesk.cases.models import Case
from opsdesk.insight import catalogue
from opsdesk.insight.bands import Share
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.durations import Took, by_queue, durations
from opsdesk.insight.followups import follow_ups
from opsdesk.insight.funnel import funnel
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Question, Tally
from opsdesk.insight.responses import first_responses
from opsdesk.insight.statistics import Spread
from opsdesk.insight.stuck import stuck
from opsdesk.insight.trend import trend
from opsdesk.insight.waiting import waiting
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.insight.builders import Crew, crew
from tests.insight.test_random_histories import MOVES, NOW, OCTOBER, TYPES, act, enter_directly

FILTERS = [
    FunnelFilters(),
    FunnelFilters(queue=("ops", "core-support")),
    FunnelFilters(type=("core.llm-behaviour", "integration.dms"), account=("-",)),
    FunnelFilters(family=("how-to", "core"), queue=("core-support", "core-engineering")),
]
SUPPORT = sorted(key for key, metric in catalogue.METRICS.items() if "family" in metric.filters)

Life = tuple[int, str, str, list[tuple[tuple[str, ...], int]]]
# What comes one after the other, so that what is rare happens.
PHRASES = [
    *[(move,) for move in MOVES],
    ("reply",), ("reply", "wait"), ("resolve", "write", "thanks"), ("resolve", "write", "note", "resolve"),
    ("void", "undo void"), ("merge", "undo merge"), ("merge",), ("escalate", "wait third", "resume"),
    ("escalate", "return", "resolve"), ("split", "note"),
]  # fmt: skip
histories = st.lists(
    st.tuples(
        st.integers(0, 40 * 24),
        st.sampled_from(["ops", "ops", "ops", "core-support", "core-engineering"]),
        st.sampled_from(TYPES),
        st.lists(st.tuples(st.sampled_from(PHRASES), st.integers(1, 60)), min_size=2, max_size=6),
    ),
    min_size=3,
    max_size=8,
)


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


@pytest.mark.no_cover
@settings(
    max_examples=6, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lives=histories,
    hour=st.integers(1, 60 * 24),
    by=st.sampled_from([(), ("type",), ("queue",)]),
    filters=st.sampled_from(FILTERS),
)
def test_as_of_an_instant_is_what_a_history_cut_there_answers(
    people: Crew, lives: list[Life], hour: int, by: tuple[str, ...], filters: FunnelFilters
) -> None:
    at = OCTOBER.start + timedelta(hours=hour)
    question = Question("support", OCTOBER, at, by=by)
    with transaction.atomic():
        lived(people, lives, at)
        then, page = answers(question), of_the_page(filters, at)
        transaction.set_rollback(True)
    with transaction.atomic():
        lived(people, lives, NOW)
        assert answers(question) == then
        assert of_the_page(filters, at) == page
        check_page(page, Question("support", OCTOBER, at, dict(filters.chosen)))
        transaction.set_rollback(True)


def of_the_page(filters: FunnelFilters, at: datetime) -> dict[str, Any]:
    """What the funnel page tells, by what tells it."""
    known: dict[str, Any] = {"desk": "support", "filters": filters, "now": NOW, "as_of": at}
    of_october: dict[str, Any] = {**known, "period": OCTOBER}
    told = (funnel, durations, by_queue, first_responses, follow_ups, waiting)
    found: dict[str, Any] = {each.__name__: each(**of_october) for each in told}
    return {**found, "stuck": stuck(**known), "trend": trend(last=date(2026, 10, 31), **known)}


def check_page(page: dict[str, Any], question: Question) -> None:
    """Each number of the page is the catalogue's."""
    found, again, held = page["funnel"], page["follow_ups"], page["waiting"]
    for name in ("requests_in", "void", "merged", "entered_above", "skipped", "untyped", "last_resort"):
        count = getattr(found, name.removesuffix("_in"))
        assert asked(name, question)[()] == Tally(count.n), name
    for name in ("entered", "received", "resolved", "escalated", "open", "returned", "untouched"):
        assert tallied(asked(name, question, "tier")) == {
            (str(row.tier),): n for row in found.tiers if (n := getattr(row, name).n)
        }, name
    for name, share in (("tier_1_share", found.tier_1_share), ("tier_3_share", found.tier_3_share)):
        assert asked(name, question)[()] == share
    for name in ("first_touch", "at_tier", "to_resolution"):
        check_times(name, question, {(str(row.tier),): getattr(row, name) for row in page["durations"]})
    check_times("in_queue", question, {(row.queue, str(row.tier)): row.took for row in page["by_queue"]})
    check_times("first_response", question, {(): page["first_responses"].took})
    per_request = asked("follow_ups", question).get((), Mean(0.0, 0))
    assert per_request == Mean(float(again.times), again.requests)
    assert tallied(asked("held_by", question, "who")) == {
        (f"{each.who}:{each.key}" if each.key else each.who,): each.seconds for each in held if each.seconds
    }
    for name, n in (("stuck_on_us", page["stuck"].on_us), ("stuck_on_others", page["stuck"].on_others)):
        assert asked(name, question)[()] == Tally(n)


def check_times(name: str, question: Question, told: dict[Key, Took]) -> None:
    by = {0: (), 1: ("tier",), 2: ("queue", "tier")}[max(map(len, told), default=0)]
    for clock in ("elapsed", "working"):
        known = {key: spread for key, took in told.items() if has_any(spread := getattr(took, clock))}
        answered = asked(f"{name}_{clock}", question, *by)
        assert {key: each for key, each in answered.items() if has_any(each)} == known, (name, clock)


def has_any(answer: Answer) -> bool:
    assert isinstance(answer, Spread)
    return bool(answer.n or answer.missing)


def tallied(found: Answers) -> dict[Key, int]:
    return {key: each.n for key, each in found.items() if not isinstance(each, Share) and each.n}


def asked(name: str, question: Question, *by: str) -> Answers:
    return catalogue.ask(name, Question("support", OCTOBER, question.as_of, question.filters, by))


def answers(question: Question) -> dict[str, Answers]:
    return {
        key: catalogue.ask(key, question)
        for key in SUPPORT
        if set(question.by) <= catalogue.METRICS[key].dimensions
    }


def lived(people: Crew, lives: list[Life], until: datetime) -> None:
    """All lives move by move in the order of time, as a desk lives them, up to an instant."""
    cases: dict[int, int] = {}
    for now, n, move in sorted(timeline(lives)):
        if now > until:
            return
        _, queue, type_, _ = lives[n]
        if n not in cases:
            cases[n] = opened(now, queue, type_)
            continue
        with suppress(Refusal), transaction.atomic():
            if move == "merge":
                together(people, cases[n], cases, now)
            elif move == "undo merge":
                merges.undo_merge(case_id=cases[n], actor=people.admin.actor, now=now)
            elif move == "reply":
                case = Case.objects.get(id=cases[n])
                actions.record_reply(case_id=case.id, wait=False, actor=people.at(case.tier).actor, now=now)
            else:
                act(people, Case.objects.get(id=cases[n]), move, now, type_)


def timeline(lives: list[Life]) -> Iterator[tuple[datetime, int, str]]:
    for n, (hour, _, _, moves) in enumerate(lives):
        now = OCTOBER.start - timedelta(days=4) + timedelta(hours=hour)
        yield now, n, ""
        for phrase, hours in moves:
            for move in phrase:
                now += timedelta(hours=hours)
                yield now, n, move


def opened(now: datetime, queue: str, type_: str) -> int:
    case = cast.request_at(now, type=type_)
    if queue != "ops":
        enter_directly(case, queue)
    return case.id


def together(people: Crew, case: int, cases: dict[int, int], now: datetime) -> None:
    other = next((one for one in cases.values() if one != case), case)
    merges.merge(case_id=case, other_id=other, actor=people.admin.actor, now=now)
