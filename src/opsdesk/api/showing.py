"""Rows as the door shows them, to this token: what it may do next, and where."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from opsdesk.api import reading
from opsdesk.api import values as out
from opsdesk.api.http import V1
from opsdesk.deals.ground import DESK
from opsdesk.deals.lifecycle import ROWS, WAITS_FOR, MoneyAction, Move, State, Timer, Who, moves_from
from opsdesk.deals.models import Deal, Transfer
from opsdesk.disputes.checklist import FileRow
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.money import Money
from opsdesk.kernel.permissions import Act, may

# What a program posts to, below the deal's address.
NOUNS: Mapping[Move, str] = {
    Move.FUND: "funding",
    Move.DELIVER: "delivery",
    Move.APPROVE: "approval",
    Move.RAISE_ISSUE: "issue",
}
APPROVES = _("Silence approves: the holdback goes to the seller and the deal is settled.")
DECIDES = _("The terms decide: the buyer gets the capped part of the holdback, the seller the rest.")


def money(minor: int, currency: str) -> out.MoneyOut:
    """An amount, with its code and a comma for thousands; a whole one without its noughts."""
    amount = Money(minor, currency).amount
    shown = f"{int(amount):,}" if amount == int(amount) else f"{amount:,}"
    return out.MoneyOut(minor=minor, currency=currency, display=f"{currency} {shown}")


def deal(row: Deal, actor: Actor) -> out.DealOut:
    return deals([row], actor)[0]


def deals(rows: Collection[Deal], actor: Actor) -> list[out.DealOut]:
    """Deals with their money and what the token may do with each: two queries for all."""
    ids = [row.id for row in rows]
    moved, disputes = reading.sums(ids), reading.disputes_of(ids)
    return [_deal(row, moved, disputes.get(row.id), actor) for row in rows]


def _deal(
    row: Deal, moved: Mapping[tuple[int, str], int], dispute_id: int | None, actor: Actor
) -> out.DealOut:
    waits = WAITS_FOR[State(row.state)]
    return out.DealOut(
        id=row.id,
        scope=row.scope.key,
        template_version=row.template_version,
        state=row.state,
        version=row.version,
        reference=row.reference,
        item=row.item,
        buyer=out.PartyOut(name=row.buyer_name, reference=row.buyer_reference),
        seller=out.PartyOut(name=row.seller_name, reference=row.seller_reference),
        money=_money(row, moved),
        reason=row.reason or None,
        ending=row.ending or None,
        created_at=row.created_at,
        state_since=row.state_since,
        funded_at=row.funded_at,
        delivered_at=row.delivered_at,
        issue_at=row.issue_at,
        approved_at=row.approved_at,
        settled_at=row.settled_at,
        timers=_timers(row),
        waits_for=waits.value if waits else None,
        allowed_moves=_moves(row, actor),
        links=out.DealLinks(
            self=address(row.id),
            evidence=f"{address(row.id)}/evidence",
            ledger=f"{address(row.id)}/ledger",
            dispute=dispute_address(dispute_id) if dispute_id else None,
        ),
    )


def address(deal_id: int) -> str:
    return f"{V1}/deals/{deal_id}"


def dispute_address(dispute_id: int) -> str:
    return f"{V1}/disputes/{dispute_id}"


def _money(row: Deal, moved: Mapping[tuple[int, str], int]) -> out.DealMoney:
    of = {action: moved.get((row.id, action.value), 0) for action in MoneyAction}
    return out.DealMoney(
        total=money(row.total_minor, row.currency),
        immediate=money(row.total_minor - row.held_minor, row.currency),
        holdback=money(row.held_minor, row.currency),
        held=money(_held(of), row.currency),
        released=money(of[MoneyAction.RELEASE], row.currency),
        refunded=money(of[MoneyAction.REFUND], row.currency),
        offset=money(of[MoneyAction.OFFSET], row.currency),
    )


def _held(of: Mapping[MoneyAction, int]) -> int:
    return 2 * of[MoneyAction.HOLD] - sum(of.values())


def _timers(row: Deal) -> list[out.TimerOut]:
    def timer(kind: Timer, due_at: datetime | None, then: str) -> list[out.TimerOut]:
        return [out.TimerOut(timer=kind.value, due_at=due_at, then=gettext(then))] if due_at else []

    if row.state == State.INSPECTION:
        return timer(Timer.AUTO_APPROVE, row.auto_approve_at, APPROVES)
    if row.state == State.ISSUE:
        return timer(Timer.DISPUTE_TTL, row.dispute_due_at, DECIDES)
    return []


def _moves(row: Deal, actor: Actor) -> list[out.MoveOut]:
    """The moves that the state lets happen and the token may make."""
    found = [ROWS[move] for move in moves_from(State(row.state))]
    allowed = [each.move for each in found if Who.TOKEN in each.who and each.act and _may(actor, each.act)]
    return [
        out.MoveOut(move=move.value, method="POST", href=f"{address(row.id)}/{NOUNS[move]}")
        for move in allowed
    ]


def _may(actor: Actor, act: Act) -> bool:
    return may(actor, act, desk=DESK)


def dispute(row: Dispute) -> out.DisputeOut:
    currency = row.deal.currency
    ruling: Ruling | None = getattr(row, "ruling", None)
    return out.DisputeOut(
        id=row.id,
        deal=row.deal_id,
        scope=row.scope.key,
        state="decided" if row.decided_at else "open",
        reason=row.reason,
        text=row.text,
        raised_at=row.raised_at,
        due_at=row.due_at,
        decided_at=row.decided_at,
        ruling=_ruling(ruling, currency) if ruling else None,
        links=out.DisputeLinks(
            self=dispute_address(row.id),
            deal=address(row.deal_id),
            evidence=f"{address(row.deal_id)}/evidence",
        ),
    )


def _ruling(row: Ruling, currency: str) -> out.RulingOut:
    """The audit reason stays with the desk."""
    return out.RulingOut(
        basis=row.basis,
        outcome=row.outcome,
        to_buyer=money(row.to_buyer_minor, currency),
        to_seller=money(row.to_seller_minor, currency),
        replacement=row.replacement or None,
        ruled_at=row.ruled_at,
    )


def evidence(row: FileRow) -> out.EvidenceOut:
    return out.EvidenceOut(
        id=row.id,
        name=row.name,
        kind=row.kind,
        media_type=row.media_type,
        item=row.item or None,
        sha256=row.digest,
        size=row.size,
        added_at=row.added_at,
        content=f"{address(row.deal_id)}/evidence/{row.id}/content",
    )


def ledger(row: Deal, transfers: Collection[Transfer]) -> out.LedgerOut:
    """The transfers of a deal in their order, and what they come to."""
    of = {
        action: sum(each.amount_minor for each in transfers if each.action == action)
        for action in MoneyAction
    }
    return out.LedgerOut(
        deal=row.id,
        transfers=[_transfer(each) for each in transfers],
        balances=out.Balances(
            hold=money(of[MoneyAction.HOLD], row.currency),
            release=money(of[MoneyAction.RELEASE], row.currency),
            refund=money(of[MoneyAction.REFUND], row.currency),
            offset=money(of[MoneyAction.OFFSET], row.currency),
            held=money(_held(of), row.currency),
        ),
    )


def _transfer(row: Transfer) -> out.TransferOut:
    return out.TransferOut(
        id=row.id,
        action=row.action,
        cause=row.cause,
        from_party=row.from_party,
        to_party=row.to_party,
        amount=money(row.amount_minor, row.currency),
        happened_at=row.happened_at,
    )
