from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from opsdesk.insight.bands import State
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import funnel
from opsdesk.insight.trend import trend
from opsdesk.kernel.period import month
from tests import cast
from tests.insight.builders import HOUR, crew, resolved_at_tier

CHICAGO = ZoneInfo("America/Chicago")
ANY = FunnelFilters()
TYPE = "core.llm-behaviour"


@pytest.mark.django_db
def test_each_month_of_the_trend_is_its_own_funnel() -> None:
    cast.desk()
    people = crew()
    for text, tiers in (("2026-02", [1, 1, 2]), ("2026-03", [3]), ("2025-04", [1]), ("2025-03", [1])):
        start = month(text, CHICAGO).start
        for tier in tiers:
            resolved_at_tier(people, tier, TYPE, start)
    cast.request_at(month("2026-03", CHICAGO).end - HOUR, type=TYPE)
    months = trend(desk="support", last=date(2026, 3, 31), filters=ANY)
    assert [each.label for each in months][:2] == ["2025-04", "2025-05"]
    assert [each.label for each in months][-2:] == ["2026-02", "2026-03"]
    assert len(months) == 12
    for each in months:
        alone = funnel(desk="support", period=month(each.label, CHICAGO), filters=ANY, now=months_end())
        assert each.requests == alone.requests.n
        assert each.resolved == tuple(row.resolved.n for row in alone.tiers)
        assert (each.tier_1_share, each.tier_3_share) == (alone.tier_1_share, alone.tier_3_share)
        assert each.tier_2_rate == alone.tiers[1].rate
    assert [each.is_hollow for each in months[-2:]] == [False, True]
    assert months[1].tier_1_share.state is State.NOTHING


def months_end() -> datetime:
    return month("2026-03", CHICAGO).end
