"""The end of a dispute, by a person or its deadline: ruling and case, in the transaction of the transfers."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.endings import resolve_dispute
from opsdesk.deals.flows import Result
from opsdesk.deals.lifecycle import Outcome
from opsdesk.deals.models import Deal
from opsdesk.disputes.models import Basis, Dispute, Ruling
from opsdesk.journal import rows
from opsdesk.kernel.actor import Actor

# The causes of the desk's definition that rulings end with.
CAUSES = {
    Outcome.REJECT: "rejected",
    Outcome.OFFSET: "offset",
    Outcome.PARTIAL_REFUND: "refund",
    Outcome.FULL_REFUND: "refund",
    Outcome.REPLACEMENT: "replacement",
}
BY_DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Words:
    """What a person said who ruled; nothing for the deadline."""

    reason: str = ""
    replacement: str = ""
    second_look: bool = False


def decide(
    dispute: Dispute,
    deal: Deal,
    result: Result,
    *,
    words: Words,
    complete: bool,
    actor: Actor,
    at: datetime,
    now: datetime,
) -> Ruling:
    """Write the ruling, mark the dispute decided and resolve its case, all as of `at`.

    The caller holds the deal's row, has paid what `result` says and asked who may.
    """
    ruling = _ruling(dispute, result, words, actor)
    ruling.evidence_complete, ruling.ruled_at, ruling.recorded_at = complete, at, now
    rows.insert_row(ruling)
    rows.update_rows(Dispute, {"decided_at": at}, id=dispute.id, decided_at=None)
    dispute.decided_at = at
    by_person = ruling.basis == Basis.RULING
    resolve_dispute(
        case_id=dispute.case_id,
        resolution=_resolution(deal, ruling),
        cause=CAUSES[result.outcome] if by_person else BY_DEADLINE,
        actor=actor,
        at=at,
        now=now,
    )
    return ruling


def _ruling(dispute: Dispute, result: Result, words: Words, actor: Actor) -> Ruling:
    person = actor.id if actor.is_person else None
    return Ruling(
        dispute_id=dispute.id,
        basis=Basis.RULING if person else Basis.TTL,
        outcome=result.outcome.value,
        to_buyer_minor=result.to_buyer,
        to_seller_minor=result.to_seller,
        reason=words.reason.strip(),
        replacement=words.replacement.strip(),
        second_look=words.second_look,
        ruled_by_id=person,
    )


def _resolution(deal: Deal, ruling: Ruling) -> str:
    """What the case says of its end: codes and minor units, and a person's words."""
    money = f"buyer {ruling.to_buyer_minor}, seller {ruling.to_seller_minor} ({deal.currency}, minor units)"
    parts = (f"{ruling.outcome}: {money}", ruling.reason, ruling.replacement)
    return "\n".join(part for part in parts if part)
