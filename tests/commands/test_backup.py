"""`opsdesk backup` and `opsdesk restore` on SQLite, as one would call them."""

import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection

from opsdesk.commands.archive import automatic, postgres
from opsdesk.commands.archive.container import read_manifest
from opsdesk.commands.archive.refusals import ToolMissing, ToolTooOld
from opsdesk.commands.running import alone
from opsdesk.journal.triggers import append_only_models
from opsdesk.kernel.version import VERSION
from tests.architecture.source import pyproject
from tests.commands.homes import ROOT, Home, first_landing, upgraded
from tests.worker.processes import free_port, running, until, wait_for_line

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its desks are on SQLite whatever the tests run on: once is enough"
)
WRITER = ROOT / "tests" / "commands" / "writer.py"
# What a restore adds to, because it happened.
GROWS = {"journal_generation"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A desk with a morning's work and a file of many pieces."""
    home = upgraded(tmp_path_factory, tmp_path_factory.mktemp("backup") / "home")
    big = home.path / "big.eml"
    big.write_bytes(b"Subject: big\r\n\r\n" + b"".join(b"%d\r\n" % number for number in range(150_000)))
    home.done("import-mail", big)
    return home


@pytest.fixture(scope="module")
def backup(desk: Home) -> Path:
    path = desk.path.parent / "backup.zip"
    said = desk.done("backup", path)
    assert str(desk.path / "master.key") in said
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    (tmp_path / "empty").mkdir()
    return Home(tmp_path / "empty")


def without(digests: dict[str, str], names: set[str] = GROWS) -> dict[str, str]:
    return {table: digest for table, digest in digests.items() if table not in names}


def altered(backup: Path, target: Path, **changes: Any) -> Path:
    """The backup with another manifest."""
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "x") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | changes).encode()
            new.writestr(name, data)
    return target


def test_all_rows_and_all_bytes_come_back_as_they_were(desk: Home, backup: Path, empty: Home) -> None:
    before = desk.digests()
    said = empty.done("restore", backup, "--send-replies")
    assert without(empty.digests()) == without(before)
    blobs = desk.ask("SELECT COUNT(*) FROM vault_blob")[0][0]
    assert f"{blobs} whole by their digest" in said
    assert "another master key" in said
    assert f"{len(append_only_models())} append-only tables are armed" in said
    assert "2 replies wait to be sent" in said
    generations = empty.ask("SELECT id, reason, base_entry_id FROM journal_generation ORDER BY id")
    newest = empty.ask("SELECT MAX(id) FROM journal_entry")[0][0]
    assert generations == [
        *desk.ask("SELECT id, reason, base_entry_id FROM journal_generation"),
        (2, "restored", newest),
    ]
    assert "append-only triggers: all in place" in empty.run("doctor").stdout


def test_the_manifest_says_what_is_in_it_and_the_key_is_nowhere(desk: Home, backup: Path) -> None:
    manifest = read_manifest(backup)
    assert manifest.engine == "sqlite"
    assert manifest.counts["cases_case"] == desk.ask("SELECT COUNT(*) FROM cases_case")[0][0] > 10
    assert manifest.migrations["journal"] == ["0002_idempotency_keys"]
    assert manifest.generation is not None
    assert (manifest.generation.number, manifest.generation.system_identifier) == (1, "sqlite")
    key = (desk.path / "master.key").read_bytes().strip()
    with zipfile.ZipFile(backup) as file:
        assert sorted(file.namelist()) == ["database.sqlite3", "manifest.json"]
        assert not any(key in file.read(name) for name in file.namelist())
    assert backup.stat().st_mode & 0o077 == 0


def test_the_version_in_the_manifest_is_that_of_the_project() -> None:
    assert pyproject()["project"]["version"] == VERSION  # type: ignore[index]


def test_a_backup_that_is_looked_at_is_told_good_and_nothing_stays(desk: Home, backup: Path) -> None:
    before = sorted(backup.parent.iterdir())
    assert "is good" in desk.done("backup", "--check", backup)
    assert sorted(backup.parent.iterdir()) == before


def test_a_folder_gets_a_file_named_by_the_time(desk: Home, tmp_path: Path) -> None:
    desk.done("backup", tmp_path)
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("opsdesk-")
    assert made.suffix == ".zip"


