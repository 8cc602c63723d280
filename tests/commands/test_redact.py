"""`opsdesk redact`, and what a restore says of what had been erased since the backup."""

from pathlib import Path

import pytest

from tests.commands.homes import Home, first_landing

ADA = ("--by", "ada@desk.example")
SAM = "sam@northstar.example"
WORDS = "SELECT COUNT(*) FROM mail_message WHERE text <> ''"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = first_landing(tmp_path_factory.mktemp("redact") / "home")
    home.done("migrate", "--quiet", "--no-backup")
    return home


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
    again = f"opsdesk redact --message {' '.join(numbers)} --by ADMIN --yes"
    assert again in back
    assert home.ask(WORDS) == [(words,)]
    home.done("redact", "--message", *numbers, *ADA, "--yes")
    assert home.ask(WORDS) == [(words - erased,)]
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
