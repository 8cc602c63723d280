"""Any sequence of moves at any times leaves stays that tile the life of the case."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.cases import actions, endings, handoffs, lifecycle, merges, parts
from opsdesk.cases.models import Case, Exit, Stay, Wait
from opsdesk.cases.stays import calendar_of, pauses
from opsdesk.clock.business import business_time
from opsdesk.journal.models import Entry
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.cast import MONDAY, request_at
from tests.engine import examples

# What happens often at a desk stands here more than once.
MOVES = [
    *("note", "send", "send_wait", "take", "classify", "wait", "third", "resume", "customer", "customer"),
    *(
        "escalate",
        "escalate",
        "escalate",
        "skip",
        "return",
        "return",
        "reroute",
        "reroute",
        "resolve",
        "resolve",
    ),
    *("reopen", "thanks", "thanks", "void", "undo_void", "split", "undo_split", "undo_split"),
    *("merge", "undo_merge", "undo_merge"),
]
steps = st.lists(
    st.tuples(st.integers(0, 2**16), st.integers(0, 9 * 24 * 60), st.integers(0, 2)),
    min_size=8,
    max_size=20,
)


def types() -> list[str]:
    return [cast.definition().family(key).types[0].key for key in ("core", "integration", "other")]  # type: ignore[union-attr]


def move(name: str, case: Case, now: datetime, pick: int, by: cast.Somebody) -> None:
    """One act of somebody who may do it; what the table refuses is refused."""
    who = {"case_id": case.id, "actor": by.actor, "now": now}
    kind = types()[pick]
    up = {"reason": "bug", "words": "Tried it.", "type": kind, **who}
    choice = (
        ("core-support", "integration-support")[pick % 2]
        if kind.startswith("other") and case.tier == 1
        else ""
    )
    moves: dict[str, Callable[[], object]] = {
        "note": lambda: actions.write_note(text="Seen.", **who),
        "send": lambda: actions.record_reply(wait=False, **who),
        "send_wait": lambda: actions.record_reply(wait=True, **who),
        "take": lambda: actions.take(**who),
        "classify": lambda: actions.classify(type=kind, **who),
        "wait": lambda: actions.wait(on="customer", **who),
        "third": lambda: actions.wait(
            on="third_party", party="cdk", expected_at=now + timedelta(hours=1 + 40 * pick), **who
        ),
        "resume": lambda: actions.resume(**who),
        "customer": lambda: actions.customer_wrote(
            case_id=case.id, received_at=now - timedelta(minutes=30 * pick), now=now
        ),
        "escalate": lambda: handoffs.escalate(queue=choice, **up),
        "skip": lambda: handoffs.escalate(queue="core-engineering", skip=True, **up),
        "return": lambda: handoffs.give_back(words="Do it so.", **who),
        "reroute": lambda: handoffs.reroute(queue=_other(case), words="Belongs there.", **who),
        "resolve": lambda: endings.resolve(resolution="Fixed.", cause="bug", verified=True, type=kind, **who),
        "reopen": lambda: endings.reopen(reason="It is back.", **who),
        "thanks": lambda: endings.withdraw_thanks(**who),
        "void": lambda: endings.void(reason="spam", **who),
        "undo_void": lambda: endings.undo_void(**who),
        "split": lambda: parts.split(subject="Part", excerpt="", opened_at=case.opened_at, **who),
        "undo_split": lambda: parts.undo_split(**who),
        "merge": lambda: merges.merge(other_id=_earlier(case).id, **who),
        "undo_merge": lambda: merges.undo_merge(**who),
    }
    moves[name]()


def _earlier(case: Case) -> Case:
    """A request of the same customer that goes on if the two become one on the same tier."""
    return request_at(case.opened_at - timedelta(minutes=1))


def _other(case: Case) -> str:
    return next((q.key for q in cast.definition().queues_at(case.tier) if q.key != case.queue), "none")


def check(case_id: int, now: datetime) -> None:
    case = Case.objects.get(id=case_id)
    rows = list(Stay.objects.filter(case=case).order_by("number"))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0].entered_at == case.opened_at
    for one, following in pairwise(rows):
        assert one.left_at is not None
        if one.exit in (Exit.RESOLVED, Exit.WITHDRAWN):
            assert following.entrance == "reopened"
            assert one.left_at <= following.entered_at
        else:
            assert one.left_at == following.entered_at
            assert one.next_queue == following.queue
            assert one.exit == following.entrance
    last = rows[-1]
    alive = case.state in ("open", "waiting")
    assert (last.left_at is None) == alive
    assert (last.queue, last.tier) == (case.queue, case.tier)
    assert case.highest_tier == max(row.tier for row in rows)
    if case.state == "resolved":
        counted = [row for row in rows if row.exit == Exit.RESOLVED]
        assert counted[-1].left_at == case.resolved_at
    _check_life(case, rows, now)
    for row in rows:
        _check_clocks(case, row)


def _check_life(case: Case, rows: list[Stay], now: datetime) -> None:
    """The stays' elapsed times sum to the life less the time it stood resolved."""
    end = rows[-1].left_at or max(now, rows[-1].entered_at)
    stood_resolved = timedelta()
    for one, following in pairwise(rows):
        if one.left_at is not None:
            stood_resolved += following.entered_at - one.left_at
    tiled = sum(((row.left_at or end) - row.entered_at for row in rows), timedelta())
    assert tiled == end - case.opened_at - stood_resolved


