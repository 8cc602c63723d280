"""A database of the first landing is brought up to date with all that is in it, and none goes back unseen."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.homes import Home, digest_of, first_landing
from tests.worker.processes import free_port

# What an upgrade adds to: what Django keeps of the tables, and what is published as it was not there yet.
PUBLISHED = {"cases_target", "journal_entry", "vault_document"}
GROWS = {"django_migrations", "django_content_type", "auth_permission", *PUBLISHED}
PAGES = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
django.setup()
from django.test import Client
from opsdesk.cases.models import Case
from opsdesk.people.models import Person
client = Client(HTTP_HOST="localhost")
client.force_login(Person.objects.get(email="ada@desk.example"))
desk = "/desks/support"
pages = [f"{desk}/queues/ops", "/intake", f"{desk}/funnel", f"{desk}/definition", "/health"]
pages += [f"/cases/{id}" for id in Case.objects.order_by("id").values_list("id", flat=True)]
for page in pages:
    sys.stdout.write(f"{client.get(page, follow=True).status_code} {page}\\n")
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return first_landing(tmp_path_factory.mktemp("before") / "home")


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = first_landing(tmp_path_factory.mktemp("after") / "home")
    said = home.done("migrate")
    assert "Backed up first: " in said
    return home


def test_every_row_of_every_old_table_is_there_with_all_its_old_columns(before: Home, after: Home) -> None:
    columns = before.columns()
    assert len(columns) > 30
    old, new = before.digests(columns), after.digests(columns)
    assert {table for table in old if old[table] != new[table]} <= GROWS
    for table in GROWS:
        rows = [
            set(home.ask(f'SELECT {", ".join(columns[table])} FROM "{table}"')) for home in (before, after)
        ]
        assert rows[0] <= rows[1], table


def test_the_fixture_holds_what_an_upgrade_could_lose(before: Home) -> None:
    states = dict(before.ask("SELECT state, COUNT(*) FROM cases_case GROUP BY state"))
    assert states.keys() == {"open", "waiting", "resolved", "void"}
    assert before.ask("SELECT COUNT(*) FROM cases_case WHERE split_from_id IS NOT NULL") == [(1,)]
    assert before.ask("SELECT COUNT(*) FROM mail_message WHERE delivery = 'queued'") == [(2,)]
    assert before.ask("SELECT COUNT(*) FROM mail_arrival WHERE outcome = 'quarantined'") == [(1,)]
    assert before.ask("SELECT COUNT(*) FROM cases_stay WHERE exit = 'escalated'")[0][0] >= 2
    assert "mailboxes_mailbox" not in before.tables()


def test_the_triggers_are_armed_also_on_tables_that_were_made_anew(after: Home) -> None:
    assert "append-only triggers: all in place" in after.run("doctor").stdout
    with closing(sqlite3.connect(after.database)) as database:
        for table in ("journal_entry", "journal_generation", "vault_chunk", "vault_document"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(f"DELETE FROM {table}")
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(f"UPDATE {table} SET id = id")


def test_the_pages_open_on_what_was_there(after: Home) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", PAGES], env=after.environment, capture_output=True, text=True, check=True
    )
    lines = shown.stdout.splitlines()
    assert len(lines) >= 15
    assert [line for line in lines if not line.startswith("200 ")] == []


def test_the_work_goes_on(after: Home, tmp_path: Path) -> None:
    home = after.copy(tmp_path / "home")
    mail = tmp_path / "new.eml"
    mail.write_bytes(
        b"From: Bo Lake <bo@bluelake.example>\r\nSubject: Re: Appointments\r\n"
        b"Message-ID: <new@bluelake.example>\r\n"
        b"In-Reply-To: <1@northstar.example>\r\nDate: Fri, 20 Nov 2026 16:00:00 +0000\r\n\r\nAny news?\r\n"
    )
    home.done("import-mail", mail)
    assert home.ask("SELECT outcome FROM mail_arrival ORDER BY id DESC LIMIT 1") == [("joined",)]


def test_the_old_database_is_kept_as_it_was(before: Home, after: Home, tmp_path: Path) -> None:
    (kept,) = (after.path / "backups").iterdir()
    (tmp_path / "unpacked").mkdir()
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(kept), str(tmp_path / "unpacked")], check=True)
    (tmp_path / "unpacked" / "database.sqlite3").rename(tmp_path / "unpacked" / "opsdesk.sqlite3")
    assert Home(tmp_path / "unpacked").digests() == before.digests()


@pytest.fixture
def newer(after: Home, tmp_path: Path) -> Home:
    """What a later version would leave behind."""
    home = after.copy(tmp_path / "newer")
    with closing(sqlite3.connect(home.database)) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('mail', '0999_later', '2030-01-01')"
        )
        database.commit()
    return home


@pytest.mark.parametrize("command", ["serve", "web", "worker", "migrate"])
def test_a_database_of_a_newer_version_is_refused_by_all_that_would_work_on_it(
    newer: Home, command: str
) -> None:
    before = digest_of(newer.ask("SELECT * FROM django_migrations"))
    more = ["--port", str(free_port())] if command in ("serve", "web") else []
    said = newer.refused(command, *more)
    assert "made by a newer Opsdesk (unknown here: mail.0999_later)" in said
    assert "backups" + os.sep + "before-migrate-" in said
    assert digest_of(newer.ask("SELECT * FROM django_migrations")) == before


def test_doctor_tells_a_newer_database_and_looks_no_further(newer: Home) -> None:
    ill = newer.run("doctor")
    assert ill.returncode == 1
    assert "mail.0999_later" in ill.stdout
    assert "Run 'opsdesk migrate'" not in ill.stdout
    assert "Traceback" not in ill.stderr
