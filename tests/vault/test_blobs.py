import hashlib
import os
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.vault import queries
from opsdesk.vault.actions import CHUNK_BYTES, AlreadyRedacted, publish, redact, store, store_many
from opsdesk.vault.models import Blob, Chunk
from tests import cast

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_bytes_come_back_as_they_were_whatever_their_size() -> None:
    for size in (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 5):
        data = os.urandom(size)
        blob = store(data, media_type="application/octet-stream", now=NOW)
        assert blob.digest == hashlib.sha256(data).hexdigest()
        assert queries.read(blob.digest) == data
    assert max(len(bytes(data)) for data in Chunk.objects.values_list("data", flat=True)) <= CHUNK_BYTES


@pytest.mark.django_db
def test_the_same_bytes_are_stored_once() -> None:
    store_many([b"one", b"two", b"one"], media_type="text/plain", now=NOW)
    store(b"two", media_type="text/plain", now=NOW)
    assert Blob.objects.count() == 2
    assert Chunk.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_store_the_same_bytes_once() -> None:
    data = os.urandom(CHUNK_BYTES + 10)
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        store(data, media_type="application/octet-stream", now=NOW)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Blob.objects.count(), Chunk.objects.count()) == (1, 2)
    assert queries.read(Blob.objects.get().digest) == data


@pytest.mark.django_db
def test_erased_bytes_leave_their_digest_and_an_entry_that_holds_none_of_them() -> None:
    blob = store(b"a secret", media_type="text/plain", now=NOW)
    redact(blob.digest, reason="erasure-request", actor=cast.admin().actor, now=NOW)
    with pytest.raises(queries.BlobRedacted):
        queries.read(blob.digest)
    assert Chunk.objects.count() == 0
    entry = Entry.objects.get(kind="blob.redacted")
    assert entry.payload == {"digest": blob.digest, "size": 8, "reason": "erasure-request"}
    with pytest.raises(AlreadyRedacted):
        redact(blob.digest, reason="again", actor=cast.admin("anna").actor, now=NOW)


@pytest.mark.django_db
def test_only_an_admin_erases() -> None:
    blob = store(b"a secret", media_type="text/plain", now=NOW)
    with pytest.raises(NotAnAdmin):
        redact(blob.digest, reason="x", actor=cast.lead().actor, now=NOW)
    assert queries.read(blob.digest) == b"a secret"


@pytest.mark.django_db
def test_bytes_that_are_not_there_are_a_named_refusal() -> None:
    with pytest.raises(queries.BlobMissing):
        queries.read("0" * 64)


@pytest.mark.django_db
def test_a_document_gets_the_next_number_and_the_same_text_publishes_nothing() -> None:
    admin = cast.admin().actor
    for source in ("one", "two", "two", "one"):
        publish(kind="desk", name="d", source=source, note="", actor=admin, now=NOW)
    assert [document.source for document in queries.versions("desk", "d")] == ["one", "two", "one"]
    newest = queries.current("desk", "d")
    assert newest is not None
    assert newest.version == 3
    assert queries.names("desk") == ["d"]
