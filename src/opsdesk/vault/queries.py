"""Reading bytes and published documents."""

from collections.abc import Collection

from django.db import connection

from opsdesk.journal.rows import select_rows
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.kernel.sql import select_among
from opsdesk.vault.models import Blob, Chunk, Document

_CHUNKS = (
    "SELECT c.blob_id, c.data, b.size FROM vault_chunk c JOIN vault_blob b ON b.digest = c.blob_id"
    " WHERE b.redacted_at IS NULL AND c.blob_id IN"
)


class BlobMissing(Refusal):
    message = gettext_noop("No bytes are stored under the digest %(digest)s.")


class BlobRedacted(Refusal):
    message = gettext_noop("These bytes were erased on purpose on %(on)s; only their digest is left.")


class BlobDamaged(Refusal):
    message = gettext_noop("The bytes stored under %(digest)s are not complete. Restore them from a backup.")


def read(digest: str) -> bytes:
    """All bytes of a blob, in order."""
    blob = Blob.objects.filter(digest=digest).first()
    if blob is None:
        raise BlobMissing(digest=digest)
    if blob.redacted_at is not None:
        raise BlobRedacted(on=blob.redacted_at.date())
    chunks = Chunk.objects.filter(blob_id=digest).order_by("number").values_list("data", flat=True)
    data = b"".join(bytes(chunk) for chunk in chunks)
    if len(data) != blob.size:
        raise BlobDamaged(digest=digest)
    return data


def read_many(digests: Collection[str]) -> dict[str, bytes]:
    """The bytes of several small blobs at once; what was erased, is missing or not whole is left out."""
    pieces: dict[str, list[bytes]] = {}
    sizes: dict[str, int] = {}
    with connection.cursor() as cursor:
        chunks = select_among(cursor, _CHUNKS, digests, " ORDER BY c.blob_id, c.number")
    for digest, data, size in chunks:
        pieces.setdefault(digest, []).append(bytes(data))
        sizes[digest] = size
    whole = {digest: b"".join(found) for digest, found in pieces.items()}
    return {digest: data for digest, data in whole.items() if len(data) == sizes[digest]}


def current(kind: str, name: str) -> Document | None:
    """The newest published version of a document."""
    newest = "WHERE kind = %s AND name = %s ORDER BY version DESC LIMIT 1"
    return next(iter(select_rows(Document, newest, [kind, name])), None)


def version(kind: str, name: str, number: int) -> Document | None:
    """One published version of a document."""
    return Document.objects.filter(kind=kind, name=name, version=number).first()


def versions(kind: str, name: str) -> list[Document]:
    """All published versions, newest first."""
    return list(Document.objects.filter(kind=kind, name=name).order_by("-version"))


def names(kind: str) -> list[str]:
    """The names under which documents of a kind are published."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT name FROM vault_document WHERE kind = %s ORDER BY name", [kind])
        return [name for (name,) in cursor.fetchall()]
