"""A dispute as one person looks at it: the room's card, the case, and what this person may do."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.card import CaseCard, case_card
from opsdesk.cases.models import Case
from opsdesk.cases.nextstep import working_left
from opsdesk.cases.queries import desk as desk_of
from opsdesk.cases.stays import calendar_of
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import DESK, DISPUTES
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.deals.terms import Terms
from opsdesk.disputes import queries, rights, timers
from opsdesk.disputes.card import DisputeCard, RulingRow
from opsdesk.disputes.card import card as dispute_card
from opsdesk.disputes.checklist import Checklist
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.rulings import Option
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.money import Money
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.web.evidence.words import in_language
from opsdesk.web.http import Request


@dataclass(frozen=True)
class Look:
    """What a person sees of a dispute at one moment. `checklist` is in their language."""

    found: DisputeCard
    card: CaseCard
    checklist: Checklist
    actor: Actor
    now: datetime

    @property
    def dispute(self) -> Dispute:
        return self.found.dispute

    @property
    def deal(self) -> Deal:
        return self.found.deal

    @property
    def terms(self) -> Terms:
        return self.found.terms

    @property
    def case(self) -> Case:
        return self.card.case

    @property
    def reason(self) -> Reason:
        return self.found.reason

    @property
    def options(self) -> tuple[Option, ...]:
        return self.found.options

    @property
    def ruling(self) -> RulingRow | None:
        return self.found.ruling

    @property
    def default(self) -> Result:
        """What the deadline does if nobody rules."""
        return self.found.by_default

    @property
    def default_to_buyer(self) -> Money:
        return self.money(self.default.to_buyer)

    @property
    def default_to_seller(self) -> Money:
        return self.money(self.default.to_seller)

    @property
    def decided(self) -> bool:
        return self.dispute.decided_at is not None

    @property
    def working_left(self) -> int:
        """Seconds of working time until the deadline, by the hours of the queue the case is in."""
        hours = calendar_of(desk_of(DESK), self.case.queue, self.case.country)
        return max(0, working_left(self.dispute.due_at, hours, self.now))

    @property
    def looks_again(self) -> bool:
        """Whether the terms ask for another look at the papers before a ruling."""
        return self.found.second_look

    @property
    def may_rule(self) -> bool:
        return not self.decided and rights.may_rule(self.actor, self.case)

    def check_may_rule(self) -> None:
        """Refuses who may not rule here, whether or not the dispute is decided."""
        rights.check_may_rule(self.actor, self.deal.scope, self.case)

    @property
    def may_add(self) -> bool:
        """Whether this person may add evidence: who works the disputes, or where the case is now."""
        if self.decided:
            return False
        case = self.case
        return may(self.actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1) or may(
            self.actor, Act.NOTE, desk=case.desk, queue=case.queue, tier=case.tier
        )

    def money(self, minor: int) -> Money:
        return Money(minor, self.deal.currency)


def look_at(request: Request, dispute_id: int) -> Look:
    """The dispute as this person may see it now: what was due on its deal has happened before.

    Refuses `DisputeUnknown`, `NotYourDesk`.
    """
    check_may(request.actor, Act.READ, desk=DESK)
    timers.catch_up(queries.dispute(dispute_id).deal_id, now=request.now)
    found = dispute_card(dispute_id, request.now)
    return Look(
        found=found,
        card=case_card(found.case.id, actor=request.actor, now=request.now),
        checklist=in_language(found.checklist, found.terms),
        actor=request.actor,
        now=request.now,
    )
