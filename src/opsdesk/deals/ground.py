"""What every move on a deal does first and last: load, fire what is due, ask, compare, set, pay, record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from opsdesk.clock import actions as clock
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import Handler, TaskValue
from opsdesk.deals import lifecycle
from opsdesk.deals.flows import Flow
from opsdesk.deals.lifecycle import ROWS, Move, State, Timer
from opsdesk.deals.models import Deal, Scope, Transfer
from opsdesk.deals.queries import terms
from opsdesk.deals.refusals import DealMoved, DealUnknown
from opsdesk.deals.terms import Terms
from opsdesk.deals.timers import KIND_OF, SUBJECT, TASK_KINDS
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM, Actor, ActorKind
from opsdesk.kernel.permissions import NotThisToken, check_may

DESK = "deals"
DISPUTES = "disputes"


@dataclass(frozen=True, slots=True)
class Place:
    """A queue and its tier, where a person's right to a move on a deal is looked at."""

    queue: str
    tier: int


OF_DISPUTES = Place(DISPUTES, 1)


@dataclass(slots=True)
class Ground:
    """A deal as a move finds it, with its scope and the terms it is pinned to.

    `at`: when the move counts as having happened: a timer's due instant, else `now`.
    """

    deal: Deal
    scope: Scope
    terms: Terms
    actor: Actor
    at: datetime
    now: datetime


def stand(
    deal_id: int,
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    handlers: Mapping[str, Handler],
    place: Place = OF_DISPUTES,
) -> Ground:
    """Load the deal and hold it, fire its timers due at or before `now`, check right (at `place`), table."""
    deal = load(deal_id, lock=True)
    if clock.fire_overdue(subject_kind=SUBJECT, subject_id=deal_id, now=now, handlers=handlers):
        deal = load(deal_id, lock=True)
    scope = _scope_of(deal)
    check_right(actor, move, scope, place)
    return _ground(deal, scope, move, actor, at=now, now=now)


def stand_for(task: TaskValue, move: Move, *, now: datetime) -> Ground:
    """The same for a timer of the deal that fires: it counts as of its due instant, whoever was late."""
    deal = load(task.subject_id, lock=True)
    return _ground(deal, _scope_of(deal), move, SYSTEM, at=task.due_at, now=now)


def _scope_of(deal: Deal) -> Scope:
    return rows.select_rows(Scope, "WHERE id = %s", [deal.scope_id])[0]


def _ground(deal: Deal, scope: Scope, move: Move, actor: Actor, *, at: datetime, now: datetime) -> Ground:
    lifecycle.check_fits(move, State(deal.state), deal=deal.id)
    deal.scope = scope
    return Ground(deal, scope, terms(scope.key, deal.template_version), actor, at, now)


def check_right(actor: Actor, move: Move, scope: Scope, place: Place = OF_DISPUTES) -> None:
    """Whether the actor may do this in the scope: a token only in its own, a person who sits at the place,
    nobody in a timer's."""
    act = ROWS[move].act
    if act is None:
        return
    if actor.kind is ActorKind.TOKEN and actor.scopes and scope.key not in actor.scopes:
        raise NotThisToken(act=f"{act.value} in {scope.key}")
    if actor.kind is ActorKind.PERSON:
        check_may(actor, act, desk=DESK, queue=place.queue, tier=place.tier)
    else:
        check_may(actor, act, desk=DESK)


def load(deal_id: int, *, lock: bool = False) -> Deal:
    """The deal; where the engine has row locks held until the transaction ends. Refuses `DealUnknown`."""
    ending = " FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    if 0 < deal_id < 2**63:
        for deal in rows.select_rows(Deal, f"WHERE id = %s{ending}", [deal_id]):
            return deal
    raise DealUnknown(deal=deal_id)


def settle(
    ground: Ground,
    move: Move,
    changes: Mapping[str, Any],
    flows: Sequence[Flow] = (),
    *,
    payload: Mapping[str, Any] | None = None,
) -> Deal:
    """Take the deal through the move's path: set the changes if nobody was faster, pay, disarm, record."""
    row, deal = ROWS[move], ground.deal
    set_to = {**changes, "state": row.path[-1].value, "state_since": ground.at, "version": deal.version + 1}
    if not rows.update_rows(Deal, set_to, id=deal.id, version=deal.version):
        raise DealMoved(deal=deal.id)
    for name, value in set_to.items():
        setattr(deal, name, value)
    pay(deal, flows, at=ground.at, now=ground.now)
    if row.disarms is not None:
        clock.cancel(subject_kind=SUBJECT, subject_id=deal.id, kind=KIND_OF[row.disarms], now=ground.now)
    known = {"version": deal.version, "scope": ground.scope.key, **(payload or {})}
    facts = [Draft(event, SUBJECT, deal.id, ground.actor, ground.at, known) for event in row.events]
    record_many(facts, now=ground.now)
    return deal


def pay(deal: Deal, flows: Sequence[Flow], *, at: datetime, now: datetime) -> None:
    """Write transfers into the ledger, each once."""
    rows.insert_rows(
        [
            Transfer(
                deal_id=deal.id,
                key=f"{deal.id}:{flow.cause}:{flow.action}",
                action=flow.action.value,
                cause=flow.cause,
                from_party=flow.legs[0].value,
                to_party=flow.legs[1].value,
                amount_minor=flow.amount_minor,
                currency=deal.currency,
                happened_at=at,
                recorded_at=now,
            )
            for flow in flows
        ]
    )


def arm(ground: Ground, timer: Timer, due_at: datetime, payload: Mapping[str, Any] | None = None) -> Task:
    """Arm one of the deal's timers; each is armed at most once in its life."""
    kind = KIND_OF[timer]
    return clock.schedule(
        kind=kind,
        lane=TASK_KINDS[kind],
        unique_key=f"{kind}:{ground.deal.id}",
        subject_kind=SUBJECT,
        subject_id=ground.deal.id,
        due_at=due_at,
        now=ground.now,
        payload=payload,
    )
