"""A document as JSON and back: nothing is lost, and an older one still reads."""

import json
from datetime import UTC, date, datetime

import pytest

from opsdesk.insight.bands import TIER_1_SHARE, Share, State
from opsdesk.insight.findings.finding import Behind, Finding, Group
from opsdesk.insight.registry import Mean, Side, Tally
from opsdesk.insight.statistics import spread
from opsdesk.insight.thresholds import Scope
from opsdesk.kernel.period import Period
from opsdesk.review.document import (
    OPENED,
    About,
    Arrow,
    Category,
    Configured,
    Document,
    Held,
    Link,
    OfDeals,
    OfRequests,
    OfType,
    Questions,
    Queue,
    Route,
    SinceLast,
    Tier,
    Turned,
    from_json,
    to_json,
)
from opsdesk.review.numbers import Change, Difference, Number, Timed
from opsdesk.review.packing import packed, unpacked

OCTOBER = Period(datetime(2026, 10, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC))
SEPTEMBER = Period(datetime(2026, 9, 1, 5, tzinfo=UTC), datetime(2026, 10, 1, 5, tzinfo=UTC))
NOW = datetime(2026, 11, 5, 1, 2, 3, 456, tzinfo=UTC)

COUNT = Number("requests_in", Tally(200))
SHARED = Number(
    "tier_1_share",
    Share(140, 150, 200, TIER_1_SHARE),
    state=State.NOT_YET_KNOWN,
    limits=TIER_1_SHARE.limits,
)
MEANT = Number(
    "time_to_settle",
    Mean(12.5, 3, 1),
    filters={"category": ("USED_CAR_PRIVATE", "REAL_ESTATE_SALE")},
    of={"country": "MN"},
    period=SEPTEMBER,
    as_of=NOW,
    state=State.TOO_FEW,
)
TOOK = Timed(
    Number("at_tier_elapsed", spread([1, 2, 3.5], [9], 2)), Number("at_tier_working", spread([])), 57600
)
FINDING = Finding(
    "completion",
    "deals",
    Group.NUMBER,
    State.RED,
    Share(1, 2, 30, TIER_1_SHARE),
    TIER_1_SHARE.limits,
    Scope("MN", "USED_CAR_PRIVATE"),
    OCTOBER,
    (Behind(3, metric="completion", side=Side.OPEN, filters={"country": ("MN",)}, of={"state": "ISSUE"}),),
    {"scopes": (("MN", 1), ("KR", 2)), "at": NOW, "part": 1.5, "none": None, "word": "x", "empty": ()},
    True,
    3,
)
QUESTIONS = Questions(
    split=(COUNT, COUNT),
    alone=SHARED,
    types=(OfType("core", "core.dms", COUNT, (COUNT,), (COUNT,), ()),),
    to_tier_2=COUNT,
    direct=None,
    paths=(COUNT,),
    reasons=(),
    past_tier_2=None,
    at_tier_3=COUNT,
    waits=(Held("third_party", "cdk", COUNT, 3),),
    last_month=OCTOBER,
    volume=(COUNT,),
    above_tier_1=COUNT,
    causes=(COUNT,),
    standing=(),
)
REQUESTS = OfRequests(
    configured=Configured(
        2, (Queue("ops", "Operations", 1, ("core",), False, True),), (Route("core", "Core", "core"),)
    ),
    arrows=(Arrow(OPENED, "ops", COUNT), Arrow("ops", "core", COUNT, "escalated", True)),
    last_resort=COUNT,
    links=(Link(OPENED, "1", COUNT),),
    tiers=(Tier(1, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, SHARED, TOOK, TOOK, TOOK),),
    first_response=TOOK,
    questions=QUESTIONS,
)
DEALS = OfDeals(
    states=(COUNT,),
    running=(COUNT,),
    endings=(),
    days=(COUNT, COUNT),
    categories=(Category("USED_CAR_PRIVATE", (Change(MEANT, None),)),),
    reasons=(COUNT,),
    stuck=(),
    stuck_in=(COUNT,),
    urgent=(),
    last_month=OCTOBER,
    volume=(COUNT,),
)
WHOLE = Document(
    desk="support",
    about=About.REQUESTS,
    period=OCTOBER,
    before=SEPTEMBER,
    as_of=NOW,
    made_by=None,
    n=200,
    n_before=180,
    headline=(Change(COUNT, COUNT, Difference(0.0, 2.5)), Change(MEANT, None)),
    findings=(FINDING,),
    red_since={FINDING.key: NOW},
    since_last=SinceLast(
        3, 2, SEPTEMBER, (Turned(FINDING, None, State.RED), Turned(FINDING, State.RED, None))
    ),
    requests=REQUESTS,
    deals=DEALS,
)


def through_json(document: Document) -> Document:
    return from_json(json.loads(json.dumps(to_json(document))))


def test_a_document_comes_back_from_json_as_it_was() -> None:
    assert through_json(WHOLE) == WHOLE
    least = Document("deals", About.NEITHER, OCTOBER, SEPTEMBER, NOW, 7, 0, 0)
    assert through_json(least) == least


def test_the_order_in_which_json_holds_its_keys_is_all_one() -> None:
    assert from_json(json.loads(json.dumps(to_json(WHOLE), sort_keys=True))) == WHOLE


def test_what_is_as_by_default_takes_no_room() -> None:
    assert packed(COUNT) == {"metric": "requests_in", "answer": {"is": "tally", "n": 200}}


def test_what_a_later_version_added_is_passed_over_and_what_it_needs_has_a_default() -> None:
    kept = to_json(WHOLE) | {"weather": {"sunny": True}}
    del kept["since_last"], kept["red_since"]
    read = from_json(kept)
    assert (read.since_last, read.red_since, read.n) == (None, {}, 200)


def test_a_field_without_a_default_must_be_there() -> None:
    kept = to_json(WHOLE)
    del kept["period"]
    with pytest.raises(TypeError):
        from_json(kept)


def test_a_day_is_no_instant() -> None:
    day = date(2026, 10, 1)
    assert unpacked(date, packed(day)) == day
    assert unpacked(datetime, packed(NOW)) == NOW


def test_a_median_keeps_a_target_only_if_nothing_that_runs_can_raise_it() -> None:
    def timed(*ended: float, running: tuple[float, ...] = (), target: int | None = 10) -> bool | None:
        number = Number("at_tier_working", spread(ended, running))
        return Timed(number, number, target).half_keeps_target

    assert timed(8, 9, 10) is True
    assert timed(10, 11) is False
    assert timed(8, running=(1,)) is None
    assert timed(30, 40, running=(20,)) is False
    assert timed() is None
    assert timed(8, target=None) is None
