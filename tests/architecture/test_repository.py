import codecs
import re

import pytest

from tests.architecture.source import ROOT, place, repository_files
from tests.roster import BOTH_ALL_THE_SAME, LONGEST, NOT_TRACED, ONE_ENGINE_IS_ENOUGH

# Names in addresses that are ours to write: this machine, examples, and names of standards.
OUR_HOSTS = re.compile(
    r"^(\[|localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|testserver|www\.w3\.org|www\.apache\.org"
    r"|([\w-]+\.)*example(\.(com|org|net))?\.?|([\w-]+\.)*(test|invalid|localhost))$"
)
ADDRESS = re.compile(r"\bhttps?://([^/\s\"'`<>)\\{}:?#]+)")
# The tests of mail and of refused addresses need hostile ones.
HOSTILE = ("tests/",)
MACHINE = re.compile(r"(?<![\w.])/(work|farm|opt/(wheels|pypi)|root|home/(?!demo|main)\w+)/")
# Turned by thirteen letters, so that this page does not hold them itself.
WORDS = re.compile(
    "|".join(
        codecs.decode(word, "rot13")
        for word in (
            r"\opynhqr\o",
            "naguebcvp",
            "pungtcg",
            r"\obcranv\o",
            "pbcvybg",
            r"\onv nffvfgnag\o",
            r"\ofho-?ntrag\o",
            r"\ourycre frffvba\o",
            r"\o(UBHFR|GNOYRF|CEBQHPG|FGLYR|SVRYQ|AHZOREF|OEVRS|PBAGENPG)\.zq\o",
        )
    ),
    re.IGNORECASE,
)
BINARY = (".png", ".woff2", ".ico", ".mo", ".gz", ".sqlite3", ".eml", ".pdf", ".jpg")


def lines() -> list[tuple[str, str]]:
    return [
        (f"{place(path)}:{number}", line)
        for path in repository_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


@pytest.fixture(scope="module")
def everything() -> list[tuple[str, str]]:
    return lines()


def test_no_address_leads_outside(everything: list[tuple[str, str]]) -> None:
    """Where packages and pages come from is the machine's configuration, not ours."""
    found = [
        f"{where} {host}"
        for where, line in everything
        for host in ADDRESS.findall(line)
        if not OUR_HOSTS.match(host) and not where.startswith(HOSTILE)
    ]
    assert found == []


def test_no_line_names_a_place_of_one_machine(everything: list[tuple[str, str]]) -> None:
    assert [where for where, line in everything if MACHINE.search(line) and "MACHINE" not in line] == []


def test_no_line_speaks_of_how_the_code_was_made(everything: list[tuple[str, str]]) -> None:
    assert [f"{where} {line[:80]}" for where, line in everything if WORDS.search(line)] == []


def test_the_lock_files_name_no_index_and_pin_every_package_by_hash() -> None:
    for lock in ("runtime", "dev"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
        packages = re.findall(r"^[A-Za-z0-9]\S*==\S+ \\$", text, re.MULTILINE)
        assert len(packages) > 20
        assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)
        assert len(re.findall(r"^\S", text, re.MULTILINE)) == len(packages)


def test_nothing_stands_open_on_a_page() -> None:
    open_ends = re.compile(r"\b(TODO|FIXME|XXX)\b")
    found = [
        f"{place(path)}:{number}"
        for path in repository_files()
        if path.suffix in (".html", ".css", ".js", ".sh", ".md", ".yaml", ".toml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if open_ends.search(line)
    ]
    assert found == []


def test_what_runs_on_which_engine_is_said_of_files_that_are_there() -> None:
    named = {*ONE_ENGINE_IS_ENOUGH, *BOTH_ALL_THE_SAME, *NOT_TRACED, *LONGEST}
    assert sorted(place for place in named if not list((ROOT / "tests").glob(place))) == []
