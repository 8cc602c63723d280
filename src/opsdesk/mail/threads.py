"""Messages that answer one another: which thread a mail's ids lead to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from opsdesk.kernel.sql import insert_all, select_among
from opsdesk.mail.models import Message, Thread, ThreadKey

_THREAD = "INSERT INTO mail_thread (created_at) VALUES (%s) RETURNING id"
_HELD = "SELECT message_id, thread_id FROM mail_threadkey WHERE message_id IN"
_KEY = "INSERT INTO mail_threadkey (message_id, thread_id) VALUES (%s, %s)"


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
    _write_keys([(key, _row(groups[key])) for key in sorted(named - held.keys())])
    return [Place(_row(_standing(group, groups)), known, joined) for group, known, joined in placed]


def _held(named: Collection[str]) -> dict[str, int]:
    """The threads of those ids that have one, locked where the engine has row locks.

    The lock lets others refer to the thread: a reply that is being written doesn't wait for it.
    """
    held = _threads_of(named)
    locked: set[int] = set()
    while connection.features.has_select_for_update and not locked.issuperset(held.values()):
        # What was read before the lock was had may have been joined into another thread since.
        locked.update(held.values())
        threads = Thread.objects.select_for_update(no_key=True).filter(id__in=locked).order_by("id")
        list(threads.values_list("id"))
        held = _threads_of(named)
    return held


def _threads_of(named: Collection[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        return dict(select_among(cursor, _HELD, named))


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
    for group, row in zip(new, _new_threads(len(new), now), strict=True):
        group.row = row


def _new_threads(number: int, now: datetime) -> list[int]:
    created_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        return [int(id) for (id,) in insert_all(cursor, _THREAD, [(created_at,)] * number)]


def _write_keys(keys: Sequence[tuple[str, int]]) -> None:
    if keys:
        with connection.cursor() as cursor:
            cursor.executemany(_KEY, keys)


def continue_thread(thread_id: int | None, message_id: str, *, now: datetime) -> int:
    """The thread of a mail of ours: that of its conversation, or a new one. Only its own id leads there."""
    if thread_id is None:
        (thread_id,) = _new_threads(1, now)
    _write_keys([(message_id, thread_id)])
    return thread_id
