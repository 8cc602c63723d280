"""Erasing bytes for good: what the rooms do whose rows the bytes belong to, after they asked who may."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import Actor
from opsdesk.vault.models import Blob, Chunk


@transaction.atomic
def erase(digests: Collection[str], *, reason: str, actor: Actor, now: datetime) -> list[str]:
    """Erase what is stored under these digests; a tombstone stays of each, and the journal says who and why.

    The digests that were erased now: what was erased before, or never stored, is passed over. `reason` is a
    code, not a text.
    """
    overwrite_what_is_freed()
    there = Blob.objects.filter(digest__in=digests, redacted_at__isnull=True)
    sizes = dict(there.order_by("digest").select_for_update().values_list("digest", "size"))
    Blob.objects.filter(digest__in=sizes).update(redacted_at=now)
    Chunk.objects.filter(blob_id__in=sizes).delete()
    record_many(
        [
            Draft("blob.redacted", "blob", 0, actor, now, {"digest": digest, "size": size, "reason": reason})
            for digest, size in sizes.items()
        ],
        now=now,
    )
    return list(sizes)


def overwrite_what_is_freed() -> None:
    """Have SQLite fill with zeros what rows leave behind in its file; not every build does so unasked."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
