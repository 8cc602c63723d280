"""Which queue a number means is said by it, and holds for its filter, its breakdown and its list."""

from datetime import timedelta

import pytest

from opsdesk.cases import endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.insight.catalogue import METRICS, ask, members
from opsdesk.insight.registry import QUEUES, Metric, Question, QueueOf, Tally
from opsdesk.kernel.period import Period
from tests import cast
from tests.cast import MONDAY
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve

pytestmark = pytest.mark.django_db
CORE, INTEGRATION = "core-support", "integration-support"
NOW = MONDAY + timedelta(days=9)
PERIOD = Period(MONDAY - timedelta(days=1), MONDAY + timedelta(days=20))
MEANT = {
    QueueOf.STANDS: {CORE},
    QueueOf.ENTERED: {"ops"},
    QueueOf.WAS_IN: {"ops", CORE, INTEGRATION},
    QueueOf.HANDED_FROM: {"ops", CORE, INTEGRATION},
    QueueOf.HANDED_TO: {CORE, INTEGRATION, "ops"},
    QueueOf.RESOLVED: {"ops"},
    QueueOf.FOLLOWED_UP: set(),
}
BY_QUEUE = {key: each for key, each in METRICS.items() if each.takes_queue}


@pytest.fixture
def story() -> Case:
    """Up to core support, across, back to operations and resolved there; open again, and up once more."""
    cast.desk()
    people: Crew = crew()
    case = escalate(cast.request_at(), people.operator, MONDAY + HOUR, "core.llm-behaviour")
    enzo, at = people.engineer.actor, MONDAY + 2 * HOUR
    handoffs.reroute(case_id=case.id, queue=INTEGRATION, words="It is the scheduler.", actor=enzo, now=at)
    handoffs.give_back(case_id=case.id, words="Like this.", actor=enzo, now=at + HOUR)
    resolve(Case.objects.get(id=case.id), people.operator, MONDAY + 4 * HOUR)
    endings.reopen(case_id=case.id, reason="Again.", actor=people.operator.actor, now=MONDAY + 5 * HOUR)
    return escalate(case, people.operator, MONDAY + 6 * HOUR)


def queues_of(metric: Metric, story: Case) -> set[str]:
    """The queues under which the story is found, by the filter of a number or else by its breakdown."""
    if "queue" not in metric.filters:
        return {key[0] for key in ask(metric.key, Question("support", PERIOD, NOW, by=("queue",)))}
    return {
        queue
        for queue in ("ops", CORE, INTEGRATION, "core-engineering")
        if story.id in members(metric.key, Question("support", PERIOD, NOW, {"queue": (queue,)}))
    }


def test_every_number_filtered_by_queue_finds_what_it_says(story: Case) -> None:
    found = {key: queues_of(metric, story) for key, metric in BY_QUEUE.items()}
    assert {key: queues for key, queues in found.items() if not queues <= MEANT[METRICS[key].queue]} == {}
    assert sum(bool(queues) for queues in found.values()) > 30


def test_what_tells_the_meanings_apart_is_told_apart(story: Case) -> None:
    found = {key: queues_of(METRICS[key], story) for key in ("requests_in", "arrivals", "queue_received")}
    assert found == {
        "requests_in": {CORE},
        "arrivals": {"ops"},
        "queue_received": {"ops", CORE, INTEGRATION},
    }
    assert queues_of(METRICS["hand_offs"], story) == {"ops", CORE, INTEGRATION}
    assert list(ask("right_queue", Question("support", PERIOD, NOW, by=("queue",)))) == [(CORE,)]
    question = Question("support", PERIOD, NOW, {"queue": ("ops",)})
    assert (ask("backlog", question)[()], ask("arrivals", question)[()]) == (Tally(0), Tally(1))
    assert ask("resolved_in_period", question)[()] == Tally(1)


def test_every_meaning_has_its_words() -> None:
    assert set(QUEUES) == set(QueueOf)
    assert len(set(QUEUES.values())) == len(QUEUES)
