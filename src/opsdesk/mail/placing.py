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
from opsdesk.cases.queries import mail_desks
from opsdesk.cases.refusals import CaseClosed
from opsdesk.kernel.memory import remembered
from opsdesk.mail import crowds, filing, joins, naming, quotes
from opsdesk.mail.actions import Filed, Link, link_all
from opsdesk.mail.filing import Placed
from opsdesk.mail.headers import one_line
from opsdesk.mail.inhand import InHand
from opsdesk.mail.models import CaseMessage, Message, Outcome
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.replies import notice
from opsdesk.mail.rules import (
    RATE,
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
    beyond: set[int]
    openings: list[tuple[Placed, Opening]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def account_id(self, address: str) -> int | None:
        owner = self.owners[address]
        return owner.id if owner else None

    def tells(self, thread_id: int) -> bool:
        """Whether what was gathered says anything of the cases of a thread, or of cases that were there."""
        return bool(self.links) or any(
            opening.follows_id is not None or one.thread_id == thread_id for one, opening in self.openings
        )

    def write(self) -> None:
        """Open the requests and write the links that were gathered: what comes next may ask for them."""
        opened = open_requests([opening for _, opening in self.openings], now=self.now)
        for (one, _), case in zip(self.openings, opened, strict=True):
            assert one.filed is not None
            one.case_id = case.id
            self.links.append(Link(case.id, one.filed.message.id, CaseMessage.How.OPENED))
        link_all(self.links, now=self.now)
        self.links.clear()
        for case in opened:
            if desk_definition(case.desk).notices.opening:
                notice("opening", case=case, notify=None, now=self.now)
        self.openings.clear()


@remembered
def own_addresses() -> frozenset[str]:
    """The addresses our desks write from."""
    return frozenset(desk.address.lower() for desk in mail_desks())


def place_all(found: Sequence[tuple[InHand, ParsedMail | NotUnderstood]], *, now: datetime) -> list[Placed]:
    """File the messages and decide for each: quarantined, a duplicate, set aside, joined, or a request."""
    placed = [Placed(arrival, mail) for arrival, mail in found]
    filing.recognise(placed)
    filing.file(placed, now=now)
    named = {id for one in placed if isinstance(one.mail, ParsedMail) for id in nearest_first(one.mail)}
    senders = {one.filed.message.from_address for one in placed if one.filed}
    batch = _Batch(
        now,
        own_addresses(),
        joins.answered_by(named),
        accounts.find_many(senders),
        crowds.beyond(placed, now=now),
    )
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
        start_at=one.arrival.start_at,
        own_addresses=batch.own_addresses,
    )
    if aside is not None:
        return aside
    found = _case_for(one.mail, one.filed, batch)
    if (found is None or found.stranger) and one.filed.message.id in batch.beyond:
        return Verdict(Outcome.SET_ASIDE, RATE, one.filed.message.from_address)
    if found is None:
        return _opened(one, batch)
    case = found.case
    if case.state == CaseState.VOID and case.void_reason == SPAM:
        return Verdict(Outcome.SET_ASIDE, SPAM, f"#{case.id}")
    if found.stranger:
        return _opened(one, batch, claims_id=case.id)
    return _joined(one, case, batch, which_request=found.which_request)


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
    batch.links.append(Link(case.id, one.filed.message.id, CaseMessage.How.JOINED, which_request))
    one.case_id = case.id
    return Verdict(Outcome.JOINED)


def _case_for(mail: ParsedMail, filed: Filed, batch: _Batch) -> joins.Found | None:
    """The case that the mail names, if its writer is no stranger there; else as the thread says.

    A case is named by its own address, by a message of ours that is answered, by its token, in this order.
    """
    named = _named(mail, batch)
    if not named and not filed.known:
        return None
    message = filed.message
    if batch.tells(message.thread_id):
        batch.write()
    writer = (message.from_address, batch.account_id(message.from_address))
    claimed: joins.Found | None = None
    for case_id in named:
        found = joins.of_case(case_id, *writer)
        if found is not None and not found.stranger:
            return found
        claimed = claimed or found
    found = None
    if filed.known:
        found = joins.of_thread(
            message.thread_id, *writer, answers=nearest_first(mail), replies_to=mail.in_reply_to
        )
    return claimed if claimed is not None and (found is None or found.stranger) else found


def _named(mail: ParsedMail, batch: _Batch) -> list[int]:
    """The cases the mail names, the surest first."""
    answered = next((batch.answered[id] for id in nearest_first(mail) if id in batch.answered), None)
    named = (naming.by_address(mail, batch.own_addresses), answered, naming.by_subject(mail))
    return list(dict.fromkeys(case_id for case_id in named if case_id is not None))


def _opened(
    one: Placed, batch: _Batch, *, follows_id: int | None = None, claims_id: int | None = None
) -> Verdict:
    assert one.filed is not None
    assert one.received_at is not None
    message = one.filed.message
    opening = opening_for(
        message,
        desk=one.arrival.desk,
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
    beginning = one_line(own[: EXCERPT * 2])
    return (beginning if len(beginning) >= EXCERPT else one_line(own))[:EXCERPT]
