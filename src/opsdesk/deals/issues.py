"""A deal's part of an issue: raised, ruled, or settled by the deadline.

The public verbs are those of `disputes`, which keeps the evidence, the case and the ruling; they hand down
what the evidence says as a value, and call these in their transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsdesk.clock.tasks import Handler, TaskValue
from opsdesk.deals import flows
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import OF_DISPUTES, Ground, Place, arm, settle, stand, stand_for
from opsdesk.deals.lifecycle import Move, Outcome, Reason, Timer
from opsdesk.deals.models import Deal, Ending
from opsdesk.deals.refusals import ChecklistIncomplete, EvidenceMissing, SecondLookNeeded
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """What there is of evidence: the number of files, and the required items neither present nor waived."""

    files: int
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person rules. `amount_minor`: to the buyer, if the outcome has one; None: the most allowed."""

    outcome: Outcome
    reason: str
    amount_minor: int | None = None
    replacement: str = ""
    looked_again: bool = False


def raise_issue(
    *,
    deal_id: int,
    reason: Reason,
    text: str,
    evidence: EvidenceState,
    actor: Actor,
    now: datetime,
    handlers: Mapping[str, Handler],
) -> Deal:
    """INSPECTION -> ISSUE: AUTO_APPROVE is called off and DISPUTE_TTL armed.

    Refuses `NotInInspection`, `EvidenceMissing` (where the terms ask for a file; never for NOT_DELIVERED) and
    OTHER without a text as `Invalid`.
    """
    ground = stand(deal_id, Move.RAISE_ISSUE, actor=actor, now=now, handlers=handlers)
    if reason is Reason.OTHER and not text.strip():
        raise Invalid("text", gettext_noop("Say in words what is wrong: the reason is OTHER."))
    if ground.terms.evidence_required and reason is not Reason.NOT_DELIVERED and evidence.files == 0:
        raise EvidenceMissing
    due_at = ground.terms.dispute_due_at(now)
    changes = {"issue_at": now, "reason": reason.value, "dispute_due_at": due_at, "auto_approve_at": None}
    deal = settle(ground, Move.RAISE_ISSUE, changes, payload={"reason": reason.value})
    arm(ground, Timer.DISPUTE_TTL, due_at)
    return deal


def rule(
    *,
    deal_id: int,
    choice: Choice,
    evidence: EvidenceState,
    actor: Actor,
    now: datetime,
    handlers: Mapping[str, Handler],
    place: Place = OF_DISPUTES,
) -> tuple[Deal, Result]:
    """ISSUE -> SETTLED by a person, as the terms allow: the deal, and what became of the holdback.

    `place`: where the person's right is looked at.
    Refuses `NotInIssue`, `OutcomeNotAllowed`, `AmountOutOfBounds`, `SecondLookNeeded`, `Invalid` for a
    missing audit reason or a replacement without its text, and `ChecklistIncomplete` unless the deadline
    would do the same.
    """
    ground = stand(deal_id, Move.RULE, actor=actor, now=now, handlers=handlers, place=place)
    if not choice.reason.strip():
        raise Invalid("reason", gettext_noop("Say why: the ruling is audited."))
    result = _result(ground, choice)
    reason = Reason(ground.deal.reason)
    if reason in ground.terms.second_look and not choice.looked_again:
        raise SecondLookNeeded
    default = flows.expired(ground.terms, reason, ground.deal.held_minor)
    if evidence.missing and not _same_money(result, default):
        raise ChecklistIncomplete(items=", ".join(evidence.missing))
    changes = {"settled_at": now, "ending": Ending.RULED.value}
    payload = {"outcome": result.outcome.value, "to_buyer": result.to_buyer}
    return settle(ground, Move.RULE, changes, flows.of_result(result, flows.RULING), payload=payload), result


def _result(ground: Ground, choice: Choice) -> Result:
    if choice.outcome is Outcome.REPLACEMENT and not choice.replacement.strip():
        raise Invalid("replacement", gettext_noop("Say what is to come and by when."))
    reason = Reason(ground.deal.reason)
    return flows.ruled(ground.terms, choice.outcome, reason, choice.amount_minor, ground.deal.held_minor)


def _same_money(one: Result, other: Result) -> bool:
    return (one.action, one.to_buyer, one.to_seller) == (other.action, other.to_buyer, other.to_seller)


def expire(task: TaskValue, now: datetime) -> tuple[Deal, Result]:
    """DISPUTE_TTL: nobody ruled in time, so the terms do, as of the instant it was due."""
    ground = stand_for(task, Move.DISPUTE_TTL, now=now)
    result = flows.expired(ground.terms, Reason(ground.deal.reason), ground.deal.held_minor)
    changes = {"settled_at": ground.at, "ending": Ending.EXPIRED.value}
    payload = {"outcome": result.outcome.value, "to_buyer": result.to_buyer}
    return settle(
        ground, Move.DISPUTE_TTL, changes, flows.of_result(result, flows.TTL), payload=payload
    ), result
