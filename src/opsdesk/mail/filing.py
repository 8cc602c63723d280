"""From parsed mails to messages in their threads: what was there before, and which ids tell anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from opsdesk.kernel.sql import aware, select_among
from opsdesk.mail.actions import Filed, Letter, file_messages
from opsdesk.mail.inhand import InHand
from opsdesk.mail.models import Message, Outcome
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.rules import LOOP, Verdict, identity_of, received_at

_UNDECIDED = Verdict("")
_SAME = "SELECT id FROM mail_message WHERE identity IN"


@dataclass(slots=True)
class Placed:
    """What becomes of one arrival, filled in step by step."""

    arrival: InHand
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
    def thread_id(self) -> int:
        """The thread of its message; 0 when it has none."""
        return self.message.thread_id if self.message else 0

    @property
    def payload(self) -> dict[str, Any]:
        """Ids for the journal."""
        found: dict[str, Any] = (
            {"message": self.message.id, "thread": self.message.thread_id} if self.message else {}
        )
        if self.filed and self.filed.joined:
            found["threads_joined"] = list(self.filed.joined)
        return found | ({"case": self.case_id} if self.case_id else {})


def recognise(placed: Sequence[Placed]) -> None:
    """Tell apart what is new from what was there, in the database or earlier in the batch."""
    for one in placed:
        one.identity = f"sha256:{one.arrival.digest}"
        one.received_at = one.arrival.received_at
        if isinstance(one.mail, ParsedMail):
            one.identity = identity_of(one.mail, one.arrival.digest)
            one.received_at = received_at(one.arrival.received_at, one.mail, one.arrival.recorded_at)
    there = _there([one.identity for one in placed])
    first: dict[str, Placed] = {}
    for one in placed:
        same = there.get(one.identity) or _erased(one.arrival)
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


def _there(identities: Sequence[str]) -> dict[str, Message]:
    """The messages that are there, by what makes them the same."""
    with connection.cursor() as cursor:
        rows = select_among(cursor, _SAME, identities)
    found = Message.objects.filter(id__in=[id for (id,) in rows]) if rows else ()
    return {message.identity: message for message in found}


def _erased(arrival: InHand) -> Message | None:
    """The message that these bytes were before they were erased, if it is of another arrival."""
    if arrival.erased_at is None:
        return None
    same = Message.objects.filter(Q(blob_id=arrival.digest) | Q(arrivals__blob_id=arrival.digest))
    return same.exclude(id=arrival.message_id or 0).order_by("id").first()


def _quarantined(arrival: InHand, mail: NotUnderstood) -> Verdict:
    reason = mail.reason
    if reason == "empty" and arrival.erased_at is not None:
        reason = "erased"
    elif reason == "empty" and mail.detail == "0 bytes" and arrival.size > 0:
        reason = "damaged"
    return Verdict(Outcome.QUARANTINED, reason, mail.detail)


def file(placed: Sequence[Placed], *, now: datetime) -> None:
    """Write the messages of what is new."""
    new = [one for one in placed if one.filed is None and not one.verdict.outcome]
    bearers = _bearers(new)
    letters = [_letter(one, bearers) for one in new]
    for one, filed in zip(new, file_messages(letters, now=now), strict=True):
        one.filed = filed


_Bearer = tuple[str, datetime | None]
_BEARERS = "SELECT message_id, from_address, dated_at FROM mail_message WHERE message_id IN"


def _bearers(new: Sequence[Placed]) -> dict[str, list[_Bearer]]:
    """By Message-ID that these mails bear or name, who wrote a mail that bears it, and when; oldest first."""
    ids = {
        id
        for one in new
        if isinstance(one.mail, ParsedMail)
        for id in (one.mail.message_id, *one.mail.in_reply_to, *one.mail.references)
    } - {""}
    found: dict[str, list[_Bearer]] = {}
    with connection.cursor() as cursor:
        rows = select_among(cursor, _BEARERS, ids, " ORDER BY id")
    for message_id, address, dated_at in rows:
        found.setdefault(message_id, []).append((address, aware(dated_at)))
    return found


def _letter(one: Placed, bearers: dict[str, list[_Bearer]]) -> Letter:
    """The mail with the ids that thread it: its own and those it names.

    An id that another mail bears already, one of another sender or date, says nothing: a sender who
    puts the same id on everything must not see all of it in one conversation. Nor does naming an id that
    several senders bear, but for the sender whose mail had it first: only that one's thread is known by it.
    """
    assert isinstance(one.mail, ParsedMail)
    assert one.received_at is not None
    mail = one.mail
    named = (*mail.in_reply_to, *mail.references)
    keys = [id for id in named if _tells(bearers.get(id, []), mail.sender.address)]
    if mail.message_id:
        bearer = (mail.sender.address, mail.sent_at)
        others = bearers.setdefault(mail.message_id, [])
        keys = [mail.message_id, *keys] if set(others) <= {bearer} else keys
        others.append(bearer)
    return Letter(mail, one.identity, one.arrival.digest, tuple(dict.fromkeys(keys)), one.received_at)


def _tells(bearers: Sequence[_Bearer], sender: str) -> bool:
    return len({address for address, _ in bearers}) < 2 or bearers[0][0] == sender
