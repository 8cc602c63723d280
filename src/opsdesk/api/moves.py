"""The moves a token may make on a deal. Each is something that is made of it: a funding, a delivery."""

from datetime import datetime
from typing import Protocol

from django.http import HttpResponse
from ninja import Router

from opsdesk.api import drafts, showing
from opsdesk.api import values as out
from opsdesk.api.http import Request
from opsdesk.api.once import Key, once
from opsdesk.api.reach import bring_up_to_date
from opsdesk.api.responses import WRITE
from opsdesk.deals import actions
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import actions as disputes
from opsdesk.kernel.actor import Actor

router = Router(tags=["deals"], by_alias=True)
MOVED = {200: out.DealOut, **WRITE}


class Verb(Protocol):
    def __call__(self, *, deal_id: int, actor: Actor, now: datetime) -> Deal: ...


@router.post("/{int:deal_id}/funding", response=MOVED, operation_id="fund_deal")
def fund_deal(request: Request, deal_id: int, idempotency_key: Key) -> HttpResponse:
    """The buyer's money is in escrow: the total is held. CREATED to FUNDED."""
    return _move(request, deal_id, idempotency_key, actions.fund)


@router.post("/{int:deal_id}/delivery", response=MOVED, operation_id="deliver_deal")
def deliver_deal(request: Request, deal_id: int, idempotency_key: Key) -> HttpResponse:
    """The seller has delivered: the immediate part is released, inspection begins. FUNDED to INSPECTION."""
    return _move(request, deal_id, idempotency_key, actions.deliver)


@router.post("/{int:deal_id}/approval", response=MOVED, operation_id="approve_deal")
def approve_deal(request: Request, deal_id: int, idempotency_key: Key) -> HttpResponse:
    """The buyer is content: the holdback is released and the deal is settled. INSPECTION to SETTLED."""
    return _move(request, deal_id, idempotency_key, actions.approve)


@router.post("/{int:deal_id}/issue", response={201: out.DisputeOut, **WRITE}, operation_id="raise_issue")
def raise_issue(
    request: Request, deal_id: int, draft: drafts.IssueDraft, idempotency_key: Key
) -> HttpResponse:
    """The buyer is not content: a dispute is opened and its deadline runs. INSPECTION to ISSUE.

    Send the evidence before: where the terms ask for it, an issue without a file is refused.
    """

    def act() -> out.DisputeOut:
        made = disputes.raise_issue(
            deal_id=deal_id,
            reason=Reason(draft.reason),
            text=draft.text,
            actor=request.actor,
            now=request.now,
        )
        return showing.dispute(made)

    bring_up_to_date(request, deal_id)
    return once(request, idempotency_key, act, status=201)


def _move(request: Request, deal_id: int, key: str, verb: Verb) -> HttpResponse:
    def act() -> out.DealOut:
        return showing.deal(verb(deal_id=deal_id, actor=request.actor, now=request.now), request.actor)

    bring_up_to_date(request, deal_id)
    return once(request, key, act)
