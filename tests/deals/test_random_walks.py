"""Any sequence of moves at any times, some of them cut off in the middle: the money adds up at every step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.clock.models import Task
from opsdesk.deals import actions, ledger
from opsdesk.deals.ledger import Sums
from opsdesk.deals.lifecycle import WAITS_FOR, Outcome, Reason, State
from opsdesk.deals.models import Deal, Transfer
from opsdesk.journal.models import Entry
from opsdesk.kernel.refusal import Refusal
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MARKET, MOMENT, MONDAY
from tests.engine import examples

PLACES = (("KR.USED_CAR_PRIVATE", "KRW"), ("MN.USED_CAR_PRIVATE", "MNT"))
MOVES = ("fund", "deliver", "approve", "issue", "rule", "worker")
# What comes next in most lives: walks that only meet refusals say little.
NEXT = {
    State.CREATED: ("fund",),
    State.FUNDED: ("deliver",),
    State.INSPECTION: ("approve", "issue", "issue", "issue"),
    State.ISSUE: ("rule",),
    State.SETTLED: ("create",),
}
CHOICES = (*["next"] * 7, *["create"] * 2, "any", "worker")
# How much later the next step is; the long ones are the terms' own times, to the instant and beside it.
WAITS = (
    *[timedelta(0)] * 4,
    *[HOUR] * 4,
    *(7 * HOUR, DAY),
    *(2 * DAY - MOMENT, 2 * DAY, 2 * DAY + MOMENT, 3 * DAY - MOMENT, 3 * DAY, 9 * DAY),
)
EXPECTED = {
    State.INSPECTION: ("deal.auto_approve", "auto_approve_at"),
    State.ISSUE: ("deal.dispute_ttl", "dispute_due_at"),
}
steps = st.lists(
    st.tuples(
        st.sampled_from(CHOICES),
        st.sampled_from(WAITS),
        st.integers(0, 2**16),
        # At which statement the process dies; most often it doesn't.
        st.sampled_from([None] * 9 + [1, 3, 5, 6, 7, 8, 9, 12]),
    ),
    min_size=20,
    max_size=40,
)


class Killed(Exception):
    pass


class Kill:
    """Lets a number of statements pass, then dies once: what follows is the rolling back."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise Killed
        return execute(sql, *rest)


def move(name: str, deal: Deal | None, pick: int, now: datetime) -> object:
    if name == "worker":
        return cast.fire(now)
    if name == "create" or deal is None:
        scope, currency = PLACES[pick % 2]
        return cast.created(now, scope=scope, total=1 + pick % 9973, currency=currency)
    if name in ("fund", "deliver", "approve"):
        return getattr(actions, name)(deal_id=deal.id, actor=MARKET, now=now)
    if name == "issue":
        return cast.raise_issue(deal, list(Reason)[pick % len(Reason)], now=now)
    # Most reasons allow the first of these, some the second.
    return cast.rule(deal, [*Outcome, Outcome.REJECT, Outcome.PARTIAL_REFUND][pick % 7], now=now)


def try_to(name: str, pick: int, now: datetime, killed_at: int | None) -> None:
    """One step; what the core refuses is refused, what is cut off has changed nothing."""
    deals = list(Deal.objects.order_by("id"))[-3:]
    deal = deals[pick % len(deals)] if deals else None
    if name == "next":
        ways = NEXT[State(deal.state)] if deal else ("create",)
        name = ways[pick // 7 % len(ways)]
    elif name == "any":
        name = MOVES[pick // 7 % len(MOVES)]
    before = everything() if killed_at else None
    try:
        with transaction.atomic():
            if killed_at is None:
                move(name, deal, pick, now)
            else:
                with connection.execute_wrapper(Kill(killed_at)):
                    move(name, deal, pick, now)
    except Refusal:
        pass
    except Killed:
        assert everything() == before


def everything() -> tuple[object, ...]:
    return (
        list(Deal.objects.order_by("id").values_list("id", "version", "state")),
        Transfer.objects.count(),
        Entry.objects.count(),
        list(Task.objects.order_by("id").values_list("id", "state")),
    )


def check_all() -> None:
    """What must hold of every deal at every moment."""
    assert ledger.check() == []
    deals = list(Deal.objects.all())
    sums = ledger.sums([deal.id for deal in deals])
    armed: dict[int, list[tuple[str, datetime]]] = {}
    for task in Task.objects.armed():
        armed.setdefault(task.subject_id, []).append((task.kind, task.due_at))
    for deal in deals:
        state, found = State(deal.state), sums.get(deal.id, Sums())
        assert state in WAITS_FOR
        assert found.held_in == found.released + found.refunded + found.offset + found.held
        assert found.held >= 0
        kind, due = EXPECTED.get(state, ("", ""))
        assert armed.get(deal.id, []) == ([(kind, getattr(deal, due))] if kind else [])


def check_none_was_early() -> None:
    """What the system did counts as of the instant it was due, and no earlier."""
    for deal in Deal.objects.filter(ending="auto_approved"):
        assert deal.delivered_at is not None
        assert deal.settled_at == deal.approved_at == deal.delivered_at + 3 * DAY
    for deal in Deal.objects.filter(ending="expired"):
        assert deal.issue_at is not None
        assert deal.settled_at == deal.dispute_due_at == deal.issue_at + 2 * DAY
    for deal in Deal.objects.filter(ending="ruled"):
        assert deal.settled_at is not None
        assert deal.dispute_due_at is not None
        assert deal.settled_at < deal.dispute_due_at


@pytest.mark.django_db
@settings(
    max_examples=examples(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_whatever_happens_the_money_adds_up_and_every_timer_is_armed(
    walk: list[tuple[str, timedelta, int, int | None]],
) -> None:
    with transaction.atomic():
        cast.scope()
        cast.publish(cast.shipped("kr-used-car-private"))
        now = MONDAY
        for name, wait, pick, killed_at in walk:
            now += wait
            try_to(name, pick, now, killed_at)
            check_all()
        cast.fire(now + 99 * DAY)
        check_all()
        ends = set(Deal.objects.values_list("state", flat=True))
        assert ends <= {State.CREATED, State.FUNDED, State.SETTLED}
        check_none_was_early()
        transaction.set_rollback(True)
