"""The dispute queue: by time left whatever the category, or category by category; filters, bands, pages.

What is open is read from a partial index by deadline, of one scope or of all; what is decided by when it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from opsdesk.cases.models import Case
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.queries import terms
from opsdesk.disputes import queries
from opsdesk.disputes.checklist import Checklist
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.money import Money

DUE, CATEGORY = "due", "category"
UNDER_24, TO_48, OVER_48 = BANDS = ("<24", "24-48", ">48")
OPEN, DECIDED, ANY = "open", "decided", "any"
PAGE = 50
HOURS_24, HOURS_48 = timedelta(hours=24), timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; empty fields filter nothing.

    `scope`: as `MN.USED_CAR_PRIVATE`; `state`: `open`, `decided` (newest decided first) or `any`; `band`: one
    of `BANDS`, of open ones; `mine_of`: those whose case that person has.
    """

    scope: str = ""
    country: str = ""
    category: str = ""
    reasons: tuple[str, ...] = ()
    band: str = ""
    state: str = OPEN
    mine_of: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before: its category where that orders, its instant, its number."""

    category: str
    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """One line. `held` is what the ruling is about; `have` of `needed` required items are there or waived.

    `version` is the deal's, for who rules from the list; `band` is empty once decided. `waits_on`: whose move
    it is while the case waits: a third party's key, or the code of whom it waits on.
    """

    id: int
    case_id: int
    deal_id: int
    scope: str
    reason: str
    raised_at: datetime
    due_at: datetime
    decided_at: datetime | None
    band: str
    have: int
    needed: int
    item: str
    total: Money
    held: Money
    state: str
    case_state: str
    waits_on: str
    queue: str
    assignee_id: int | None
    assignee: str
    version: int


@dataclass(frozen=True, slots=True)
class DisputePage:
    """A page of the list; `next` is None on the last one."""

    rows: tuple[DisputeRow, ...]
    next: Cursor | None


def page(
    filters: Filters, order: str = DUE, after: Cursor | None = None, size: int = PAGE, *, now: datetime
) -> DisputePage:
    """One page. Pages hang on the last row, not on a count: what comes or goes in between shifts nothing."""
    found: list[Dispute] = []
    for category, part in parts(filters, order, after, now):
        start = after if after is not None and after.category == category else None
        found += part_after(part, start, filters)[: size + 1 - len(found)]
        if len(found) > size:
            break
    rows = _rows(found[:size], now)
    last = found[size - 1] if len(found) > size else None
    return DisputePage(rows, _cursor(last, filters, order) if last else None)


def part_after(part: QuerySet[Dispute], after: Cursor | None, filters: Filters) -> QuerySet[Dispute]:
    """A part of the list in its order, beyond a row."""
    if filters.state == DECIDED:
        beyond = Q(decided_at__lt=after.at) | Q(decided_at=after.at, id__lt=after.id) if after else Q()
        bound = Q(decided_at__lte=after.at) if after else Q()
        return part.filter(beyond, bound).order_by("-decided_at", "-id")
    beyond = Q(due_at__gt=after.at) | Q(due_at=after.at, id__gt=after.id) if after else Q()
    bound = Q(due_at__gte=after.at) if after else Q()
    return part.filter(beyond, bound).order_by("due_at", "id")


def bands(filters: Filters, *, now: datetime) -> dict[str, int]:
    """How many open disputes of the filters each band has, their own band left out."""
    shown = _filtered(filters, state=OPEN)
    return {band: shown.filter(_in_band(band, now)).count() for band in BANDS}


def band_of(due_at: datetime, now: datetime) -> str:
    """Under 24 hours, 24 to 48 (both ends with it), over 48."""
    left = due_at - now
    return UNDER_24 if left < HOURS_24 else TO_48 if left <= HOURS_48 else OVER_48


def next_after(dispute_id: int, filters: Filters, *, now: datetime) -> int | None:
    """The dispute due next, from the one given on; from the top where none follows; None if none is left."""
    here = Dispute.objects.filter(id=dispute_id).values_list("due_at", flat=True).first()
    shown = _filtered(filters, state=OPEN).exclude(id=dispute_id).order_by("due_at", "id")
    later = Q(due_at__gt=here) | Q(due_at=here, id__gt=dispute_id) if here else Q()
    following = shown.filter(later).values_list("id", flat=True).first()
    return following or shown.values_list("id", flat=True).first()


def parts(
    filters: Filters, order: str, after: Cursor | None, now: datetime
) -> Iterator[tuple[str, QuerySet[Dispute]]]:
    """The parts the list is made of, in their order: each category by itself, or all as one."""
    shown = _filtered(filters, state=filters.state)
    if filters.band:
        shown = shown.filter(_in_band(filters.band, now), decided_at__isnull=True)
    if order != CATEGORY:
        yield "", shown
        return
    by_category: dict[str, list[int]] = {}
    for id, category in Scope.objects.order_by("category", "id").values_list("id", "category"):
        by_category.setdefault(category, []).append(id)
    for category, ids in by_category.items():
        if after is None or category >= after.category:
            yield category, shown.filter(scope_id__in=ids)


def _filtered(filters: Filters, *, state: str) -> QuerySet[Dispute]:
    shown = Dispute.objects.all()
    if state != ANY:
        shown = shown.filter(decided_at__isnull=state == OPEN)
    if filters.scope or filters.country or filters.category:
        shown = shown.filter(scope_id__in=_scopes(filters))
    if filters.reasons:
        shown = shown.filter(reason__in=filters.reasons)
    if filters.mine_of is not None:
        shown = shown.filter(case__assignee_id=filters.mine_of)
    return shown


def _scopes(filters: Filters) -> list[int]:
    """The numbers of the scopes that fit, asked first: so the list is read from their index."""
    found = Scope.objects.all()
    if filters.scope:
        country, _, category = filters.scope.partition(".")
        found = found.filter(country=country, category=category)
    if filters.country:
        found = found.filter(country=filters.country)
    if filters.category:
        found = found.filter(category=filters.category)
    return list(found.values_list("id", flat=True))


def _in_band(band: str, now: datetime) -> Q:
    if band == UNDER_24:
        return Q(due_at__lt=now + HOURS_24)
    if band == TO_48:
        return Q(due_at__gte=now + HOURS_24, due_at__lte=now + HOURS_48)
    return Q(due_at__gt=now + HOURS_48)


def _cursor(last: Dispute, filters: Filters, order: str) -> Cursor:
    category = Scope.objects.get(id=last.scope_id).category if order == CATEGORY else ""
    at = last.decided_at if filters.state == DECIDED and last.decided_at else last.due_at
    return Cursor(category, at, last.id)


def _rows(found: Sequence[Dispute], now: datetime) -> tuple[DisputeRow, ...]:
    deals = Deal.objects.in_bulk([row.deal_id for row in found]) if found else {}
    scopes = {scope.id: scope.key for scope in Scope.objects.all()} if found else {}
    pinned = {(deal.scope_id, deal.template_version) for deal in deals.values()}
    known = {(scope, version): terms(scopes[scope], version) for scope, version in pinned}
    by_deal = {id: known[deal.scope_id, deal.template_version] for id, deal in deals.items()}
    lists = queries.checklists_of(list(deals.values()), by_deal) if found else {}
    cases = _cases([row.case_id for row in found])
    return tuple(
        _row(row, deals[row.deal_id], scopes, lists[row.deal_id], cases[row.case_id], now) for row in found
    )


def _cases(ids: list[int]) -> dict[int, dict[str, Any]]:
    names = ("id", "state", "waiting_on", "waiting_party", "queue", "assignee_id", "assignee__name")
    return {row["id"]: row for row in Case.objects.filter(id__in=ids).values(*names)} if ids else {}


def _row(
    dispute: Dispute,
    deal: Deal,
    scopes: dict[int, str],
    state: Checklist,
    case: dict[str, Any],
    now: datetime,
) -> DisputeRow:
    return DisputeRow(
        id=dispute.id,
        case_id=dispute.case_id,
        deal_id=deal.id,
        scope=scopes[deal.scope_id],
        reason=dispute.reason,
        raised_at=dispute.raised_at,
        due_at=dispute.due_at,
        decided_at=dispute.decided_at,
        band="" if dispute.decided_at else band_of(dispute.due_at, now),
        have=state.have,
        needed=state.needed,
        item=deal.item,
        total=Money(deal.total_minor, deal.currency),
        held=Money(deal.held_minor, deal.currency),
        state=deal.state,
        case_state=case["state"],
        waits_on=case["waiting_party"] or case["waiting_on"],
        queue=case["queue"],
        assignee_id=case["assignee_id"],
        assignee=case["assignee__name"] or "",
        version=deal.version,
    )
