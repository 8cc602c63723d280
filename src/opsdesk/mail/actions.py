"""The rows of messages: their threads, their parts, the cases they belong to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from opsdesk.mail.headers import Address
from opsdesk.mail.models import CaseMessage, Message, Part, Thread, ThreadKey
from opsdesk.mail.parsing import ParsedMail


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about to be filed. `keys` are the ids that put it into its thread."""

    mail: ParsedMail
    identity: str
    digest: str
    keys: Sequence[str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """A message with its thread: `known` if others were in it before, `joined` the threads it made one."""

    message: Message
    known: bool
    joined: tuple[int, ...] = ()


def file_messages(letters: Sequence[Letter], *, now: datetime) -> list[Filed]:
    """Write messages that came in, with their threads and parts, in their order."""
    places = thread_all([letter.keys for letter in letters], now=now)
    messages = Message.objects.bulk_create(
        message_row(letter, place.thread_id, now) for letter, place in zip(letters, places, strict=True)
    )
    Part.objects.bulk_create(
        Part(
            message=message,
            path=part.path[:60],
            filename=part.filename,
            media_type=part.content_type,
            size=part.size,
        )
        for letter, message in zip(letters, messages, strict=True)
        for part in letter.mail.parts
        if not part.body
    )
    return [
        Filed(message, place.known, place.joined) for message, place in zip(messages, places, strict=True)
    ]


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands: its thread, whether it was there before, the threads it swallowed."""

    thread_id: int
    known: bool
    joined: tuple[int, ...]


@dataclass(slots=True)
class _Group:
    """Ids of one thread; `row` is its number in the database, None while it has none."""

    row: int | None
    keys: list[str] = field(default_factory=list)


def thread_all(mails: Sequence[Sequence[str]], *, now: datetime) -> list[Place]:
    """The thread of each mail, given its ids.

    Every id seen or referenced is a key, so the order of delivery doesn't matter; a mail that names ids
    of two threads makes them one. Two transactions that name the same new id collide on it: the second
    fails as a whole and is run again. Of two that find the same thread the second waits for the first,
    and then sees to which case its mail went.
    """
    named = {key for keys in mails for key in keys}
    held = _held(named)
    by_row = {row: _Group(row) for row in set(held.values())}
    groups = {key: by_row[row] for key, row in held.items()}
    for key, group in groups.items():
        group.keys.append(key)
    placed = [_grouped(keys, groups) for keys in mails]
    _number([_standing(group, groups) for group, _, _ in placed], now=now)
    ThreadKey.objects.bulk_create(
        ThreadKey(message_id=key, thread_id=_row(groups[key])) for key in sorted(named - held.keys())
    )
    return [Place(_row(_standing(group, groups)), known, joined) for group, known, joined in placed]


def _held(named: Collection[str]) -> dict[str, int]:
    """The threads of those ids that have one, locked where the engine has row locks.

    The lock lets others refer to the thread: a reply that is being written doesn't wait for it.
    """
    keys = ThreadKey.objects.filter(message_id__in=named).values_list("message_id", "thread_id")
    held = dict(keys)
    locked: set[int] = set()
    while connection.features.has_select_for_update and not locked.issuperset(held.values()):
        # What was read before the lock was had may have been joined into another thread since.
        locked.update(held.values())
        rows = Thread.objects.select_for_update(no_key=True).filter(id__in=locked).order_by("id")
        list(rows.values_list("id"))
        held = dict(keys.all())
    return held


def _grouped(keys: Sequence[str], groups: dict[str, _Group]) -> tuple[_Group, bool, tuple[int, ...]]:
    """The group of these keys, made or made one; whether it was there; the rows that were swallowed."""
    found = {id(groups[key]): groups[key] for key in keys if key in groups}
    known = sorted(found.values(), key=lambda group: (group.row is None, group.row or 0))
    group = known[0] if known else _Group(None)
    for other in known[1:]:
        for key in other.keys:
            groups[key] = group
        group.keys += other.keys
    for key in keys:
        if key not in groups:
            groups[key] = group
            group.keys.append(key)
    swallowed = tuple(other.row for other in known[1:] if other.row is not None)
    if swallowed and group.row is not None:
        _join(swallowed, group.row)
    return group, bool(known), swallowed


def _standing(group: _Group, groups: dict[str, _Group]) -> _Group:
    """The group a mail's thread ended up in: a later mail may have made it one with another."""
    return groups[group.keys[0]] if group.keys else group


def _row(group: _Group) -> int:
    assert group.row is not None
    return group.row


def _join(threads: Sequence[int], into: int) -> None:
    ThreadKey.objects.filter(thread_id__in=threads).update(thread_id=into)
    Message.objects.filter(thread_id__in=threads).update(thread_id=into)
    Thread.objects.filter(id__in=threads).update(joined_into_id=into)


def _number(groups: Sequence[_Group], *, now: datetime) -> None:
    new = list({id(group): group for group in groups if group.row is None}.values())
    rows = Thread.objects.bulk_create(Thread(created_at=now) for _ in new)
    for group, row in zip(new, rows, strict=True):
        group.row = row.id


def continue_thread(thread_id: int | None, message_id: str, *, now: datetime) -> int:
    """The thread of a mail of ours: that of its conversation, or a new one. Only its own id leads there."""
    if thread_id is None:
        thread_id = Thread.objects.create(created_at=now).id
    ThreadKey.objects.create(message_id=message_id, thread_id=thread_id)
    return thread_id


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
    row.save(force_insert=True)
    return row


def link_all(rows: list[CaseMessage]) -> None:
    """Write links that were gathered, and forget them."""
    CaseMessage.objects.bulk_create(rows)
    rows.clear()
