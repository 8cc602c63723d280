"""Whatever a desk's history and whatever is asked, the columns of the facts say what plain SQL says."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.registry import Metric, Question
from opsdesk.kernel.period import Period
from tests import cast
from tests.insight.builders import Crew, crew
from tests.insight.test_as_of import Life, histories, lived
from tests.insight.test_random_histories import NOW, OCTOBER

COLUMNAR = [metric for metric in METRICS.values() if metric.columns is not None]
VALUES = {
    "account": ["dealer", "-"],
    "family": ["core", "integration", "how-to", "-"],
    "type": ["core.llm-behaviour", "integration.dms", "-", "nothing.known"],
    "queue": ["ops", "core-support", "core-engineering", "integration-support"],
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
dimensions = st.lists(st.sampled_from([*sorted(VALUES), "month"]), unique=True, max_size=2)


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
        of_an_account()
        facts = read_all(NOW)
        for chosen, by, wide, then in asked:
            period = Period(OCTOBER.start - timedelta(days=9), OCTOBER.end + timedelta(days=9))
            now = OCTOBER.start + timedelta(days=days) if then else NOW
            question = Question("support", period if wide else OCTOBER, now, chosen, tuple(by))
            known = at(facts, now) if then else facts
            for metric in COLUMNAR:
                one = fitting(metric, question)
                assert metric.columns is not None
                assert metric.columns(known, one) == metric.sql(one), (metric.key, one)
        transaction.set_rollback(True)


def of_an_account() -> None:
    """Every third request is of a dealer."""
    dealer = Account.objects.create(key="dealer", name="A dealer", recorded_at=OCTOBER.start)
    ids = list(Case.objects.order_by("id").values_list("id", flat=True))
    Case.objects.filter(id__in=ids[::3]).update(account=dealer)


def fitting(metric: Metric, question: Question) -> Question:
    """The question without what the metric does not take."""
    return Question(
        question.desk,
        question.period,
        question.as_of,
        {name: tuple(values) for name, values in question.filters.items() if name in metric.filters},
        tuple(name for name in question.by if name in metric.dimensions),
    )
