"""One deal as its page shows it: money, timers, parties, whose move, what happened."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.clock.models import Task
from opsdesk.deals import flows, ledger, queries
from opsdesk.deals.actions import Party as Person
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import load
from opsdesk.deals.ledger import Sums
from opsdesk.deals.lifecycle import (
    WAITS_FOR,
    MoneyAction,
    Move,
    Outcome,
    Party,
    Reason,
    State,
    Timer,
    moves_from,
)
from opsdesk.deals.models import Deal, Scope, Transfer
from opsdesk.deals.terms import Terms
from opsdesk.deals.timers import KIND_OF, SUBJECT
from opsdesk.journal import queries as journal
from opsdesk.journal.queries import EntryValue
from opsdesk.kernel.money import Money

_TIMERS = {kind: timer for timer, kind in KIND_OF.items()}
MOST_FACTS = 500
_AS_THEY_ARE = (
    "id",
    "version",
    "state_since",
    "item",
    "reference",
    "reason",
    "issue_at",
    "dispute_due_at",
    "ending",
    "settled_at",
    "created_at",
    "created_by_id",
    "funded_at",
    "delivered_at",
    "approved_at",
    "template_version",
)


@dataclass(frozen=True, slots=True)
class DealMoney:
    """A deal's money. `immediate` and `holdback` are the parts of the total; the rest is the ledger's.

    `held`: what escrow holds now. `possible_offset`: what the deadline would give the buyer, if there is one.
    """

    total: Money
    immediate: Money
    holdback: Money
    released: Money
    refunded: Money
    offset: Money
    held: Money
    possible_offset: Money | None


@dataclass(frozen=True, slots=True)
class TimerCard:
    """What the system does by itself and when: what then goes to the buyer and to the seller."""

    timer: Timer
    due_at: datetime
    to_buyer: Money
    to_seller: Money


@dataclass(frozen=True, slots=True)
class TransferCard:
    """One movement of money. `cause`: `total`, `immediate`, `holdback`, `ruling` or `ttl`."""

    id: int
    action: MoneyAction
    cause: str
    from_party: Party
    to_party: Party
    amount: Money
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class DealCard:
    """Everything for a deal's page, `as_of` an instant.

    `template_version` is the one it is pinned to, `newest_version` that of new deals.

    `timeline`: the facts about it, oldest first, at most the newest five hundred.
    """

    as_of: datetime
    id: int
    version: int
    scope: str
    country: str
    category: str
    state: State
    state_since: datetime
    item: str
    reference: str
    buyer: Person
    seller: Person
    money: DealMoney
    timers: tuple[TimerCard, ...]
    waits_for: Party | None
    moves: tuple[Move, ...]
    reason: str
    issue_at: datetime | None
    dispute_due_at: datetime | None
    ending: str
    settled_at: datetime | None
    created_at: datetime
    created_by_id: int | None
    funded_at: datetime | None
    delivered_at: datetime | None
    approved_at: datetime | None
    terms: Terms
    template_version: int
    newest_version: int
    transfers: tuple[TransferCard, ...]
    timeline: tuple[EntryValue, ...]


def card(deal_id: int, now: datetime) -> DealCard:
    """The deal as it stands. Refuses `DealUnknown`.

    It fires nothing: who shows it calls `disputes.timers.catch_up` before, so that no time has passed it.
    """
    deal = load(deal_id)
    scope = Scope.objects.get(id=deal.scope_id)
    terms = queries.terms(scope.key, deal.template_version)
    state = State(deal.state)
    return DealCard(
        as_of=now,
        scope=scope.key,
        country=scope.country,
        category=scope.category,
        state=state,
        buyer=Person(deal.buyer_name, deal.buyer_reference),
        seller=Person(deal.seller_name, deal.seller_reference),
        money=money(deal, terms, ledger.sums([deal.id]).get(deal.id, Sums())),
        timers=_timers(deal, terms),
        waits_for=WAITS_FOR.get(state),
        moves=moves_from(state),
        terms=terms,
        newest_version=queries.newest_terms(scope.key).version,
        transfers=transfers(deal.id),
        timeline=tuple(reversed(journal.history(SUBJECT, deal.id, limit=MOST_FACTS))),
        **{name: getattr(deal, name) for name in _AS_THEY_ARE},
    )


def money(deal: Deal, terms: Terms, sums: Sums) -> DealMoney:
    """The money of a deal, from its row, its terms and the sums of its transfers."""

    def amount(minor: int) -> Money:
        return Money(minor, deal.currency)

    at_issue = deal.state == State.ISSUE
    return DealMoney(
        total=amount(deal.total_minor),
        immediate=amount(deal.total_minor - deal.held_minor),
        holdback=amount(deal.held_minor),
        released=amount(sums.released),
        refunded=amount(sums.refunded),
        offset=amount(sums.offset),
        held=amount(sums.held),
        possible_offset=amount(_expired(deal, terms).to_buyer) if at_issue else None,
    )


def transfers(deal_id: int) -> tuple[TransferCard, ...]:
    """What the ledger holds of a deal, in order."""
    return tuple(
        TransferCard(
            id=row.id,
            action=MoneyAction(row.action),
            cause=row.cause,
            from_party=Party(row.from_party),
            to_party=Party(row.to_party),
            amount=Money(row.amount_minor, row.currency),
            happened_at=row.happened_at,
        )
        for row in Transfer.objects.filter(deal_id=deal_id).order_by("id")
    )


def _timers(deal: Deal, terms: Terms) -> tuple[TimerCard, ...]:
    armed = Task.objects.armed().filter(subject_kind=SUBJECT, subject_id=deal.id, kind__in=_TIMERS)
    in_order = armed.order_by("due_at", "id")
    return tuple(_timer(_TIMERS[task.kind], task.due_at, deal, terms) for task in in_order)


def _timer(timer: Timer, due_at: datetime, deal: Deal, terms: Terms) -> TimerCard:
    silence = Result(Outcome.REJECT, 0, deal.held_minor, None)
    result = _expired(deal, terms) if timer is Timer.DISPUTE_TTL else silence
    to_buyer, to_seller = Money(result.to_buyer, deal.currency), Money(result.to_seller, deal.currency)
    return TimerCard(timer, due_at, to_buyer, to_seller)


def _expired(deal: Deal, terms: Terms) -> Result:
    return flows.expired(terms, Reason(deal.reason), deal.held_minor)
