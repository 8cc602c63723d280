"""The sweep of the money ledger: sound books raise nothing; a planted fault one incident and one stop."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from opsdesk.cases.incidents import acknowledge, resolve_incident
from opsdesk.cases.models import Case, CaseKind, CaseState
from opsdesk.clock import actions as clock
from opsdesk.clock.models import Task
from opsdesk.deals import scopes
from opsdesk.deals.lifecycle import Outcome
from opsdesk.deals.models import Deal, Scope, ScopeDecision, Transfer
from opsdesk.deals.refusals import ScopeStopped
from opsdesk.disputes.models import Ruling
from opsdesk.journal import triggers
from opsdesk.journal.models import Entry
from opsdesk.watch import actions, checks, queries, sweep
from opsdesk.watch.models import Alarm, Fault, Sweep
from tests.deals import cast as deals
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY, Staff

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def staff() -> Staff:
    found = cast.desk()
    sweep.step(MONDAY - MINUTE)
    return found


def plant(deal: Deal, amount: int = 1, key: str = "planted", **more: object) -> Transfer:
    """A row that nothing in the house would write."""
    fields: dict[str, object] = {
        "action": "RELEASE",
        "cause": "immediate",
        "from_party": "escrow",
        "to_party": "seller",
        "currency": deal.currency,
        "happened_at": MONDAY,
        "recorded_at": MONDAY,
    }
    triggers.lift(connection)
    planted = Transfer.objects.create(deal=deal, key=key, amount_minor=amount, **(fields | more))
    triggers.install(connection)
    return planted


def uproot(planted: Transfer) -> None:
    triggers.lift(connection)
    planted.delete()
    triggers.install(connection)


def ruled(staff: Staff, outcome: Outcome = Outcome.OFFSET) -> Ruling:
    return cast.rule(cast.raised(), outcome, by=staff.olga, at=MONDAY + 2 * HOUR)


def incidents() -> list[Case]:
    return list(Case.objects.filter(kind=CaseKind.INCIDENT).order_by("id"))


def faults() -> list[tuple[int, str]]:
    return [(each.deal_id, each.kind) for each in queries.faults()]


def test_every_life_a_deal_may_have_raises_nothing(staff: Staff) -> None:
    deals.created()
    deals.funded()
    deals.delivered()
    deals.approve(deals.delivered(), now=MONDAY + HOUR)
    cast.raised()
    cast.raised(complete=False)
    ruled(staff)
    assert sweep.sweep(now=MONDAY + 2 * HOUR) == 0
    assert (incidents(), faults()) == ([], [])
    assert Scope.objects.get(category="USED_CAR_PRIVATE").stopped_at is None
    assert queries.state().checked >= 7


def test_a_planted_row_opens_one_sev0_and_stops_the_scope(staff: Staff) -> None:
    deal = deals.delivered()
    plant(deal)
    assert sweep.sweep(now=LATER) == 2
    (case,) = incidents()
    assert (case.severity, case.queue, case.state) == ("SEV0", "on-call", "open")
    assert (case.type, case.family) == ("incident.ledger", "incident")
    assert "MN.USED_CAR_PRIVATE" in case.subject
    assert f"Deal {deal.id}: unbalanced" in case.excerpt
    scope = Scope.objects.get(id=deal.scope_id)
    assert scope.stopped_at == LATER
    assert ScopeDecision.objects.get(what="stop").new == "sev0"
    assert faults() == [(deal.id, "duplicate"), (deal.id, "unbalanced")]
    assert Entry.objects.get(kind="scope.alarmed").payload == {
        "scope": scope.key,
        "case": case.id,
        "faults": 2,
    }
    with pytest.raises(ScopeStopped):
        deals.created(LATER)


def test_while_it_is_unresolved_nothing_new_is_opened_for_the_scope(staff: Staff) -> None:
    first, second = deals.delivered(), deals.delivered()
    plant(first)
    sweep.sweep(now=LATER)
    plant(second, key="another")
    for minute in range(1, 4):
        sweep.sweep(now=LATER + minute * MINUTE)
    (case,) = incidents()
    acknowledge(case_id=case.id, actor=staff.enzo.actor, now=LATER + 5 * MINUTE)
    sweep.sweep(now=LATER + 6 * MINUTE)
    assert len(incidents()) == 1
    assert ScopeDecision.objects.filter(what="stop").count() == 1
    assert {deal for deal, _ in faults()} == {first.id, second.id}


def test_resolved_with_the_fault_still_there_another_one_is_opened(staff: Staff) -> None:
    plant(deals.delivered())
    sweep.sweep(now=LATER)
    (case,) = incidents()
    resolve(case, staff, LATER + MINUTE)
    sweep.sweep(now=LATER + 2 * MINUTE)
    first, second = incidents()
    assert (first.state, second.state) == (CaseState.RESOLVED, CaseState.OPEN)
    assert Alarm.objects.count() == 2


def test_resolved_with_the_fault_gone_nothing_is_opened_and_a_lead_lifts_the_stop(staff: Staff) -> None:
    planted = plant(deals.delivered())
    sweep.sweep(now=LATER)
    uproot(planted)
    sweep.sweep(now=LATER + MINUTE)
    assert faults() == []
    resolve(incidents()[0], staff, LATER + 2 * MINUTE)
    sweep.sweep(now=LATER + 3 * MINUTE)
    assert len(incidents()) == 1
    scope = Scope.objects.get(category="USED_CAR_PRIVATE")
    assert scope.stopped_at is not None
    scopes.lift(scope=scope.key, reason="Mended.", actor=staff.lena.actor, now=LATER + 4 * MINUTE)
    deals.created(LATER + 5 * MINUTE)
    plant(deals.created(LATER + 6 * MINUTE), key="once more")
    sweep.sweep(now=LATER + 7 * MINUTE)
    assert len(incidents()) == 2
    scope.refresh_from_db()
    assert scope.stopped_at == LATER + 7 * MINUTE


def resolve(case: Case, staff: Staff, now: datetime) -> None:
    resolve_incident(case_id=case.id, resolution="Looked at.", actor=staff.enzo.actor, now=now)


def test_faults_of_two_scopes_are_two_incidents(staff: Staff) -> None:
    deals.publish(deals.shipped("mn-used-car-dealer"))
    plant(deals.delivered())
    plant(deals.delivered(scope="MN.USED_CAR_DEALER"), key="other")
    sweep.sweep(now=LATER)
    assert len({case.subject for case in incidents()}) == 2
    assert Scope.objects.filter(stopped_at=LATER).count() == 2


def test_one_stopped_by_a_lead_already_stays_stopped_by_the_lead(staff: Staff) -> None:
    deal = deals.delivered()
    scopes.stop(scope=deals.PRIVATE, reason="Pause.", actor=staff.lena.actor, now=MONDAY)
    plant(deal)
    sweep.sweep(now=LATER)
    assert len(incidents()) == 1
    assert Scope.objects.get(id=deal.scope_id).stopped_at == MONDAY


def no_auto_approve(staff: Staff) -> int:
    deal = deals.delivered()
    clock.cancel(subject_kind="deal", subject_id=deal.id, kind="deal.auto_approve", now=MONDAY)
    return deal.id


def no_dispute_ttl(staff: Staff) -> int:
    dispute = cast.raised()
    clock.cancel(subject_kind="deal", subject_id=dispute.deal_id, kind="deal.dispute_ttl", now=MONDAY)
    return dispute.deal_id


def another_ruling(staff: Staff) -> int:
    ruling = ruled(staff)
    triggers.lift(connection)
    Ruling.objects.filter(id=ruling.id).update(to_buyer_minor=1)
    triggers.install(connection)
    return ruling.dispute.deal_id


def more_to_the_buyer(staff: Staff) -> int:
    deal = deals.approve(deals.delivered(), now=MONDAY + HOUR)
    plant(deal, action="REFUND", to_party="buyer", cause="ruling")
    return deal.id


def another_currency(staff: Staff) -> int:
    deal = deals.funded()
    plant(deal, currency="KRW")
    return deal.id


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [
        (no_auto_approve, "timer"),
        (no_dispute_ttl, "timer"),
        (another_ruling, "ruling"),
        (more_to_the_buyer, "unbalanced"),
        (another_currency, "currency"),
    ],
)
def test_what_is_wrong_is_seen_new_or_old(staff: Staff, break_it: Callable[[Staff], int], kind: str) -> None:
    deal_id = break_it(staff)
    sweep.sweep(now=LATER)
    assert (deal_id, kind) in faults()
    Fault.objects.all().delete()
    sweep.sweep(now=LATER + MINUTE)
    assert (deal_id, kind) in faults()
    assert len(incidents()) == 1


def test_a_deal_that_waits_for_its_buyer_needs_no_timer(staff: Staff) -> None:
    deals.publish(deals.shipped().replace("autoApproveEnabled: true", "autoApproveEnabled: false"))
    deal = deals.delivered()
    assert deal.auto_approve_at is None
    assert sweep.sweep(now=LATER) == 0


def test_what_was_there_before_the_first_sweep_is_looked_at_slice_by_slice(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SLICE", 2)
    planted = [deals.delivered() for _ in range(5)][-1]
    plant(planted)
    Sweep.objects.all().delete()
    found = [sweep.sweep(now=LATER + minute * MINUTE) for minute in range(3)]
    assert found == [0, 0, 2]
    assert queries.state().round_ended_at == LATER + 2 * MINUTE


def test_new_transfers_are_looked_at_in_batches(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "NEW_AT_ONCE", 3)
    monkeypatch.setattr(checks, "SLICE", 1)
    monkeypatch.setattr(checks, "TIMERS_AT_ONCE", 1)
    for _ in range(5):
        deals.delivered()
    plant(deals.delivered())
    assert sweep.sweep(now=LATER) == 2


@pytest.mark.parametrize(("state", "make"), [("INSPECTION", no_auto_approve), ("ISSUE", no_dispute_ttl)])
def test_timers_are_looked_at_round_and_round(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, state: str, make: Callable[[Staff], int]
) -> None:
    monkeypatch.setattr(checks, "TIMERS_AT_ONCE", 2)
    for _ in range(3):
        deals.delivered()
        cast.raised()
    broken, seen, place = make(staff), [], checks.Place()
    for _ in range(4):
        found, place = checks.next_timers(checks.State(state), place)
        seen.append([each.deal_id for each in found])
    assert [broken] in seen
    assert seen.count([]) >= 2


def test_in_one_minute_it_is_swept_once_however_many_workers(staff: Staff) -> None:
    at = LATER.replace(second=1)
    sweep.step(at)
    assert Sweep.objects.get().swept_at == at
    sweep.step(at + timedelta(seconds=40))
    assert Sweep.objects.get().swept_at == at
    sweep.step(at + timedelta(seconds=60))
    assert Sweep.objects.get().swept_at == at + timedelta(seconds=60)


def test_a_clock_that_went_ahead_and_came_back_stops_no_sweep(staff: Staff) -> None:
    sweep.step(LATER + timedelta(days=365))
    sweep.step(LATER)
    assert Sweep.objects.get().swept_at == LATER
    sweep.step(LATER - 5 * MINUTE)
    assert Sweep.objects.get().swept_at == LATER


def test_killed_before_the_incident_was_written_it_is_found_again(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(deals.delivered())

    def killed(**known: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(scopes, "stop", killed)
        with pytest.raises(KeyboardInterrupt):
            sweep.step(LATER)
    assert (incidents(), Fault.objects.count()) == ([], 0)
    sweep.step(LATER + MINUTE)
    assert len(incidents()) == 1


def test_many_faults_are_named_up_to_a_number(staff: Staff) -> None:
    for number in range(actions.NAMED + 5):
        deal = deals.delivered()
        clock.cancel(subject_kind="deal", subject_id=deal.id, kind="deal.auto_approve", now=MONDAY)
        assert number >= 0
    sweep.sweep(now=LATER)
    (case,) = incidents()
    assert case.excerpt.count("Deal") == actions.NAMED
    assert "+ 5" in case.excerpt
    assert Alarm.objects.get().faults == actions.NAMED + 5


def test_a_late_timer_is_no_fault_as_long_as_it_is_armed(staff: Staff) -> None:
    deals.delivered()
    assert Task.objects.armed().count() == 1
    assert sweep.sweep(now=MONDAY + timedelta(days=30)) == 0


def test_a_ruling_with_another_outcome_is_told_from_one_that_agrees(staff: Staff) -> None:
    for outcome in (Outcome.REJECT, Outcome.OFFSET):
        ruled(staff, outcome)
    assert sweep.sweep(now=LATER) == 0


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_open_one_incident() -> None:
    cast.desk()
    sweep.step(MONDAY - MINUTE)
    plant(deals.delivered())
    start = Barrier(2)

    def at_once() -> None:
        start.wait()
        try:
            sweep.sweep(now=LATER)
        finally:
            connections.close_all()

    threads = [Thread(target=at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(incidents()) == 1
    assert Alarm.objects.count() == 1
    assert Fault.objects.filter(gone_at=None).count() == 2
