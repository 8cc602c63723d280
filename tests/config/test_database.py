"""How SQLite is really opened: a kill shows no loss of power, so the settings themselves are asserted."""

import threading

import pytest
from django.db import connection


def pragmas() -> tuple[str, int, int]:
    with connection.cursor() as cursor:
        return tuple(  # type: ignore[return-value]
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )


@pytest.mark.django_db(transaction=True)
def test_every_connection_of_sqlite_writes_ahead_and_syncs_fully() -> None:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_encoding")
            assert cursor.fetchone()[0] == "UTF8"
        return
    found = [pragmas()]

    def run() -> None:
        found.append(pragmas())
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [("wal", 2, 1), ("wal", 2, 1)]
