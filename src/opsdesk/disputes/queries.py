"""Reading disputes, their rulings and their evidence."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet

from opsdesk.deals.lifecycle import State
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.queries import terms
from opsdesk.deals.terms import Terms
from opsdesk.disputes.checklist import Checklist, FileRow, WaiverRow, checklist
from opsdesk.disputes.models import Dispute, Evidence, Ruling, Waiver
from opsdesk.disputes.refusals import DisputeUnknown
from opsdesk.kernel.actor import ActorKind
from opsdesk.people import queries as people

_FILE = (
    "id", "name", "kind", "media_type", "blob__size", "blob_id", "item", "added_by_id", "added_by_kind",
    "added_at", "blob__redacted_at", "deal_id",
)  # fmt: skip


def dispute(dispute_id: int) -> Dispute:
    """The dispute. Refuses `DisputeUnknown`."""
    found = Dispute.objects.filter(id=dispute_id).first() if 0 < dispute_id < 2**63 else None
    if found is None:
        raise DisputeUnknown(dispute=dispute_id)
    return found


def of_deal(deal_id: int) -> Dispute | None:
    """The dispute of a deal, if an issue was raised."""
    return Dispute.objects.filter(deal_id=deal_id).first()


def of_case(case_id: int) -> Dispute | None:
    """The dispute that a case is of."""
    return Dispute.objects.filter(case_id=case_id).first()


def ruling_of(dispute_id: int) -> Ruling | None:
    """How the dispute ended, if it did."""
    return Ruling.objects.filter(dispute_id=dispute_id).select_related("ruled_by").first()


def terms_of(deal: Deal) -> Terms:
    """The terms a deal is pinned to."""
    return terms(Scope.objects.get(id=deal.scope_id).key, deal.template_version)


def checklist_of(deal: Deal) -> Checklist:
    """The deal's checklist as it stands."""
    return checklists_of([deal], {deal.id: terms_of(deal)})[deal.id]


def checklists_of(deals: Collection[Deal], terms_by_deal: Mapping[int, Terms]) -> dict[int, Checklist]:
    """The checklists of several deals, with as few questions as there can be."""
    ids = [deal.id for deal in deals]
    files, waivers = files_of(ids), waivers_of(ids)
    return {
        deal.id: checklist(
            terms_by_deal[deal.id].checklist,
            files.get(deal.id, []),
            waivers.get(deal.id, []),
            frozen=deal.state == State.SETTLED,
        )
        for deal in deals
    }


def files_of(deal_ids: Sequence[int]) -> dict[int, list[FileRow]]:
    """The files of each deal that were not taken away, in the order they came."""
    files: dict[int, list[FileRow]] = {}
    for row in file_rows(Evidence.objects.filter(deal_id__in=deal_ids, withdrawn_at__isnull=True)):
        files.setdefault(row.deal_id, []).append(row)
    return files


def file_rows(found: QuerySet[Evidence]) -> list[FileRow]:
    """The files as values, with the names of the persons who added them."""
    rows = [dict(zip(_FILE, row, strict=True)) for row in found.order_by("id").values_list(*_FILE)]
    persons = [row["added_by_id"] for row in rows if row["added_by_kind"] == ActorKind.PERSON]
    names = people.names(persons) if persons else {}
    return [_file_row(row, names) for row in rows]


def _file_row(row: dict[str, Any], names: Mapping[int, str]) -> FileRow:
    by = names.get(row["added_by_id"], "") if row["added_by_kind"] == ActorKind.PERSON else ""
    return FileRow(
        id=row["id"],
        deal_id=row["deal_id"],
        name=row["name"],
        kind=row["kind"],
        media_type=row["media_type"],
        size=row["blob__size"],
        digest=row["blob_id"],
        item=row["item"],
        added_by=by,
        added_by_kind=row["added_by_kind"],
        added_at=row["added_at"],
        erased_at=row["blob__redacted_at"],
    )


def waivers_of(deal_ids: Sequence[int]) -> dict[int, list[WaiverRow]]:
    """The waivers that hold, by deal."""
    found = (
        Waiver.objects.filter(dispute__deal_id__in=deal_ids, withdrawn_at__isnull=True)
        .order_by("id")
        .annotate(deal=F("dispute__deal_id"))
    )
    waivers: dict[int, list[WaiverRow]] = {}
    columns = ("deal", "id", "item", "waived_by__name", "waived_at", "reason")
    for deal_id, *row in found.values_list(*columns):
        waivers.setdefault(deal_id, []).append(WaiverRow(*row))
    return waivers
