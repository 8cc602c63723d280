"""Whatever becomes of deals and whatever is asked, the columns of the facts say what plain SQL says."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from opsdesk.deals.models import Deal
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.facts.books import opened, values_of
from opsdesk.insight.facts.delta import Changed, Delta
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.values import Column, Facts
from opsdesk.insight.registry import Metric, Question, whole_second
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import Period
from tests.insight.deals_histories import history
from tests.insight.test_deals_random import BEGIN, DAY, HOUR, LAST, REASONS, TERMS

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
OURS = [metric for metric in METRICS.values() if metric.desk == "deals" and metric.columns is not None]
VALUES = {
    "country": ("MN", "KR", "XX"),
    "category": (*TERMS, "SHIPS"),
    "state": ("CREATED", "FUNDED", "INSPECTION", "ISSUE", "SETTLED"),
    "reason": (*REASONS, "-"),
}
INDEXES = {
    "tasks_failing": "task_in_trouble",
    "tasks_dead": "task_in_trouble",
    "mail_quarantined": "arrival_by_outcome",
}
ALWAYS = Period(BEGIN - DAY, LAST + 30 * DAY)


# Ages at which an answer turns, and a second less: a week, what terms give, what a deadline leaves.
AGES = [
    timedelta(days=days, hours=hours, seconds=seconds)
    for days, hours in ((0, 0), (7, 0), (3, 0), (12, 0), (16, 0), (17, 0), (0, -24), (0, -48))
    for seconds in (-1, 0)
]


COLUMNS = ("created_at", "funded_at", "delivered_at", "issue_at", "settled_at", "dispute_due_at")
# What turns with an instant: the number, by what, which instants of deals, how old they are.
TURNS = (
    ("deals_created", ("state",), COLUMNS, timedelta(0)),
    ("disputes_active", ("urgency",), COLUMNS[-1:], -2 * DAY),
    ("timer_visibility", ("state",), COLUMNS[2:4], timedelta(0)),
    ("deals_stuck", (), COLUMNS[1:4], 7 * DAY),
)


def instants(*columns: str) -> list[datetime]:
    """When something became of a deal or a dispute, to the second."""
    found = {each for row in Deal.objects.values_list(*columns) for each in row if each}
    return sorted(each.replace(microsecond=0) for each in found)


def turning(dice: random.Random) -> Iterator[tuple[Metric, Question]]:
    """Questions as of the second in which something turns."""
    for key, by, columns, age in TURNS:
        for instant in dice.sample(instants(*columns), 16):
            yield METRICS[key], whole_second(Question("deals", ALWAYS, instant + age, {}, by))


def random_question(dice: random.Random, metric: Metric, edges: list[datetime]) -> Question:
    """Any filters and dimensions that the metric takes, for any period and instant: often at an edge."""
    start = BEGIN + dice.randrange(60 * 24) * HOUR
    end = dice.choice((dice.choice(edges) + dice.choice(AGES), start + 40 * DAY))
    period = dice.choice((ALWAYS, Period(min(start, end - DAY), end)))
    as_of = dice.choice((LAST, dice.choice(edges) + dice.choice(AGES)))
    names = dice.sample(sorted(metric.filters), min(dice.randrange(3), len(metric.filters)))
    chosen = {name: tuple(dice.sample(VALUES[name], dice.randrange(3))) for name in names}
    by = dice.sample(sorted(metric.dimensions), min(dice.randrange(3), len(metric.dimensions)))
    return whole_second(Question("deals", period, as_of, chosen, tuple(by)))


@pytest.mark.parametrize("seed", range(2))
def test_the_columns_answer_as_the_records_do(seed: int) -> None:
    dice = random.Random(seed)
    history(dice)
    whole, found = read_all(LAST), 0
    known, edges = (whole, read_twice(dice, whole)), instants(*COLUMNS)
    asked = [(metric, random_question(dice, metric, edges)) for metric in OURS for _ in range(6)]
    for metric, question in (*asked, *turning(dice)):
        assert metric.columns is not None
        answers = metric.columns(dice.choice(known), question)
        assert answers == metric.sql(question), (metric.key, question)
        assert list(answers) == sorted(answers)
        found += any(counts(answer) for answer in answers.values())
    assert found > len(OURS) * 4


def read_twice(dice: random.Random, facts: Facts) -> Facts:
    """The same after some records were read anew: their rows in the first part are out of date."""
    (part,), books = facts.parts, opened(facts.books)
    delta = Delta(part, books)

    def some(ids: Column) -> frozenset[int]:
        return frozenset(dice.sample(ids.tolist(), len(ids) // 3))

    delta.read(Changed(some(part.cases["id"]), some(part.deals["id"])))
    return replace(facts, parts=delta.parts(), books=values_of(books))


def counts(answer: Any) -> int:
    return answer.of if isinstance(answer, Share) else answer.n


def test_only_queues_of_the_machine_are_without_columns_and_are_counted_by_an_index() -> None:
    without = {metric for metric in METRICS.values() if metric.desk == "deals" and metric.columns is None}
    assert {metric.key for metric in without} == set(INDEXES)
    if connection.vendor == "sqlite":
        for metric in without:
            query = metric.sql.keywords["query"]  # type: ignore[attr-defined]
            assert INDEXES[metric.key] in str(rows(f"EXPLAIN QUERY PLAN {query}", {}))
