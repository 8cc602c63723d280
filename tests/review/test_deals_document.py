"""The document of the deals desk: its own numbers, by category."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsdesk.insight.registry import Tally
from opsdesk.kernel.period import month
from opsdesk.review import queries
from opsdesk.review.document import About, Document
from tests.review.scene import lists_that_fit, undone_after, write
from tests.web import deals_scene

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 18, tzinfo=UTC)
ULAANBAATAR = ZoneInfo("Asia/Ulaanbaatar")


@pytest.fixture(scope="module")
def march(django_db_setup: None, django_db_blocker: Any) -> Iterator[Document]:
    with undone_after(django_db_blocker):
        scene = deals_scene.busy(NOW)
        period = month("2026-03", ULAANBAATAR)
        yield queries.document(write(scene.ada.actor, period, NOW, desk="deals").id)


def test_a_review_of_deals_has_their_headline_numbers_and_no_tiers(march: Document) -> None:
    assert (march.about, march.n, march.requests) == (About.DEALS, 6, None)
    assert march.deals is not None
    of = {each.metric: each for each in march.headline}
    assert list(of)[:7] == [
        "deals_created",
        "deals_settled",
        "completion",
        "dispute_rate",
        "time_to_settle",
        "time_to_settle_spread",
        "intervention",
    ]
    assert of["disputes_raised"].now.answer == Tally(2)
    assert of["deals_settled"].now.n == 1
    assert of["time_to_settle"].now.state is not None
    assert of["time_to_settle"].now.limits is not None
    assert {each.of["state"]: each.n for each in march.deals.states} == {
        "CREATED": 1, "FUNDED": 1, "INSPECTION": 1, "ISSUE": 2, "SETTLED": 1,
    }  # fmt: skip
    assert sum(each.n for each in march.deals.running) == 5


def test_each_category_stands_beside_the_others(march: Document) -> None:
    assert march.deals is not None
    created = {
        each.key: next(one.now.n for one in each.numbers if one.metric == "deals_created")
        for each in march.deals.categories
    }
    assert sum(created.values()) == 6
    assert list(created) == sorted(created)
    assert {(each.of["category"], each.of["reason"]): each.n for each in march.deals.reasons} == {
        ("USED_CAR_PRIVATE", "DAMAGE_MINOR"): 1,
        ("USED_CAR_DEALER", "QUALITY_NOT_MATCHING"): 1,
    }
    assert [(each.of["scope"], each.n) for each in march.deals.urgent] == [("MN.USED_CAR_PRIVATE", 1)]
    rules = {each.rule for each in march.findings}
    assert {"urgent_disputes", "integrity_faults", "time_to_settle"} <= rules


def test_every_number_of_deals_opens_the_list_of_what_it_counts(march: Document) -> None:
    assert lists_that_fit("deals", march, NOW) > 40
