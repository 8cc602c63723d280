"""The deals of the example: every kind of end, money that balances, real files, something left to do."""

from collections import Counter
from datetime import timedelta
from io import BytesIO
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from PIL import Image

from opsdesk.clock.models import Task, TaskState
from opsdesk.deals.lifecycle import State
from opsdesk.deals.models import Deal, Ending, Scope, ScopeDecision, Stage, Transfer
from opsdesk.demo import filling
from opsdesk.demo.bazaar import STEPS, Fate, draw_bargains
from opsdesk.demo.exhibits import exhibit
from opsdesk.demo.months import Scale, draw_months
from opsdesk.disputes.models import Dispute, Evidence
from opsdesk.vault.queries import read
from tests.demo.conftest import NOW

ZONE = ZoneInfo("America/Chicago")
A_YEAR = draw_months(Random(5), now=NOW, zone=ZONE, scale=Scale())


def test_the_scopes_come_one_after_the_other_in_their_volumes() -> None:
    bargains = draw_bargains(5, A_YEAR)
    first = {
        scope: min(one.at for one in bargains if one.step.scope == scope)
        for scope in (step.scope for step in STEPS)
    }
    assert sorted(first, key=lambda scope: first[scope]) == [step.scope for step in STEPS]
    for number, month in enumerate(A_YEAR[:-1]):
        here = [one for one in bargains if one.at in month.period]
        least, most = max(
            (step for step in STEPS if step.opens <= number), key=lambda step: step.opens
        ).volume
        assert least <= len(here) <= most, month.name


def test_disputes_come_in_the_typical_shares_and_every_fate_is_drawn() -> None:
    many = [one for seed in range(40) for one in draw_bargains(seed, A_YEAR)]
    assert {one.fate for one in many} == set(Fate)
    for step in STEPS:
        reasons = Counter(
            one.reason for one in many if one.step is step and one.fate in (Fate.RULED, Fate.EXPIRED)
        )
        for reason, percent in step.reasons.items():
            assert abs(reasons[reason] / reasons.total() * 100 - percent) < 8, (step.scope, reason)


def test_a_half_of_a_years_disputes_is_ruled_before_the_deadline() -> None:
    for seed in range(10):
        # The newest are left open: nobody has ruled them yet.
        old = (one for one in draw_bargains(seed, A_YEAR) if one.at < NOW - timedelta(days=12))
        fates = Counter(one.fate for one in old)
        decided = fates[Fate.RULED] + fates[Fate.EXPIRED]
        assert decided >= 20
        assert 0.45 <= fates[Fate.RULED] / decided <= 0.55, seed


def test_the_same_seed_draws_the_same_deals() -> None:
    assert draw_bargains(3, A_YEAR) == draw_bargains(3, A_YEAR) != draw_bargains(4, A_YEAR)


@pytest.mark.parametrize("kind", ["PHOTO", "VIDEO", "REPORT", "DOCUMENT"])
def test_an_exhibit_is_a_real_file(kind: str) -> None:
    name, data = exhibit(kind, "Odometer", Random(1))
    if name.endswith(".jpg"):
        Image.open(BytesIO(data)).verify()
    else:
        assert data.startswith(b"%PDF-")
        assert b"%%EOF" in data[-10:]
    assert len(data) < 40_000


def test_every_scope_was_opened_by_its_lead(year: filling.Plan) -> None:
    assert set(Scope.objects.values_list("stage", flat=True)) == {Stage.OPEN}
    decided = ScopeDecision.objects.order_by("decided_at").values_list("scope__category", "new")
    assert list(decided).count(("REAL_ESTATE_SALE", "limited")) == 1
    assert ScopeDecision.objects.exclude(decided_by_id=None).count() == 2 * len(STEPS)


def test_money_balances_in_every_deal(year: filling.Plan) -> None:
    moved = Counter[tuple[int, str]]()
    for deal_id, action, amount in Transfer.objects.values_list("deal_id", "action").annotate(
        Sum("amount_minor")
    ):
        moved[deal_id, action] = amount
    for deal in Deal.objects.all():
        out = sum(moved[deal.id, action] for action in ("RELEASE", "REFUND", "OFFSET"))
        held = moved[deal.id, "HOLD"] - out
        waits = deal.state in (State.INSPECTION, State.ISSUE)
        assert held == {State.FUNDED: deal.total_minor}.get(
            State(deal.state), deal.held_minor if waits else 0
        )


def test_deals_end_in_every_way_and_some_wait_for_somebody(year: filling.Plan) -> None:
    assert set(Deal.objects.values_list("ending", flat=True)) == {"", *Ending.values}
    waiting = Counter(Deal.objects.exclude(state=State.SETTLED).values_list("state", flat=True))
    assert set(waiting) == {State.CREATED, State.FUNDED, State.INSPECTION, State.ISSUE}
    week = NOW - timedelta(days=7)
    assert Deal.objects.filter(state=State.FUNDED, state_since__lt=week).exists()


def test_some_disputes_are_left_to_rule_with_little_and_with_much_time(year: filling.Plan) -> None:
    left = [
        due_at - NOW for due_at in Dispute.objects.filter(decided_at=None).values_list("due_at", flat=True)
    ]
    assert min(left) > timedelta(0)
    assert sum(one < timedelta(hours=24) for one in left) >= 2
    assert any(one > timedelta(hours=24) for one in left)


def test_no_timer_of_a_deal_is_armed_in_the_past(year: filling.Plan) -> None:
    armed = Task.objects.filter(state=TaskState.ARMED, subject_kind="deal")
    assert armed.exists()
    assert not armed.filter(due_at__lte=NOW).exists()


def test_every_dispute_has_files_that_can_be_read(year: filling.Plan) -> None:
    shown = Evidence.objects.filter(deal__dispute__isnull=False)
    assert set(shown.values_list("deal_id", flat=True)) == set(
        Dispute.objects.values_list("deal_id", flat=True)
    )
    one_of_each = dict(shown.values_list("media_type", "blob_id"))
    assert set(one_of_each) == {"image/jpeg", "application/pdf"}
    for digest in one_of_each.values():
        assert read(digest)
