"""A scope's stage, cap and stop: decided by a lead with a reason, and on record."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from opsdesk.deals import queries, scopes
from opsdesk.deals.models import Scope, ScopeDecision
from opsdesk.deals.refusals import (
    CapUnchanged,
    ScopeAlreadyStopped,
    ScopeNotLimited,
    ScopeNotStopped,
    ScopeStopped,
    ScopeUnknown,
    ScopeVolumeReached,
    StageUnchanged,
)
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import NotThisToken, NotYourRight
from opsdesk.kernel.refusal import Invalid, Refusal
from tests.deals import cast
from tests.deals.cast import DAY, HOUR, LEAD, MARKET, MONDAY, OPERATOR, PRIVATE

pytestmark = pytest.mark.django_db
WHY = {"scope": PRIVATE, "reason": "The pilot went well.", "actor": LEAD, "now": MONDAY + HOUR}


@pytest.fixture(autouse=True)
def _scope() -> None:
    cast.scope()
    Scope.objects.update(stage="closed")


def decided() -> list[tuple[str, str, str, str, int | None]]:
    found = ScopeDecision.objects.order_by("id")
    return [(row.what, row.old, row.new, row.reason, row.decided_by_id) for row in found]


def recorded() -> list[tuple[str, dict[str, object]]]:
    found = Entry.objects.filter(subject_kind="scope", kind__in=scopes._EVENTS.values()).order_by("id")
    return [(entry.kind, entry.payload) for entry in found]


def test_a_stage_is_set_with_its_reason_and_its_time() -> None:
    scope = scopes.set_stage(stage="open", **WHY)
    assert (scope.stage, scope.stage_since, scope.cap) == ("open", MONDAY + HOUR, None)
    assert queries.scope(PRIVATE).stage == "open"
    assert decided() == [("stage", "closed", "open", "The pilot went well.", LEAD.id)]
    known = {"scope": PRIVATE, "old": "closed", "new": "open", "cap": None}
    assert recorded() == [("scope.stage_set", known)]


def test_a_limited_stage_has_a_cap_that_goes_with_it() -> None:
    assert scopes.set_stage(stage="limited", cap=5, **WHY).cap == 5
    assert scopes.set_stage(stage="open", cap=5, **WHY).cap is None


def test_a_limited_stage_set_anew_counts_anew() -> None:
    scopes.set_stage(stage="limited", cap=1, **WHY)
    cast.created(MONDAY + 2 * HOUR)
    with pytest.raises(ScopeVolumeReached), transaction.atomic():
        cast.created(MONDAY + 3 * HOUR)
    scopes.set_stage(stage="limited", cap=1, **{**WHY, "now": MONDAY + DAY})
    cast.created(MONDAY + DAY)


def test_a_raised_cap_counts_on() -> None:
    scopes.set_stage(stage="limited", cap=1, **WHY)
    cast.created(MONDAY + 2 * HOUR)
    scopes.set_cap(cap=2, **WHY)
    cast.created(MONDAY + 3 * HOUR)
    with pytest.raises(ScopeVolumeReached):
        cast.created(MONDAY + 3 * HOUR)
    assert decided()[-1] == ("cap", "1", "2", "The pilot went well.", LEAD.id)


def test_a_stop_refuses_new_deals_in_every_stage_until_it_is_lifted() -> None:
    scopes.set_stage(stage="open", **WHY)
    scopes.stop(**WHY)
    with pytest.raises(ScopeStopped), transaction.atomic():
        cast.created(MONDAY + 2 * HOUR)
    scopes.set_stage(stage="limited", cap=9, **WHY)
    with pytest.raises(ScopeStopped), transaction.atomic():
        cast.created(MONDAY + 2 * HOUR)
    assert scopes.lift(**WHY).stopped_at is None
    cast.created(MONDAY + 2 * HOUR)
    assert [row[:3] for row in decided()][1::2] == [("stop", "", "lead"), ("lift", "", "")]


def test_the_system_stops_a_scope_and_finding_it_stopped_adds_nothing() -> None:
    sev0 = {"scope": PRIVATE, "reason": "The ledger has a fault.", "cause": "sev0", "actor": SYSTEM}
    assert scopes.stop(now=MONDAY, **sev0).stopped_at == MONDAY
    assert scopes.stop(now=MONDAY + DAY, **sev0).stopped_at == MONDAY
    assert decided() == [("stop", "", "sev0", "The ledger has a fault.", None)]
    with pytest.raises(NotYourRight):
        scopes.lift(**{**WHY, "actor": SYSTEM})
    scopes.lift(**WHY)


@pytest.mark.parametrize(
    ("refusal", "verb", "given"),
    [
        (StageUnchanged, scopes.set_stage, {"stage": "closed"}),
        (Invalid, scopes.set_stage, {"stage": "wide open"}),
        (Invalid, scopes.set_stage, {"stage": "limited"}),
        (Invalid, scopes.set_stage, {"stage": "limited", "cap": 0}),
        (Invalid, scopes.set_stage, {"stage": "limited", "cap": 10**9}),
        (Invalid, scopes.set_stage, {"stage": "open", "reason": "  "}),
        (ScopeUnknown, scopes.set_stage, {"stage": "open", "scope": "MN.BOATS"}),
        (ScopeNotLimited, scopes.set_cap, {"cap": 5}),
        (ScopeNotStopped, scopes.lift, {}),
        (Invalid, scopes.stop, {"reason": ""}),
        (NotYourRight, scopes.stop, {"actor": OPERATOR}),
        (NotThisToken, scopes.stop, {"actor": MARKET}),
        (NotYourRight, scopes.lift, {"actor": OPERATOR}),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    refusal: type[Refusal], verb: Callable[..., object], given: dict[str, object]
) -> None:
    with pytest.raises(refusal):
        verb(**{**WHY, **given})
    assert (decided(), recorded(), queries.scope(PRIVATE).stage) == ([], [], "closed")


def test_the_second_of_two_who_decide_the_same_is_told() -> None:
    scopes.stop(**WHY)
    with pytest.raises(ScopeAlreadyStopped):
        scopes.stop(**WHY)
    scopes.set_stage(stage="limited", cap=5, **WHY)
    with pytest.raises(CapUnchanged):
        scopes.set_cap(cap=5, **WHY)
    with pytest.raises(Invalid):
        scopes.set_cap(cap=0, **WHY)


@pytest.mark.parametrize("actor", [LEAD, cast.ADMIN])
def test_a_lead_and_an_admin_may(actor: Actor) -> None:
    assert scopes.set_stage(stage="open", **{**WHY, "actor": actor}).stage == "open"


def test_what_was_decided_is_never_changed() -> None:
    scopes.stop(**WHY)
    with pytest.raises(DatabaseError), transaction.atomic():
        ScopeDecision.objects.update(reason="Another one.")
