"""Storing bytes by their digest, erasing them, publishing documents."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.kernel.sql import insert_all
from opsdesk.vault import queries
from opsdesk.vault.erasing import erase
from opsdesk.vault.models import Blob, Document

CHUNK_BYTES = 1_000_000
# Mail comes one by one: as ready SQL these take a fifth of the time that building them takes.
_BLOB = (
    "INSERT INTO vault_blob (digest, size, media_type, stored_at) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_CHUNK = "INSERT INTO vault_chunk (blob_id, number, data) VALUES (%s, %s, %s)"


class AlreadyRedacted(Refusal):
    message = gettext_noop("These bytes were erased before.")


class PublishedMeanwhile(Refusal):
    message = gettext_noop(
        "Somebody has published version %(version)s since you began. Nothing was published: look at that"
        " version, put into your text what it changed, and publish again."
    )

    def __init__(self, *, version: int) -> None:
        self.version = version
        super().__init__(version=version)


def digest_of(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@transaction.atomic
def store(data: bytes, *, media_type: str, now: datetime) -> Blob:
    """Store bytes once; the same bytes again answer with the blob that is there, erased or not."""
    return store_many([data], media_type=media_type, now=now)[0]


def store_one(data: bytes, *, media_type: str, now: datetime) -> str:
    """Store bytes as `store` does, in the caller's transaction and with the fewest statements; the digest.

    Of two transactions that store the same bytes the second waits for the first, and then writes nothing.
    """
    digest = digest_of(data)
    with connection.cursor() as cursor:
        stored_at = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_BLOB, [digest, len(data), media_type, stored_at])
        if cursor.rowcount == 1:
            for chunk in _chunks(digest, data):
                cursor.execute(_CHUNK, chunk)
    return digest


@transaction.atomic
def store_many(items: Sequence[bytes], *, media_type: str, now: datetime) -> list[Blob]:
    """Store several items as `store` does one; the answer is in their order."""
    digests = write_many(items, media_type=media_type, now=now)
    known = Blob.objects.in_bulk(set(digests))
    return [known[digest] for digest in digests]


def write_many(items: Sequence[bytes], *, media_type: str, now: datetime) -> list[str]:
    """Store several items as `store_one` does one; their digests in their order.

    They are written in the order of their digests: two who store the same ones don't wait for each other.
    """
    digests = [digest_of(data) for data in items]
    by_digest = dict(sorted(zip(digests, items, strict=True)))
    stored_at = connection.ops.adapt_datetimefield_value(now)
    blobs = [(digest, len(data), media_type, stored_at) for digest, data in by_digest.items()]
    with connection.cursor() as cursor:
        mine = [digest for (digest,) in insert_all(cursor, f"{_BLOB} RETURNING digest", blobs)]
        chunks = [chunk for digest in mine for chunk in _chunks(digest, by_digest[digest])]
        if chunks:
            cursor.executemany(_CHUNK, chunks)
    return digests


def _chunks(digest: str, data: bytes) -> list[tuple[str, int, bytes]]:
    starts = range(0, len(data), CHUNK_BYTES)
    return [(digest, number, data[start : start + CHUNK_BYTES]) for number, start in enumerate(starts)]


@transaction.atomic
def redact(digest: str, *, reason: str, actor: Actor, now: datetime) -> Blob:
    """Erase the bytes for good; the digest stays as a tombstone, and the journal says who and why.

    `reason` is a code, not a text. Refuses `BlobMissing`, `AlreadyRedacted`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    blob = Blob.objects.filter(digest=digest).first()
    if blob is None:
        raise queries.BlobMissing(digest=digest)
    if not erase([digest], reason=reason, actor=actor, now=now):
        raise AlreadyRedacted
    blob.redacted_at = now
    return blob


@transaction.atomic
def publish(
    *, kind: str, name: str, source: str, note: str, actor: Actor, now: datetime, seen: int | None = None
) -> Document:
    """Publish the next version of a document; the text of the newest version again publishes nothing.

    Whether the text is any good is checked by the room whose document it is, before it calls this. `seen`:
    the version that was the newest when the text was begun, 0 for none. Refuses `PublishedMeanwhile`.
    """
    digest = digest_of(source.encode())
    rows.one_by_one(f"document {kind} {name}")
    newest = queries.current(kind, name)
    if newest is not None and newest.digest == digest:
        return newest
    if seen is not None and newest is not None and newest.version != seen:
        raise PublishedMeanwhile(version=newest.version)
    document = Document.objects.create(
        kind=kind,
        name=name,
        version=newest.version + 1 if newest else 1,
        source=source,
        digest=digest,
        published_at=now,
        published_by_id=actor.id,
        note=note,
    )
    record(
        kind=f"{kind}.published",
        subject_kind="document",
        subject_id=document.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"name": name, "version": document.version},
    )
    return document
