"""The whole table: every state, every move, everybody who might try."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import transaction

from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import TaskValue
from opsdesk.deals import actions, issues
from opsdesk.deals.lifecycle import Move, Outcome, State
from opsdesk.deals.models import Deal, Scope, Stage
from opsdesk.kernel.actor import CUSTOMER, EVERY_DESK, SYSTEM, Actor, ActorKind, Grant, Role, Seat
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Refusal
from tests.deals import cast
from tests.deals.cast import HOUR, LEAD, MARKET, MONDAY, OPERATOR, PRIVATE

LATER = MONDAY + HOUR


def person(role: Role, *, desk: str = "deals", seat: str = "disputes") -> Actor:
    seats = frozenset({Seat("deals", seat)} if seat else ())
    return Actor(kind=ActorKind.PERSON, id=30, grants=frozenset({Grant(desk, role)}), seats=seats)


def token(*acts: Act, scopes: frozenset[str] = frozenset()) -> Actor:
    return Actor(kind=ActorKind.TOKEN, id=2, abilities=frozenset(act.value for act in acts), scopes=scopes)


ACTORS: dict[str, Actor] = {
    "token": MARKET,
    "token of this scope": replace(MARKET, scopes=frozenset({PRIVATE, "KR.USED_CAR_PRIVATE"})),
    "token of another scope": replace(MARKET, scopes=frozenset({"KR.USED_CAR_PRIVATE"})),
    "token that may read": token(Act.READ),
    "token that may create": token(Act.CREATE_DEAL),
    "token that may fund": token(Act.FUND_DEAL),
    "token that may deliver": token(Act.DELIVER_DEAL),
    "token that may approve": token(Act.APPROVE_DEAL),
    "token that may raise": token(Act.RAISE_ISSUE),
    "token that claims to rule": token(*Act),
    "viewer": person(Role.VIEWER),
    "operator": OPERATOR,
    "operator without a seat": person(Role.OPERATOR, seat=""),
    "operator on call": person(Role.OPERATOR, seat="on-call"),
    "operator of the other desk": person(Role.OPERATOR, desk="support"),
    "engineer": person(Role.ENGINEER, seat="disputes"),
    "engineer on call": person(Role.ENGINEER, seat="on-call"),
    "lead": LEAD,
    "lead of the other desk": person(Role.LEAD, desk="support"),
    "admin": person(Role.ADMIN, desk=EVERY_DESK, seat=""),
    "system": SYSTEM,
    "customer": CUSTOMER,
}
FULL = {"token", "token of this scope", "token that claims to rule"}
PEOPLE = {"operator", "lead", "admin"}
# Who may, and the state it starts from, as the book has it.
MAY: Mapping[Move, set[str]] = {
    Move.CREATE: FULL | {"token that may create"},
    Move.FUND: FULL | {"token that may fund"},
    Move.DELIVER: FULL | {"token that may deliver"},
    Move.APPROVE: FULL | {"token that may approve"},
    Move.RAISE_ISSUE: FULL | {"token that may raise"} | PEOPLE,
    Move.RULE: PEOPLE,
}
BY_ITSELF = (Move.AUTO_APPROVE, Move.HOLDBACK_RELEASE, Move.DISPUTE_TTL)
LEADS: Mapping[Move, tuple[State, State]] = {
    Move.FUND: (State.CREATED, State.FUNDED),
    Move.DELIVER: (State.FUNDED, State.INSPECTION),
    Move.APPROVE: (State.INSPECTION, State.SETTLED),
    Move.RAISE_ISSUE: (State.INSPECTION, State.ISSUE),
    Move.RULE: (State.ISSUE, State.SETTLED),
    Move.AUTO_APPROVE: (State.INSPECTION, State.SETTLED),
    Move.HOLDBACK_RELEASE: (State.APPROVED, State.SETTLED),
    Move.DISPUTE_TTL: (State.ISSUE, State.SETTLED),
}
OTHERWISE = {
    Move.FUND: "NotAwaitingFunds",
    Move.DELIVER: "NotAwaitingDelivery",
    Move.APPROVE: "NotInInspection",
    Move.RAISE_ISSUE: "NotInInspection",
    Move.RULE: "NotInIssue",
    Move.AUTO_APPROVE: "NotInInspection",
    Move.HOLDBACK_RELEASE: "NotApproved",
    Move.DISPUTE_TTL: "NotInIssue",
}
RIGHTS = {"NotThisToken", "NotYourRight", "NotYourDesk", "NotYourQueue", "NotYourTier"}

TRY: Mapping[Move, Callable[[Deal, Actor], object]] = {
    Move.FUND: lambda deal, actor: actions.fund(deal_id=deal.id, actor=actor, now=LATER),
    Move.DELIVER: lambda deal, actor: actions.deliver(deal_id=deal.id, actor=actor, now=LATER),
    Move.APPROVE: lambda deal, actor: actions.approve(deal_id=deal.id, actor=actor, now=LATER),
    Move.RAISE_ISSUE: lambda deal, actor: cast.raise_issue(deal, now=LATER, actor=actor),
    Move.RULE: lambda deal, actor: cast.rule(deal, Outcome.REJECT, now=LATER, actor=actor),
}
FIRE: Mapping[Move, Callable[[TaskValue, datetime], object]] = {
    Move.AUTO_APPROVE: actions.auto_approve,
    Move.HOLDBACK_RELEASE: actions.release_holdback,
    Move.DISPUTE_TTL: issues.expire,
}


def in_state(state: State) -> Deal:
    """A deal in a state; in DELIVERED and APPROVED, where none ever rests, by force."""
    if state is State.CREATED:
        return cast.created()
    if state is State.FUNDED:
        return cast.funded()
    if state is State.ISSUE:
        return cast.in_issue()
    if state is State.SETTLED:
        return cast.approve(cast.delivered(), now=MONDAY)
    deal = cast.delivered()
    Deal.objects.filter(id=deal.id).update(state=state.value)
    return deal


def refusal(attempt: Callable[[], object]) -> str:
    """The name of the refusal; empty if it was done. What was done is undone."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except Refusal as no:
        return no.code
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("move", TRY)
@pytest.mark.parametrize("state", State)
def test_who_may_do_what_in_which_state(state: State, move: Move) -> None:
    cast.scope()
    deal = in_state(state)
    for name, actor in ACTORS.items():
        said = refusal(lambda actor=actor: TRY[move](deal, actor))  # type: ignore[misc]
        if name not in MAY[move]:
            assert said in RIGHTS, name
        else:
            assert said == ("" if LEADS[move][0] is state else OTHERWISE[move]), name
    if LEADS[move][0] is state:
        TRY[move](deal, MARKET if move is not Move.RULE else OPERATOR)
        assert Deal.objects.get(id=deal.id).state == LEADS[move][1]


