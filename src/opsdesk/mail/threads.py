"""Messages that answer one another: which thread a mail's ids lead to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import connection

from opsdesk.kernel.sql import insert_all, select_among
from opsdesk.mail import thread_joins
from opsdesk.mail.models import Thread
from opsdesk.mail.thread_joins import Swallowed

_THREAD = "INSERT INTO mail_thread (created_at) VALUES (%s) RETURNING id"
_HELD = "SELECT message_id, thread_id FROM mail_threadkey WHERE message_id IN"
_KEY = "INSERT INTO mail_threadkey (message_id, thread_id) VALUES (%s, %s)"


class Named(Protocol):
    """The ids that thread a mail, its own among them; `nearest`: those it names, its parent's first."""

    @property
    def keys(self) -> Sequence[str]: ...

    @property
    def nearest(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands: its thread, whether it was there before, the threads it made part of it.

    `new_keys`, where there are such: the ids that it was the first to name.
    """

    thread_id: int
    known: bool
    swallowed: tuple[Swallowed, ...] = ()
    new_keys: frozenset[str] = frozenset()


def thread_all(mails: Sequence[Named], *, now: datetime) -> list[Place] | None:
    """The thread of each mail, given its ids.

    Every id seen or referenced is a key, so the order of delivery doesn't matter; a mail that names ids
    of two threads makes them one. Where one of several mails does that, None, and nothing is written: they
    are to come one by one, so that what moved can be told. Two transactions that name the same new id
    collide on it: the second fails as a whole and is run again. Of two that find the same thread the second
    waits for the first, and then sees to which case its mail went.
    """
    held = _held({key for mail in mails for key in mail.keys})
    if len(mails) == 1 and len({*held.values()}) > 1:
        return [_joining(mails[0], held)]
    of: dict[str, int] = dict(held)
    threads: list[int] = []
    for number, mail in enumerate(mails):
        found = {of[key] for key in mail.keys if key in of}
        if len(found) > 1:
            return None
        # One that is not there yet goes by a number of its own below zero.
        threads.append(found.pop() if found else -1 - number)
        of |= dict.fromkeys(mail.keys, threads[-1])
    return _written(mails, threads, of, held, now)


def _written(
    mails: Sequence[Named],
    threads: Sequence[int],
    of: Mapping[str, int],
    held: Mapping[str, int],
    now: datetime,
) -> list[Place]:
    new = list(dict.fromkeys(thread for thread in threads if thread < 0))
    rows = dict(zip(new, _new_threads(len(new), now), strict=True))
    _write_keys([(key, rows.get(of[key], of[key])) for key in sorted(of.keys() - held.keys())])
    begun: set[int] = set()
    places: list[Place] = []
    for thread in threads:
        places.append(Place(rows.get(thread, thread), thread >= 0 or thread in begun))
        begun.add(thread)
    return places


def _joining(mail: Named, held: Mapping[str, int]) -> Place:
    """The one thread that the mail makes of those it names; two that were parted by hand stay apart."""
    parents = [held[id] for id in (*mail.nearest, *mail.keys) if id in held]
    threads = list(dict.fromkeys(parents))
    apart = thread_joins.apart(threads)
    together = threads[:1]
    for thread in threads[1:]:
        if not any(frozenset((thread, other)) in apart for other in together):
            together.append(thread)
    into = min(together)
    swallowed = tuple(
        thread_joins.swallow(thread, into, with_mail=thread == threads[0])
        for thread in sorted(together)
        if thread != into
    )
    new_keys = frozenset(mail.keys) - held.keys()
    _write_keys([(key, into) for key in sorted(new_keys)])
    return Place(into, True, swallowed, new_keys)


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
