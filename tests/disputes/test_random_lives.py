"""Deals under any sequence of moves, at any times, with the worker there or not, killed at any statement.

Beside the rows stands a small model that knows the rules and nothing of the code.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from opsdesk.cases import actions as cases
from opsdesk.cases.handoffs import escalate, give_back
from opsdesk.cases.models import Case, Stay
from opsdesk.clock import claims
from opsdesk.clock import queries as clock
from opsdesk.clock.models import Task, TaskState
from opsdesk.deals import actions as deals
from opsdesk.deals import ledger
from opsdesk.deals.lifecycle import WAITS_FOR, Outcome, Reason, State
from opsdesk.deals.models import Deal, Ending, Transfer
from opsdesk.deals.timers import AUTO_APPROVE, DISPUTE_TTL
from opsdesk.disputes import actions, audit, evidence, rulings, timers
from opsdesk.disputes.models import Dispute, Evidence, Ruling
from opsdesk.kernel.refusal import Refusal
from opsdesk.worker.kinds import holds
from opsdesk.worker.wiring import WIRING
from tests.deals.cast import draught
from tests.disputes import cast
from tests.disputes.cast import MARKET, MONDAY, Staff

TOTALS = (1_000_000, 999_999, 333, 67, 7, 1)
REASONS = list(Reason)
OUTCOMES = list(Outcome)
PERCENT = {Reason.DAMAGE_MINOR: 10, Reason.MISSING_PARTS: 10}


class Killed(Exception):
    """The process died at a statement: its transaction is gone."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Nothing survives of what is done here once that many statements have run; 0: nobody is killed."""
    left = [statement]

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return execute(sql, params, many, context)

    with suppress(Killed), transaction.atomic(), connection.execute_wrapper(count):
        yield


@dataclass
class Model:
    """What is to become of one deal, by the rules as they are written down."""

    total: int
    state: str = "CREATED"
    reason: str = ""
    ending: str = ""
    approve_at: datetime | None = None
    due_at: datetime | None = None
    settled_at: datetime | None = None
    paid: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return self.total * 15 // 100

    def pay(self, **amounts: int) -> None:
        for action, amount in amounts.items():
            self.paid[action] = self.paid.get(action, 0) + amount

    def end(self, ending: str, at: datetime, **amounts: int) -> None:
        self.state, self.ending, self.settled_at = "SETTLED", ending, at
        self.pay(**amounts)

    def pass_to(self, now: datetime) -> None:
        """What the timers do at or before an instant."""
        if self.state == "INSPECTION" and self.approve_at is not None and self.approve_at <= now:
            self.end("auto_approved", self.approve_at, RELEASE=self.held)
        if self.state == "ISSUE" and self.due_at is not None and self.due_at <= now:
            given = self.held * PERCENT.get(Reason(self.reason), 0) // 100
            self.end("expired", self.due_at, OFFSET=given, RELEASE=self.held - given)


