import re
import tomllib
from pathlib import Path

from opsdesk.kernel.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def named(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()  # type: ignore[index]


def locked(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return {named(name): version for name, version in re.findall(r"^(\S+?)==(\S+) \\$", text, re.MULTILINE)}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    runtime = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["postgres"]]
    assert {named(line) for line in runtime} <= set(locked("runtime"))
    assert {named(line) for line in PROJECT["dependency-groups"]["dev"]} <= set(locked("dev"))


def test_what_runs_is_what_is_tested() -> None:
    assert locked("runtime").items() <= locked("dev").items()


def test_every_file_beside_the_code_is_package_data() -> None:
    covered = {
        pattern.removeprefix("**/*") for pattern in PROJECT["tool"]["setuptools"]["package-data"]["opsdesk"]
    }
    source = ROOT / "src" / "opsdesk"
    suffixes = {
        path.suffix
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".py", ".po")
    }
    assert suffixes <= covered


def test_the_changelog_opens_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert first
    assert first[1] == PROJECT["project"]["version"]


def test_a_backup_says_of_which_version_it_is() -> None:
    assert PROJECT["project"]["version"] == VERSION
