"""Two at once: one result, the other is told."""

import threading
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest
from django.db import connection, transaction

from opsdesk.clock import claims
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import task_value
from opsdesk.deals import actions, ledger, publishing
from opsdesk.deals.ground import load
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Scope, Stage, Tuning
from opsdesk.deals.refusals import (
    NotAwaitingFunds,
    NotInInspection,
    NotInIssue,
    ReferenceTaken,
    ScopeVolumeReached,
)
from opsdesk.kernel.refusal import Refusal
from opsdesk.vault.actions import PublishedMeanwhile
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, MARKET, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job gives, or its refusal; they begin together."""
    outcomes: list[object] = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(place: int) -> None:
        try:
            start.wait()
            outcomes[place] = jobs[place]()
        except Refusal as refusal:
            outcomes[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def refusals(outcomes: list[object]) -> list[type]:
    return [type(each) for each in outcomes if isinstance(each, Refusal)]


def test_a_deal_funded_by_several_at_once_is_funded_once() -> None:
    deal = cast.created()
    fund = lambda: actions.fund(deal_id=deal.id, actor=MARKET, now=MONDAY)  # noqa: E731
    assert refusals(at_once(*[fund] * 6)) == [NotAwaitingFunds] * 5
    assert cast.paid(deal) == [("HOLD", "total", "escrow", 1_000_000)]


def test_an_approval_and_an_issue_at_once() -> None:
    for _ in range(4):
        deal = cast.delivered()
        outcomes = at_once(
            lambda deal=deal: cast.approve(deal, now=MONDAY + HOUR),
            lambda deal=deal: cast.raise_issue(deal, now=MONDAY + HOUR),
        )
        assert refusals(outcomes) == [NotInInspection]
        assert ledger.check([deal.id]) == []


def test_two_operators_rule_at_once() -> None:
    deal = cast.in_issue(Reason.DAMAGE_MINOR)
    outcomes = at_once(
        lambda: cast.rule(deal, Outcome.REJECT, now=MONDAY + HOUR),
        lambda: cast.rule(deal, Outcome.OFFSET, now=MONDAY + HOUR),
    )
    assert refusals(outcomes) == [NotInIssue]
    assert ledger.check([deal.id]) == []


def a_worker(deal: Deal, now: datetime) -> int:
    """One worker's turn with the deal's timers, the deal locked before its task."""
    due = Task.objects.armed().filter(subject_id=deal.id, due_at__lte=now)
    holds = {task.kind: lambda id: load(id, lock=True) for task in due}
    return claims.fire([task_value(task) for task in due], cast.HANDLERS, now=now, holds=holds)  # type: ignore[arg-type]


def test_an_operator_and_the_deadline_at_once_and_the_deadline_has_won() -> None:
    due = MONDAY + 2 * DAY
    for _ in range(4):
        deal = cast.in_issue(Reason.DAMAGE_MINOR)
        outcomes = at_once(
            lambda deal=deal: cast.rule(deal, Outcome.REJECT, now=due),
            lambda deal=deal: a_worker(deal, due),
            lambda deal=deal: a_worker(deal, due),
        )
        assert refusals(outcomes) == [NotInIssue]
        assert cast.reread(deal).ending == "expired"
        assert cast.paid(deal)[2:] == [
            ("OFFSET", "ttl", "buyer", 15_000),
            ("RELEASE", "holdback", "seller", 135_000),
        ]


def test_the_last_deal_of_a_limited_stage_is_made_once() -> None:
    Scope.objects.update(stage=Stage.LIMITED, cap=3, stage_since=MONDAY)
    outcomes = at_once(*[cast.created] * 8)
    assert refusals(outcomes) == [ScopeVolumeReached] * 5
    assert Deal.objects.count() == 3


def test_two_admins_publish_a_template_at_once_and_the_second_is_told() -> None:
    texts = [cast.shipped().replace("disputeTtlHours: 48", f"disputeTtlHours: {hours}") for hours in (60, 72)]
    known = {
        "source": "mn",
        "reason": "Why",
        "metric": "m",
        "expected": "e",
        "actor": cast.ADMIN,
        "now": MONDAY,
    }
    publish = lambda text: publishing.publish_template(text, **known, seen=1)  # noqa: E731
    outcomes = at_once(*[lambda text=text: publish(text) for text in texts])
    assert refusals(outcomes) == [PublishedMeanwhile]
    blind = at_once(*[lambda text=text: publishing.publish_template(text, **known) for text in texts])
    assert refusals(blind) == []
    tuned = Tuning.objects.order_by("version").values_list("version", "old", "new")
    assert all(one[2] == two[1] for one, two in pairwise(tuned))
    assert len(tuned) in (2, 3)


def test_one_reference_sent_twice_at_once_makes_one_deal() -> None:
    outcomes = at_once(*[lambda: cast.created(reference="A-1")] * 4)
    assert refusals(outcomes) == [ReferenceTaken] * 3
    made = Deal.objects.get()
    assert {each.details["deal"] for each in outcomes if isinstance(each, Refusal)} == {made.id}


def test_a_scope_closed_while_deals_are_made_has_none_after_its_closing() -> None:
    def close() -> None:
        with transaction.atomic():
            Scope.objects.select_for_update().get()
            Scope.objects.update(stage=Stage.CLOSED)

    at_once(*[cast.created] * 3, close, *[cast.created] * 3)
    before = Deal.objects.count()
    assert refusals(at_once(cast.created)) != []
    assert Deal.objects.count() == before