def test_what_is_there_is_never_overwritten(desk: Home, tmp_path: Path) -> None:
    target = tmp_path / "there.zip"
    target.write_text("mine")
    there, no_folder = desk.each_refused(("backup", target), ("backup", tmp_path / "no" / "b.zip"))
    assert "overwrites nothing" in there
    assert "no folder" in no_folder
    assert target.read_text() == "mine"
    assert "no database yet" in Home(tmp_path / "new").refused("backup", tmp_path / "b.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "there.zip"]


# On a full disk what is measured would be cut short too.
@pytest.mark.no_cover
@pytest.mark.parametrize("size", [50_000, 700_000])
def test_a_disk_that_fills_leaves_nothing(desk: Home, tmp_path: Path, size: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    result = desk.run("backup", tmp_path / "b.zip", limit=limit)
    assert result.returncode == 2
    assert "nothing is left of it" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.no_cover
def test_a_disk_that_fills_while_one_is_unpacked_changes_nothing(
    desk: Home, backup: Path, tmp_path: Path
) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    home = desk.copy(tmp_path / "home")
    before = sorted(path.name for path in home.path.iterdir())
    for command in (("backup", "--check"), ("restore", "--replace", "--yes")):
        result = home.run(*command, backup, limit=limit)
        assert result.returncode == 2, result.stderr
        assert "could not be unpacked" in result.stderr
    assert sorted(path.name for path in home.path.iterdir()) == before
    assert home.digests() == desk.digests()


@pytest.mark.no_cover
def test_killed_at_any_point_it_leaves_no_half_under_the_name(desk: Home, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    began = monotonic()
    desk.done("backup", tmp_path / "first.zip")
    takes_s = monotonic() - began
    (tmp_path / "first.zip").unlink()
    for share in (0.6, 0.75, 0.85, 0.95):
        process = desk.start("-m", "opsdesk", "backup", target)
        sleep(takes_s * share)
        process.kill()
        process.communicate()
        if target.exists():
            desk.done("backup", "--check", target)
            target.unlink()
    desk.done("backup", target)
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


@pytest.mark.no_cover
def test_a_backup_made_while_others_write_is_of_one_instant(desk: Home, empty: Home, tmp_path: Path) -> None:
    busy = desk.copy(tmp_path / "busy")
    writer = busy.start(WRITER)
    try:
        assert writer.stderr is not None
        writer.stderr.readline()
        busy.done("backup", tmp_path / "b.zip")
    finally:
        writer.kill()
        written = len(writer.communicate()[0].split())
    empty.done("restore", tmp_path / "b.zip")
    arrivals = "SELECT COUNT(*) FROM mail_arrival WHERE source_id = (SELECT MAX(id) FROM mail_source)"
    kept = empty.ask(arrivals)[0][0]
    assert 30 <= kept < written <= busy.ask(arrivals)[0][0]
    stored = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'arrival.stored'"
    assert empty.ask(stored) == empty.ask("SELECT COUNT(*) FROM mail_arrival")
    assert empty.ask(
        "SELECT COUNT(*) FROM vault_blob WHERE digest NOT IN (SELECT blob_id FROM vault_chunk)"
    ) == [(0,)]


def test_a_damaged_backup_is_refused_and_changes_nothing(backup: Path, empty: Home, tmp_path: Path) -> None:
    data = backup.read_bytes()
    harms = {
        "cut": data[: len(data) // 2],
        "bytes": data[:100_000] + b"\x00\x01\x02\x03" + data[100_004:],
        "nothing": b"",
        "other": b"no zip at all",
    }
    for name, harmed in harms.items():
        (tmp_path / name).write_bytes(harmed)
    checks = [("backup", "--check", tmp_path / name) for name in harms]
    restores = [("restore", tmp_path / name) for name in harms]
    for said in empty.each_refused(*checks, *restores):
        assert "damaged" in said
    assert not empty.database.exists()


def test_a_backup_that_does_not_fit_is_refused(backup: Path, empty: Home, tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"engine": "postgresql"},
            "The backup is of postgresql and this installation runs on sqlite",
        ),
        ({"engine": "oracle"}, "its manifest is not whole (engine"),
        ({"migrations": {"mail": ["0999_from_tomorrow"]}}, "unknown here: mail.0999_from_tomorrow"),
        ({"format": 2}, "its format is 2"),
        ({"digest": "0" * 64}, "not the one that its manifest describes"),
        ({"size": 1}, "not the one that its manifest describes"),
        ({"counts": {"cases_case": 1}}, "rows and had"),
        ({"counts": None}, "its manifest is not whole (counts"),
        ({"size": None}, "its manifest is not whole (size"),
    ]
    paths = [altered(backup, tmp_path / f"{at}.zip", **changes) for at, (changes, _) in enumerate(cases)]
    for (_, wanted), said in zip(
        cases, empty.each_refused(*(("restore", path) for path in paths)), strict=True
    ):
        assert wanted in said
    assert not empty.database.exists()


def test_a_zip_that_is_no_backup_is_told_so(empty: Home, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "x") as file:
        file.writestr("letter.txt", "hello")
    other, none = empty.each_refused(("restore", tmp_path / "b.zip"), ("restore", tmp_path / "none.zip"))
    assert "no backup of Opsdesk" in other
    assert "no backup at" in none


def test_a_database_that_is_there_is_only_replaced_when_asked_and_agreed_and_is_kept(
    desk: Home, backup: Path, tmp_path: Path
) -> None:
    home = desk.copy(tmp_path / "home")
    home.done("invite", "new@desk.example")
    before = home.digests()
    unasked, unagreed = home.each_refused(("restore", backup), ("restore", backup, "--replace"))
    assert "--replace" in unasked
    assert "--yes" in unagreed
    assert home.digests() == before
    said = home.done("restore", backup, "--replace", "--yes", "--send-replies")
    assert without(home.digests()) == without(desk.digests())
    (aside,) = home.path.glob("*.before-restore-*")
    assert str(aside) in said
    assert "another master key" not in said
    old = Home(tmp_path / "old")
    old.path.mkdir()
    shutil.copy(aside, old.database)
    assert old.digests() == before


@pytest.mark.no_cover
def test_nothing_is_restored_under_a_running_desk(desk: Home, backup: Path, tmp_path: Path) -> None:
    home = desk.copy(tmp_path / "home")
    with running(home.path, "serve", "--port", str(free_port())) as process:
        wait_for_line(process, "ready at")
        assert "Opsdesk is running here (serve" in home.refused("restore", backup, "--replace", "--yes")
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    with closing(sqlite3.connect(home.database)) as other:
        other.execute("SELECT COUNT(*) FROM cases_case").fetchone()
        assert "has the database open" in home.refused("restore", backup, "--replace", "--yes")


def test_nothing_is_restored_beside_a_listener_and_nothing_starts_beside_a_restore(
    desk: Home, backup: Path, tmp_path: Path
) -> None:
    home = desk.copy(tmp_path / "home")
    port = free_port()
    environ = home.environment | {"OPSDESK_SMTP_LISTEN": f"127.0.0.1:{port}"}
    listener = subprocess.Popen([sys.executable, "-m", "opsdesk", "listen"], env=environ)
    try:
        until(lambda: is_open(port))
        assert "another command of this home" in home.refused("restore", backup, "--replace", "--yes")
    finally:
        listener.kill()
        listener.wait()
    with alone(home.path):
        for said in home.each_refused(["serve"], ["web"], ["worker"], ["listen"], ["migrate"]):
            assert "is being restored here" in said
    assert home.digests() == desk.digests()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_replies_that_waited_are_held_until_a_person_sends_them(
    desk: Home, backup: Path, empty: Home
) -> None:
    queued = desk.ask("SELECT id FROM mail_message WHERE delivery = 'queued' ORDER BY id")
    assert len(queued) == 2
    assert "2 replies that waited to be sent are held" in empty.done("restore", backup)
    assert empty.ask("SELECT id FROM mail_message WHERE delivery = 'queued'") == []
    assert empty.ask("SELECT COUNT(*) FROM clock_task WHERE kind = 'mail.deliver' AND state = 'armed'") == [
        (0,)
    ]
    problems = "SELECT id, delivery_problem FROM mail_message WHERE delivery = 'failed' ORDER BY id"
    held = dict(empty.ask(problems))
    for (number,) in queued:
        assert held[number] == "Restored from a backup: sent before? Look, then retry."
    facts = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'message.held'"
    assert empty.ask(facts) == [(2,)]


def test_digests_that_waited_are_called_off(desk: Home, empty: Home, tmp_path: Path) -> None:
    waiting = Home(tmp_path / "waiting")
    shutil.copytree(desk.path, waiting.path)
    armed = (
        "INSERT INTO clock_task (kind, lane, unique_key, subject_kind, subject_id, payload, due_at, run_at,"
        " created_at, state, attempts, last_error) VALUES ('digest.mail', 'io', 'digest.mail:1:1', 'digest',"
        " 1, '{\"person\": 1}', '2026-03-02', '2026-03-02', '2026-03-02', 'armed', 0, '')"
    )
    with closing(sqlite3.connect(waiting.database)) as database, database:
        database.execute(armed)
    waiting.done("backup", tmp_path / "waiting.zip")
    empty.done("restore", tmp_path / "waiting.zip")
    assert empty.ask("SELECT state FROM clock_task WHERE kind = 'digest.mail'") == [("cancelled",)]
    assert empty.ask("SELECT COUNT(*) FROM journal_entry WHERE kind = 'digest.withheld'") == [(1,)]


@pytest.mark.no_cover
def test_killed_in_the_middle_of_a_restore_the_old_or_the_new_is_there(
    desk: Home, backup: Path, tmp_path: Path
) -> None:
    home = desk.copy(tmp_path / "home")
    home.done("invite", "new@desk.example")
    people = "SELECT COUNT(*) FROM people_person"
    old, new = home.ask(people)[0][0], desk.ask(people)[0][0]
    began = monotonic()
    desk.copy(tmp_path / "other").done("restore", backup, "--replace", "--yes")
    takes_s = monotonic() - began
    seen = set()
    for share in (0.5, 0.7, 0.85, 0.95):
        process = home.start("-m", "opsdesk", "restore", "--replace", "--yes", backup)
        sleep(takes_s * share)
        process.kill()
        process.communicate()
        with closing(sqlite3.connect(home.database)) as database:
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        seen.add(home.ask(people)[0][0])
        if home.ask(people)[0][0] == new:
            break
    assert seen <= {old, new}
    home.done("restore", backup, "--replace", "--yes")
    assert home.ask(people) == [(new,)]
    assert not list(home.path.glob(".opsdesk-unfinished-*"))


def test_bytes_that_were_not_whole_before_are_told_and_the_rest_is_restored(
    desk: Home, empty: Home, tmp_path: Path
) -> None:
    hurt = desk.copy(tmp_path / "hurt")
    with closing(sqlite3.connect(hurt.database)) as database:
        for event in ("update", "delete", "insert"):
            database.execute(f"DROP TRIGGER append_only_vault_chunk_{event}")
        database.execute("UPDATE vault_chunk SET data = x'00' WHERE id = (SELECT MIN(id) FROM vault_chunk)")
        database.commit()
    hurt.done("backup", tmp_path / "b.zip")
    path = tmp_path / "b.zip"
    for result in empty.run_each(("backup", "--check", path), ("restore", "--send-replies", path)):
        assert result.returncode == 1, result.stderr
        assert "Not whole, already when the backup was made: 1" in result.stdout
    assert without(empty.digests()) == without(hurt.digests())
    triggers = "SELECT name FROM sqlite_master WHERE name LIKE 'append_only%' ORDER BY name"
    assert empty.ask(triggers) == desk.ask(triggers)


@pytest.mark.no_cover
def test_a_backup_of_an_older_opsdesk_is_brought_up_to_date(tmp_path: Path, empty: Home) -> None:
    old = first_landing(tmp_path / "old")
    columns = old.columns()
    rows = old.digests(columns)
    old.done("backup", tmp_path / "b.zip")
    said = empty.done("restore", tmp_path / "b.zip", "--send-replies")
    assert "Brought up to date: " in said
    assert "mail.0003_sources_and_care" in said
    # Published on the way: desks, calendars, templates and playbooks that were not there yet.
    added = {"cases_target", "journal_entry", "vault_document"}
    changed = {"django_migrations", "django_content_type", "auth_permission", "journal_generation"}
    new = empty.digests(columns)
    assert without(new, changed | added) == without(rows, changed | added)
    for table in added:
        kept, now = (
            set(home.ask(f'SELECT {", ".join(columns[table])} FROM "{table}"')) for home in (old, empty)
        )
        assert kept <= now, table


def test_the_client_programs_of_postgresql_are_asked_for_by_name_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ToolMissing, match="postgresql-client"):
        postgres.tool("pg_no_such_program", server=15)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ToolTooOld, match=r"of version 9.6 and the server of version 15"):
        postgres.tool("pg_dump", server=15)
    assert postgres.tool("pg_dump", server=9) == str(old)


