"""A dispute as one page shows it, but for its category's playbook and the deal's timeline."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.models import Case
from opsdesk.deals import flows
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import load
from opsdesk.deals.lifecycle import Reason, State
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.queries import terms
from opsdesk.deals.terms import Terms
from opsdesk.disputes import queries
from opsdesk.disputes.checklist import Checklist
from opsdesk.disputes.lists import band_of
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.disputes.rulings import Option, options_of
from opsdesk.kernel.actor import ActorKind
from opsdesk.kernel.money import Money
from opsdesk.people import queries as people


@dataclass(frozen=True, slots=True)
class RulingRow:
    """How it ended. `by` is empty and `by_id` None for the deadline."""

    id: int
    basis: str
    outcome: str
    to_buyer: Money
    to_seller: Money
    reason: str
    replacement: str
    second_look: bool
    evidence_complete: bool
    by: str
    by_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """Everything of a dispute. `case` carries its number, version, state, queue and who has it.

    `options`: what may be ruled now, none once decided or at the deadline; `by_default`: what the deadline
    does with the money; `second_look`: the reason asks for another look at the papers before ruling.
    """

    dispute: Dispute
    case: Case
    deal: Deal
    scope: str
    terms: Terms
    reason: Reason
    raised_by: str
    assignee: str
    band: str
    total: Money
    immediate: Money
    held: Money
    checklist: Checklist
    options: tuple[Option, ...]
    by_default: Result
    second_look: bool
    ruling: RulingRow | None


def card(dispute_id: int, now: datetime) -> DisputeCard:
    """The dispute as it stands. Refuses `DisputeUnknown`."""
    dispute = queries.dispute(dispute_id)
    deal = load(dispute.deal_id)
    scope = Scope.objects.get(id=deal.scope_id).key
    pinned, reason = terms(scope, deal.template_version), Reason(dispute.reason)
    case = Case.objects.select_related("assignee").get(id=dispute.case_id)
    is_open = deal.state == State.ISSUE and now < dispute.due_at
    found = queries.ruling_of(dispute.id)
    return DisputeCard(
        dispute=dispute,
        case=case,
        deal=deal,
        scope=scope,
        terms=pinned,
        reason=reason,
        raised_by=_raised_by(dispute),
        assignee=case.assignee.name if case.assignee else "",
        band="" if dispute.decided_at else band_of(dispute.due_at, now),
        total=Money(deal.total_minor, deal.currency),
        immediate=Money(deal.total_minor - deal.held_minor, deal.currency),
        held=Money(deal.held_minor, deal.currency),
        checklist=queries.checklist_of(deal),
        options=options_of(pinned, reason, deal.held_minor) if is_open else (),
        by_default=flows.expired(pinned, reason, deal.held_minor),
        second_look=reason in pinned.second_look,
        ruling=_ruling_row(found, deal.currency) if found else None,
    )


def _raised_by(dispute: Dispute) -> str:
    """The person's name; empty for a program."""
    if dispute.raised_by_kind != ActorKind.PERSON or not dispute.raised_by_id:
        return ""
    return people.names([dispute.raised_by_id]).get(dispute.raised_by_id, "")


def _ruling_row(ruling: Ruling, currency: str) -> RulingRow:
    return RulingRow(
        id=ruling.id,
        basis=ruling.basis,
        outcome=ruling.outcome,
        to_buyer=Money(ruling.to_buyer_minor, currency),
        to_seller=Money(ruling.to_seller_minor, currency),
        reason=ruling.reason,
        replacement=ruling.replacement,
        second_look=ruling.second_look,
        evidence_complete=ruling.evidence_complete,
        by=ruling.ruled_by.name if ruling.ruled_by else "",
        by_id=ruling.ruled_by_id,
        at=ruling.ruled_at,
    )
