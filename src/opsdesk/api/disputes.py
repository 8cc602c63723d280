"""Disputes: listed and looked at. They are ruled by people, on their pages."""

from typing import Literal

from django.http import HttpResponse
from ninja import Router

from opsdesk.api import drafts, reading, showing
from opsdesk.api import values as out
from opsdesk.api.http import V1, Request, answer
from opsdesk.api.paging import USUAL, After, Limit, Place, next_address, place_of, refuse_unknown
from opsdesk.api.reach import bring_up_to_date, check_read, scopes_asked
from opsdesk.api.responses import READ

router = Router(tags=["disputes"], by_alias=True)


@router.get("", response={200: out.DisputePage, **READ}, operation_id="list_disputes")
def list_disputes(
    request: Request,
    scope: drafts.Scope | None = None,
    state: Literal["open", "decided"] | None = None,
    after: After | None = None,
    limit: Limit = USUAL,
) -> HttpResponse:
    """Disputes, newest first."""
    refuse_unknown(request, list_disputes)
    within = scopes_asked(request, scope)
    open_only = None if state is None else state == "open"
    found = reading.disputes(within, open_only=open_only, after=place_of(after), most=limit + 1)
    last = Place(found[limit - 1].raised_at, found[limit - 1].id) if len(found) > limit else None
    following = next_address(f"{V1}/disputes", last, scope=scope, state=state, limit=limit)
    return answer(out.DisputePage(disputes=[showing.dispute(row) for row in found[:limit]], next=following))


@router.get("/{int:dispute_id}", response={200: out.DisputeOut, **READ}, operation_id="get_dispute")
def get_dispute(request: Request, dispute_id: int) -> HttpResponse:
    """One dispute as it is now: if its time was up, the terms have decided."""
    check_read(request.actor)
    known = reading.dispute(dispute_id)
    check_read(request.actor, known.scope.key)
    bring_up_to_date(request, known.deal_id)
    return answer(showing.dispute(reading.dispute(dispute_id)))