@dataclass
class World:
    """The desk, the deals, and what is expected of each."""

    staff: Staff
    models: dict[int, Model]
    now: datetime = MONDAY
    files: int = 0

    def act(self, name: str, deal_id: int, pick: int, kill: int) -> None:
        """One act; the model follows where it was done and not killed."""
        model, verbs = self.models[deal_id], self._verbs(deal_id, pick)
        done: list[object] = []
        try:
            with killed_at(kill):
                done.append(verbs[name]())
        except Refusal:
            return
        if done:
            model.pass_to(self.now)
            self._follow(name, model, pick, done[0])

    def bring_to_inspection(self, deal_id: int) -> None:
        """Delivered, with a photo for each required item."""
        for name in ("fund", "deliver", "file", "file", "file"):
            self.act(name, deal_id, 0, 0)

    def _verbs(self, deal_id: int, pick: int) -> dict[str, Callable[[], object]]:
        by = {"actor": MARKET, "now": self.now}
        return {
            "fund": partial(deals.fund, deal_id=deal_id, **by),
            "deliver": partial(deals.deliver, deal_id=deal_id, **by),
            "approve": partial(deals.approve, deal_id=deal_id, **by),
            "issue": partial(self._issue, deal_id, pick),
            "rule": partial(self._rule, deal_id, pick),
            "file": partial(self._file, deal_id),
            "waive": partial(self._waive, deal_id, pick),
            "look": partial(timers.catch_up, deal_id, now=self.now),
            "case": partial(self._case, deal_id, pick),
            "worker": self._work,
        }

    def _file(self, deal_id: int) -> Evidence:
        self.files += 1
        deal = Deal.objects.get(id=deal_id)
        return cast.photo(deal, cast.REQUIRED[self.files % 3], self.files, now=self.now)

    def _issue(self, deal_id: int, pick: int) -> Dispute:
        reason = REASONS[pick % len(REASONS)]
        return actions.raise_issue(
            deal_id=deal_id, reason=reason, text="So it is.", actor=MARKET, now=self.now
        )

    def _rule(self, deal_id: int, pick: int) -> Ruling | None:
        dispute = Dispute.objects.filter(deal_id=deal_id).first()
        if dispute is None:
            return None
        offered = [option.outcome for option in rulings.options(dispute.id, self.now)]
        outcomes = offered if offered and pick % 4 else OUTCOMES
        amount = None if pick % 3 else pick % 17
        ruled = cast.choice(
            outcomes[pick % len(outcomes)], amount, replacement="By Friday.", looked_again=True
        )
        return rulings.rule(dispute_id=dispute.id, choice=ruled, actor=self.staff.olga.actor, now=self.now)

    def _waive(self, deal_id: int, pick: int) -> object:
        dispute = Dispute.objects.filter(deal_id=deal_id).first()
        if dispute is None:
            return None
        by = {"actor": self.staff.omar.actor, "now": self.now}
        return [
            evidence.waive(dispute_id=dispute.id, item=item.key, reason="Not needed.", **by)
            for item in evidence.state_of(deal_id).missing
        ]

    def _case(self, deal_id: int, pick: int) -> object:
        """Work on the dispute's case: nothing of it stops the deadline."""
        dispute = Dispute.objects.filter(deal_id=deal_id).first()
        if dispute is None:
            return None
        who = {"case_id": dispute.case_id, "now": self.now}
        olga, enzo = self.staff.olga.actor, self.staff.enzo.actor
        later = self.now + timedelta(hours=30)
        moves: list[Callable[[], object]] = [
            lambda: cases.take(actor=olga, **who),
            lambda: cases.write_note(text="Seen.", actor=olga, **who),
            lambda: cases.wait(on="third_party", party="seller", expected_at=later, actor=olga, **who),
            lambda: cases.resume(actor=olga, **who),
            lambda: escalate(reason="bug", words="Tried.", actor=olga, **who),
            lambda: give_back(words="So.", actor=enzo, **who),
        ]
        return moves[pick % len(moves)]()

    def _work(self) -> int:
        """A worker comes by and does what is due."""
        kinds = {**timers.HANDLERS}
        due = clock.claimable(kinds, now=self.now, limit=100)
        return claims.fire(due, kinds, now=self.now, holds=holds(WIRING))

    def _follow(self, name: str, model: Model, pick: int, done: object) -> None:
        now = self.now
        if name == "fund":
            model.state = "FUNDED"
            model.pay(HOLD=model.total)
        elif name == "deliver":
            model.state, model.approve_at = "INSPECTION", now + timedelta(days=3)
            model.pay(RELEASE=model.total - model.held)
        elif name == "approve":
            model.end("approved", now, RELEASE=model.held)
        elif name == "issue":
            model.state, model.reason = "ISSUE", REASONS[pick % len(REASONS)].value
            model.due_at = now + timedelta(hours=48)
        elif name == "rule" and isinstance(done, Ruling):
            given = done.to_buyer_minor
            action = "OFFSET" if done.outcome == "OFFSET" else "REFUND"
            model.end("ruled", now, **{action: given}, RELEASE=model.held - given)
        if name == "worker":
            for other in self.models.values():
                other.pass_to(now)

    def settle_everything(self) -> None:
        """The worker comes back at last, long after everything was due."""
        self.now += timedelta(days=30)
        while self._work():
            pass
        for model in self.models.values():
            model.pass_to(self.now)


