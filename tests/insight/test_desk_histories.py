"""Whatever a desk goes through, each number of its pages is as long as the list behind it, now and then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from opsdesk.cases.models import Stay
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS, ask, members
from opsdesk.insight.metrics import (
    desk_arrivals,
    desk_backlog,
    desk_causes,
    desk_silence,
    desk_steps,
    desk_work,
)
from opsdesk.insight.registry import Answer, Metric, Question, Side, Tally
from tests import cast
from tests.insight import reference
from tests.insight.builders import Crew, crew
from tests.insight.test_random_histories import NOW, OCTOBER, histories, live

OWN = [
    metric
    for family in (desk_arrivals, desk_backlog, desk_causes, desk_silence, desk_steps, desk_work)
    for metric in family.METRICS
]


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


# Long, and nothing new for coverage, which would double its time.
@pytest.mark.no_cover
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=histories)
def test_every_number_opens_exactly_its_cases(people: Crew, lives: list[tuple]) -> None:
    with transaction.atomic():
        for opened, queue, type_, moves in lives:
            live(people, opened, queue, type_, moves)
        for as_of in (NOW, OCTOBER.start + timedelta(days=12, hours=5)):
            for metric in OWN:
                for by in breakdowns(metric):
                    check(metric, Question("support", OCTOBER, as_of, {}, by))
        check_against_plain_loops()
        transaction.set_rollback(True)


def breakdowns(metric: Metric) -> Iterator[tuple[str, ...]]:
    yield ()
    own = sorted(metric.dimensions - {"account", "family"})
    yield from ((name,) for name in own)
    yield tuple(own[:3])


def check(metric: Metric, question: Question) -> None:
    answers = ask(metric.key, question)
    if not question.by:
        assert set(answers) == {()}
    for key, answer in answers.items():
        for side, n in sides(answer):
            listed = members(metric.key, question, key, side)
            assert len(listed) == len(set(listed)) == n, (metric.key, question.by, key, side)


def sides(answer: Answer) -> list[tuple[Side, int]]:
    if isinstance(answer, Share):
        return [(Side.COUNTED, answer.low), (Side.OPEN, answer.open), (Side.WHOLE, answer.of)]
    assert isinstance(answer, Tally)
    return [(Side.COUNTED, answer.n)]


def ids(key: str, *, side: Side = Side.COUNTED, **of: str) -> set[int]:
    question = Question("support", OCTOBER, NOW, {}, tuple(of))
    return set(members(key, question, tuple(of.values()), side))


def total(key: str, *by: str) -> int:
    return sum(answer.n for answer in ask(key, Question("support", OCTOBER, NOW, {}, by)).values())


def check_against_plain_loops() -> None:
    every, _void, _merged = reference.lives("support", OCTOBER)
    plain = reference.numbers("support", OCTOBER, 3)
    assert ids("arrivals") == plain["in"]
    assert ids("above_tier_1") == {life.case.id for life in every if life.highest > 1}
    assert ids("reopened_share") == plain["reopened"]
    assert total("arrivals", "weekday", "hour") == total("arrivals", "day") == len(every)
    assert total("causes_above_tier_1", "cause") + total("reasons_standing_in", "reason") == len(
        ids("above_tier_1")
    )
    back = {life.case.id for life in every if any(again(life.stays, n) for n in range(len(life.stays)))}
    assert ids("ping_pong_share") == back
    first = {life.case.id: handed for life in every if (handed := handed_on(life.stays))}
    ended = {case: stay for case, (stay, *_) in first.items() if stay.exit}
    assert ids("right_queue", side=Side.WHOLE) == set(ended)
    assert ids("right_queue") == {
        case for case, stay in ended.items() if stay.exit not in ("returned", "rerouted")
    }


def handed_on(stays: list[Stay]) -> list[Stay]:
    return [stay for stay in stays if stay.entrance in ("escalated", "returned", "rerouted")]


def again(stays: list[Stay], n: int) -> bool:
    return stays[n] in handed_on(stays) and stays[n].queue in {stay.queue for stay in stays[:n]}


def test_the_numbers_of_these_pages_are_all_in_the_catalogue() -> None:
    assert {metric.key for metric in OWN} < set(METRICS)
    assert not [metric.key for metric in OWN if metric.members is None or not metric.example]
