"""Erased evidence: by the command, and named again when a backup from before brings it back."""

from argparse import ArgumentParser

import pytest

from opsdesk.commands import redact
from opsdesk.commands.archive.census import OurRecords
from opsdesk.commands.archive.coming_back import back, gone
from opsdesk.disputes import evidence
from opsdesk.vault.models import Blob
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY

# The command closes the connection that it looked at the tables with.
pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> None:
    parser = ArgumentParser()
    redact.arguments(parser)
    assert redact.run(parser.parse_args(words), now=MONDAY + 2 * HOUR) == 0


def test_the_command_erases_a_file_once_one_says_yes(capsys: pytest.CaptureFixture[str]) -> None:
    staff = cast.desk()
    row = cast.photo(cast.delivered(), now=MONDAY + HOUR)
    words = ("--evidence", str(row.id), "--by", staff.ada.person.email)
    run(*words)
    assert evidence.file_of(row.id).erased_at is None
    run(*words, "--yes")
    run(*words, "--yes")
    assert evidence.file_of(row.id).erased_at == MONDAY + 2 * HOUR
    said = capsys.readouterr().out
    assert f"{row.id} is erased." in said
    assert f"{row.id} was erased before." in said


def test_what_a_backup_brings_back_is_named_with_its_command() -> None:
    staff = cast.desk()
    row = cast.photo(cast.delivered(), now=MONDAY + HOUR)
    run("--evidence", str(row.id), "--by", staff.ada.person.email, "--yes")
    erased = gone(OurRecords())
    assert back(OurRecords(), erased).evidence == ()
    Blob.objects.filter(digest=row.blob_id).update(redacted_at=None)
    found = back(OurRecords(), erased)
    assert found.evidence == (row.id,)
    assert f"opsdesk redact --evidence {row.id} --by ADMIN --yes" in found.commands()
