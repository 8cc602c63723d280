import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from opsdesk.journal import actions
from opsdesk.journal.actions import Draft, begin_generation, ensure_generation, record, record_many
from opsdesk.journal.models import Entry, Generation
from opsdesk.journal.queries import Cursor, changes_after, history, horizon_age_s
from opsdesk.kernel.actor import SYSTEM

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def note(case: int) -> Entry:
    return record(
        kind="case.noted", subject_kind="case", subject_id=case, actor=SYSTEM, happened_at=NOW, now=NOW
    )


def read_all(cursor: Cursor, limit: int = 2) -> tuple[list[int], Cursor]:
    seen: list[int] = []
    while True:
        changes = changes_after(cursor, limit=limit)
        cursor = changes.cursor
        if not changes.entries:
            return seen, cursor
        seen.extend(entry.subject_id for entry in changes.entries)


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_every_fact_once_in_pages_and_then_only_what_is_new() -> None:
    ensure_generation(now=NOW)
    for case in range(5):
        note(case)
    seen, cursor = read_all(Cursor())
    assert seen == [0, 1, 2, 3, 4]
    note(5)
    assert read_all(cursor)[0] == [5]


@pytest.mark.django_db
def test_facts_recorded_at_once_keep_their_order_and_the_history_is_newest_first() -> None:
    record_many([Draft(f"case.step{n}", "case", 9, SYSTEM, NOW, {"n": n}) for n in range(3)], now=NOW)
    assert [entry.payload["n"] for entry in history("case", 9)] == [2, 1, 0]
    assert history("case", 10) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_fact_of_a_slow_transaction_is_not_lost_behind_a_faster_one() -> None:
    ensure_generation(now=NOW)
    begun, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note(1)
            begun.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    note(2)
    seen, cursor = read_all(Cursor())
    assert seen == []
    assert horizon_age_s(connection) > 0
    finish.set()
    thread.join()
    later, cursor = read_all(cursor)
    assert sorted(later) == [1, 2]
    assert read_all(cursor)[0] == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_after_a_restore_into_a_younger_cluster_old_facts_count_as_visible_and_readers_start_over() -> None:
    ensure_generation(now=NOW)
    note(1)
    _, cursor = read_all(Cursor())
    with connection.cursor() as sql:
        sql.execute(
            "INSERT INTO journal_entry (kind, subject_kind, subject_id, actor_kind, happened_at, recorded_at,"
            " payload, xact) VALUES ('case.noted', 'case', 2, 'system', now(), now(), '{}', 9000000000000)"
        )
    assert read_all(cursor)[0] == []
    begin_generation(reason="restored", now=NOW)
    changes = changes_after(cursor)
    assert changes.start_over
    assert [entry.subject_id for entry in changes.entries] == [1, 2]
    note(3)
    assert read_all(changes.cursor)[0] == [3]


@pytest.mark.django_db
def test_another_cluster_is_another_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_generation(now=NOW)
    assert ensure_generation(now=NOW) == first
    monkeypatch.setattr(actions.queries, "system_identifier", lambda connection: "elsewhere")
    moved = ensure_generation(now=NOW)
    assert (moved.reason, moved.system_identifier) == ("moved", "elsewhere")
    assert Generation.objects.count() == 2
