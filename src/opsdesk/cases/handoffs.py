"""Hand-offs: up with a reason and what was tried, down with how to do it next time, across with why."""

from datetime import datetime
from typing import Any

from django.db import transaction

from opsdesk.cases import stays
from opsdesk.cases.classes import changed_type
from opsdesk.cases.definition import DeskDefinition, QueueDef
from opsdesk.cases.ground import Ground, end_wait, leave, settle, stand
from opsdesk.cases.lifecycle import Move, check_fits
from opsdesk.cases.models import Case, CaseState, Entrance, Exit, Stay
from opsdesk.cases.refusals import ChooseAQueue, NoSuchQueue, NoTierAbove, NoTierBelow, NotOnTheRoute
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop


@transaction.atomic
def escalate(
    *,
    case_id: int,
    reason: str,
    words: str,
    type: str = "",
    queue: str = "",
    skip: bool = False,
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """Hand the case up one tier along the route of its family, with a reason and what was tried.

    `type` sets the case's type, which an escalation needs. `queue` chooses where the family has no
    route of its own. A lead may `skip` a tier by naming a higher queue. Refuses `NoTierAbove`,
    `ChooseAQueue`, `NotOnTheRoute`, `NoSuchQueue`, a type where the kind of case keeps its own
    (`NotOfDisputes`), and `Invalid` fields.
    """
    ground = stand(case_id, Move.ESCALATE, actor=actor, now=now, seen_version=seen_version)
    case, desk = ground.case, ground.desk
    if case.tier >= desk.top_tier:
        raise NoTierAbove(queue=named(desk, case.queue))
    fields = _new_type(ground, type)
    family = fields.get("family", case.family)
    if not family:
        raise Invalid("type", gettext_noop("An escalation needs the type of the case: it picks the route."))
    if reason not in {code.key for code in desk.escalation_reasons}:
        raise Invalid("reason", gettext_noop("Choose why the case goes up."))
    if not words.strip():
        raise Invalid("words", gettext_noop("Say what was tried, so that nobody tries it again."))
    if skip:
        check_may(actor, Act.SKIP_TIER, desk=case.desk)
        target = _skipped_to(desk, case, queue)
    else:
        target = route(desk, case.queue, family, queue, leads=actor.leads(case.desk))
    return _hand_on(ground, Move.ESCALATE, target, reason=reason, words=words, fields=fields)


@transaction.atomic
def give_back(
    *, case_id: int, words: str, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Return the case to the queue it came up from, saying how to do it there next time.

    A case that entered here directly goes to the desk's entry queue. Refuses `NoTierBelow`.
    """
    ground = stand(case_id, Move.RETURN, actor=actor, now=now, seen_version=seen_version)
    if not words.strip():
        raise Invalid("words", gettext_noop("Say how to do it next time: that is what a return is for."))
    target = came_from(ground.desk, ground.case)
    return _hand_on(ground, Move.RETURN, target, words=words)


@transaction.atomic
def reroute(
    *, case_id: int, queue: str, words: str, actor: Actor, now: datetime, seen_version: int | None = None
) -> Case:
    """Move the case to another queue of the same tier, saying why. Refuses `NoSuchQueue`."""
    ground = stand(case_id, Move.REROUTE, actor=actor, now=now, seen_version=seen_version)
    others = [
        other.key for other in ground.desk.queues_at(ground.case.tier) if other.key != ground.case.queue
    ]
    if queue not in others:
        raise NoSuchQueue(queue=queue or "?", choices=named(ground.desk, *others) or "-")
    if not words.strip():
        raise Invalid("words", gettext_noop("Say why it belongs there."))
    return _hand_on(ground, Move.REROUTE, ground.desk.queue(queue), words=words)


def route(desk: DeskDefinition, queue: str, family: str, chosen: str, *, leads: bool = False) -> QueueDef:
    """The queue one tier up that a case of a family goes to from a queue.

    From Tier 1 the family's route decides; where it has none, and from higher tiers with more than one
    way up, `chosen` does. A lead may choose against the route, within the ways up.
    """
    ways = desk.queue(queue).up
    known = desk.family(family)
    fixed = known.route if known is not None and known.route in ways else ""
    if not fixed and len(ways) == 1:
        fixed = ways[0]
    if not chosen and not fixed:
        raise ChooseAQueue(choices=named(desk, *ways))
    target = chosen or fixed
    if target not in ways:
        raise NoSuchQueue(queue=named(desk, target), choices=named(desk, *ways))
    if fixed and target != fixed and not leads:
        raise NotOnTheRoute(route=named(desk, fixed))
    return desk.queue(target)


def named(desk: DeskDefinition, *queues: str) -> str:
    """The names of queues, for a sentence; the key of what is none."""
    return ", ".join(desk.queue(queue).name if desk.has_queue(queue) else queue for queue in queues)


def came_from(desk: DeskDefinition, case: Case) -> QueueDef:
    """Where a return of the case goes."""
    if case.tier <= 1:
        raise NoTierBelow(queue=named(desk, case.queue))
    below = (
        Stay.objects.filter(case=case, tier__lt=case.tier).order_by("-number").values_list("queue", flat=True)
    )
    for queue in below:
        if desk.has_queue(queue):
            return desk.queue(queue)
    return desk.queue(desk.entry_queue)


def _new_type(ground: Ground, type: str) -> dict[str, str]:
    """The columns of a type the case hasn't yet. Refuses what setting it by itself would."""
    fields = changed_type(ground.case, ground.desk, type)
    if fields:
        check_fits(Move.CLASSIFY, ground.phase, case=ground.case.id, kind=ground.case.kind)
    return fields


def _skipped_to(desk: DeskDefinition, case: Case, queue: str) -> QueueDef:
    higher = [other.key for other in desk.queues if other.tier > case.tier]
    if queue not in higher:
        raise NoSuchQueue(queue=named(desk, queue) or "?", choices=named(desk, *higher))
    return desk.queue(queue)


EXITS = {
    Move.ESCALATE: (Exit.ESCALATED, Entrance.ESCALATED),
    Move.RETURN: (Exit.RETURNED, Entrance.RETURNED),
    Move.REROUTE: (Exit.REROUTED, Entrance.REROUTED),
}


def _hand_on(
    ground: Ground,
    move: Move,
    target: QueueDef,
    *,
    words: str,
    reason: str = "",
    fields: dict[str, Any] | None = None,
) -> Case:
    """Close the stay and open the next, unassigned, in one go."""
    case, now, actor = ground.case, ground.now, ground.actor
    exit, entrance = EXITS[move]
    changes = {"state": CaseState.OPEN, **end_wait(ground, now), **(fields or {})}
    payload = {"from": case.queue, "to": target.key, "reason": reason}
    last = leave(ground, exit, next_queue=target.key)
    changes |= {
        "queue": target.key,
        "tier": target.tier,
        "highest_tier": max(case.highest_tier, target.tier),
        "assignee_id": None,
    }
    stay = stays.enter(
        case,
        target,
        number=last.number + 1,
        entrance=entrance,
        at=last.left_at or now,
        by_id=actor.id,
        reason=reason,
        words=words.strip(),
    )
    ground.stays.append(stay)
    return settle(ground, move, changes, payload=payload)
