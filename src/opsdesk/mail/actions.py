"""The rows of messages: their parts, the cases they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from opsdesk.journal import rows
from opsdesk.mail import thread_joins
from opsdesk.mail.bodies import Part
from opsdesk.mail.headers import Address
from opsdesk.mail.indexed import of_message
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.rules import nearest_first
from opsdesk.mail.threads import Place, thread_all
from opsdesk.search import actions as search
from opsdesk.search.actions import Entry

# Every mail comes this way: as ready SQL it takes a fifth of the time that building it takes.
_PART = "INSERT INTO mail_part (message_id, path, filename, media_type, size) VALUES (%s, %s, %s, %s, %s)"
_LINK = (
    "INSERT INTO mail_casemessage (case_id, message_id, how, which_request, linked_at)"
    " VALUES (%s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """That a message belongs to a case, about to be written."""

    case_id: int
    message_id: int
    how: str
    which_request: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about to be filed. `keys` are the ids that put it into its thread."""

    mail: ParsedMail
    identity: str
    digest: str
    keys: Sequence[str]
    received_at: datetime

    @property
    def nearest(self) -> Sequence[str]:
        return nearest_first(self.mail)


@dataclass(frozen=True, slots=True)
class Filed:
    """A message with its thread: `known` if others were in it before, `joined` the threads it made one."""

    message: Message
    known: bool
    joined: tuple[int, ...] = ()


def file_messages(letters: Sequence[Letter], *, now: datetime) -> list[Filed]:
    """Write messages that came in, with their threads and parts, in their order."""
    places = thread_all(letters, now=now)
    if places is None:
        return [file_messages([letter], now=now)[0] for letter in letters]
    messages = [
        message_row(letter, place.thread_id, now) for letter, place in zip(letters, places, strict=True)
    ]
    rows.insert_rows(messages)
    write_parts([(message.id, letter.mail.parts) for letter, message in zip(letters, messages, strict=True)])
    _make_findable(
        [of_message(message, _files(letter)) for letter, message in zip(letters, messages, strict=True)]
    )
    return [_filed(message, place, now) for message, place in zip(messages, places, strict=True)]


def _make_findable(entries: Sequence[Entry]) -> None:
    """Put them into the index. One that is filed alone is filed also where the index won't take it."""
    if len(entries) == 1:
        search.put_if_possible(entries[0])
    else:
        search.put_many(entries)


def _filed(message: Message, place: Place, now: datetime) -> Filed:
    if not place.swallowed:
        return Filed(message, place.known)
    thread_joins.note(message, place.swallowed, place.new_keys, now=now)
    return Filed(message, place.known, tuple(one.thread_id for one in place.swallowed))


def _files(letter: Letter) -> list[str]:
    return [part.filename for part in letter.mail.parts if not part.body]


def write_parts(found: Sequence[tuple[int, Sequence[Part]]]) -> None:
    """Write which files messages carry, by the messages' ids; their texts are no files."""
    parts = [
        (message_id, part.path[:60], part.filename, part.content_type, part.size)
        for message_id, files in found
        for part in files
        if not part.body
    ]
    if parts:
        with connection.cursor() as cursor:
            cursor.executemany(_PART, parts)


def message_row(letter: Letter, thread_id: int, now: datetime) -> Message:
    """The row of a message that came in, not yet written."""
    mail = letter.mail
    return Message(
        direction=Message.Direction.IN,
        identity=letter.identity,
        message_id=mail.message_id,
        blob_id=letter.digest,
        thread_id=thread_id,
        from_address=mail.sender.address,
        from_name=mail.sender.name,
        reply_to=next((one.address for one in mail.reply_to if one.address), ""),
        to=addresses_as_json(mail.to),
        cc=addresses_as_json(mail.cc),
        subject=mail.subject,
        text=mail.text,
        has_html=bool(mail.html),
        machine=mail.machine,
        dated_at=mail.sent_at,
        received_at=letter.received_at,
        recorded_at=now,
    )


def addresses_as_json(addresses: Sequence[Address]) -> list[list[str]]:
    return [[one.name, one.address] for one in addresses]


def link(
    *, case_id: int, message_id: int, how: str, now: datetime, span: tuple[int, int] | None = None
) -> CaseMessage:
    """Say that a message, or the passage `span` of its text, belongs to a case."""
    row = CaseMessage(
        case_id=case_id,
        message_id=message_id,
        how=how,
        span_start=span[0] if span else None,
        span_end=span[1] if span else None,
        linked_at=now,
    )
    rows.insert_row(row)
    return row


def link_all(links: Sequence[Link], *, now: datetime) -> None:
    """Say of several messages that they belong to a case each."""
    linked_at = connection.ops.adapt_datetimefield_value(now)
    if links:
        with connection.cursor() as cursor:
            cursor.executemany(
                _LINK, [(one.case_id, one.message_id, one.how, one.which_request, linked_at) for one in links]
            )
