"""The example that a lead can check by hand, through the desk's own moves."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases.queries import desk
from opsdesk.insight.bands import State
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import Funnel, funnel
from opsdesk.kernel.period import month
from opsdesk.web.funnel.words import by_kind, share_text
from tests import cast
from tests.insight.builders import crew, worked_example

CHICAGO = ZoneInfo("America/Chicago")
OCTOBER = month("2026-10", CHICAGO)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ANY = FunnelFilters()


@pytest.fixture
def october(db: None) -> Funnel:
    cast.desk(OCTOBER.start)
    worked_example(crew(), OCTOBER.start)
    return funnel(desk="support", period=OCTOBER, filters=ANY, now=NOW)


def test_the_worked_example_comes_out_exactly(october: Funnel) -> None:
    check_tiers(october)
    check_what_tier_3_resolved(october)
    check_the_drawing(october)
    assert october.last_resort.n == 6
    assert october.last_resort_share.state is State.WATCH
    check_the_list_of_a_number()
    check_november_is_empty()
    check_a_filter()


def check_tiers(october: Funnel) -> None:
    assert october.requests.n == 200
    numbers = [(row.received.n, row.resolved.n, row.escalated.n, row.open.n) for row in october.tiers]
    assert numbers == [(200, 140, 60, 0), (60, 50, 10, 0), (10, 10, 0, 0)]
    assert [len(row.people) for row in october.tiers] == [1, 1, 1]
    assert (october.tier_1_share.low, october.tier_1_share.of) == (140, 200)
    assert october.tier_1_share.state is State.HEALTHY
    assert (october.tiers[1].rate.low, october.tiers[1].rate.of) == (50, 60)
    assert october.tiers[1].rate.state is State.HEALTHY
    assert october.tier_3_share.state is State.WATCH
    shares = [share_text(october.tier_1_share), *(share_text(row.rate) for row in october.tiers[1:])]
    assert shares == ["70 %", "83 %", "10 of 10 (72-100 %)"]


def check_what_tier_3_resolved(october: Funnel) -> None:
    at_tier_3 = {row.type: row.resolved[2] for row in october.types if row.resolved[2]}
    assert at_tier_3 == {"integration.scheduler": 4, "integration.dms": 2, "core.llm-behaviour": 4}
    words = by_kind(desk("support"), october.types, 3)
    assert words == "6 Integration (4 Scheduler, 2 DMS), 4 Core (LLM behaviour)"


def check_the_drawing(october: Funnel) -> None:
    flows = {(flow.start, flow.end): flow.cases.n for flow in october.flows}
    assert flows == {(1, 2): 60, (2, 3): 10, (1, 3): 0}
    assert [row.entered.n for row in october.tiers] == [200, 0, 0]
    assert (october.entered_above.n, october.skipped.n, october.void.n, october.merged.n) == (0, 0, 0, 0)


def check_the_list_of_a_number() -> None:
    selection = Selection("support", OCTOBER, ANY, "received:2")
    found: list[int] = []
    after = None
    while True:
        page = cases(selection, now=NOW, after=after, size=25)
        found += [line.id for line in page.lines]
        assert page.total == 60
        if (after := page.after) is None:
            break
    assert len(found) == len(set(found)) == 60


def check_november_is_empty() -> None:
    november = month("2026-11", CHICAGO)
    empty = funnel(desk="support", period=november, filters=ANY, now=NOW)
    assert empty.requests.n == 0
    assert empty.tier_1_share.state is State.NOTHING
    assert share_text(empty.tier_1_share) == "–"


def check_a_filter() -> None:
    core = funnel(desk="support", period=OCTOBER, filters=FunnelFilters(family=("core",)), now=NOW)
    assert [row.resolved.n for row in core.tiers] == [0, 20, 4]
    dms = funnel(desk="support", period=OCTOBER, filters=FunnelFilters(type=("integration.dms",)), now=NOW)
    assert [row.resolved.n for row in dms.tiers] == [0, 30, 2]
    nobody = funnel(desk="support", period=OCTOBER, filters=FunnelFilters(account=("-",)), now=NOW)
    assert nobody.requests.n == 200
