"""What the door reads besides what the rooms give: lists by place, sums of a page's deals."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import Q, QuerySet, Sum

from opsdesk.api.paging import Place
from opsdesk.deals.models import Deal, Scope, Transfer
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.refusals import DisputeUnknown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals are asked for; `scopes` None: those of every scope. Days are UTC, the last one out."""

    scopes: Collection[str] | None
    states: Collection[str] = ()
    reasons: Collection[str] = ()
    reference: str = ""
    since: date | None = None
    until: date | None = None


def deals(wanted: Wanted, *, after: Place | None, most: int) -> list[Deal]:
    """Deals, newest first, from the place on."""
    found = Deal.objects.select_related("scope").order_by("-created_at", "-id")
    if wanted.scopes is not None:
        found = found.filter(scope_id__in=scope_ids(wanted.scopes))
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.reasons:
        found = found.filter(reason__in=wanted.reasons)
    if wanted.reference:
        found = found.filter(reference=wanted.reference)
    if wanted.since:
        found = found.filter(created_at__gte=_start(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=_start(wanted.until))
    if after:
        found = found.filter(Q(created_at=after.at, id__lt=after.id) | Q(created_at__lt=after.at))
    return list(found[:most])


def disputes(
    scopes: Collection[str] | None, *, open_only: bool | None, after: Place | None, most: int
) -> list[Dispute]:
    """Disputes, newest first, from the place on; `open_only` None: open and decided ones."""
    found = _disputes().order_by("-raised_at", "-id")
    if scopes is not None:
        found = found.filter(scope_id__in=scope_ids(scopes))
    if open_only is not None:
        found = found.filter(decided_at__isnull=open_only)
    if after:
        found = found.filter(Q(raised_at=after.at, id__lt=after.id) | Q(raised_at__lt=after.at))
    return list(found[:most])


def dispute(dispute_id: int) -> Dispute:
    """One dispute with its deal, scope and ruling. Refuses `DisputeUnknown`."""
    row = _disputes().filter(id=dispute_id).first() if 0 < dispute_id < 2**63 else None
    if row is None:
        raise DisputeUnknown(dispute=dispute_id)
    return row


def _disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("scope", "deal", "ruling")


def disputes_of(deal_ids: Collection[int]) -> dict[int, int]:
    """The dispute of each deal that has one."""
    return dict(Dispute.objects.filter(deal_id__in=deal_ids).values_list("deal_id", "id"))


def sums(deal_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """What moved by each money action, minor units, by deal and action."""
    rows = Transfer.objects.filter(deal_id__in=deal_ids).values_list("deal_id", "action")
    return {(deal, action): minor for deal, action, minor in rows.annotate(Sum("amount_minor")).order_by()}


def transfers(deal_id: int) -> list[Transfer]:
    return list(Transfer.objects.filter(deal_id=deal_id).order_by("id"))


def scope_ids(keys: Collection[str]) -> list[int]:
    """The scopes with these keys; what there is none of is left out."""
    known = Scope.objects.values_list("id", "country", "category")
    return [scope_id for scope_id, country, category in known if f"{country}.{category}" in keys]


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
