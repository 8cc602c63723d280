"""Writing a review: the worked example's numbers, editions, what is frozen, what an empty desk says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from opsdesk.insight.bands import State
from opsdesk.insight.registry import Tally
from opsdesk.insight.statistics import Spread
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from opsdesk.review import queries
from opsdesk.review.document import OPENED, RESOLVED, About, Document, OfRequests
from opsdesk.review.models import Review
from tests import cast
from tests.cast import Somebody, request_at
from tests.insight.builders import Crew, crew, resolved_at_tier, worked_example
from tests.review.scene import NOVEMBER, NOW, OCTOBER, SEPTEMBER, lists_that_fit, undone_after, write

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Written:
    """The worked example of October, written as a review on the last day of November."""

    crew: Crew
    lead: Somebody
    review: Review
    document: Document

    @property
    def requests(self) -> OfRequests:
        assert self.document.requests is not None
        return self.document.requests


@pytest.fixture(scope="module")
def october(django_db_setup: None, django_db_blocker: Any) -> Iterator[Written]:
    with undone_after(django_db_blocker):
        cast.desk(OCTOBER.start)
        people, lead = crew(), cast.lead()
        worked_example(people, OCTOBER.start)
        review = write(lead.actor)
        yield Written(people, lead, review, queries.document(review.id))


pytestmark = pytest.mark.django_db


def headline(document: Document, metric: str) -> tuple[object, object]:
    change = next(each for each in document.headline if each.metric == metric)
    return change.now, change.before


def test_the_worked_example_is_written_with_exactly_its_numbers(october: Written) -> None:
    document = october.document
    assert (document.about, document.n, document.n_before, document.has_data) == (
        About.REQUESTS,
        200,
        0,
        True,
    )
    assert (document.period, document.before, document.as_of) == (OCTOBER, SEPTEMBER, NOW)
    assert (document.made_by, document.is_running) == (october.lead.id, False)
    rows = [
        (row.tier, row.received.n, row.resolved.n, row.escalated.n, row.returned.n, row.open.n)
        for row in october.requests.tiers
    ]
    assert rows == [(1, 200, 140, 60, 0, 0), (2, 60, 50, 10, 0, 0), (3, 10, 10, 0, 0, 0)]
    rates = [(row.rate.answer.low, row.rate.answer.of, row.rate.state) for row in october.requests.tiers]  # type: ignore[union-attr]
    assert rates == [(140, 200, None), (50, 60, State.HEALTHY), (10, 10, None)]


def test_times_of_the_tiers_stand_beside_the_targets_of_the_desk(october: Written) -> None:
    second = october.requests.tiers[1]
    targets = [row.first_touch.target_s for row in october.requests.tiers]
    assert targets == [None, 4 * 3600, 8 * 3600]
    assert {row.to_resolution.target_s for row in october.requests.tiers} == {16 * 3600}
    assert october.requests.first_response.target_s == 3600
    assert isinstance(second.at_tier.elapsed.answer, Spread)
    assert second.at_tier.elapsed.answer.n == 50
    assert second.first_touch.half_keeps_target is True


def test_the_flow_is_as_configured_and_as_it_ran(october: Written) -> None:
    flow = october.requests.configured
    assert [(each.key, each.tier, each.is_entry, each.is_last_resort) for each in flow.queues] == [
        ("ops", 1, True, False),
        ("core-support", 2, False, False),
        ("integration-support", 2, False, False),
        ("core-engineering", 3, False, False),
        ("integration-engineering", 3, False, True),
    ]
    routes = {each.family: each.queue for each in flow.routes}
    assert routes["integration"] == "integration-support"
    ran = {(each.start, each.end, each.move): each.number.n for each in october.requests.arrows}
    assert ran == {
        (OPENED, "ops", ""): 200,
        ("ops", "integration-support", "escalated"): 36,
        ("ops", "core-support", "escalated"): 24,
        ("integration-support", "integration-engineering", "escalated"): 6,
        ("core-support", "core-engineering", "escalated"): 4,
        ("ops", RESOLVED, ""): 140,
        ("integration-support", RESOLVED, ""): 30,
        ("core-support", RESOLVED, ""): 20,
        ("integration-engineering", RESOLVED, ""): 6,
        ("core-engineering", RESOLVED, ""): 4,
    }
    assert [each.end for each in october.requests.arrows if each.is_last_resort] == [
        "integration-engineering"
    ]
    assert october.requests.last_resort.n == 6


def test_the_sankey_has_each_request_once(october: Written) -> None:
    links = {(each.start, each.end): each.number.n for each in october.requests.links}
    assert links == {
        (OPENED, "1"): 200,
        ("1", "2"): 60,
        ("2", "3"): 10,
        ("1", RESOLVED): 140,
        ("2", RESOLVED): 50,
        ("3", RESOLVED): 10,
    }


def test_the_questions_are_answered(october: Written) -> None:
    asked = october.requests.questions
    assert [each.n for each in asked.split] == [140, 50, 10]
    assert (asked.alone.n, asked.alone.state) == (140, State.HEALTHY)
    assert asked.to_tier_2 is not None
    assert asked.direct is not None
    assert asked.past_tier_2 is not None
    assert asked.at_tier_3 is not None
    assert [asked.to_tier_2.n, asked.direct.n, asked.past_tier_2.n, asked.at_tier_3.n] == [60, 0, 10, 10]
    assert [(each.of["to"], each.n) for each in asked.paths] == [
        ("integration-support", 36),
        ("core-support", 24),
    ]
    assert [(each.of["reason"], each.n) for each in asked.reasons] == [("needs-skill", 60)]
    assert (asked.last_month, [each.n for each in asked.volume]) == (OCTOBER, [200, 0, 0])
    assert [(each.of["cause"], each.n) for each in asked.causes] == [("configuration", 60)]
    assert asked.above_tier_1.n == 60
    assert asked.standing == ()
    assert [(each.who, each.key, each.number.n, each.cases) for each in asked.waits[:2]] == [
        ("queue", "ops", 200 * 3600, 200),
        ("queue", "integration-support", 36 * 3600, 36),
    ]
    third = {each.type: each.resolved[2].n for each in asked.types if each.resolved[2].n}
    assert third == {"integration.scheduler": 4, "integration.dms": 2, "core.llm-behaviour": 4}


def test_findings_come_with_what_their_words_need(october: Written) -> None:
    states = {each.key: each.state for each in october.document.findings}
    assert states["tier_3_share"] is State.WATCH
    assert states["tier_1_share"] is State.HEALTHY
    found = next(each for each in october.document.findings if each.rule == "tier_3_share")
    assert found.facts == {"families": (("integration", 6), ("core", 4))}
    assert found.limits is not None
    assert october.document.since_last is None


def test_every_number_opens_the_list_of_what_it_counts(october: Written) -> None:
    assert lists_that_fit("support", october.document, NOW) > 100


def test_nothing_in_a_document_is_by_person(october: Written) -> None:
    kept = Review.objects.get(id=october.review.id).document
    assert set(kept) >= {"desk", "period", "requests"}
    names = [each.person.name for each in (october.crew.operator, october.crew.engineer)]
    assert not any(name in str(kept) for name in names)
    assert "person" not in str(kept)


def test_a_review_that_is_written_stays_as_it_is_and_written_again_is_another_edition(
    october: Written,
) -> None:
    resolved_at_tier(october.crew, 2, "integration.dms", OCTOBER.start + 9 * HOUR)
    assert queries.document(october.review.id) == october.document
    again = write(october.lead.actor)
    assert (again.edition, again.id == october.review.id) == (2, False)
    assert queries.document(again.id).n == 201
    assert queries.document(october.review.id) == october.document
    assert [each.edition for each in queries.review(october.review.id).editions] == [2, 1]
    assert [row.id for row in queries.reviews("support").rows] == [again.id]
    entry = Entry.objects.filter(kind="review.written").latest("id")
    assert entry.payload["edition"] == 2


def test_the_month_after_is_compared_with_the_one_before(october: Written) -> None:
    for n in range(30):
        resolved_at_tier(october.crew, 2, "integration.dms", NOVEMBER.start + n * HOUR)
    review = write(october.lead.actor, NOVEMBER)
    document = queries.document(review.id)
    now, before = (getattr(each, "answer", None) for each in headline(document, "requests_in"))
    assert (now, before) == (Tally(30), Tally(200))
    assert (document.n, document.n_before, document.is_running) == (30, 200, True)
    share = next(each for each in document.headline if each.metric == "tier_1_share")
    assert share.difference is not None
    assert (share.difference.low, share.difference.high) == (-70, -70)
    assert document.since_last is not None
    assert (document.since_last.review, document.since_last.period) == (october.review.id, OCTOBER)
    turned = {each.finding.key: (each.before, each.now) for each in document.since_last.turned}
    assert turned["tier_1_share"] == (State.HEALTHY, State.RED)
    assert turned["tier_3_share"] == (State.WATCH, State.HEALTHY)
    assert document.since_last.turned[0].now is State.RED
    backlog = next(each for each in document.headline if each.metric == "backlog")
    assert backlog.now.as_of == NOW
    assert backlog.before is not None
    assert backlog.before.as_of is not None
    assert backlog.before.as_of < NOVEMBER.start


def test_the_list_of_reviews_goes_page_by_page(october: Written) -> None:
    later = write(october.lead.actor, NOVEMBER)
    earlier = write(SYSTEM, SEPTEMBER)
    first = queries.reviews("support", size=2)
    assert [row.id for row in first.rows] == [later.id, october.review.id]
    second = queries.reviews("support", after=first.after, size=2)
    assert [(row.id, row.made_by) for row in second.rows] == [(earlier.id, "")]
    assert second.after is None
    assert queries.reviews("deals").rows == ()


def test_an_open_request_stands_on_its_arrow_and_leaves_the_shares_with_bounds(october: Written) -> None:
    request_at(OCTOBER.start + 5 * HOUR)
    document = queries.document(write(october.lead.actor).id)
    assert document.requests is not None
    still = [each for each in document.requests.arrows if each.end == "(open)"]
    assert [(each.start, each.number.n) for each in still] == [("ops", 1)]
    assert document.requests.questions.alone.state is State.NOT_YET_KNOWN