def check(world: World, deal_id: int) -> None:
    """What holds of a deal at every step, whoever is late."""
    deal, model = Deal.objects.get(id=deal_id), world.models[deal_id]
    assert deal.state in {state.value for state in WAITS_FOR}
    assert (deal.state, deal.ending, deal.settled_at) == (model.state, model.ending, model.settled_at)
    sums = dict.fromkeys(("HOLD", "RELEASE", "REFUND", "OFFSET"), 0)
    for action, amount in Transfer.objects.filter(deal_id=deal_id).values_list("action", "amount_minor"):
        sums[action] += amount
    assert {action: amount for action, amount in sums.items() if amount} == {
        action: amount for action, amount in model.paid.items() if amount
    }
    still = sums["HOLD"] - sums["RELEASE"] - sums["REFUND"] - sums["OFFSET"]
    assert still == {"CREATED": 0, "FUNDED": model.total, "SETTLED": 0}.get(deal.state, model.held)
    _check_timers(deal)
    _check_dispute(deal)


def _check_timers(deal: Deal) -> None:
    """Each state that ends by itself has its timer armed, at its instant, and no other state has one."""
    armed = Task.objects.armed().filter(subject_kind="deal", subject_id=deal.id)
    wanted = {
        State.INSPECTION.value: [(AUTO_APPROVE, deal.auto_approve_at)],
        State.ISSUE.value: [(DISPUTE_TTL, deal.dispute_due_at)],
    }
    assert list(armed.values_list("kind", "due_at")) == wanted.get(deal.state, [])


def _check_dispute(deal: Deal) -> None:
    dispute = Dispute.objects.filter(deal=deal).first()
    assert (dispute is not None) == (deal.issue_at is not None)
    if dispute is None:
        return
    case, over = Case.objects.get(id=dispute.case_id), deal.state == State.SETTLED
    assert (case.state == "resolved") == over == (dispute.decided_at is not None)
    assert Ruling.objects.filter(dispute=dispute).count() == int(over)
    assert Stay.objects.filter(case=case, left_at=None).count() == int(not over)
    if over:
        assert dispute.decided_at == deal.settled_at
        assert case.resolved_at is not None
        assert case.resolved_at >= deal.settled_at


EXAMPLES = 80 if connection.vendor == "sqlite" else 16
# What happens in a state stands here, what happens often more than once; now and then anything is tried.
ANYTIME = ("look", "worker", "case")
FITTING = {
    "CREATED": ("fund", "fund", "worker"),
    "FUNDED": ("deliver", "deliver", "file"),
    "INSPECTION": ("issue", "issue", "issue", "issue", "file", "issue", "approve", "worker"),
    "ISSUE": ("waive", "rule", "rule", "waive", "rule", "file", *ANYTIME),
    "SETTLED": ("look", "file", "rule", "issue", "approve"),
}
ACTS = sorted({name for names in FITTING.values() for name in names})
# Which act, on which deal, after how many minutes, any number, killed at which statement.
Step = tuple[int, int, int, int, int]
steps = st.lists(
    st.tuples(
        st.integers(0, 119),
        st.integers(0, 1),
        st.sampled_from([0, 0, 0, 0, 1, 1, 60, 60, 60 * 24, 60 * 47, 60 * 48, 60 * 72]),
        st.integers(0, 119),
        st.sampled_from([0, 0, 0, 0, 1, 3, 5, 8, 12, 20, 30]),
    ),
    min_size=8,
    max_size=20,
)


