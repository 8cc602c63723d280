"""From parsed mails to messages, threads and cases: what each statement can do for many, it does for many.

Runs in the caller's transaction, in the order of the arrivals; one mail at a time comes out the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opsdesk.accounts import queries as accounts
from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case, CaseState
from opsdesk.cases.opening import Opening, open_requests
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.queries import desks
from opsdesk.cases.refusals import CaseClosed
from opsdesk.kernel.memory import remembered
from opsdesk.mail import filing, joins, quotes
from opsdesk.mail.actions import Filed, link_all
from opsdesk.mail.filing import Placed
from opsdesk.mail.headers import one_line
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.replies import notice
from opsdesk.mail.rules import (
    SPAM,
    Verdict,
    nearest_first,
    set_aside_for,
)

EXCERPT = 400


@dataclass(slots=True)
class _Batch:
    """What is read once for all mails of a batch, and what is written once."""

    now: datetime
    own_addresses: frozenset[str]
    answered: dict[str, int]
    owners: dict[str, accounts.AccountValue | None]
    openings: list[tuple[Placed, Opening]] = field(default_factory=list)
    links: list[CaseMessage] = field(default_factory=list)

    def account_id(self, address: str) -> int | None:
        owner = self.owners[address]
        return owner.id if owner else None

    def link(self, case_id: int, message: Message, how: str, *, which_request: bool = False) -> None:
        self.links.append(
            CaseMessage(
                case_id=case_id, message=message, how=how, which_request=which_request, linked_at=self.now
            )
        )

    def write(self) -> None:
        """Open the requests and write the links that were gathered: what comes next may ask for them."""
        opened = open_requests([opening for _, opening in self.openings], now=self.now)
        for (one, _), case in zip(self.openings, opened, strict=True):
            assert one.filed is not None
            one.case_id = case.id
            self.link(case.id, one.filed.message, CaseMessage.How.OPENED)
        link_all(self.links)
        for case in opened:
            if desk_definition(case.desk).notices.opening:
                notice("opening", case=case, notify=None, now=self.now)
        self.openings.clear()


@remembered
def own_addresses() -> frozenset[str]:
    """The addresses our desks write from."""
    return frozenset(desk.address.lower() for desk in desks())


def place_all(found: Sequence[tuple[Arrival, ParsedMail | NotUnderstood]], *, now: datetime) -> list[Placed]:
    """File the messages and decide for each: quarantined, a duplicate, set aside, joined, or a request."""
    placed = [Placed(arrival, mail) for arrival, mail in found]
    filing.recognise(placed)
    filing.file(placed, now=now)
    named = {id for one in placed if isinstance(one.mail, ParsedMail) for id in nearest_first(one.mail)}
    senders = {one.filed.message.from_address for one in placed if one.filed}
    batch = _Batch(now, own_addresses(), joins.answered_by(named), accounts.find_many(senders))
    for one in placed:
        if not one.verdict.outcome:
            one.verdict = _decided(one, batch)
    batch.write()
    return placed


def _decided(one: Placed, batch: _Batch) -> Verdict:
    assert isinstance(one.mail, ParsedMail)
    assert one.filed is not None
    assert one.received_at is not None
    aside = set_aside_for(
        one.mail,
        received=one.received_at,
        start_at=one.arrival.source.start_at,
        own_addresses=batch.own_addresses,
    )
    if aside is not None:
        return aside
    choice = _choice(one.mail, one.filed, batch)
    if choice is None:
        return _opened(one, batch)
    case = joins.standing(Case.objects.get(id=choice.case_id))
    if case.state == CaseState.VOID and case.void_reason == SPAM:
        return Verdict(Outcome.SET_ASIDE, SPAM, f"#{case.id}")
    if _is_stranger(case, one.filed.message, batch):
        return _opened(one, batch, claims_id=case.id)
    return _joined(one, case, batch, which_request=choice.which_request)


def _joined(one: Placed, case: Case, batch: _Batch, *, which_request: bool) -> Verdict:
    """The mail joins the case; when that is over for good, the request that goes on from it, or a new one."""
    assert one.filed is not None
    assert one.received_at is not None
    over = case.state == CaseState.VOID
    if not over:
        try:
            cases.customer_wrote(case_id=case.id, received_at=one.received_at, now=batch.now)
        except CaseClosed:
            over = True
    if over:
        further = joins.successor(case)
        if further is None:
            return _opened(one, batch, follows_id=case.id)
        case = further
        cases.customer_wrote(case_id=case.id, received_at=one.received_at, now=batch.now)
    batch.link(case.id, one.filed.message, CaseMessage.How.JOINED, which_request=which_request)
    one.case_id = case.id
    return Verdict(Outcome.JOINED)


def _choice(mail: ParsedMail, filed: Filed, batch: _Batch) -> joins.Choice | None:
    """The case whose reply the mail answers, if its writer is no stranger there; else as the thread says."""
    answered = next((batch.answered[id] for id in nearest_first(mail) if id in batch.answered), None)
    if answered is None and not filed.known:
        return None
    batch.write()
    message = filed.message
    if answered is not None:
        case = joins.standing(Case.objects.get(id=answered))
        if not _is_stranger(case, message, batch):
            return joins.Choice(case.id, which_request=False)
    choice = joins.of_thread(message.thread_id, message.from_address, batch.account_id(message.from_address))
    if answered is not None and (choice is None or _is_stranger_on(choice, message, batch)):
        return joins.Choice(answered, which_request=False)
    return choice


def _is_stranger_on(choice: joins.Choice, message: Message, batch: _Batch) -> bool:
    return _is_stranger(joins.standing(Case.objects.get(id=choice.case_id)), message, batch)


def _is_stranger(case: Case, message: Message, batch: _Batch) -> bool:
    return joins.is_stranger(case, message.from_address, batch.account_id(message.from_address))


def _opened(
    one: Placed, batch: _Batch, *, follows_id: int | None = None, claims_id: int | None = None
) -> Verdict:
    assert one.filed is not None
    assert one.received_at is not None
    message = one.filed.message
    opening = opening_for(
        message,
        desk=one.arrival.source.desk,
        account_id=batch.account_id(message.from_address),
        opened_at=one.received_at,
        follows_id=follows_id,
        claims_id=claims_id,
    )
    batch.openings.append((one, opening))
    return Verdict(Outcome.REQUESTS)


def opening_for(
    message: Message,
    *,
    desk: str,
    account_id: int | None,
    opened_at: datetime,
    follows_id: int | None = None,
    claims_id: int | None = None,
) -> Opening:
    """The request that a message asks for."""
    return Opening(
        desk=desk,
        subject=message.subject,
        opened_at=opened_at,
        excerpt=excerpt_of(message.text),
        requester_email=message.from_address,
        requester_name=message.from_name,
        account_id=account_id,
        follows_id=follows_id,
        claims_id=claims_id,
    )


def excerpt_of(text: str) -> str:
    """The beginning of what a mail says itself, on one line."""
    start = text[: EXCERPT * 10]
    own = "".join(
        start[span.start : span.end] for span in quotes.folded(start) if span.kind == quotes.VISIBLE
    )
    return one_line(own)[:EXCERPT]
