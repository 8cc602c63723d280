"""From parsed mails to messages, threads and cases: what each statement can do for many, it does for many.

Runs in the caller's transaction, in the order of the arrivals; one mail at a time comes out the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsdesk.accounts import queries as accounts
from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case, CaseState
from opsdesk.cases.opening import Opening, open_requests
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.queries import desks
from opsdesk.cases.refusals import CaseClosed
from opsdesk.kernel.memory import remembered
from opsdesk.mail import joins, quotes
from opsdesk.mail.actions import Filed, Letter, file_messages, link_all
from opsdesk.mail.headers import one_line
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.replies import notice
from opsdesk.mail.rules import (
    LOOP,
    SPAM,
    Verdict,
    identity_of,
    nearest_first,
    received_at,
    set_aside_for,
)

EXCERPT = 400
_UNDECIDED = Verdict("")


@dataclass(slots=True)
class Placed:
    """What becomes of one arrival, filled in step by step."""

    arrival: Arrival
    mail: ParsedMail | NotUnderstood
    identity: str = ""
    received_at: datetime | None = None
    filed: Filed | None = None
    repeats: "Placed | None" = None
    verdict: Verdict = _UNDECIDED
    case_id: int = 0

    @property
    def message(self) -> Message | None:
        """Its message; that of the mail it repeats; None when it was not understood."""
        filed = self.filed or (self.repeats.filed if self.repeats else None)
        return filed.message if filed else None

    @property
    def payload(self) -> dict[str, Any]:
        """Ids for the journal."""
        found: dict[str, Any] = (
            {"message": self.message.id, "thread": self.message.thread_id} if self.message else {}
        )
        if self.filed and self.filed.joined:
            found["threads_joined"] = list(self.filed.joined)
        return found | ({"case": self.case_id} if self.case_id else {})


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
    _recognise(placed)
    _file(placed, now=now)
    named = {id for one in placed if isinstance(one.mail, ParsedMail) for id in nearest_first(one.mail)}
    senders = {one.filed.message.from_address for one in placed if one.filed}
    batch = _Batch(now, own_addresses(), joins.answered_by(named), accounts.find_many(senders))
    for one in placed:
        if not one.verdict.outcome:
            one.verdict = _decided(one, batch)
    batch.write()
    return placed


def _recognise(placed: Sequence[Placed]) -> None:
    """Tell apart what is new from what was there, in the database or earlier in the batch."""
    for one in placed:
        one.identity = f"sha256:{one.arrival.blob_id}"
        one.received_at = one.arrival.received_at
        if isinstance(one.mail, ParsedMail):
            one.identity = identity_of(one.mail, one.arrival.blob_id)
            one.received_at = received_at(one.arrival.received_at, one.mail, one.arrival.recorded_at)
    there = {
        message.identity: message
        for message in Message.objects.filter(identity__in=[p.identity for p in placed])
    }
    first: dict[str, Placed] = {}
    for one in placed:
        same = there.get(one.identity)
        if same is not None:
            one.filed = Filed(same, known=True)
            if same.id != one.arrival.message_id:
                ours = same.direction == Message.Direction.OUT
                one.verdict = Verdict(Outcome.SET_ASIDE, LOOP) if ours else Verdict(Outcome.DUPLICATE)
        elif isinstance(one.mail, NotUnderstood):
            one.verdict = _quarantined(one.arrival, one.mail)
        elif one.identity in first:
            one.repeats, one.verdict = first[one.identity], Verdict(Outcome.DUPLICATE)
        else:
            first[one.identity] = one


def _quarantined(arrival: Arrival, mail: NotUnderstood) -> Verdict:
    reason = mail.reason
    if reason == "empty" and arrival.blob.redacted_at is not None:
        reason = "erased"
    elif reason == "empty" and mail.detail == "0 bytes" and arrival.blob.size > 0:
        reason = "damaged"
    return Verdict(Outcome.QUARANTINED, reason, mail.detail)


def _file(placed: Sequence[Placed], *, now: datetime) -> None:
    new = [one for one in placed if one.filed is None and not one.verdict.outcome]
    bearers = _bearers(new)
    letters = [_letter(one, bearers) for one in new]
    for one, filed in zip(new, file_messages(letters, now=now), strict=True):
        one.filed = filed


_Bearer = tuple[str, datetime | None]


def _bearers(new: Sequence[Placed]) -> dict[str, set[_Bearer]]:
    """By Message-ID, who wrote a mail that bears it, and when."""
    ids = [one.mail.message_id for one in new if isinstance(one.mail, ParsedMail) and one.mail.message_id]
    found: dict[str, set[_Bearer]] = {}
    rows = Message.objects.filter(message_id__in=ids).values_list("message_id", "from_address", "dated_at")
    for message_id, address, dated_at in rows:
        found.setdefault(message_id, set()).add((address, dated_at))
    return found


def _letter(one: Placed, bearers: dict[str, set[_Bearer]]) -> Letter:
    """The mail with the ids that thread it: its own and those it names.

    An id that another mail bears already, one of another sender or date, says nothing: a sender who
    puts the same id on everything must not see all of it in one conversation.
    """
    assert isinstance(one.mail, ParsedMail)
    assert one.received_at is not None
    mail = one.mail
    keys = [*mail.in_reply_to, *mail.references]
    if mail.message_id:
        bearer = (mail.sender.address, mail.sent_at)
        others = bearers.setdefault(mail.message_id, set())
        keys = [mail.message_id, *keys] if others <= {bearer} else keys
        others.add(bearer)
    return Letter(mail, one.identity, one.arrival.blob_id, tuple(dict.fromkeys(keys)), one.received_at)


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
    batch.write()
    if joins.is_stranger(case, one.mail.sender.address, batch.account_id(one.mail.sender.address)):
        return _opened(one, batch, claims_id=case.id)
    if case.state == CaseState.VOID:
        return _opened(one, batch, follows_id=case.id)
    try:
        cases.customer_wrote(case_id=case.id, received_at=one.received_at, now=batch.now)
    except CaseClosed:
        return _opened(one, batch, follows_id=case.id)
    batch.link(case.id, one.filed.message, CaseMessage.How.JOINED, which_request=choice.which_request)
    one.case_id = case.id
    return Verdict(Outcome.JOINED)


def _choice(mail: ParsedMail, filed: Filed, batch: _Batch) -> joins.Choice | None:
    for message_id in nearest_first(mail):
        if message_id in batch.answered:
            return joins.Choice(batch.answered[message_id], which_request=False)
    if not filed.known:
        return None
    batch.write()
    return joins.of_thread(filed.message.thread_id)


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
