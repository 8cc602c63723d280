"""Whatever moves a desk makes, the funnel adds up, and every number opens exactly its cases."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.cases import actions, endings, handoffs, parts
from opsdesk.cases.models import Case, Stay
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.durations import Took, durations
from opsdesk.insight.funnel import Funnel, funnel
from opsdesk.insight.waiting import waiting
from opsdesk.kernel.period import month
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.engine import examples
from tests.insight import reference
from tests.insight.builders import Crew, crew, escalate, note, resolve

OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = OCTOBER.end + timedelta(days=20)
ANY = FunnelFilters()
TYPES = ["core.llm-behaviour", "integration.dms", "how-to.dashboard"]
MOVES = [
    "escalate", "escalate", "skip", "return", "reroute", "resolve", "resolve", "write", "thanks", "void",
    "undo void", "split", "undo split", "note", "wait", "wait third", "resume",
]  # fmt: skip

histories = st.lists(
    st.tuples(
        st.integers(0, 40 * 24),
        st.sampled_from(["ops", "ops", "ops", "core-support", "core-engineering"]),
        st.sampled_from(TYPES),
        st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 60)), max_size=9),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


# Long, and nothing new for coverage, which would double its time.
@pytest.mark.no_cover
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=histories)
def test_the_funnel_of_any_history_adds_up_and_opens_its_cases(people: Crew, lives: list[tuple]) -> None:
    with transaction.atomic():
        for opened, queue, type_, moves in lives:
            live(people, opened, queue, type_, moves)
        check()
        transaction.set_rollback(True)


def live(people: Crew, opened: int, queue: str, type_: str, moves: list[tuple[str, int]]) -> None:
    """One request's life; moves that the desk refuses at that point are left out."""
    now = OCTOBER.start - timedelta(days=4) + timedelta(hours=opened)
    case = cast.request_at(now, type=type_)
    if queue != "ops":
        enter_directly(case, queue)
    for move, hours in moves:
        now += timedelta(hours=hours)
        try:
            with transaction.atomic():
                act(people, Case.objects.get(id=case.id), move, now, type_)
        except Refusal:
            continue


def enter_directly(case: Case, queue: str) -> None:
    """An entry above Tier 1, as imported history brings it; no page makes one."""
    tier = 2 if queue == "core-support" else 3
    Stay.objects.filter(case=case).update(queue=queue, tier=tier)
    Case.objects.filter(id=case.id).update(queue=queue, tier=tier, highest_tier=tier)


def act(people: Crew, case: Case, move: str, now: datetime, type_: str) -> None:
    here = people.at(case.tier)
    known = {"case_id": case.id, "actor": people.admin.actor, "now": now}
    up = {"reason": "bug", "words": "Tried it.", "type": type_}
    part = Case.objects.filter(split_from=case.id).last() or case
    acts: dict[str, Callable[[], object]] = {
        "escalate": lambda: escalate(case, here, now, type_),
        "skip": lambda: handoffs.escalate(queue="core-engineering", skip=True, **up, **known),
        "return": lambda: handoffs.give_back(words="Like this.", **known),
        "reroute": lambda: handoffs.reroute(queue="integration-support", words="Theirs.", **known),
        "resolve": lambda: resolve(case, here, now, type_),
        "write": lambda: actions.customer_wrote(case_id=case.id, received_at=now, now=now),
        "thanks": lambda: endings.withdraw_thanks(**known),
        "void": lambda: endings.void(reason="spam", **known),
        "undo void": lambda: endings.undo_void(**known),
        "split": lambda: parts.split(
            subject="Another thing", excerpt="", opened_at=case.opened_at, type=type_, **known
        ),
        "undo split": lambda: parts.undo_split(**(known | {"case_id": part.id})),
        "note": lambda: note(case, here, now),
        "wait": lambda: actions.wait(on="customer", party="", expected_at=None, **known),
        "wait third": lambda: actions.wait(
            on="third_party", party="cdk", expected_at=now + timedelta(days=2), **known
        ),
        "resume": lambda: actions.resume(**known),
    }
    acts[move]()


