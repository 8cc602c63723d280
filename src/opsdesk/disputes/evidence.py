"""The evidence of a deal: files tied to its checklist, what is missing, what was let go and why.

Files come before the issue or after it. Once the deal is settled, or its time is up, all stays as it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from opsdesk.deals.ground import load
from opsdesk.deals.lifecycle import State
from opsdesk.deals.models import Deal, Scope
from opsdesk.disputes import queries
from opsdesk.disputes.checklist import Checklist, FileRow
from opsdesk.disputes.contents import check_whole, kind_of, may_be, media_type_of
from opsdesk.disputes.models import Evidence, Kind, Waiver
from opsdesk.disputes.refusals import (
    AlreadyWaived,
    EvidenceErased,
    EvidenceFrozen,
    EvidenceUnknown,
    EvidenceWithdrawn,
    FileEmpty,
    FileTooLarge,
    NotWaived,
    NotYourFile,
    TooManyFiles,
)
from opsdesk.disputes.rights import check_may_add, check_may_rule
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.vault import actions as vault

MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_FILES = 50
NAME_LENGTH = 200
REASON_LENGTH = 2000


def state_of(deal_id: int) -> Checklist:
    """The deal's checklist as it stands. Refuses `DealUnknown`."""
    return queries.checklist_of(load(deal_id))


def file_of(evidence_id: int) -> FileRow:
    """One file, taken away or not. Refuses `EvidenceUnknown`."""
    found = queries.file_rows(Evidence.objects.filter(id=evidence_id)) if 0 < evidence_id < 2**63 else []
    if not found:
        raise EvidenceUnknown(evidence=evidence_id)
    return found[0]


@transaction.atomic
def add(
    *,
    deal_id: int,
    data: bytes,
    name: str,
    item: str = "",
    kind: str = "",
    actor: Actor,
    now: datetime,
) -> Evidence:
    """Add a file to a deal, for an item of its checklist or for none.

    `kind`: PHOTO, VIDEO, REPORT or DOCUMENT; guessed from the item and the content. The same bytes for the
    same item again answer with the file that is there. Refuses who may not, `EvidenceFrozen`, `FileEmpty`,
    `FileTooLarge`, `TooManyFiles`, `NotEvidence`, `FileDamaged`, `EvidenceErased` and `Invalid` fields.
    """
    deal = _open_deal(deal_id, now)
    check_may_add(actor, Scope.objects.get(id=deal.scope_id), queries.of_deal(deal_id))
    media_type = _checked(data)
    kind = _kind(deal, item, kind, media_type)
    there = Evidence.objects.filter(deal_id=deal.id, withdrawn_at__isnull=True)
    if (same := _same(there, data, item)) is not None:
        return same
    if there.count() >= MAX_FILES:
        raise TooManyFiles(most=MAX_FILES)
    row = Evidence(
        deal_id=deal.id,
        blob_id=_stored(data, media_type, now),
        name=_name(name, kind),
        kind=kind,
        media_type=media_type,
        item=item,
        added_by_kind=actor.kind.value,
        added_by_id=actor.id,
        added_at=now,
    )
    rows.insert_row(row)
    _record("evidence.added", deal, actor, now, {"evidence": row.id, "item": item, "kind": kind})
    return row


def _same(there: "QuerySet[Evidence]", data: bytes, item: str) -> Evidence | None:
    """The file with these bytes for the item, if one is there. Refuses `EvidenceErased`."""
    same = there.filter(blob_id=vault.digest_of(data), item=item).select_related("blob").first()
    if same is not None and same.blob.redacted_at is not None:
        raise EvidenceErased
    return same


def _stored(data: bytes, media_type: str, now: datetime) -> str:
    """The digest under which the bytes are kept."""
    blob = vault.store(data, media_type=media_type, now=now)
    if blob.redacted_at is not None:
        raise EvidenceErased
    return blob.digest


