"""What the funnel says of its numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from opsdesk.cases.queries import desk as desk_of
from opsdesk.insight.bands import LAST_RESORT, TIER_1_SHARE, TIER_2_RATE, TIER_3_SHARE, Band, Share
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.counts import Count
from opsdesk.insight.funnel import Funnel, funnel
from opsdesk.insight.limits import Direction, Limits, limits
from opsdesk.insight.thresholds import EVERYWHERE, SHIPPED
from opsdesk.insight.waiting import Waited
from opsdesk.kernel.period import days, month
from opsdesk.web.funnel.answer import per_100, verdicts
from opsdesk.web.funnel.tables import holders
from opsdesk.web.funnel.words import family_name, period_text, type_name
from tests import cast

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def empty(db: None) -> Funnel:
    cast.desk()
    october = month("2026-10", desk_of("support").zone)
    return funnel(desk="support", period=october, filters=FunnelFilters(), now=NOW)


def of(hits: int, band: Band) -> Share:
    return Share(hits, hits, 100, band)


@pytest.mark.parametrize(
    ("hits", "words"),
    [
        (
            (75, 85, 4, 0),
            ("70 % and more is healthy", "80 % and more is healthy", "Below 5 %", "None is healthy"),
        ),
        (
            (90, 95, 20, 6),
            (
                "look at the reopened ones too (3 were reopened)",
                "Tier 1 may hand up what it could keep",
                "product engineers are drawn into support",
                "founders are pulled in",
            ),
        ),
        (
            (40, 70, 7, 2),
            (
                "its toolkit is too small",
                "tools are lacking, or there are many bugs",
                "above 10 % red",
                "5 % is red",
            ),
        ),
    ],
)
def test_a_verdict_says_what_it_means(empty: Funnel, hits: tuple[int, ...], words: tuple[str, ...]) -> None:
    first, second, third = empty.tiers
    judged = replace(
        empty,
        reopened=Count(3, "reopened"),
        tier_1_share=of(hits[0], TIER_1_SHARE),
        tiers=(first, replace(second, rate=of(hits[1], TIER_2_RATE)), third),
        tier_3_share=of(hits[2], TIER_3_SHARE),
        last_resort_share=of(hits[3], LAST_RESORT),
    )
    for verdict, text in zip(verdicts(judged), words, strict=True):
        assert text in verdict.meaning


def test_requests_per_100_accounts_are_told_only_where_they_mean_something(empty: Funnel) -> None:
    assert "No account was live" in per_100(empty)
    assert (
        per_100(replace(empty, live_accounts=8, requests=Count(5, "in")))
        == "62.5 per 100 live accounts (8 live)"
    )
    assert per_100(replace(empty, filters=FunnelFilters(account=("north",)))) == ""


def test_a_period_is_written_as_people_say_it(empty: Funnel) -> None:
    desk = desk_of("support")
    assert period_text(empty.period, desk) == "October 2026"
    assert period_text(days(date(2026, 10, 1), date(2026, 10, 1), desk.zone), desk) == "1 October 2026"
    half = days(date(2026, 10, 1), date(2026, 11, 15), desk.zone)
    assert period_text(half, desk) == "1 October 2026 to 15 November 2026"


def test_kinds_that_the_desk_no_longer_has_keep_their_code(empty: Funnel) -> None:
    desk = desk_of("support")
    families = [family_name(desk, key) for key in ("core", "", "old")]
    types = [type_name(desk, key) for key in ("core.llm-behaviour", "old.thing")]
    kinds = [families[0], types[0], *families[1:], types[1]]
    assert kinds == ["Core", "LLM behaviour", "no type yet", "old", "old.thing"]


def test_who_held_requests_is_named_with_its_part_of_the_time(empty: Funnel) -> None:
    hour = int(timedelta(hours=1).total_seconds())
    waited = [
        Waited("queue", "ops", 6 * hour, 3),
        Waited("third_party", "cdk", 3 * hour, 1),
        Waited("customer", "", hour, 2),
        Waited("third_party", "gone", 0, 1),
    ]
    found = [(each.name, each.is_ours, each.percent) for each in holders(waited, desk_of("support"))]
    assert found == [
        ("Operations", True, 60),
        ("CDK", False, 30),
        ("The customer", False, 10),
        ("gone", False, 0),
    ]


def test_a_verdict_names_the_limits_that_hold_not_those_that_are_shipped(empty: Funnel) -> None:
    first, second, third = empty.tiers
    book = SHIPPED.with_limits("tier_1_share", EVERYWHERE, Limits(Direction.AT_LEAST, 62_500, 40_000))
    book = book.with_limits("tier_2_rate", EVERYWHERE, limits(Direction.AT_LEAST, 75, 60))
    book = book.with_limits("last_resort", EVERYWHERE, limits(Direction.AT_MOST, 1, 3))
    judged = replace(
        empty,
        tier_1_share=of(50, book.band("tier_1_share")),
        tiers=(first, replace(second, rate=of(80, book.band("tier_2_rate"))), third),
        last_resort_share=of(2, book.band("last_resort")),
    )
    said = [verdict.meaning for verdict in verdicts(judged)]
    assert said[0] == "62.5 % and more is healthy, below 40 % red."
    assert said[1] == "75 % and more is healthy, below 60 % red."
    assert said[3] == "Up to 1 % is healthy; above 3 % is red."