def check() -> None:
    found = funnel(desk="support", period=OCTOBER, filters=ANY, now=NOW)
    for row in found.tiers:
        assert row.received.n == row.resolved.n + row.escalated.n + row.open.n
    assert sum(row.resolved.n + row.open.n for row in found.tiers) == found.requests.n
    assert sum(row.entered.n for row in found.tiers) == found.requests.n
    for row in found.tiers:
        arrived = row.entered.n + sum(flow.cases.n for flow in found.flows if flow.end == row.tier)
        went_on = sum(flow.cases.n for flow in found.flows if flow.start == row.tier)
        assert arrived == went_on + row.resolved.n + row.open.n
    expected = reference.numbers("support", OCTOBER, len(found.tiers))
    for token, ids in expected.items():
        assert listed(token) == ids if isinstance(ids, set) else len(listed(token)) == ids, token
    for token, n in counts(found):
        assert n == len(listed(token)), token
    check_types(found)
    check_times()


def counts(found: Funnel) -> Iterator[tuple[str, int]]:
    whole = (
        found.requests, found.resolved, found.open, found.void, found.merged, found.entered_above,
        found.skipped, found.reopened, found.untyped, found.last_resort,
    )  # fmt: skip
    for row in found.tiers:
        of_tier = (
            row.entered, row.received, row.resolved, row.escalated, row.open, row.returned,
            row.finished_below, row.untouched, *(worker.cases for worker in row.people),
        )  # fmt: skip
        yield from ((count.pick, count.n) for count in of_tier)
    yield from ((flow.cases.pick, flow.cases.n) for flow in found.flows)
    yield from ((count.pick, count.n) for count in whole)


def listed(token: str) -> set[int]:
    found: list[int] = []
    after = None
    while True:
        page = cases(Selection("support", OCTOBER, ANY, token), now=NOW, after=after, size=3)
        found += [line.id for line in page.lines]
        if (after := page.after) is None:
            assert len(found) == len(set(found)) == page.total
            return set(found)


def check_types(found: Funnel) -> None:
    assert sum(row.requests for row in found.types) == found.requests.n
    for tier in found.tiers:
        assert sum(row.resolved[tier.tier - 1] for row in found.types) == tier.resolved.n


def check_times() -> None:
    every, _, _ = reference.lives("support", OCTOBER)
    for row in durations(desk="support", period=OCTOBER, filters=ANY, now=NOW):
        ended = [life for life in every if life.highest == row.tier and life.resolved]
        running = [life for life in every if life.highest == row.tier and not life.resolved]
        stays = [stay for life in every for stay in life.stays if stay.tier == row.tier]
        touch = row.first_touch.elapsed
        assert touch.n == sum(stay.first_touch_at is not None for stay in stays)
        assert touch.n + touch.missing + row.untouched == len(stays)
        whole = row.to_resolution
        assert (whole.elapsed.n, whole.elapsed.running) == (len(ended) + len(running), len(running))
        assert whole.working.n + whole.working.missing == whole.elapsed.n
        if ended and not running:
            assert middle(row.to_resolution) == median([sum(lengths(life.stays)) for life in ended])
            assert middle(row.at_tier) == median([reference.seconds_at(life, row.tier) for life in ended])
    spent = sum(sum(lengths(life.stays)) for life in every)
    held = waiting(desk="support", period=OCTOBER, filters=ANY, now=NOW)
    assert sum(each.seconds for each in held) == spent


def middle(took: Took) -> float:
    assert took.elapsed.median is not None
    return took.elapsed.median.value


def lengths(stays: list[Stay]) -> list[int]:
    return [int(((stay.left_at or NOW) - stay.entered_at).total_seconds()) for stay in stays]
