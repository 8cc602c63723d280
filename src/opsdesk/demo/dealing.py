"""How each deal of the example is lived, from its making to its end, by the desk's own verbs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from opsdesk.cases import actions as cases
from opsdesk.cases import handoffs
from opsdesk.clock.queries import calendar
from opsdesk.deals import actions as deals
from opsdesk.deals import scopes
from opsdesk.deals.actions import Draught, Party
from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Scope, Stage
from opsdesk.deals.queries import terms
from opsdesk.deals.terms import CAPPED, EvidenceItem, Terms
from opsdesk.demo.bazaar import STEPS, Bargain, Fate, Step, opens_at
from opsdesk.demo.dealtexts import ASKED, LOOKED, RULED, SAID, WAIVED
from opsdesk.demo.events import Events, Life
from opsdesk.demo.exhibits import exhibit
from opsdesk.demo.hours import HOUR, MINUTE, about, worked
from opsdesk.demo.months import Month
from opsdesk.demo.stage import Stage as Scene
from opsdesk.disputes import actions as disputes
from opsdesk.disputes import evidence, rulings, timers
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.money import Money

DISPUTES = "disputes"
CAP = 10
LIMITED_FOR = timedelta(days=5)
RESERVED = timedelta(minutes=1)
SHOWN, ESCALATED, WELL_FOUNDED, WHOLE_CAP = 0.86, 0.08, 0.8, 0.65


class Dealing:
    """Opens the scopes one after the other and begins the life of every deal."""

    def __init__(self, scene: Scene, marketplace: Actor, lead: Actor, events: Events) -> None:
        self._scene = scene
        self._marketplace = marketplace
        self._lead = lead
        self._events = events

    @property
    def now(self) -> datetime:
        return self._events.now

    def begin(self, bargains: Sequence[Bargain], months: Sequence[Month]) -> None:
        for step in STEPS:
            opening = opens_at(step, months)
            if opening is not None:
                self._events.begin(self._opened(step, opening))
        for bargain in bargains:
            self._events.begin(self._lived(bargain))

    def _opened(self, step: Step, at: datetime) -> Life:
        """Limited at first, then open: one step after the other."""
        yield at - RESERVED
        self._set(step.scope, Stage.LIMITED, CAP, "The step before is stable; we begin with a few deals.")
        yield at + LIMITED_FOR
        self._set(step.scope, Stage.OPEN, None, "Three days of daily checks, nothing found.")

    def _set(self, scope: str, stage: Stage, cap: int | None, reason: str) -> None:
        scopes.set_stage(
            scope=scope, stage=stage.value, cap=cap, reason=reason, actor=self._lead, now=self.now
        )

    def _lived(self, bargain: Bargain) -> Life:
        yield bargain.at
        draw = Random(bargain.seed)
        if self._is_full(bargain.step.scope):
            return
        deal_id = self._made(bargain, draw)
        if bargain.fate is Fate.NEVER_FUNDED:
            return
        yield self.now + bargain.funded_after
        deals.fund(deal_id=deal_id, actor=self._marketplace, now=self.now)
        if bargain.fate is Fate.NEVER_DELIVERED:
            return
        yield self.now + bargain.delivered_after
        deal = deals.deliver(deal_id=deal_id, actor=self._marketplace, now=self.now)
        yield from self._inspected(deal, bargain, draw)

    def _is_full(self, scope: str) -> bool:
        """Whether the marketplace would be told to wait: it asks before, and sells elsewhere."""
        country, _, category = scope.partition(".")
        found = Scope.objects.get(country=country, category=category)
        made = Deal.objects.filter(scope=found, created_at__gte=found.stage_since).count()
        return found.stage == Stage.LIMITED and found.cap is not None and made >= found.cap

    def _made(self, bargain: Bargain, draw: Random) -> int:
        draught = Draught(
            scope=bargain.step.scope,
            item=bargain.item,
            buyer=Party(bargain.buyer, f"U-{draw.randrange(10_000, 99_999)}"),
            seller=Party(bargain.seller, f"U-{draw.randrange(10_000, 99_999)}"),
            total=Money(bargain.total_minor, bargain.step.currency),
            reference=f"ORD-{bargain.seed:x}",
        )
        return deals.create(draught, actor=self._marketplace, now=self.now).id

    def _inspected(self, deal: Deal, bargain: Bargain, draw: Random) -> Life:
        days = terms(bargain.step.scope, deal.template_version).inspection_days
        if bargain.fate is Fate.SILENT and deal.auto_approve_at is not None:
            yield deal.auto_approve_at
            timers.catch_up(deal.id, now=self.now)
            return
        yield self.now + timedelta(days=days) * bargain.judged_after
        if bargain.fate in (Fate.APPROVED, Fate.SILENT):
            deals.approve(deal_id=deal.id, actor=self._marketplace, now=self.now)
            return
        yield from self._disputed(deal, bargain, draw)

    def _disputed(self, deal: Deal, bargain: Bargain, draw: Random) -> Life:
        agreed = terms(bargain.step.scope, deal.template_version)
        reason = _possible(agreed, bargain.reason)
        for item in agreed.checklist:
            if (item.required or draw.random() < 0.4) and draw.random() < SHOWN:
                self._shown(deal.id, item, self._marketplace, draw)
        if not evidence.state_of(deal.id).as_value().files:
            self._shown(deal.id, agreed.checklist[0], self._marketplace, draw)
        text = draw.choice(SAID[bargain.step.scope][reason])
        dispute = disputes.raise_issue(
            deal_id=deal.id, reason=reason, text=text, actor=self._marketplace, now=self.now
        )
        if bargain.fate is Fate.EXPIRED:
            yield from self._left_alone(dispute, draw)
        else:
            yield from self._worked(dispute, agreed, reason, bargain, draw)

    def _shown(self, deal_id: int, item: EvidenceItem, by: Actor, draw: Random) -> None:
        name, data = exhibit(item.kind, item.name, draw)
        evidence.add(deal_id=deal_id, data=data, name=name, item=item.key, actor=by, now=self.now)

    def _left_alone(self, dispute: Dispute, draw: Random) -> Life:
        """Somebody looked at it, perhaps, but nobody decided: the deadline does."""
        looked_at = self._looked_at(draw)
        if looked_at < dispute.due_at and draw.random() < 0.7:
            yield looked_at
            self._touched(dispute, draw)
        yield dispute.due_at
        timers.catch_up(dispute.deal_id, now=self.now)

    def _looked_at(self, draw: Random) -> datetime:
        return worked(self.now, about(draw, 25 * MINUTE), calendar("mongolia"))

    def _touched(self, dispute: Dispute, draw: Random) -> Actor:
        operator = self._scene.somebody(DISPUTES, draw)
        cases.take(case_id=dispute.case_id, actor=operator, now=self.now)
        cases.write_note(case_id=dispute.case_id, text=draw.choice(LOOKED), actor=operator, now=self.now)
        return operator

    def _worked(
        self, dispute: Dispute, agreed: Terms, reason: Reason, bargain: Bargain, draw: Random
    ) -> Life:
        looked_at = self._looked_at(draw)
        if looked_at < dispute.due_at:
            yield looked_at
            operator = self._touched(dispute, draw)
            if draw.random() < ESCALATED:
                yield from self._asked_on_call(dispute, operator, draw)
        left = dispute.due_at - self.now
        yield self.now + max(timedelta(minutes=5), left * min(0.95, bargain.decided_share))
        if self.now < dispute.due_at:
            self._ruled(dispute, agreed, reason, draw)
        timers.catch_up(dispute.deal_id, now=self.now)

    def _asked_on_call(self, dispute: Dispute, operator: Actor, draw: Random) -> Life:
        """The engineer on call looks and gives it back, saying how to go on."""
        asked, answer = draw.choice(ASKED)
        handoffs.escalate(
            case_id=dispute.case_id, reason="unclear-evidence", words=asked, actor=operator, now=self.now
        )
        answered_at = self.now + timedelta(seconds=int(about(draw, 2 * HOUR)))
        if answered_at < dispute.due_at - timedelta(hours=2):
            yield answered_at
            engineer = self._scene.somebody("on-call", draw)
            handoffs.give_back(case_id=dispute.case_id, words=answer, actor=engineer, now=self.now)

    def _ruled(self, dispute: Dispute, agreed: Terms, reason: Reason, draw: Random) -> None:
        operator = self._scene.somebody(DISPUTES, draw)
        for item in evidence.state_of(dispute.deal_id).items:
            if item.missing:
                evidence.waive(
                    dispute_id=dispute.id,
                    item=item.key,
                    reason=draw.choice(WAIVED),
                    actor=operator,
                    now=self.now,
                )
        held = Deal.objects.values_list("held_minor", flat=True).get(id=dispute.deal_id)
        choice = _choice(agreed, reason, held, draw)
        rulings.rule(dispute_id=dispute.id, choice=choice, actor=operator, now=self.now)


def _possible(agreed: Terms, reason: Reason) -> Reason:
    return reason if reason in agreed.allowed else Reason.OTHER


def _choice(agreed: Terms, reason: Reason, held_minor: int, draw: Random) -> Choice:
    """What an operator decides: mostly by the pattern, at times less, at times that it is unfounded."""
    offered = agreed.offered(reason, held_minor)
    others = [outcome for outcome in offered if outcome is not Outcome.REJECT]
    outcome = draw.choice(others) if others and draw.random() < WELL_FOUNDED else Outcome.REJECT
    amount = None
    if outcome in CAPPED and draw.random() > WHOLE_CAP:
        amount = max(1, int(agreed.most(outcome, reason, held_minor) * draw.uniform(0.3, 0.9)))
    return Choice(
        outcome=outcome,
        reason=draw.choice(RULED[outcome]),
        amount_minor=amount,
        replacement="The missing part, sent by courier within ten days."
        if outcome is Outcome.REPLACEMENT
        else "",
        looked_again=reason in agreed.second_look,
    )
