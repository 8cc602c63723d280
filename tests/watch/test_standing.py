"""Since when a finding is red: written once, ended by another verdict, whoever looks and how often."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases.queries import desk
from opsdesk.insight import actions
from opsdesk.insight.findings.periods import period_of
from opsdesk.insight.limits import State
from opsdesk.insight.thresholds import EVERYWHERE
from opsdesk.journal import rows
from opsdesk.journal.models import Entry
from opsdesk.kernel.period import month
from opsdesk.watch import standing
from opsdesk.watch.models import Fault, Look, Standing
from tests import cast
from tests.insight.builders import Crew, crew, resolved_at_tier
from tests.web import deals_scene

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 4, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHICAGO = ZoneInfo("America/Chicago")
FEBRUARY = month("2026-02", CHICAGO)


def red_february() -> Crew:
    """Of twenty requests Tier 1 resolved nine."""
    cast.desk()
    people = crew()
    for n in range(20):
        tier = 1 if n < 9 else 2
        resolved_at_tier(people, tier, "integration.dms", FEBRUARY.start + n * timedelta(hours=9))
    return people


def month_of_tier_1(people: Crew, text: str, n: int) -> None:
    """So many requests of a month, all of them resolved at Tier 1."""
    start = month(text, CHICAGO).start
    for each in range(n):
        resolved_at_tier(people, 1, "integration.dms", start + (1 + each) * timedelta(hours=2))


def standing_now() -> dict[str, datetime | None]:
    return dict(Standing.objects.values_list("key", "ended_at"))


def healthier(now: datetime) -> None:
    """From today on nine of twenty are enough; February is judged by what held then."""
    actions.set_threshold(
        desk="support",
        key="tier_1_share",
        scope=EVERYWHERE,
        healthy=40_000,
        red=30_000,
        note=None,
        holds_from=now.astimezone(CHICAGO).date(),
        actor=cast.lead().actor,
        now=now,
    )


def test_a_finding_is_red_since_it_was_first_seen_so() -> None:
    red_february()
    standing.look(now=NOW)
    standing.look(now=NOW + DAY)
    assert standing.red_since("support") == {"tier_1_share": NOW}
    assert standing.red_since("deals") == {}
    assert Entry.objects.filter(kind="finding.became_red").count() == 1
    assert standing.looked_at() == NOW + DAY


def test_limits_that_are_changed_later_end_nothing_of_a_month_that_has_ended() -> None:
    red_february()
    standing.look(now=NOW)
    healthier(NOW + DAY)
    standing.look(now=NOW + 2 * DAY)
    assert standing.red_since("support") == {"tier_1_share": NOW}


def test_a_month_with_too_few_requests_ends_nothing_a_healthy_one_does() -> None:
    people = red_february()
    standing.look(now=NOW)
    month_of_tier_1(people, "2026-03", 5)
    standing.look(now=NOW + 31 * DAY)
    assert standing.red_since("support") == {"tier_1_share": NOW}
    month_of_tier_1(people, "2026-04", 25)
    may = NOW + 61 * DAY
    standing.look(now=may)
    assert standing_now() == {"tier_1_share": may}
    assert [entry.payload for entry in Entry.objects.filter(kind="finding.ended")] == [
        {"desk": "support", "finding": "tier_1_share"}
    ]
    assert standing.red_since("support") == {}


def test_faults_of_the_money_ledger_stand_as_a_finding_of_the_deals_desk() -> None:
    scene = deals_scene.people(NOW)
    deals_scene.open_scope(scene)
    deal = deals_scene.created(NOW)
    fault = Fault(deal_id=deal.id, kind="sum", seen_at=NOW)
    rows.insert_row(fault)
    standing.look(now=NOW)
    assert standing.red_since("deals") == {"integrity_faults": NOW}
    found = standing.findings(desk("deals"), period_of(desk("deals"), NOW), now=NOW)
    assert found.found[0].facts["scopes"] == (("MN.USED_CAR_PRIVATE", 1),)
    rows.update_rows(Fault, {"gone_at": NOW + MINUTE}, id=fault.id)
    standing.look(now=NOW + MINUTE)
    assert standing_now() == {"integrity_faults": NOW + MINUTE}


def test_a_clock_that_was_set_back_ends_nothing_before_it_began() -> None:
    people = red_february()
    standing.look(now=NOW + DAY)
    month_of_tier_1(people, "2026-01", 25)
    standing.look(now=NOW - 20 * DAY)
    row = Standing.objects.get()
    assert row.ended_at == row.red_at == NOW + DAY


def test_the_worker_looks_once_in_ten_minutes() -> None:
    red_february()
    for minutes in (0, 1, 5, 6, 15):
        standing.step(NOW + minutes * MINUTE)
    assert Look.objects.get().number == 2
    assert Look.objects.get().slot == NOW + 6 * MINUTE


def test_of_two_looks_at_once_one_writes() -> None:
    red_february()
    standing.look(now=NOW)
    Standing.objects.all().delete()
    slower = Look.objects.get()
    standing.look(now=NOW + MINUTE)
    seen = {"support": {"tier_1_share": State.RED, "tier_3_share": State.RED}}
    assert not standing.write(slower, seen, took_ms=1, now=NOW + 2 * MINUTE)
    assert standing.red_since("support") == {"tier_1_share": NOW + MINUTE}


def test_a_desk_without_anything_stands_well() -> None:
    cast.desk()
    assert standing.look(now=NOW) == 0
    assert standing_now() == {}
