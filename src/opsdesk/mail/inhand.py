"""Arrivals as they are read for sorting: which are due, who of several workers takes which, their bytes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import Error, connection

from opsdesk.kernel.sql import aware, select_among
from opsdesk.mail.refusals import ArrivalUnknown
from opsdesk.vault import queries as blobs

READ_AT_ONCE = 25
_SMALL = 1_000_000
# Several workers look so many times further than what one of them takes.
_WORKERS = 16
# Locks of a connection have one number space for all: these begin where nothing else does.
_LOCKS = 0x6D61696C << 32

# The literal lets the index of what is in hand serve, a bound parameter hides it; SQLite has to be told.
_FRESH = "SELECT id FROM mail_arrival {} WHERE outcome = '' AND tries = 0 ORDER BY id LIMIT %s"
_FAILED = "SELECT id FROM mail_arrival {} WHERE outcome = '' AND tries > 0 ORDER BY tries, id LIMIT %s"
_MINE = "WITH due AS MATERIALIZED ({}) SELECT id FROM due WHERE pg_try_advisory_lock(%s + id) LIMIT %s"
_ARRIVALS = (
    "SELECT a.id, a.blob_id, b.size, b.redacted_at, s.desk, s.start_at, a.received_at, a.recorded_at,"
    " a.outcome, a.tries, a.message_id, a.envelope FROM mail_arrival a"
    " JOIN vault_blob b ON b.digest = a.blob_id"
    " JOIN mail_source s ON s.id = a.source_id WHERE a.id IN"
)
_OUTCOMES = "SELECT id, outcome FROM mail_arrival WHERE id IN"
_GIVE_BACK = "SELECT pg_advisory_unlock(%s + id) FROM unnest(%s::bigint[]) AS id"


@dataclass(frozen=True, slots=True)
class InHand:
    """An arrival as it was read, with what its sorting needs of its source and its bytes (`size` of them)."""

    id: int
    digest: str
    size: int
    erased_at: datetime | None
    desk: str
    start_at: datetime | None
    received_at: datetime | None
    recorded_at: datetime
    outcome: str
    tries: int
    message_id: int | None
    envelope: str | None = None


def arrival_of(arrival_id: int) -> InHand:
    """One arrival, in hand or not. Refuses `ArrivalUnknown`."""
    found = _read([arrival_id])
    if not found:
        raise ArrivalUnknown(arrival=arrival_id)
    return found[arrival_id]


def _read(ids: Sequence[int]) -> dict[int, InHand]:
    with connection.cursor() as cursor:
        rows = select_among(cursor, _ARRIVALS, ids)
    return {row[0]: _in_hand(*row) for row in rows}


def _in_hand(
    id: int,
    digest: str,
    size: int,
    erased_at: datetime | None,
    desk: str,
    start_at: datetime | None,
    received_at: datetime | None,
    recorded_at: datetime,
    *rest: Any,
) -> InHand:
    instants = (aware(start_at), aware(received_at), aware(recorded_at) or recorded_at)
    return InHand(id, digest, size, aware(erased_at), desk, *instants, *rest)


@contextmanager
def due(limit: int) -> Iterator[list[InHand]]:
    """Up to `limit` arrivals in hand, those that never failed and the oldest first.

    Where several workers can write at once each gets others, for the length of the block. That only saves
    the parsing in vain: who settles an arrival looks again whether it is still in hand.
    """
    ids = _ids(_FRESH, limit)
    try:
        if len(ids) < limit:
            ids += _ids(_FAILED, limit - len(ids))
        found = _read(ids)
        yield [found[id] for id in ids if not found[id].outcome]
    finally:
        _give_back(ids)


def _ids(statement: str, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        if connection.features.has_select_for_update:
            cursor.execute(_MINE.format(statement.format("")), [limit * _WORKERS, _LOCKS, limit])
        else:
            cursor.execute(statement.format("INDEXED BY arrival_in_hand"), [limit])
        return [int(id) for (id,) in cursor.fetchall()]


def _give_back(ids: list[int]) -> None:
    if not ids or not connection.features.has_select_for_update:
        return
    with suppress(Error), connection.cursor() as cursor:  # a connection that is lost has lost its locks
        cursor.execute(_GIVE_BACK, [_LOCKS, ids])
        cursor.fetchall()


def unchanged(arrivals: Sequence[InHand]) -> set[int]:
    """Those that are still as they were read; who asks in a transaction holds them until its end."""
    as_read = {arrival.id: arrival.outcome for arrival in arrivals}
    lock = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        found = select_among(cursor, _OUTCOMES, as_read, lock)
    return {id for id, outcome in found if outcome == as_read[id]}


def raws(arrivals: Sequence[InHand]) -> Iterator[tuple[int, bytes]]:
    """The bytes of each arrival; small ones are read several at once, a big one when its turn comes."""
    for start in range(0, len(arrivals), READ_AT_ONCE):
        some = arrivals[start : start + READ_AT_ONCE]
        small = blobs.read_many({one.digest for one in some if one.size <= _SMALL})
        for arrival in some:
            yield arrival.id, small.get(arrival.digest) or raw(arrival)


def raw(arrival: InHand) -> bytes:
    """The bytes of an arrival; none when they were erased or are damaged: `filing` tells which."""
    try:
        return blobs.read(arrival.digest)
    except (blobs.BlobRedacted, blobs.BlobMissing, blobs.BlobDamaged):
        return b""