@pytest.mark.django_db
@pytest.mark.parametrize("move", BY_ITSELF)
@pytest.mark.parametrize("state", State)
def test_what_the_system_does_by_itself_in_which_state(state: State, move: Move) -> None:
    cast.scope()
    deal = in_state(state)
    facts = {"subject_kind": "deal", "subject_id": deal.id, "lane": LaneName.DEADLINES, "unique_key": "k"}
    task = TaskValue(
        id=1,
        kind=f"deal.{move.lower()}",
        payload={"ending": "approved"},
        due_at=LATER,
        run_at=LATER,
        leased_until=None,
        attempts=0,
        **facts,  # type: ignore[arg-type]
    )
    said = refusal(lambda: FIRE[move](task, LATER))
    assert said == ("" if LEADS[move][0] is state else OTHERWISE[move])
    if not said:
        FIRE[move](task, LATER)
        assert Deal.objects.get(id=deal.id).state == LEADS[move][1]


@pytest.mark.django_db
@pytest.mark.parametrize("stage", Stage)
def test_who_may_make_a_deal_in_which_stage(stage: Stage) -> None:
    scope = cast.scope()
    cap = 5 if stage is Stage.LIMITED else None
    Scope.objects.filter(id=scope.id).update(stage=stage, cap=cap)
    takes = stage in (Stage.LIMITED, Stage.OPEN)
    for name, actor in ACTORS.items():
        said = refusal(lambda actor=actor: actions.create(cast.draught(), actor=actor, now=LATER))  # type: ignore[misc]
        if name not in MAY[Move.CREATE]:
            assert said in RIGHTS, name
        else:
            assert said == ("" if takes else "ScopeClosed"), name


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.DRAINING, Stage.REHEARSAL])
def test_a_deal_that_runs_goes_on_in_every_stage_and_under_a_stop(stage: Stage) -> None:
    scope = cast.scope()
    deal = cast.created()
    Scope.objects.filter(id=scope.id).update(stage=stage, stopped_at=MONDAY)
    actions.fund(deal_id=deal.id, actor=MARKET, now=LATER)
    actions.deliver(deal_id=deal.id, actor=MARKET, now=LATER)
    cast.raise_issue(deal, now=LATER)
    assert cast.rule(deal, Outcome.OFFSET, now=LATER).state == State.SETTLED


def test_everything_that_is_tried_here_is_every_move_there_is() -> None:
    assert {*TRY, *FIRE, Move.CREATE} == set(Move)