def _check_clocks(case: Case, row: Stay) -> None:
    waits = list(Wait.objects.filter(stay=row))
    if row.left_at is None:
        assert sum(wait.ended_at is None for wait in waits) == (case.state == "waiting")
        return
    assert all(
        wait.ended_at is not None and row.entered_at <= wait.began_at <= wait.ended_at for wait in waits
    )
    assert all(wait.ended_at <= row.left_at for wait in waits if wait.ended_at)
    calendar = calendar_of(cast.definition(), row.queue)
    assert row.elapsed_s == int((row.left_at - row.entered_at).total_seconds())
    assert row.business_s == business_time(row.entered_at, row.left_at, calendar, pauses(waits))
    assert row.elapsed_s >= (row.waiting_customer_s or 0) + (row.waiting_third_party_s or 0)
    assert row.business_s <= row.elapsed_s
    assert row.calendar_version.startswith(calendar.key)


# Long, and nothing new for coverage, which would double its time.
@pytest.mark.django_db
@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=steps)
def test_stays_tile_the_life_and_every_fact_is_recorded(walk: list[tuple[int, int, int]]) -> None:
    with transaction.atomic():
        cast.desk()
        boss = cast.somebody(
            "boss",
            [cast.Role.LEAD, cast.Role.OPERATOR, cast.Role.ENGINEER],
            [queue.key for queue in cast.definition().queues],
        )
        case, now = request_at(), MONDAY
        for number, minutes, pick in walk:
            now += timedelta(minutes=minutes)
            before = Case.objects.get(id=case.id)
            name = _choose(number, before, now)
            facts = Entry.objects.count()
            try:
                with transaction.atomic():
                    move(name, before, now, pick, boss)
            except Refusal:
                assert Case.objects.get(id=case.id).version == before.version
                assert Entry.objects.count() == facts
            else:
                _check_fits_the_table(name, before, now)
            check(case.id, now)
            parts_of_it = Case.objects.filter(split_from=case, state="open")
            if pick == 2 and parts_of_it:
                case = parts_of_it[0]
        transaction.set_rollback(True)


IN_TABLE = {
    "send_wait": "send_and_wait",
    "third": "wait",
    "skip": "escalate",
    "customer": "customer_writes",
    "thanks": "withdraw_thanks",
}


def _choose(number: int, case: Case, now: datetime) -> str:
    """Mostly a move that fits, now and then any."""
    at = lifecycle.phase(case.state, resolved_at=case.resolved_at, now=now, grace_days=14)
    fitting = [name for name in MOVES if lifecycle.fits(lifecycle.Move(IN_TABLE.get(name, name)), at)]
    names = fitting if number % 8 else MOVES
    return names[number // 8 % len(names)]


def _check_fits_the_table(name: str, before: Case, now: datetime) -> None:
    made = lifecycle.Move(IN_TABLE.get(name, name))
    at = lifecycle.phase(before.state, resolved_at=before.resolved_at, now=now, grace_days=14)
    assert lifecycle.fits(made, at)