THREE_TIMES = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
django.setup()
from datetime import UTC, datetime
from opsdesk.commands.archive import automatic
for _ in range(3):
    automatic.make_automatic(automatic.BEFORE_MIGRATING, now=datetime.now(UTC))
"""


@pytest.mark.no_cover
def test_automatic_backups_are_three_at_most(tmp_path: Path) -> None:
    assert automatic.KEPT == 3
    home = first_landing(tmp_path / "home")
    process = home.start("-c", THREE_TIMES)
    assert process.wait(60) == 0
    first = min((home.path / "backups").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    home.done("migrate")
    made = sorted(path.name for path in (home.path / "backups").iterdir())
    assert len(made) == 3
    assert first.name not in made
    assert all(name.startswith("before-migrate-") for name in made)
    assert (home.path / "backups").stat().st_mode & 0o077 == 0
    home.done("migrate")
    assert sorted(path.name for path in (home.path / "backups").iterdir()) == made
    kept = read_manifest(home.path / "backups" / made[-1])
    assert kept.migrations["mail"] == ["0002_arrival_arrival_by_received"]


@pytest.mark.no_cover
def test_nothing_is_migrated_without_its_backup(tmp_path: Path) -> None:
    home = first_landing(tmp_path / "home")
    (home.path / "backups").write_text("in the way")
    result = home.run("migrate", "--quiet")
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert home.ask("SELECT COUNT(*) FROM django_migrations WHERE name = '0003_sources_and_care'") == [(0,)]
    home.done("migrate", "--quiet", "--no-backup")
