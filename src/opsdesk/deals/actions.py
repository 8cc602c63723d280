"""The life of a deal: made, funded, delivered, approved, by a program's token or by silence.

Each verb is one transaction that first fires the deal's timers due at or before `now`. Raising an issue and
ruling begin in `disputes`, which knows the evidence; their part of the deal is in `issues`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from opsdesk.clock import claims
from opsdesk.clock.tasks import TaskValue
from opsdesk.deals import flows, queries
from opsdesk.deals.ground import Ground, arm, check_right, settle, stand, stand_for
from opsdesk.deals.lifecycle import ROWS, Move, State, Timer
from opsdesk.deals.lines import is_line
from opsdesk.deals.models import Deal, Ending, Scope, Stage
from opsdesk.deals.refusals import (
    CurrencyOfAnother,
    ReferenceTaken,
    ScopeClosed,
    ScopeStopped,
    ScopeUnknown,
    ScopeVolumeReached,
)
from opsdesk.deals.terms import Terms
from opsdesk.deals.timers import AUTO_APPROVE, HOLDBACK_RELEASE, SUBJECT
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.money import MOST_MINOR, Money
from opsdesk.kernel.refusal import Invalid, gettext_noop

NAME_LENGTH, REFERENCE_LENGTH, ITEM_LENGTH = 120, 80, 200
# The last test names the partial index.
_OF_REFERENCE = "SELECT id FROM deals_deal WHERE scope_id = %s AND reference = %s AND NOT (reference = '')"
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock('deals_scope'::regclass::oid::int, %s::int)"


@dataclass(frozen=True, slots=True)
class Party:
    """Buyer or seller: a name, and what the marketplace calls them."""

    name: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Draught:
    """A deal about to be made. `scope`: as `MN.USED_CAR_PRIVATE`; `reference`: the marketplace's, or none."""

    scope: str
    item: str
    buyer: Party
    seller: Party
    total: Money
    reference: str = ""


@transaction.atomic
def create(draught: Draught, *, actor: Actor, now: datetime) -> Deal:
    """Make a deal by the newest terms of its scope.

    Refuses `ScopeUnknown`, `ScopeStopped`, `ScopeClosed`, `ScopeVolumeReached`, `ReferenceTaken`,
    `CurrencyOfAnother`, `Invalid`.
    """
    scope = _held(draught.scope)
    check_right(actor, Move.CREATE, scope)
    _check_takes_deals(scope)
    _check_fields(draught)
    if (taken := _of_reference(scope, draught.reference)) is not None:
        raise ReferenceTaken(reference=draught.reference, deal=taken)
    terms = queries.newest_terms(scope.key)
    _check_currency(draught.total, terms)
    deal = Deal(
        scope_id=scope.id,
        template_version=terms.version,
        state=State.CREATED.value,
        reference=draught.reference.strip(),
        item=draught.item.strip(),
        buyer_name=draught.buyer.name.strip(),
        buyer_reference=draught.buyer.reference.strip(),
        seller_name=draught.seller.name.strip(),
        seller_reference=draught.seller.reference.strip(),
        currency=draught.total.currency,
        total_minor=draught.total.minor,
        held_minor=terms.held(draught.total.minor),
        created_at=now,
        created_by_id=actor.id,
        recorded_at=now,
        state_since=now,
        words=_words(draught),
    )
    _insert(deal, scope)
    known = {"version": 0, "scope": scope.key, "template": terms.version}
    facts = [Draft(event, SUBJECT, deal.id, actor, now, known) for event in ROWS[Move.CREATE].events]
    record_many(facts, now=now)
    return deal


@transaction.atomic
def fund(*, deal_id: int, actor: Actor, now: datetime) -> Deal:
    """The buyer's money is in escrow: HOLD the total. Refuses `NotAwaitingFunds`."""
    ground = stand(deal_id, Move.FUND, actor=actor, now=now, handlers=HANDLERS)
    return settle(ground, Move.FUND, {"funded_at": now}, flows.holding(ground.deal.total_minor))


@transaction.atomic
def deliver(*, deal_id: int, actor: Actor, now: datetime) -> Deal:
    """The seller has delivered: the immediate part is released and the inspection begins.

    Arms AUTO_APPROVE where the terms approve by silence. Refuses `NotAwaitingDelivery`.
    """
    ground = stand(deal_id, Move.DELIVER, actor=actor, now=now, handlers=HANDLERS)
    deal, due_at = ground.deal, ground.terms.auto_approve_at(now)
    changes = {"delivered_at": now, "auto_approve_at": due_at}
    settle(ground, Move.DELIVER, changes, flows.immediate(deal.total_minor, deal.held_minor))
    if due_at is not None:
        arm(ground, Timer.AUTO_APPROVE, due_at)
    return deal


