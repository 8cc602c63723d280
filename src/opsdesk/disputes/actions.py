"""Raising an issue on a deal, by a program's token or by an operator on behalf of the buyer."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases.opening import Opening, open_dispute
from opsdesk.cases.queries import desk
from opsdesk.deals import issues
from opsdesk.deals.ground import DESK, load
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import queries, timers
from opsdesk.disputes.models import Dispute
from opsdesk.journal import rows
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop

FAMILY = "dispute"
TEXT_LENGTH = 5000
# Kept in English with codes' names in it; the pages say it again in the reader's language.
SUBJECT = gettext_noop("Deal %(deal)s: %(type)s - %(item)s")


def raise_issue(*, deal_id: int, reason: Reason, text: str = "", actor: Actor, now: datetime) -> Dispute:
    """INSPECTION -> ISSUE: a dispute with its case, its deadline armed. Evidence added before counts.

    Refuses `DealUnknown`, `NotInInspection`, `EvidenceMissing`, `Invalid` for OTHER without a text, and who
    may not. At the very instant of AUTO_APPROVE the deal is approved and the issue comes too late.
    """
    timers.catch_up(deal_id, now=now)
    return _raise(deal_id, Reason(reason), text.strip(), actor, now)


@transaction.atomic
def _raise(deal_id: int, reason: Reason, text: str, actor: Actor, now: datetime) -> Dispute:
    if len(text) > TEXT_LENGTH or "\x00" in text:
        raise Invalid("text", gettext_noop("Write it in at most 5000 characters."))
    timers.fire(deal_id, now=now)
    deal = issues.raise_issue(
        deal_id=deal_id,
        reason=reason,
        text=text,
        evidence=queries.checklist_of(load(deal_id)).as_value(),
        actor=actor,
        now=now,
        handlers=timers.HANDLERS,
    )
    type_key = type_of(reason)
    assert deal.dispute_due_at is not None
    opening = Opening(
        desk=DESK,
        subject=_subject(deal, type_key),
        opened_at=now,
        excerpt=text,
        type=type_key,
        country=deal.scope.country,
        deadline_at=deal.dispute_due_at,
    )
    case = open_dispute(opening, actor=actor, now=now)
    dispute = Dispute(
        case_id=case.id,
        deal_id=deal.id,
        scope_id=deal.scope_id,
        reason=reason.value,
        text=text,
        raised_by_kind=actor.kind.value,
        raised_by_id=actor.id,
        raised_at=now,
        due_at=deal.dispute_due_at,
    )
    rows.insert_row(dispute)
    return dispute


def type_of(reason: Reason) -> str:
    """The type of a dispute's case: `dispute.damage-minor`."""
    return f"{FAMILY}.{reason.value.lower().replace('_', '-')}"


def _subject(deal: Deal, type_key: str) -> str:
    leaf = desk(DESK).type(type_key)
    named = leaf.name if leaf else deal.reason
    return SUBJECT % {"deal": deal.id, "type": named, "item": deal.item}
