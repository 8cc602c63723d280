"""Deals: made, listed, moved. Each answer says whose move it is and what this token may do now."""

from django.http import HttpResponse
from ninja import Router

from opsdesk.api import drafts, reading, showing
from opsdesk.api import values as out
from opsdesk.api.http import V1, Request, answer
from opsdesk.api.once import Key, once
from opsdesk.api.paging import USUAL, After, Limit, Place, next_address, place_of, refuse_unknown
from opsdesk.api.reach import deal_of, scopes_asked
from opsdesk.api.responses import READ, WRITE
from opsdesk.deals import actions
from opsdesk.deals.actions import Draught, Party
from opsdesk.kernel.money import Money

router = Router(tags=["deals"], by_alias=True)


@router.post("", response={201: out.DealOut, **WRITE}, operation_id="create_deal")
def create_deal(request: Request, draft: drafts.DealDraft, idempotency_key: Key) -> HttpResponse:
    """Make a deal by the newest terms of its scope. It then waits for the buyer's money."""
    draught = Draught(
        scope=draft.scope,
        item=draft.item,
        buyer=Party(draft.buyer.name, draft.buyer.reference),
        seller=Party(draft.seller.name, draft.seller.reference),
        total=Money(draft.total.minor, draft.total.currency),
        reference=draft.reference,
    )

    def act() -> out.DealOut:
        return showing.deal(actions.create(draught, actor=request.actor, now=request.now), request.actor)

    return once(request, idempotency_key, act, status=201)


@router.get("", response={200: out.DealPage, **READ}, operation_id="list_deals")
def list_deals(
    request: Request,
    scope: drafts.Scope | None = None,
    state: drafts.StatesAsked = None,
    reason: drafts.ReasonsAsked = None,
    reference: drafts.Reference = "",
    created_from: drafts.Day | None = None,
    created_until: drafts.Day | None = None,
    after: After | None = None,
    limit: Limit = USUAL,
) -> HttpResponse:
    """Deals, newest first. `created_from` (in) and `created_until` (out) are days in UTC."""
    refuse_unknown(request, list_deals)
    wanted = reading.Wanted(
        scopes_asked(request, scope),
        state or (),
        reason or (),
        reference.strip(),
        created_from,
        created_until,
    )
    found = reading.deals(wanted, after=place_of(after), most=limit + 1)
    last = Place(found[limit - 1].created_at, found[limit - 1].id) if len(found) > limit else None
    following = next_address(
        f"{V1}/deals",
        last,
        scope=scope,
        state=state,
        reason=reason,
        reference=reference,
        created_from=created_from,
        created_until=created_until,
        limit=limit,
    )
    return answer(out.DealPage(deals=showing.deals(found[:limit], request.actor), next=following))


@router.get("/{int:deal_id}", response={200: out.DealOut, **READ}, operation_id="get_deal")
def get_deal(request: Request, deal_id: int) -> HttpResponse:
    """One deal as it is now: what was due has happened."""
    return answer(showing.deal(deal_of(request, deal_id), request.actor))


@router.get("/{int:deal_id}/ledger", response={200: out.LedgerOut, **READ}, operation_id="get_ledger")
def get_ledger(request: Request, deal_id: int) -> HttpResponse:
    """Every transfer of a deal, and what they come to."""
    row = deal_of(request, deal_id)
    return answer(showing.ledger(row, reading.transfers(row.id)))
