"""The handler of `digest.mail`: one digest to one person, by the server that takes our mail.

At least once, with one Message-ID for a digest and a person. It says that a machine wrote it and bears the
desk's mark, so that it opens nothing should it come back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from time import monotonic

from django.conf import settings
from django.utils import translation

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.clock.tasks import Handler, TaskValue
from opsdesk.mail import outgoing
from opsdesk.mail.handover import Envelope, NotNow, NotTaken, Server, Token, hand_over
from opsdesk.mail.headers import Address, one_line
from opsdesk.mail.recipients import is_own
from opsdesk.review import digest_actions as actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import next_due
from opsdesk.review.digest_composing import calendar_of, desk_of
from opsdesk.review.digest_queries import Made
from opsdesk.review.digest_words import Addresses, letter, subject

LONGEST_SUBJECT = 250

logger = logging.getLogger("opsdesk.review")


@dataclass(frozen=True, slots=True)
class Post:
    """How letters go out, and the addresses of the pages that they name."""

    server: Server
    token: Token | None
    addresses: Callable[[Made], Addresses]


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a letter goes. `language`: empty for the installation's."""

    id: int
    name: str
    email: str
    language: str


def carrier(post: Post) -> Handler:
    """The handler that mails digests this way."""

    def mail(task: TaskValue, now: datetime) -> None:
        began = monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=monotonic() - began)

        person_id, made = int(task.payload["person"]), queries.by_id(task.subject_id)
        over = is_over(made, now)
        if over and queries.gone_out(made.id, person_id):
            return
        if over or not _is_for(person_id, made, now):
            actions.withheld(task, now=now)
        elif queries.in_hand(made, person_id, now):
            actions.not_now(task, problem="the one before is being mailed", now=now)
        else:
            _mail(made, Reader(person_id, *queries.address_of(person_id)), task, post, clock)

    return mail


def _is_for(person_id: int, made: Made, now: datetime) -> bool:
    return queries.may_get(person_id, made.document.desk, now) and queries.wants(person_id, made.document)


def is_over(made: Made, now: datetime) -> bool:
    """Whether a newer digest is due by now: only the newest is mailed, and it names this one."""
    document = made.document
    due = next_due(document.rhythm, calendar_of(desk_of(document.desk)), after=document.until)
    return due is not None and due.at <= now


def _mail(made: Made, reader: Reader, task: TaskValue, post: Post, clock: Callable[[], datetime]) -> None:
    try:
        hand_over(
            post.server,
            envelope(made, reader, post.addresses(made)),
            wait_for_all=True,
            accepted=lambda _problem: actions.mailed(task, now=clock()),
            token=post.token,
        )
    except NotTaken as refused:
        logger.warning("digest %s can't be mailed to person %s: %s", made.id, reader.id, refused.code)
        actions.never(task, problem=refused.code, now=clock())
    except NotNow as later:
        logger.info("digest %s was not taken, try %s: %s", made.id, task.attempts, later.code)
        actions.not_now(task, problem=later.code, now=clock())


def envelope(made: Made, reader: Reader, addresses: Addresses) -> Envelope:
    """The letter in its envelope. Raises `NotTaken` where it has no sender or nobody to go to."""
    desk = desk_of(made.document.desk)
    sender = sender_of(desk)
    if not outgoing.is_sendable(reader.email) or is_own(reader.email):
        raise NotTaken("no recipient", "The person's address is none that mail of ours goes to.")
    mail = EmailMessage(policy=outgoing.POLICY)
    mail["From"] = outgoing.mailbox(Address(desk.name, sender))
    mail["To"] = outgoing.mailbox(Address(reader.name, reader.email))
    mail["Date"] = format_datetime(made.document.made_at)
    mail["Message-ID"] = f"<{message_id(made, reader.id)}@{outgoing.wire_domain(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Loop"] = sender
    missed = queries.missed(made, reader.id)
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        mail["Subject"] = one_line(subject(made.document, desk))[:LONGEST_SUBJECT]
        text = letter(made.document, desk, missed=missed, addresses=addresses)
    mail.set_content(text + "\n", charset="utf-8", cte="quoted-printable")
    to = f"{reader.email.rpartition('@')[0]}@{outgoing.wire_domain(reader.email)}"
    return Envelope(sender, (to,), mail.as_bytes())


def sender_of(desk: DeskDefinition) -> str:
    """The desk's own address; of one that takes no mail that of the first which does."""
    address = desk.address or next((each.address for each in cases.mail_desks()), "")
    if not address:
        raise NotTaken("no sender", "No desk has an address of its own to send from.")
    return f"{address.rpartition('@')[0]}@{outgoing.wire_domain(address)}"


def message_id(made: Made, person_id: int) -> str:
    """One for a digest and a person, whatever the database numbers it."""
    document = made.document
    return f"digest.{document.desk}.{document.rhythm.value}.{document.until:%Y%m%dT%H%M%S}.{person_id}"
