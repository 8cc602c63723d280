"""Rows as ready SQL: what is written and read is what the ORM writes and reads."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, models, transaction

from opsdesk.accounts.models import Account, Address
from opsdesk.clock.models import HouseHoliday, Task
from opsdesk.journal import rows
from opsdesk.journal.models import Entry
from opsdesk.vault.models import Blob

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 15, 4, 5, 678901, tzinfo=UTC)
IN_SEOUL = AT.astimezone(ZoneInfo("Asia/Seoul"))


def task(key: str = "one", **changes: object) -> Task:
    facts = {
        "kind": "test.kind",
        "lane": "io",
        "unique_key": key,
        "subject_kind": "case",
        "subject_id": 2**40,
        "payload": {"words": ["ж", "통화", None, 1.5], "deep": {"yes": True}},
        "due_at": IN_SEOUL,
        "run_at": AT.replace(microsecond=0),
        "created_at": AT,
    }
    return Task(**facts | changes)


def account(key: str = "one", **changes: object) -> Account:
    facts = {"key": key, "name": "Żółw % Ltd '%s'", "live_on": date(2026, 1, 31), "recorded_at": AT}
    return Account(**facts | changes)


def entry(key: str = "one") -> Entry:
    return Entry(
        kind="test.done",
        subject_kind=key,
        subject_id=7,
        actor_kind="person",
        actor_id=None,
        happened_at=AT - timedelta(days=3),
        recorded_at=AT,
        payload={},
    )


def blob(key: str = "one") -> Blob:
    return Blob(digest=key, size=3, media_type="text/plain", stored_at=AT)


def day(key: str = "one") -> HouseHoliday:
    return HouseHoliday(calendar=key, on=date(2026, 5, 1), name="May", recorded_at=AT)


def stored(row: models.Model) -> list[object]:
    """What the table holds of a row, besides the keys that tell two rows apart."""
    with connection.cursor() as cursor:
        names = [field.column for field in row._meta.concrete_fields]
        table, key = row._meta.db_table, row._meta.pk.column
        cursor.execute(f'SELECT * FROM {table} WHERE "{key}" = %s', [row.pk])
        held = dict(zip([each[0] for each in cursor.description], cursor.fetchone(), strict=True))
    apart = {key, "unique_key", "key", "digest", "calendar", "subject_kind", "xact"}
    return [held[name] for name in names if name not in apart]


@pytest.mark.parametrize("build", [task, account, entry, blob, day])
def test_a_row_is_written_and_read_as_the_orm_does_it(build: Callable[[str], models.Model]) -> None:
    by_the_orm, ready = build("orm"), build("ready")
    by_the_orm.save(force_insert=True)
    rows.insert_row(ready)
    assert stored(ready) == stored(by_the_orm)
    model, key = type(ready), ready._meta.pk
    (read,) = rows.select_rows(model, f'WHERE "{key.column}" = %s', [ready.pk])
    expected = model._default_manager.get(pk=ready.pk)
    names = [field.attname for field in model._meta.concrete_fields]
    assert {name: getattr(read, name) for name in names} == {name: getattr(expected, name) for name in names}
    assert not read._state.adding


def test_what_was_written_is_changed_by_the_next_save() -> None:
    row = account()
    rows.insert_row(row)
    row.name = "Another name"
    row.save()
    assert [each.name for each in Account.objects.all()] == ["Another name"]


def test_many_rows_learn_their_numbers_in_their_order() -> None:
    many = [account(f"key-{number}") for number in range(1000)]
    rows.insert_rows(many)
    assert dict(Account.objects.values_list("id", "key")) == {row.id: row.key for row in many}
    assert [row.id for row in many] == sorted(row.id for row in many)


def test_no_rows_are_written_at_all() -> None:
    rows.insert_rows([])
    assert not Account.objects.exists()


def test_a_row_that_is_there_stays_as_it_is() -> None:
    first, second = task(subject_id=1), task(subject_id=2)
    assert rows.insert_unless_there(first, unique=["unique_key"])
    assert not rows.insert_unless_there(second, unique=["unique_key"])
    assert [each.subject_id for each in Task.objects.all()] == [1]
    assert (first.id, second.id) == (Task.objects.get().id, None)


def test_another_broken_constraint_is_no_row_that_is_there() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert_unless_there(task(attempts=-1), unique=["unique_key"])


def test_a_row_is_written_or_some_of_its_columns_are_changed() -> None:
    for name, seen in (("first", date(2026, 1, 1)), ("second", date(2026, 2, 2))):
        rows.insert_or_update(account(name=name, live_on=seen), unique=["key"], changes=["live_on"])
    assert list(Account.objects.values_list("name", "live_on")) == [("first", date(2026, 2, 2))]


def test_rows_change_only_where_they_are_as_they_were_seen() -> None:
    rows.insert_rows([task("a"), task("b"), task("c", leased_until=AT)])
    changes = {"attempts": 3, "run_at": IN_SEOUL, "payload": {"changed": 1}}
    assert rows.update_rows(Task, changes, kind="test.kind", leased_until=None) == 2
    assert rows.update_rows(Task, {"attempts": 9}, unique_key="a", attempts=2) == 0
    found = {each.unique_key: (each.attempts, each.run_at, each.payload) for each in Task.objects.all()}
    assert found["a"] == found["b"] == (3, AT, {"changed": 1})
    assert found["c"][0] == 0


def test_a_column_may_be_emptied_and_a_relation_named_either_way() -> None:
    owner = account(left_on=date(2026, 6, 1))
    rows.insert_row(owner)
    address = Address(account=owner, email="ann@dealer.example")
    rows.insert_row(address)
    assert rows.update_rows(Account, {"left_on": None}, id=owner.id) == 1
    assert rows.update_rows(Address, {"removed_at": AT}, account_id=owner.id) == 1
    assert rows.update_rows(Address, {"removed_at": None}, account=owner.id) == 1
    assert Account.objects.get().left_on is None
    assert Address.objects.get().removed_at is None
