"""Erasing a file of evidence for good: its bytes wherever they are evidence, and its name."""

from datetime import datetime

from django.db import transaction

from opsdesk.deals.ground import load
from opsdesk.disputes.evidence import file_of
from opsdesk.disputes.models import Evidence
from opsdesk.disputes.refusals import EvidenceErased
from opsdesk.journal import idempotency
from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.redaction import BY_HAND, Erasure, erasure_of
from opsdesk.vault import erasing

KIND = "evidence.redacted"


@transaction.atomic
def redact_evidence(evidence_id: int, *, reason: str, actor: Actor, now: datetime) -> list[int]:
    """Erase a file; the numbers of all rows of evidence that were made of the same bytes.

    Its name goes too, also from the answer that the program got which sent it.

    What stays: that there was a file, its kind, size and digest, for which item, who added it and when. An
    item whose only file is erased is missing again until the deal is settled; a ruling stays as it was made.
    `reason` is a code of `BY_HAND`. Refuses who may not, `EvidenceUnknown`, `EvidenceErased`, `Invalid`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    if reason not in BY_HAND:
        raise Invalid("reason", gettext_noop("Choose why it is erased."))
    digest = file_of(evidence_id).digest
    deal_ids = Evidence.objects.filter(blob_id=digest).order_by("deal_id").values_list("deal_id", flat=True)
    for deal_id in sorted(set(deal_ids)):
        load(deal_id, lock=True)
    if not erasing.erase([digest], reason=reason, actor=actor, now=now):
        raise EvidenceErased
    rows = list(Evidence.objects.filter(blob_id=digest).order_by("id").values_list("id", "deal_id"))
    Evidence.objects.filter(blob_id=digest).update(name="")
    idempotency.erase_answers(digest)
    facts = [Draft(KIND, "deal", deal, actor, now, {"evidence": id, "reason": reason}) for id, deal in rows]
    record_many(facts, now=now)
    return [id for id, _ in rows]


def erasure_of_evidence(evidence_id: int) -> Erasure | None:
    """When, by whom and why a file was erased; None when it was not."""
    facts = Entry.objects.filter(subject_kind="deal", subject_id=file_of(evidence_id).deal_id, kind=KIND)
    return next((erasure_of(fact) for fact in facts if fact.payload.get("evidence") == evidence_id), None)
