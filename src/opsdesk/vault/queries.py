"""Reading bytes and published documents."""

from collections.abc import Collection

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault.models import Blob, Chunk, Document


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
    sizes = dict(
        Blob.objects.filter(digest__in=digests, redacted_at__isnull=True).values_list("digest", "size")
    )
    pieces: dict[str, list[bytes]] = {digest: [] for digest in sizes}
    chunks = Chunk.objects.filter(blob_id__in=sizes).order_by("blob_id", "number")
    for digest, data in chunks.values_list("blob_id", "data"):
        pieces[digest].append(bytes(data))
    whole = {digest: b"".join(found) for digest, found in pieces.items()}
    return {digest: data for digest, data in whole.items() if len(data) == sizes[digest]}


def current(kind: str, name: str) -> Document | None:
    """The newest published version of a document."""
    return Document.objects.filter(kind=kind, name=name).order_by("-version").first()


def version(kind: str, name: str, number: int) -> Document | None:
    """One published version of a document."""
    return Document.objects.filter(kind=kind, name=name, version=number).first()


def versions(kind: str, name: str) -> list[Document]:
    """All published versions, newest first."""
    return list(Document.objects.filter(kind=kind, name=name).order_by("-version"))


def names(kind: str) -> list[str]:
    """The names under which documents of a kind are published."""
    return list(Document.objects.filter(kind=kind).order_by("name").values_list("name", flat=True).distinct())
