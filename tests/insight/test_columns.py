"""Whatever a desk's history and whatever is asked, the columns of the facts say what plain SQL says."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsdesk.accounts.models import Account
from opsdesk.cases import importing
from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.importing import PastCase, PastStay
from opsdesk.cases.models import UNRESOLVED, Case
from opsdesk.cases.opening import Opening, open_requests
from opsdesk.cases.queries import desk as definition
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.columns.then import at
from opsdesk.insight.columns.without import WITHOUT_COLUMNS
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.metrics import support_times
from opsdesk.insight.registry import Answer, Answers, Metric, Question, Side, Tally, Unit
from opsdesk.insight.statistics import Spread
from opsdesk.insight.then import is_past
from opsdesk.kernel.period import Period
from tests import cast
from tests.insight.builders import Crew, crew
from tests.insight.test_as_of import Life, histories, lived
from tests.insight.test_random_histories import NOW, OCTOBER

COLUMNAR = [metric for metric in METRICS.values() if metric.columns is not None and not metric.desk]
OLGA, HOUR, DAY = "olga", timedelta(hours=1), timedelta(days=1)
VALUES = {
    "account": ["dealer", "-"],
    "family": ["core", "integration", "how-to", "-"],
    "type": ["core.llm-behaviour", "integration.dms", "-", "nothing.known"],
    "queue": ["ops", "core-support", "core-engineering", "integration-support", NOWHERE, "-"],
    "person": [OLGA, "-"],
    "tier": ["1", "2", "3"],
    "way": ["1-2", "2-3", "1-3"],
    "who": ["customer", "third_party:cdk", "queue:ops"],
}  # fmt: skip
some = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=2)
filters = some.flatmap(
    lambda names: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=2, unique=True) for name in names}
    )
)
WIDE = [*sorted(VALUES), "month", "day"]
OWN = ["age", "cause", "hour", "move", "on", "reason", "state", "times", "to", "week", "weekday"]
# Of each kind one, for a number that takes them.
dimensions = st.tuples(
    st.lists(st.sampled_from(WIDE), unique=True, max_size=2), st.lists(st.sampled_from(OWN), unique=True)
).map(lambda both: both[0] + both[1])


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


@pytest.mark.no_cover
@settings(
    max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lives=histories,
    asked=st.lists(st.tuples(filters, dimensions, st.booleans(), st.booleans()), min_size=2, max_size=2),
    days=st.integers(0, 40),
)
def test_the_columns_answer_as_the_records_do(
    people: Crew, lives: list[Life], asked: list[tuple], days: int
) -> None:
    with transaction.atomic():
        lived(people, lives, NOW)
        of_somebody(people)
        from_elsewhere(people)
        facts = read_all(NOW)
        for chosen, by, wide, then in asked:
            period = Period(OCTOBER.start - timedelta(days=9), OCTOBER.end + timedelta(days=9))
            now = OCTOBER.start + timedelta(days=days) if then else NOW
            given = named(chosen, people)
            question = Question("support", period if wide else OCTOBER, now, given, tuple(by))
            known = at(facts, now) if then and is_past(now) else facts
            for metric in COLUMNAR:
                one = fitting(metric, question)
                assert metric.columns is not None
                held = facts if metric.of_now else known
                answers = metric.columns(held, one)
                assert answers == metric.sql(one), (metric.key, one)
                if metric.listed is not None and not (metric.of_now and then):
                    opens_what_it_counts(metric, held, one, answers)
        transaction.set_rollback(True)


def test_a_weekend_is_one_on_the_wall_of_the_desk(people: Crew) -> None:
    arrivals, midnight = METRICS["arrivals"], OCTOBER.start + timedelta(days=2)
    assert f"{midnight.astimezone(cast.definition().zone):%A %H:%M}" == "Saturday 00:00"
    for hours in (-1, 0, 47, 48):
        cast.request_at(midnight + timedelta(hours=hours))
    facts, question = read_all(NOW), Question("support", OCTOBER, NOW, {}, ("week",))
    assert arrivals.columns is not None
    answers = arrivals.columns(facts, question)
    assert answers == arrivals.sql(question) == {("weekdays",): Tally(2), ("weekend",): Tally(2)}
    opens_what_it_counts(arrivals, facts, question, answers)


def test_every_number_has_a_form_over_columns_but_those_that_are_named_with_a_reason() -> None:
    assert {metric.key for metric in METRICS.values() if metric.columns is None} == set(WITHOUT_COLUMNS)
    assert all(WITHOUT_COLUMNS.values())


def opens_what_it_counts(metric: Metric, facts: Facts, question: Question, answers: Answers) -> None:
    """The list out of the columns has as many as each answer says; that of one is the one of the records."""
    assert metric.listed is not None
    assert metric.members is not None
    for key, answer in answers.items():
        for side, n in sides(answer) if metric.unit is not Unit.SECONDS else ():
            listed = metric.listed(facts, question, key, side)
            assert len(listed) == len(set(listed.first())) == n, (metric.key, question, key, side)
        if isinstance(answer, Spread):
            left_out = metric.listed(facts, question, key, Side.MISSING)
            assert len(left_out) == answer.missing, (metric.key, question, key)
    for key in sorted(answers)[-1:]:
        for side in [Side.COUNTED] if isinstance(answers[key], Tally) else list(Side):
            listed = metric.listed(facts, question, key, side).first()
            of_records = metric.members(question, key, side)
            if metric not in support_times.METRICS:
                listed, of_records = sorted(listed), sorted(of_records)
            assert list(listed) == list(of_records), (metric.key, question, key, side)


def sides(answer: Answer) -> list[tuple[Side, int]]:
    """The sides of an answer that say how many requests they are of."""
    if isinstance(answer, Share):
        return [(Side.COUNTED, answer.low), (Side.OPEN, answer.open), (Side.WHOLE, answer.of)]
    return [(Side.COUNTED, answer.n)] if isinstance(answer, Tally) else []


def of_somebody(people: Crew) -> None:
    """Every third request is of a dealer, every second somebody's, and one that is open stands nowhere."""
    dealer = Account.objects.create(key="dealer", name="A dealer", recorded_at=OCTOBER.start)
    ids = list(Case.objects.order_by("id").values_list("id", flat=True))
    Case.objects.filter(id__in=ids[::3]).update(account=dealer)
    Case.objects.filter(id__in=ids[::2]).update(assignee_id=people.operator.id)
    Case.objects.filter(id__in=ids[::5], state__in=UNRESOLVED).update(queue=NOWHERE)


def from_elsewhere(people: Crew) -> None:
    """A request from before October and one of it come from another tool, a third is fetched a day late."""
    desk, before, late = definition("support"), OCTOBER.start - 6 * HOUR, OCTOBER.start - 3 * HOUR
    ops = desk.queue("ops")
    past = [
        PastCase("resolved", "Old", (PastStay(ops, "opened", start, left_at=start + HOUR, exit="resolved"),))
        for start in (before, OCTOBER.start + DAY)
    ]
    importing.write(past, desk, count=len(past), placed=False, actor=people.admin.actor, now=NOW)
    open_requests([Opening("support", "Late", late)], now=late + DAY)


def named(chosen: dict[str, list[str]], people: Crew) -> dict[str, list[str]]:
    """The filters with the number that our operator has."""
    known = {OLGA: str(people.operator.id)}
    return {name: [known.get(value, value) for value in values] for name, values in chosen.items()}


def fitting(metric: Metric, question: Question) -> Question:
    """The question without what the metric does not take."""
    return Question(
        question.desk,
        question.period,
        question.as_of,
        {name: tuple(values) for name, values in question.filters.items() if name in metric.filters},
        tuple(name for name in question.by if name in metric.dimensions),
    )