def chosen(number: int, model: Model, now: datetime) -> str:
    """Mostly an act that fits the state, now and then any."""
    model.pass_to(now)
    names = FITTING[model.state] if number % 8 else ACTS
    return names[number // 8 % len(names)]


# Many examples, and nothing new for coverage, which would double their time.
@pytest.mark.django_db
def test_every_deal_ends_or_waits_for_somebody_and_its_money_always_balances() -> None:
    staff = cast.desk()
    seen: set[str] = set()

    @settings(max_examples=EXAMPLES, phases=[Phase.generate])
    @given(walk=steps, totals=st.tuples(st.sampled_from(TOTALS), st.sampled_from(TOTALS)))
    def lives(walk: list[Step], totals: tuple[int, int]) -> None:
        with transaction.atomic():
            live(staff, walk, totals)
            seen.update(Deal.objects.values_list("ending", flat=True))
            transaction.set_rollback(True)

    lives()
    if connection.vendor == "sqlite":  # the other engine walks less
        assert seen == {"", *Ending.values}


def live(staff: Staff, walk: list[Step], totals: tuple[int, int]) -> None:
    """Two deals through a walk, looked at after each step; then the worker does what is left."""
    made = [deals.create(draught(total=total), actor=MARKET, now=MONDAY).id for total in totals]
    world = World(staff, dict(zip(made, map(Model, totals), strict=True)))
    world.bring_to_inspection(made[1])
    for number, which, minutes, pick, kill in walk:
        world.now += timedelta(minutes=minutes)
        name = chosen(number, deepcopy(world.models[made[which]]), world.now)
        world.act(name, made[which], pick, kill)
        for deal_id in made:
            world.act("look", deal_id, 0, 0)
            check(world, deal_id)
    world.settle_everything()
    for deal_id in made:
        check(world, deal_id)
        assert Deal.objects.get(id=deal_id).state in ("CREATED", "FUNDED", "SETTLED")
    assert audit.disagreements() == audit.undecided() == []
    assert ledger.check(made) == []
    _check_nothing_early()


@pytest.mark.django_db
def test_with_the_worker_off_for_any_time_the_outcome_is_the_same_to_the_unit() -> None:
    staff = cast.desk()

    @settings(max_examples=EXAMPLES // 2, phases=[Phase.generate])
    @given(walk=steps, total=st.sampled_from(TOTALS))
    def lives(walk: list[Step], total: int) -> None:
        ends = []
        for is_there in (True, False):
            with transaction.atomic():
                ends.append(end_of_life(staff, walk, total, worker=is_there))
                transaction.set_rollback(True)
        assert ends[0] == ends[1]

    lives()


def end_of_life(staff: Staff, walk: list[Step], total: int, *, worker: bool) -> list[object]:
    """How a deal ends after a walk, with a worker at every step or none until long after."""
    deal = deals.create(draught(total=total), actor=MARKET, now=MONDAY)
    world = World(staff, {deal.id: Model(total)})
    world.bring_to_inspection(deal.id)
    for number, _which, minutes, pick, _kill in walk:
        world.now += timedelta(minutes=minutes)
        name = chosen(number, deepcopy(world.models[deal.id]), world.now)
        if worker:
            world.act("worker", deal.id, 0, 0)
        if name not in ("look", "worker", "case"):
            world.act(name, deal.id, pick, 0)
    world.settle_everything()
    check(world, deal.id)
    return _end_of(deal.id)


def _end_of(deal_id: int) -> list[object]:
    """Everything that counts of a deal's end, without the moments at which somebody came to do it."""
    deal = Deal.objects.filter(id=deal_id).values_list("state", "ending", "settled_at", "reason")
    paid = Transfer.objects.filter(deal_id=deal_id).order_by("id")
    ruled = Ruling.objects.filter(dispute__deal_id=deal_id)
    over = Case.objects.filter(dispute__deal_id=deal_id)
    return [
        list(deal),
        list(paid.values_list("action", "cause", "amount_minor", "happened_at")),
        list(ruled.values_list("basis", "outcome", "to_buyer_minor", "to_seller_minor", "ruled_at")),
        list(over.values_list("state", "cause", "resolved_at")),
    ]


def _check_nothing_early() -> None:
    fired = Task.objects.filter(subject_kind="deal", state=TaskState.DONE)
    assert all(task.finished_at >= task.due_at for task in fired)
    assert all(row.recorded_at >= row.ruled_at for row in Ruling.objects.all())
