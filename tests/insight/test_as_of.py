"""Asked as of an instant, the desk answers as it would have answered then."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsdesk.cases import actions, merges
from opsdesk.cases.models import Case
from opsdesk.insight import catalogue
from opsdesk.insight.registry import Answers, Question
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.insight.builders import Crew, crew
from tests.insight.test_random_histories import MOVES, NOW, OCTOBER, TYPES, act, enter_directly

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
@given(lives=histories, hour=st.integers(1, 60 * 24), by=st.sampled_from([(), ("type",), ("queue",)]))
def test_as_of_an_instant_is_what_a_history_cut_there_answers(
    people: Crew, lives: list[Life], hour: int, by: tuple[str, ...]
) -> None:
    at = OCTOBER.start + timedelta(hours=hour)
    question = Question("support", OCTOBER, at, by=by)
    with transaction.atomic():
        lived(people, lives, at)
        then = answers(question)
        transaction.set_rollback(True)
    with transaction.atomic():
        lived(people, lives, NOW)
        assert answers(question) == then
        transaction.set_rollback(True)


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
