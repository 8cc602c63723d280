"""`opsdesk redact`, and what a restore says of what had been erased since the backup."""

from pathlib import Path

import pytest

from tests.commands.homes import Home, upgraded

ADA = ("--by", "ada@desk.example")
SAM = "sam@northstar.example"
WORDS = "SELECT COUNT(*) FROM mail_message WHERE text <> ''"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return upgraded(tmp_path_factory, tmp_path_factory.mktemp("redact") / "home")


def test_what_is_held_is_listed_and_nothing_changed_until_one_says_yes(desk: Home) -> None:
    before = desk.digests()
    listed = desk.done("redact", "--address", SAM, *ADA)
    assert "The assistant repeats the greeting twice" in listed
    assert "Say --yes" in listed
    assert "Say --yes" in desk.done("redact", "--message", 1, 2, *ADA)
    assert desk.digests() == before


def test_a_backup_from_before_an_erasure_brings_it_back_and_says_so(desk: Home, tmp_path: Path) -> None:
    home = desk.copy(tmp_path / "home")
    home.done("backup", tmp_path / "b.zip")
    words = home.ask(WORDS)[0][0]
    said = home.done("redact", "--address", SAM, *ADA, "--yes")
    erased = words - home.ask(WORDS)[0][0]
    assert said == f"{erased} messages are erased.\n"
    assert erased >= 3
    numbers = [
        str(row[0])
        for row in home.ask("SELECT id FROM mail_message WHERE redacted_at IS NOT NULL ORDER BY id")
    ]
    back = home.done("restore", tmp_path / "b.zip", "--replace", "--yes")
    assert f"opsdesk redact --message {' '.join(numbers)} --by ADMIN --yes" in back
    assert f"opsdesk redact --address {SAM} --by ADMIN --yes" in back
    assert home.ask(WORDS) == [(words,)]
    home.run_each(*commands_in(back))
    assert home.ask(WORDS) == [(words - erased,)]
    assert home.ask(f"SELECT COUNT(*) FROM cases_case WHERE requester_email = '{SAM}'") == [(0,)]
    assert "was erased before" in home.done("redact", "--message", numbers[0], *ADA, "--yes")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--address", SAM, "--by", "nobody@desk.example"), "Nobody signs in as"),
        (("--address", SAM, "--by", "lena@desk.example", "--yes"), "Only an admin may redact"),
        (("--address", "sam", *ADA), "no e-mail address"),
        (("--account", "none", *ADA), "No account has the key"),
        (("--message", "9999", *ADA, "--yes"), "There is no message 9999"),
        ((*ADA,), "one of the arguments"),
    ],
)
def test_what_can_not_be_is_refused_in_a_line(desk: Home, words: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("redact", *words)


def test_of_an_account_all_of_its_cases_is_meant(desk: Home) -> None:
    listed = desk.done("redact", "--account", "blue-lake", *ADA)
    assert "Appointments land on the wrong advisor" in listed
    assert "The assistant repeats" not in listed


def commands_in(said: str) -> list[list[str]]:
    """The commands that a restore names, in the name of an admin."""
    lines = [line.split()[1:] for line in said.splitlines() if line.startswith("  opsdesk redact")]
    return [[word.replace("ADMIN", "ada@desk.example") for word in line] for line in lines]


SOMETHING_OF_EACH = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
django.setup()
from datetime import UTC, datetime
from opsdesk.accounts import actions as accounts
from opsdesk.cases.actions import write_note
from opsdesk.cases.models import Case
from opsdesk.mail import intake
from opsdesk.mail.sources import file_source
from opsdesk.people import queries as people
now = datetime.now(UTC)
ada = people.actor(people.by_email("ada@desk.example").id, now)
accounts.add(key="eve", name="Eve", addresses=["eve@private.example"], actor=ada, now=now)
write_note(case_id=Case.objects.order_by("id").first().id, text="a word", actor=ada, now=now)
source = file_source("odd", desk="support", start_at=None, now=now)
intake.store(source=source, raw=b"no mail", label="odd", received_at=now, now=now)
"""


def test_notes_arrivals_and_addresses_of_accounts_come_back_and_are_named(desk: Home, tmp_path: Path) -> None:
    home = desk.copy(tmp_path / "home")
    made = home.start("-c", SOMETHING_OF_EACH)
    said = made.communicate(timeout=60)[1]
    assert made.returncode == 0, said
    home.done("backup", tmp_path / "b.zip")
    note, arrival = (
        home.ask(f"SELECT MAX(id) FROM {table}")[0][0] for table in ("cases_note", "mail_arrival")
    )
    commands = [
        ["redact", "--note", note, *ADA, "--yes"],
        ["redact", "--arrival", arrival, *ADA, "--yes"],
        ["redact", "--address", "eve@private.example", *ADA, "--yes"],
    ]
    for result in home.run_each(*commands):
        assert result.returncode == 0, result.stderr
    assert "was erased before" in home.done("redact", "--note", note, *ADA, "--yes")
    erased = held_of(home, note, arrival)
    assert erased == (0, 0, 0)
    back = home.done("restore", tmp_path / "b.zip", "--replace", "--yes")
    assert held_of(home, note, arrival) == (1, 1, 1)
    again = commands_in(back)
    assert [line[1:3] for line in again] == [
        ["--arrival", str(arrival)],
        ["--note", str(note)],
        ["--address", "eve@private.example"],
    ]
    home.run_each(*again)
    assert held_of(home, note, arrival) == (0, 0, 0)


def held_of(home: Home, note: int, arrival: int) -> tuple[int, int, int]:
    """How many of the three have their words."""
    notes = home.ask(f"SELECT COUNT(*) FROM cases_note WHERE id = {note} AND text <> ''")
    arrivals = home.ask(
        "SELECT COUNT(*) FROM mail_arrival a JOIN vault_blob b ON b.digest = a.blob_id"
        f" WHERE a.id = {arrival} AND b.redacted_at IS NULL"
    )
    addresses = home.ask("SELECT COUNT(*) FROM accounts_address WHERE email = 'eve@private.example'")
    return notes[0][0], arrivals[0][0], addresses[0][0]
