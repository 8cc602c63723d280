"""Scopes: may deals be made there, how many more, and on which terms."""

from decimal import Decimal

from django.http import HttpResponse
from ninja import Router

from opsdesk.api import drafts
from opsdesk.api import values as out
from opsdesk.api.http import V1, Request, answer
from opsdesk.api.reach import check_read
from opsdesk.api.responses import READ
from opsdesk.deals import overview, queries
from opsdesk.deals.overview import ScopeRow
from opsdesk.deals.terms import Terms

router = Router(tags=["scopes"], by_alias=True)


@router.get("", response={200: out.ScopeList, **READ}, operation_id="list_scopes")
def list_scopes(request: Request) -> HttpResponse:
    """Every scope that the token reaches."""
    check_read(request.actor)
    within = request.actor.scopes
    rows = [row for row in overview.scopes() if not within or row.key in within]
    return answer(out.ScopeList(scopes=[_scope(row) for row in rows]))


@router.get("/{scope}", response={200: out.ScopeOut, **READ}, operation_id="get_scope")
def get_scope(request: Request, scope: drafts.Scope) -> HttpResponse:
    """One scope with its newest terms."""
    check_read(request.actor, scope)
    return answer(_scope(overview.scope(scope)))


def _scope(row: ScopeRow) -> out.ScopeOut:
    return out.ScopeOut(
        scope=row.key,
        country=row.country,
        category=row.category,
        stage=row.stage,
        stopped=row.stop is not None,
        takes_deals=row.takes_deals,
        cap=row.cap,
        cap_left=row.left,
        terms=_terms(queries.newest_terms(row.key)) if row.version else None,
        link=f"{V1}/scopes/{row.key}",
    )


def _terms(terms: Terms) -> out.TermsOut:
    return out.TermsOut(
        version=terms.version,
        inspection_days=terms.inspection_days,
        dispute_hours=terms.dispute_hours,
        holdback_ratio=_exact(terms.holdback_ratio),
        auto_approve=terms.auto_approve,
        evidence_required=terms.evidence_required,
        ttl_caps={reason.value: _exact(cap) for reason, cap in terms.ttl_caps.items()},
        outcomes={
            reason.value: [each.outcome.value for each in allowed]
            for reason, allowed in terms.allowed.items()
        },
        checklist=[
            out.ChecklistItem(key=item.key, name=item.name, kind=item.kind, required=item.required)
            for item in terms.checklist
        ],
    )


def _exact(value: Decimal) -> str:
    return format(value, "f")
