"""`opsdesk backup` and `opsdesk restore` on PostgreSQL, each desk in a database of its own."""

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.homes import FIRST_LANDING, Home, new_database, server
from tests.commands.test_backup import WRITER, without
from tests.once import new_home

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def filled(home: Home) -> Home:
    """The database of the first landing."""
    with gzip.open(FIRST_LANDING / "opsdesk.sql.gz") as dump:
        subprocess.run(
            ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", home.url],
            input=dump.read(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return home


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with a morning's work, brought up to date."""
    with new_database("care_upgraded") as url:
        filled(Home(tmp_path_factory.mktemp("upgraded"), url)).done("migrate", "--quiet")
        yield "care_upgraded"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database that `opsdesk migrate` has made."""
    with new_database("care_migrated") as url:
        Home(tmp_path_factory.mktemp("migrated"), url).done("migrate", "--quiet")
        yield "care_migrated"


@pytest.fixture
def other(tmp_path: Path, migrated: str) -> Iterator[Home]:
    """A desk of its own, with nothing in it yet."""
    with new_database("care_c", migrated) as url:
        (tmp_path / "c").mkdir()
        yield Home(tmp_path / "c", url)


@pytest.fixture
def homes(tmp_path: Path, upgraded: str) -> Iterator[tuple[Home, Home]]:
    """A desk with a morning's work and an empty one."""
    with new_database("care_a", upgraded) as one, new_database("care_b") as other:
        found = Home(tmp_path / "a", one), Home(tmp_path / "b", other)
        for home in found:
            home.path.mkdir()
        yield found


def test_all_rows_and_all_bytes_come_back_as_they_were(homes: tuple[Home, Home], tmp_path: Path) -> None:
    desk, empty = homes
    before = desk.digests()
    desk.done("backup", tmp_path / "b.zip")
    assert "is good" in desk.done("backup", "--check", tmp_path / "b.zip")
    said = empty.done("restore", tmp_path / "b.zip", "--send-replies")
    assert without(empty.digests()) == without(before)
    blobs = desk.ask("SELECT COUNT(*) FROM vault_blob")[0][0]
    assert f"{blobs} whole by their digest" in said
    assert "another master key" in said
    kinds = [row[0] for row in empty.ask("SELECT reason FROM journal_generation ORDER BY id")]
    assert kinds == ["first", "moved", "restored"][-len(kinds) :]
    assert kinds[-1] == "restored"
    assert "append-only triggers: all in place" in empty.run("doctor").stdout
    # What is new gets numbers of its own.
    empty.done("import-mail", a_mail(tmp_path))


def a_mail(folder: Path) -> Path:
    path = folder / "new.eml"
    path.write_bytes(b"From: a@b.example\r\nSubject: new\r\nMessage-ID: <new@b.example>\r\n\r\nnew\r\n")
    return path


def test_a_backup_made_while_others_write_is_of_one_instant(homes: tuple[Home, Home], tmp_path: Path) -> None:
    desk, empty = homes
    writer = desk.start(WRITER)
    try:
        assert writer.stderr is not None
        writer.stderr.readline()
        desk.done("backup", tmp_path / "b.zip")
        while_running = desk.refused("restore", tmp_path / "b.zip", "--replace", "--yes")
    finally:
        writer.kill()
        written = len(writer.communicate()[0].split())
    assert "other programs are connected" in while_running
    empty.done("restore", tmp_path / "b.zip")
    arrivals = "SELECT COUNT(*) FROM mail_arrival WHERE source_id = (SELECT MAX(id) FROM mail_source)"
    assert 30 <= empty.ask(arrivals)[0][0] < written <= desk.ask(arrivals)[0][0]
    stored = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'arrival.stored'"
    assert empty.ask(stored) == empty.ask("SELECT COUNT(*) FROM mail_arrival")


def test_a_database_that_is_there_is_kept_as_a_backup(
    homes: tuple[Home, Home], other: Home, tmp_path: Path
) -> None:
    desk, _ = homes
    desk.done("backup", tmp_path / "b.zip")
    other.done("invite", "new@desk.example")
    before = other.digests()
    unasked, unagreed = other.each_refused(
        ["restore", tmp_path / "b.zip"], ["restore", tmp_path / "b.zip", "--replace"]
    )
    assert "--replace" in unasked
    assert "--yes" in unagreed
    assert other.digests() == before
    other.done("restore", tmp_path / "b.zip", "--replace", "--yes", "--send-replies")
    assert without(other.digests()) == without(desk.digests())
    (aside,) = (other.path / "backups").glob("before-restore-*.zip")
    other.done("restore", aside, "--replace", "--yes", "--send-replies")
    assert without(other.digests()) == without(before)


def test_a_restore_that_fails_leaves_the_database_as_it_was(
    homes: tuple[Home, Home], other: Home, tmp_path: Path
) -> None:
    desk, _ = homes
    desk.done("backup", tmp_path / "b.zip")
    before = other.digests()
    bad = tmp_path / "bad.zip"
    data = (tmp_path / "b.zip").read_bytes()
    bad.write_bytes(data[: len(data) // 2] + b"\x00\x01\x02" + data[len(data) // 2 + 3 :])
    assert "damaged" in other.refused("restore", bad, "--replace", "--yes")
    # Something of somebody else's that nothing can take away.
    with server(other.url) as ask:
        ask(
            "CREATE FUNCTION stay() RETURNS event_trigger LANGUAGE plpgsql"
            " AS $$ BEGIN IF EXISTS (SELECT 1 FROM pg_event_trigger_dropped_objects()"
            " WHERE object_name = 'cases_case') THEN RAISE 'no drop'; END IF; END $$"
        )
        ask("CREATE EVENT TRIGGER stay ON sql_drop EXECUTE FUNCTION stay()")
    assert "psql gave up" in other.refused("restore", tmp_path / "b.zip", "--replace", "--yes")
    with server(other.url) as ask:
        ask("DROP EVENT TRIGGER stay")
        ask("DROP FUNCTION stay()")
    assert other.digests() == before


def test_a_restore_that_was_broken_off_is_told_by_all_that_start(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    desk, _ = homes
    desk.done("backup", tmp_path / "b.zip")
    desk.ask("CREATE TABLE opsdesk_restoring ()")
    for said in desk.each_refused(["serve"], ["web"], ["worker"], ["migrate"]):
        assert "was broken off" in said
    (ill,) = desk.run_each(["doctor"])
    assert ill.returncode == 1
    assert "was broken off" in ill.stdout
    desk.done("restore", tmp_path / "b.zip", "--replace", "--yes")
    assert "ill version" not in desk.run("doctor").stdout


# What somebody whom nobody saw stores between the keeping of the old database and its end.
STORED_MEANWHILE = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
django.setup()
from opsdesk.commands.main import main
from opsdesk.commands.archive import restoring
put_back = restoring.postgres.put_back
def late(dump, **more):
    from django.db import connection
    from opsdesk.journal.actions import record
    from opsdesk.kernel.actor import SYSTEM
    from datetime import UTC, datetime
    now = datetime.now(UTC)
    assert restoring.postgres.UNFINISHED in connection.introspection.table_names()
    record(kind="late.stored", subject_kind="x", subject_id=1, actor=SYSTEM, happened_at=now, now=now)
    put_back(dump, **more)
restoring.postgres.put_back = late
sys.exit(main(sys.argv[1:]))
"""


def test_what_is_stored_while_the_old_database_is_kept_is_not_lost(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    desk, _ = homes
    desk.done("backup", tmp_path / "b.zip")
    words = ("restore", tmp_path / "b.zip", "--replace", "--yes")
    process = desk.start("-c", STORED_MEANWHILE, *words)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 2, said
    assert "something was stored while the old database was being kept" in said
    assert desk.ask("SELECT COUNT(*) FROM journal_entry WHERE kind = 'late.stored'") == [(1,)]
    assert "opsdesk_restoring" not in desk.tables()
    desk.done(*words)
    assert desk.ask("SELECT COUNT(*) FROM journal_entry WHERE kind = 'late.stored'") == [(0,)]


def test_a_backup_of_the_other_engine_is_refused(
    homes: tuple[Home, Home], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk, empty = homes
    desk.done("backup", tmp_path / "p.zip")
    file = Home(new_home(tmp_path_factory, tmp_path / "s"))
    assert "of postgresql and this installation runs on sqlite" in file.refused("restore", tmp_path / "p.zip")
    assert "is good" in file.done("backup", "--check", tmp_path / "p.zip")
    file.done("backup", tmp_path / "s.zip")
    assert "of sqlite and this installation runs on postgresql" in empty.refused(
        "restore", tmp_path / "s.zip"
    )
    assert empty.tables() == []


def test_an_old_client_program_is_named_with_what_is_needed(homes: tuple[Home, Home], tmp_path: Path) -> None:
    desk, _ = homes
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o700)
    path = f"{old.parent}{os.pathsep}{os.environ['PATH']}"
    assert "pg_dump is of version 9.6" in desk.refused("backup", tmp_path / "b.zip", PATH=path)
    assert not (tmp_path / "b.zip").exists()
