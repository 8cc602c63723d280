"""Ruling on a dispute, and what each outcome would do before anybody confirms it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from opsdesk.cases.models import Case
from opsdesk.deals import flows, issues
from opsdesk.deals.flows import Result
from opsdesk.deals.ground import load
from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason, State
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.terms import CAPPED, Terms
from opsdesk.disputes import queries, timers
from opsdesk.disputes.deciding import Words, decide
from opsdesk.disputes.models import Basis, Dispute, Ruling
from opsdesk.disputes.refusals import DeadlinePassed, DealOvertaken, RuledAlready, RuledMeanwhile
from opsdesk.disputes.rights import check_may_rule, place_of
from opsdesk.journal import queries as journal
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people import queries as people

TEXT_LENGTH = 5000


@dataclass(frozen=True, slots=True)
class Option:
    """An outcome that may be chosen now. `result`: of the most there may be, `most_minor` to the buyer.

    `takes_amount`: a smaller amount may be chosen; `is_default`: the money goes as by the deadline;
    `needs_text`: it says what is to come and by when.
    """

    outcome: Outcome
    most_minor: int
    takes_amount: bool
    needs_text: bool
    is_default: bool
    result: Result


def rule(
    *, dispute_id: int, choice: Choice, actor: Actor, now: datetime, seen_version: int | None = None
) -> Ruling:
    """ISSUE -> SETTLED by a person: transfers, ruling and the case's end in one transaction.

    `seen_version`: the deal's version the person saw. Refuses who may not, `RuledMeanwhile`, `RuledAlready`
    and `DeadlinePassed` (who was first, and with what), `DealOvertaken`, `OutcomeNotAllowed`,
    `AmountOutOfBounds`, `SecondLookNeeded`, `ChecklistIncomplete`, `Invalid` fields. At the very instant of
    the deadline the deadline wins.
    """
    dispute = queries.dispute(dispute_id)
    timers.catch_up(dispute.deal_id, now=now)
    return _rule(dispute, choice, actor, now, seen_version)


@transaction.atomic
def _rule(dispute: Dispute, choice: Choice, actor: Actor, now: datetime, seen_version: int | None) -> Ruling:
    timers.fire(dispute.deal_id, now=now)
    deal = load(dispute.deal_id)
    case = Case.objects.get(id=dispute.case_id)
    check_may_rule(actor, Scope.objects.get(id=deal.scope_id), case)
    _check_undecided(dispute, deal, actor)
    if seen_version is not None and seen_version != deal.version:
        raise _overtaken(deal, seen_version)
    _check_texts(choice)
    state = queries.checklist_of(deal)
    settled, result = issues.rule(
        deal_id=deal.id,
        choice=choice,
        evidence=state.as_value(),
        actor=actor,
        now=now,
        handlers=timers.HANDLERS,
        place=place_of(actor, case),
    )
    words = Words(choice.reason, _replacement(choice), choice.looked_again)
    return decide(
        dispute, settled, result, words=words, complete=state.complete, actor=actor, at=now, now=now
    )


def _replacement(choice: Choice) -> str:
    return choice.replacement if choice.outcome is Outcome.REPLACEMENT else ""


def _check_texts(choice: Choice) -> None:
    for field, text in (("reason", choice.reason), ("replacement", choice.replacement)):
        if len(text) > TEXT_LENGTH or "\x00" in text:
            raise Invalid(field, gettext_noop("Write it in at most 5000 characters."))


def _check_undecided(dispute: Dispute, deal: Deal, actor: Actor) -> None:
    if deal.state == State.ISSUE:
        return
    found = queries.ruling_of(dispute.id)
    if found is not None and found.basis == Basis.TTL:
        raise DeadlinePassed(outcome=found.outcome, at=found.ruled_at)
    if found is not None and found.ruled_by_id is not None and found.ruled_by_id == actor.id:
        raise RuledAlready(outcome=found.outcome)
    if found is not None and found.ruled_by is not None:
        raise RuledMeanwhile(by=found.ruled_by.name, outcome=found.outcome, at=found.ruled_at)


def _overtaken(deal: Deal, seen_version: int) -> DealOvertaken:
    newer = [
        entry
        for entry in journal.history("deal", deal.id, limit=20)
        if entry.payload.get("version", -1) > seen_version
    ]
    if not newer:
        return DealOvertaken(by="?", what="?", at=None)
    entry = newer[0]
    names = people.names([entry.actor_id]) if entry.actor_kind == ActorKind.PERSON and entry.actor_id else {}
    what = entry.kind.removeprefix("deal.").replace("_", " ")
    return DealOvertaken(by=names.get(entry.actor_id or 0, entry.actor_kind), what=what, at=entry.happened_at)


def preview(terms: Terms, reason: Reason, held_minor: int, outcome: Outcome, amount: int | None) -> Result:
    """What an outcome would do with the holdback, minor units.

    Refuses `OutcomeNotAllowed`, `AmountOutOfBounds`.
    """
    return flows.ruled(terms, outcome, reason, amount, held_minor)


def options(dispute_id: int, now: datetime) -> tuple[Option, ...]:
    """The outcomes the terms allow for the reason, each with its money; none once the dispute is decided.

    `now`: at or past the deadline there is nothing left to choose. Refuses `DisputeUnknown`.
    """
    dispute = queries.dispute(dispute_id)
    deal = load(dispute.deal_id)
    if deal.state != State.ISSUE or now >= dispute.due_at:
        return ()
    return options_of(queries.terms_of(deal), Reason(dispute.reason), deal.held_minor)


def options_of(terms: Terms, reason: Reason, held_minor: int) -> tuple[Option, ...]:
    """The same from values."""
    default = flows.expired(terms, reason, held_minor)
    return tuple(
        _option(preview(terms, reason, held_minor, outcome, None), default)
        for outcome in terms.offered(reason, held_minor)
    )


def _option(result: Result, default: Result) -> Option:
    same = (result.action, result.to_buyer, result.to_seller)
    return Option(
        outcome=result.outcome,
        most_minor=result.to_buyer,
        takes_amount=result.outcome in CAPPED,
        needs_text=result.outcome is Outcome.REPLACEMENT,
        is_default=same == (default.action, default.to_buyer, default.to_seller),
        result=result,
    )