@transaction.atomic
def approve(*, deal_id: int, actor: Actor, now: datetime) -> Deal:
    """The buyer is content: the holdback goes to the seller, all is settled. Refuses `NotInInspection`."""
    ground = stand(deal_id, Move.APPROVE, actor=actor, now=now, handlers=HANDLERS)
    return _approve(ground, Move.APPROVE, Ending.APPROVED)


def auto_approve(task: TaskValue, now: datetime) -> None:
    """Silence approves, as of the instant it was due."""
    _approve(stand_for(task, Move.AUTO_APPROVE, now=now), Move.AUTO_APPROVE, Ending.AUTO_APPROVED)


def _approve(ground: Ground, move: Move, ending: Ending) -> Deal:
    """Arm HOLDBACK_RELEASE at the approval's own instant and fire it: no deal rests in APPROVED."""
    settle(ground, move, {"approved_at": ground.at})
    task = arm(ground, Timer.HOLDBACK_RELEASE, ground.at, {"ending": ending.value})
    claims.claim(task.id, now=ground.now)
    return _release(replace(ground, actor=SYSTEM), ending.value)


def release_holdback(task: TaskValue, now: datetime) -> None:
    """The holdback goes to the seller, and an approved deal is settled."""
    _release(stand_for(task, Move.HOLDBACK_RELEASE, now=now), task.payload["ending"])


def _release(ground: Ground, ending: str) -> Deal:
    changes = {"settled_at": ground.at, "ending": ending}
    return settle(ground, Move.HOLDBACK_RELEASE, changes, flows.release_holdback(ground.deal.held_minor))


def _held(key: str) -> Scope:
    """The scope, as it stays until the transaction ends; several may make deals in it at once."""
    country, _, category = key.partition(".")
    held = " FOR SHARE" if connection.features.has_select_for_update else ""
    for scope in rows.select_rows(Scope, f"WHERE country = %s AND category = %s{held}", [country, category]):
        return scope
    raise ScopeUnknown(scope=key)


def _check_takes_deals(scope: Scope) -> None:
    if scope.stopped_at is not None:
        raise ScopeStopped(scope=scope.key)
    if scope.stage not in (Stage.LIMITED, Stage.OPEN):
        raise ScopeClosed(scope=scope.key, stage=scope.stage)
    if scope.stage == Stage.LIMITED and scope.cap is not None and _volume(scope) >= scope.cap:
        raise ScopeVolumeReached(scope=scope.key, cap=scope.cap)


def _volume(scope: Scope) -> int:
    """The deals made since the stage began; whoever counts them waits until who counted before is done."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_ONE_BY_ONE, [scope.id])
    return Deal.objects.filter(scope=scope, created_at__gte=scope.stage_since).count()


def _check_fields(draught: Draught) -> None:
    """Refuses the first field that doesn't hold what it must, as `Invalid`."""
    if not is_line(draught.item, ITEM_LENGTH):
        raise Invalid("item", gettext_noop("Say what is sold in 1 to 200 characters."))
    for role, party in {"buyer": draught.buyer, "seller": draught.seller}.items():
        if not is_line(party.name, NAME_LENGTH):
            raise Invalid(f"{role}.name", gettext_noop("Write a name of 1 to 120 characters."))
        if not is_line(party.reference.strip() or "-", REFERENCE_LENGTH):
            raise Invalid(f"{role}.reference", gettext_noop("Write at most 80 characters."))
    if not is_line(draught.reference.strip() or "-", REFERENCE_LENGTH):
        raise Invalid("reference", gettext_noop("Write at most 80 characters."))
    if not 0 < draught.total.minor <= MOST_MINOR:
        raise Invalid("total", gettext_noop("Write an amount above 0 and at most 10^14 minor units."))


def _check_currency(total: Money, terms: Terms) -> None:
    if terms.currency not in ("", total.currency):
        raise CurrencyOfAnother(scope=terms.scope, currency=terms.currency, other=total.currency)


def _words(draught: Draught) -> str:
    """What a list finds the deal by."""
    parties = [text for party in (draught.buyer, draught.seller) for text in (party.name, party.reference)]
    return " ".join(" ".join([draught.reference, draught.item, *parties]).casefold().split())


def _insert(deal: Deal, scope: Scope) -> None:
    """Write the deal, unless somebody was faster with its reference: where only one writes, nobody was."""
    if not deal.reference or not connection.features.has_select_for_update:
        rows.insert_row(deal)
        return
    try:
        with transaction.atomic():
            rows.insert_row(deal)
    except IntegrityError:
        raise ReferenceTaken(reference=deal.reference, deal=_of_reference(scope, deal.reference)) from None


def _of_reference(scope: Scope, reference: str) -> int | None:
    if not reference.strip():
        return None
    with connection.cursor() as cursor:
        cursor.execute(_OF_REFERENCE, [scope.id, reference.strip()])
        found = cursor.fetchone()
    return found[0] if found else None


# The timers of which deals alone know all; DISPUTE_TTL also ends a dispute, so `disputes` answers it.
HANDLERS = {AUTO_APPROVE: auto_approve, HOLDBACK_RELEASE: release_holdback}
