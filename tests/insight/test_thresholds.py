"""Thresholds as data: exact limits, the newest that holds on the day, and the past as it was."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from opsdesk.cases.queries import desk
from opsdesk.insight import actions, thresholds
from opsdesk.insight.bands import Share, State
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import funnel
from opsdesk.insight.limits import Direction, Limits, limits
from opsdesk.insight.models import Threshold
from opsdesk.insight.thresholds import (
    EVERYWHERE,
    KINDS,
    SHIPPED,
    Book,
    NoSuchThreshold,
    Scope,
    SetMeanwhile,
    book,
)
from opsdesk.insight.trend import trend
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import Role
from opsdesk.kernel.period import month
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.deals.cast import scope as open_pilot
from tests.insight.builders import crew, resolved_at_tier

H, W, R = State.HEALTHY, State.WATCH, State.RED
TODAY, DAY = date(2026, 3, 2), timedelta(days=1)
PRIVATE = Scope("MN", "USED_CAR_PRIVATE")


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("tier_1_share", {7000: H, 6999: W, 5000: W, 4999: R}),
        ("tier_2_rate", {8000: H, 7999: R}),
        ("tier_3_share", {499: H, 500: W, 1000: W, 1001: R}),
        ("last_resort", {0: H, 1: W, 500: W, 501: R}),
        ("right_queue", {8000: H, 7999: R}),
        ("untyped", {1000: H, 1001: R}),
        ("no_cause", {1000: H, 1001: R}),
        ("returned", {10_000: H}),
        ("reopened", {10_000: H}),
        ("completion", {9001: H, 9000: W, 5000: W, 4999: R}),
        ("dispute_rate", {999: H, 1000: W, 1500: W, 1501: R}),
        ("intervention", {4999: H, 5000: W, 7000: W, 7001: R}),
    ],
)
def test_what_is_shipped_separates_the_states_exactly_where_the_table_says(
    key: str, says: dict[int, State]
) -> None:
    band = SHIPPED.band(key)
    assert {hits: Share(hits, hits, 10_000, band).state for hits in says} == says


def test_a_mean_time_to_settle_is_judged_to_the_second() -> None:
    held = SHIPPED.limits("time_to_settle")
    week = 7 * 86400
    days_10 = 10 * 86400
    assert [held.judge(s, 86400) for s in (week - 1, week, days_10, days_10 + 1)] == [H, W, W, R]


def test_every_number_that_has_limits_has_them_from_the_start() -> None:
    assert set(KINDS) == {
        *("tier_1_share", "tier_2_rate", "tier_3_share", "last_resort", "right_queue", "untyped", "no_cause"),
        *("returned", "reopened"),
        *("completion", "dispute_rate", "time_to_settle", "intervention"),
    }
    assert [key for key, kind in KINDS.items() if kind.shipped.note is not None] == [
        "tier_1_share",
        "tier_2_rate",
    ]


def test_a_limit_between_two_whole_numbers_is_kept_exactly() -> None:
    held = Limits(Direction.AT_LEAST, 66_667, 50_000)
    assert held.judge(200, 3) is W
    assert held.judge(66_667, 1000) is H


@pytest.fixture
def lena(db: None) -> Somebody:
    cast.desk()
    return cast.lead()


def put(who: Somebody, key: str = "tier_1_share", **more: object) -> Threshold:
    fields: dict[str, object] = {
        "desk": "support",
        "scope": EVERYWHERE,
        "healthy": 60_000,
        "red": 40_000,
        "note": None,
        "holds_from": TODAY,
        "actor": who.actor,
        "now": MONDAY,
    }
    return actions.set_threshold(key=key, **(fields | more))  # type: ignore[arg-type]


def test_the_newest_that_holds_on_the_day_counts(lena: Somebody) -> None:
    put(lena)
    put(lena, healthy=65_000, holds_from=TODAY + 10 * DAY)
    put(lena, healthy=55_000)
    held = {day: book("support", TODAY + day * DAY).limits("tier_1_share").healthy for day in (-1, 0, 9, 10)}
    assert held == {-1: 70_000, 0: 55_000, 9: 55_000, 10: 65_000}


def test_a_change_that_did_not_see_the_newest_one_of_its_scope_is_refused(lena: Somebody) -> None:
    first = put(lena, seen=0)
    with pytest.raises(SetMeanwhile):
        put(lena, healthy=65_000, seen=0)
    put(lena, key="tier_2_rate", seen=0)
    put(lena, healthy=65_000, seen=first.id)


def test_a_change_never_touches_a_month_that_has_ended(lena: Somebody) -> None:
    people, february = crew(), month("2026-02", desk("support").zone)
    for n in range(20):
        resolved_at_tier(people, 1 if n < 13 else 2, "core.llm-behaviour", february.start + n * 5 * DAY / 24)
    put(lena)
    march_2 = MONDAY + 3 * DAY
    every = FunnelFilters()
    found = funnel(desk="support", period=february, filters=every, now=march_2)
    assert found.tier_1_share.state is W
    months = trend(desk="support", last=march_2.date(), filters=every, months=2)
    assert [each.tier_1_share.band.limits for each in months] == [
        limits(Direction.AT_LEAST, 70, 50, note=80),
        limits(Direction.AT_LEAST, 60, 40),
    ]


def test_the_narrowest_limits_that_hold_count_until_they_are_taken_back(lena: Somebody) -> None:
    open_pilot()
    led = cast.somebody("lora", [Role.LEAD], desk="deals")

    def put_deals(scope: Scope, healthy: int | None, red: int | None) -> None:
        more = {"healthy": healthy, "red": red, "holds_from": TODAY + DAY}
        put(led, "dispute_rate", desk="deals", scope=scope, **more)

    put_deals(Scope(category="USED_CAR_PRIVATE"), 11_000, 16_000)
    put_deals(Scope(country="MN"), 12_000, 17_000)
    put_deals(PRIVATE, 13_000, 18_000)

    def held(*of: str) -> int:
        return book("deals", TODAY + DAY).limits("dispute_rate", Scope(*of)).healthy

    assert held("MN", "USED_CAR_PRIVATE") == 13_000
    assert held("KR", "USED_CAR_PRIVATE") == 11_000
    assert held("MN", "REAL_ESTATE_SALE") == 12_000
    assert held("KR", "REAL_ESTATE_SALE") == 10_000
    put_deals(PRIVATE, None, None)
    assert held("MN", "USED_CAR_PRIVATE") == 11_000


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("holds_from", {"holds_from": TODAY - DAY}),
        ("red", {"red": 60_001}),
        ("healthy", {"healthy": 100_001}),
        ("red", {"red": -1}),
        ("note", {"note": 59_999}),
        ("red", {"red": None}),
        ("healthy", {"healthy": None, "red": None}),
        ("category", {"scope": PRIVATE}),
    ],
)
def test_limits_that_make_no_sense_are_refused_and_nothing_is_kept(
    lena: Somebody, field: str, wrong: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        put(lena, **wrong)
    assert refused.value.field == field
    assert not Threshold.objects.exists()


def test_limits_where_less_is_better_lie_the_other_way_round(lena: Somebody) -> None:
    with pytest.raises(Invalid):
        put(lena, "tier_3_share", healthy=10_000, red=5_000)
    put(lena, "tier_3_share", healthy=5_000, red=10_000, note=1_000)
    assert book("support", TODAY).limits("tier_3_share").has_note(99, 100)


def test_what_holds_already_is_not_set_again(lena: Somebody) -> None:
    put(lena)
    with pytest.raises(Invalid, match="hold on that day already"):
        put(lena)


def test_only_who_may_set_targets_of_the_desk_sets_thresholds(lena: Somebody) -> None:
    with pytest.raises(NotYourRight):
        put(cast.operator())
    with pytest.raises(NotYourDesk):
        put(cast.somebody("lee", [Role.LEAD], desk="deals"))
    with pytest.raises(NoSuchThreshold):
        put(lena, "completion")


def test_a_country_without_deals_to_come_is_refused(lena: Somebody) -> None:
    open_pilot()
    led = cast.somebody("lora", [Role.LEAD], desk="deals")
    for field, scope in (("country", Scope("XX")), ("category", Scope("MN", "BOATS"))):
        with pytest.raises(Invalid) as refused:
            put(led, "dispute_rate", desk="deals", scope=scope, healthy=1000, red=2000)
        assert refused.value.field == field


def test_each_setting_is_in_the_journal_and_in_the_history(lena: Somebody) -> None:
    row = put(lena)
    entry = Entry.objects.get(kind="desk.threshold_set")
    assert (entry.subject_id, entry.actor_id) == (row.id, lena.id)
    assert entry.payload["healthy"] == 60_000
    assert entry.payload["from"] == "2026-03-02"
    line = thresholds.history("support", "tier_1_share")[0]
    assert (line.by_id, line.limits, line.at) == (lena.id, limits(Direction.AT_LEAST, 60, 40), MONDAY)


def test_a_threshold_that_was_set_can_be_neither_changed_nor_taken_away(lena: Somebody) -> None:
    row = put(lena)
    for act in (lambda: Threshold.objects.filter(id=row.id).update(red=1), row.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


@pytest.mark.parametrize("limits", [(None, 5), (5, None), (1, 2)])
def test_the_database_keeps_no_limits_in_disorder(db: None, limits: tuple[int | None, int | None]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Threshold.objects.create(
            desk="support",
            key="tier_1_share",
            direction="at least",
            healthy=limits[0],
            red=limits[1],
            holds_from=TODAY,
            recorded_at=MONDAY,
        )


def test_a_book_with_other_limits_leaves_the_first_as_it_was() -> None:
    tried = limits(Direction.AT_LEAST, 10, 5)
    other = SHIPPED.with_limits("tier_1_share", EVERYWHERE, tried)
    assert other.limits("tier_1_share") == tried
    assert Book({}).limits("tier_1_share") == KINDS["tier_1_share"].shipped == SHIPPED.limits("tier_1_share")


def test_the_day_is_that_of_the_desk(lena: Somebody) -> None:
    late = datetime.fromisoformat("2026-03-03T05:30:00+00:00")
    put(lena, now=late)
    with pytest.raises(Invalid):
        put(lena, healthy=61_000, now=late + timedelta(hours=1))


def test_an_answer_is_of_what_it_was_broken_down_by_else_of_the_one_value_chosen() -> None:
    chosen = {"country": ("MN",), "category": ("A", "B")}
    assert thresholds.scope_of(chosen, (), ()) == thresholds.Scope("MN", "")
    assert thresholds.scope_of(chosen, ("category",), ("B",)) == thresholds.Scope("MN", "B")
    assert thresholds.scope_of(chosen, ("scope",), ("KR.B",)) == thresholds.Scope("KR", "B")
    assert thresholds.scope_of({}, ("reason",), ("OTHER",)) == thresholds.EVERYWHERE
