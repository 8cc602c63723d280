from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from opsdesk.journal import triggers
from opsdesk.journal.actions import record
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from opsdesk.vault.actions import publish, store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def an_entry() -> Entry:
    return record(
        kind="case.noted", subject_kind="case", subject_id=7, actor=SYSTEM, happened_at=NOW, now=NOW
    )


def refused(statement: str, *values: object) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


def test_every_append_only_table_has_all_its_triggers_after_the_migrations() -> None:
    tables = {model._meta.db_table for model in triggers.append_only_models()}
    assert tables >= {"journal_entry", "journal_generation", "vault_chunk", "vault_document"}
    assert triggers.missing(connection) == []


def test_a_trigger_that_is_gone_is_named_and_comes_back_with_install() -> None:
    triggers.lift(connection)
    assert any("journal_entry" in name for name in triggers.missing(connection))
    triggers.install(connection)
    triggers.install(connection)
    assert triggers.missing(connection) == []


def test_an_entry_can_be_neither_changed_nor_deleted() -> None:
    entry = an_entry()
    refused("UPDATE journal_entry SET kind = 'x' WHERE id = %s", entry.id)
    refused("DELETE FROM journal_entry WHERE id = %s", entry.id)
    assert Entry.objects.get(id=entry.id).kind == "case.noted"


def test_an_entry_can_not_be_replaced_by_another_of_its_id() -> None:
    if connection.vendor != "sqlite":
        refused("TRUNCATE journal_entry CASCADE")
        return
    entry = an_entry()
    columns = "id, kind, subject_kind, subject_id, actor_kind, happened_at, recorded_at, payload, xact"
    refused(
        f"INSERT OR REPLACE INTO journal_entry ({columns})"
        " VALUES (%s, 'x', 'case', 7, 'system', '', '', '{}', 0)",
        entry.id,
    )
    assert Entry.objects.get(id=entry.id).kind == "case.noted"


def test_a_document_can_not_take_the_place_of_a_published_version() -> None:
    publish(kind="desk", name="support", source="one", note="", actor=SYSTEM, now=NOW)
    refused("UPDATE vault_document SET source = 'two'")
    refused("DELETE FROM vault_document")


def test_stored_bytes_can_be_neither_changed_nor_deleted_while_they_are_not_redacted() -> None:
    store(b"bytes", media_type="text/plain", now=NOW)
    refused("UPDATE vault_chunk SET number = 5")
    refused("DELETE FROM vault_chunk")