@transaction.atomic
def withdraw(*, evidence_id: int, actor: Actor, now: datetime) -> None:
    """Take a file away from the evidence; its bytes and its row stay.

    A program takes away only what it added. Refuses `EvidenceUnknown`, `EvidenceFrozen`, `EvidenceWithdrawn`,
    `NotYourFile`.
    """
    found = file_of(evidence_id)
    deal = _open_deal(found.deal_id, now)
    check_may_add(actor, Scope.objects.get(id=deal.scope_id), queries.of_deal(deal.id))
    row = Evidence.objects.get(id=evidence_id)
    if not actor.is_person and (row.added_by_kind, row.added_by_id) != (actor.kind.value, actor.id):
        raise NotYourFile
    if not rows.update_rows(Evidence, {"withdrawn_at": now}, id=row.id, withdrawn_at=None):
        raise EvidenceWithdrawn
    _record("evidence.withdrawn", deal, actor, now, {"evidence": row.id, "item": row.item})


@transaction.atomic
def waive(*, dispute_id: int, item: str, reason: str, actor: Actor, now: datetime) -> Waiver:
    """Let a required item go, saying why.

    Refuses who may not rule, `EvidenceFrozen`, `AlreadyWaived` and `Invalid` fields.
    """
    dispute = queries.dispute(dispute_id)
    deal = _open_deal(dispute.deal_id, now)
    check_may_rule(actor, Scope.objects.get(id=deal.scope_id), dispute.case)
    if item not in {each.key for each in queries.terms_of(deal).checklist if each.required}:
        raise Invalid("item", gettext_noop("Choose one of the required items."))
    if not reason.strip() or len(reason) > REASON_LENGTH or "\x00" in reason:
        raise Invalid("reason", gettext_noop("Say why it is not needed here, in at most 2000 characters."))
    row = Waiver(
        dispute_id=dispute.id, item=item, reason=reason.strip(), waived_by_id=actor.id or 0, waived_at=now
    )
    try:
        with transaction.atomic():
            rows.insert_row(row)
    except IntegrityError:
        raise AlreadyWaived from None
    _record("evidence.waived", deal, actor, now, {"waiver": row.id, "item": item})
    return row


@transaction.atomic
def unwaive(*, dispute_id: int, item: str, actor: Actor, now: datetime) -> None:
    """Ask for the item again. Refuses who may not rule, `EvidenceFrozen`, `NotWaived`."""
    dispute = queries.dispute(dispute_id)
    deal = _open_deal(dispute.deal_id, now)
    check_may_rule(actor, Scope.objects.get(id=deal.scope_id), dispute.case)
    known = {"dispute_id": dispute.id, "item": item}
    if not rows.update_rows(Waiver, {"withdrawn_at": now}, withdrawn_at=None, **known):
        raise NotWaived
    _record("evidence.waiver_withdrawn", deal, actor, now, {"item": item})


def _open_deal(deal_id: int, now: datetime) -> Deal:
    """The deal, held; refuses `EvidenceFrozen` once it is settled, or its time is up and nobody came yet."""
    deal = load(deal_id, lock=True)
    due_at = deal.dispute_due_at if deal.state == State.ISSUE else deal.auto_approve_at
    if deal.state == State.SETTLED or (due_at is not None and due_at <= now):
        raise EvidenceFrozen(deal=deal.id)
    return deal


def _checked(data: bytes) -> str:
    if not data:
        raise FileEmpty
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(most=MAX_FILE_BYTES // 1024**2)
    media_type = media_type_of(data)
    check_whole(data, media_type)
    return media_type


def _kind(deal: Deal, item: str, kind: str, media_type: str) -> str:
    """What the file is: as said, else as its item asks, else by its content."""
    items = {each.key: each for each in queries.terms_of(deal).checklist}
    if item and item not in items:
        raise Invalid("item", gettext_noop("Choose an item of the checklist, or none."))
    if kind and kind not in Kind.values:
        raise Invalid("kind", gettext_noop("Choose what the file is."))
    if kind and not may_be(media_type, kind):
        raise Invalid("kind", gettext_noop("By its content it is something else. Leave the choice to us."))
    if item and not may_be(media_type, items[item].kind):
        raise Invalid("item", gettext_noop("That item asks for another kind of file. Choose it again."))
    return kind or (items[item].kind if item else kind_of(media_type).value)


def _name(name: str, kind: str) -> str:
    """The file's own name without folders and signs that can't be shown."""
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()
    return plain[-NAME_LENGTH:] or kind.lower()


def _record(kind: str, deal: Deal, actor: Actor, now: datetime, payload: Mapping[str, Any]) -> None:
    record(
        kind=kind,
        subject_kind="deal",
        subject_id=deal.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
