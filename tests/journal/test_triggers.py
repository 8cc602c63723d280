from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from opsdesk.deals.models import Deal, Scope, Transfer
from opsdesk.journal import triggers
from opsdesk.journal.actions import record
from opsdesk.journal.models import Entry
from opsdesk.journal.rows import insert_rows
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


def a_deal() -> Deal:
    """A deal as a row alone: what its table refuses is refused whoever writes."""
    scope = Scope.objects.create(country="MN", category="BOATS", stage_since=NOW, recorded_at=NOW)
    instants = dict.fromkeys(["created_at", "recorded_at", "state_since"], NOW)
    money = {"currency": "MNT", "total_minor": 10, "held_minor": 3}
    return Deal.objects.create(scope=scope, template_version=1, state="FUNDED", **money, **instants)


def a_transfer(deal: Deal, action: str, amount: int, cause: str = "") -> Transfer:
    one, other = {"HOLD": ("buyer", "escrow"), "RELEASE": ("escrow", "seller")}[action]
    return Transfer(
        deal=deal,
        key=f"{deal.id}:{action}:{cause}",
        action=action,
        cause=cause,
        from_party=one,
        to_party=other,
        amount_minor=amount,
        currency="MNT",
        happened_at=NOW,
        recorded_at=NOW,
    )


def written(*transfers: Transfer) -> bool:
    """Whether one statement with all of them is taken."""
    try:
        with transaction.atomic():
            insert_rows(transfers)
    except DatabaseError as refusal:
        return "deals_transfer refuses this row" not in str(refusal)
    return True


def test_a_row_that_must_not_be_is_refused_and_others_are_let_through() -> None:
    deal = a_deal()
    assert not written(a_transfer(deal, "RELEASE", 1))
    assert written(a_transfer(deal, "HOLD", 10))
    assert not written(a_transfer(deal, "RELEASE", 11))
    assert written(a_transfer(deal, "RELEASE", 10))
    assert not written(a_transfer(deal, "RELEASE", 1, "more"))


def test_of_several_rows_of_one_statement_each_counts_those_before_it() -> None:
    deal = a_deal()
    assert not written(
        a_transfer(deal, "HOLD", 10),
        a_transfer(deal, "RELEASE", 6, "one"),
        a_transfer(deal, "RELEASE", 5, "two"),
    )
    assert Transfer.objects.count() == 0
    assert written(
        a_transfer(deal, "HOLD", 10),
        a_transfer(deal, "RELEASE", 6, "one"),
        a_transfer(deal, "RELEASE", 4, "two"),
    )


def test_another_deals_money_does_not_count() -> None:
    deal = a_deal()
    assert written(a_transfer(deal, "HOLD", 10))
    Scope.objects.update(category="SHIPS")
    assert not written(a_transfer(a_deal(), "RELEASE", 1))


def test_the_check_of_new_rows_is_one_of_the_triggers_that_must_be_there() -> None:
    unfit = "append_only_deals_transfer_unfit"
    assert unfit in triggers.names(connection, Transfer)
    triggers.lift(connection)
    assert unfit in triggers.missing(connection)
    assert written(a_transfer(a_deal(), "RELEASE", 1))
    triggers.install(connection)
    assert triggers.missing(connection) == []


def test_a_row_can_not_be_replaced_by_another_with_its_unique_key() -> None:
    deal = a_deal()
    assert written(a_transfer(deal, "HOLD", 10))
    if connection.vendor != "sqlite":
        refused("UPDATE deals_transfer SET amount_minor = 99")
        return
    kept = "deal_id, key, action, cause, from_party, to_party, currency, happened_at, recorded_at"
    refused(
        f"INSERT OR REPLACE INTO deals_transfer ({kept}, amount_minor) SELECT {kept}, 99 FROM deals_transfer"
    )
