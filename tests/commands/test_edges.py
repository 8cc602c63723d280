"""What people do to the command line besides what it is for."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.test_installation import opsdesk
from tests.once import new_home
from tests.worker.processes import environment, until

SETTINGS = """
import django, json
django.setup()
from django.test import RequestFactory
forged = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "desk.example.com"}
request = RequestFactory().get("/", SERVER_NAME="127.0.0.1", **forged)
from django.conf import settings
print(json.dumps([request.is_secure(), request.get_host(), settings.SESSION_COOKIE_SECURE]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory, tmp_path_factory.mktemp("edges") / "home")


def seen_by_django(home: Path, **environ: str) -> list[object]:
    """How a request looks that says it came over TLS: whether it is secure, its host, whether cookies are."""
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS],
        env=environment(home) | {"DJANGO_SETTINGS_MODULE": "opsdesk.config.settings", **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[object] = json.loads(done.stdout)
    return found


def test_a_proxy_is_believed_only_where_one_is_said_to_be(tmp_path: Path) -> None:
    address = {"OPSDESK_ADDRESS": "https://desk.example.com"}
    behind = seen_by_django(tmp_path, OPSDESK_TRUST_PROXY="yes", **address)
    assert behind == [True, "desk.example.com", True]
    assert seen_by_django(tmp_path, **address) == [False, "127.0.0.1", True]
    assert seen_by_django(tmp_path) == [False, "127.0.0.1", False]


def test_inviting_somebody_again_makes_a_new_link_and_no_second_person(home: Path) -> None:
    first = opsdesk(home, "invite", "ada@desk.example", "--name", "Ada")
    again = opsdesk(home, "invite", "ADA@desk.example", "--role", "lead")
    assert (first.returncode, again.returncode) == (0, 0), again.stderr
    number = first.stdout.rsplit("/invitation/", 1)[1].split("/")[0]
    assert f"/invitation/{number}/" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("invite", "olga@desk.example", "--role", "king"), "invalid choice: 'king'"),
        (("invite", "olga@desk.example", "--role", "operator", "--desk", "nowhere"), "nowhere"),
        (("report", "funnel", "--month", "0999-01"), "between 1970 and 2100"),
        (("report", "funnel", "--from", "1700-01-01", "--to", "1700-02-01"), "between 1970 and 2100"),
        (("report", "weather"), "There is no metric called weather"),
        (("import-mail",), "required: path"),
        ((), "required: COMMAND"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(home: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = opsdesk(home, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_help_names_every_command_in_a_line_of_its_own(tmp_path: Path) -> None:
    shown = opsdesk(tmp_path, "--help")
    assert shown.returncode == 0
    for command in (
        "serve",
        "web",
        "worker",
        "migrate",
        "invite",
        "doctor",
        "import-mail",
        "report",
        "digest",
        "demo",
    ):
        assert re.search(rf"^    {command}\s", shown.stdout, re.MULTILINE), command


def test_a_home_that_can_not_be_written_is_refused_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    refused = opsdesk(file / "home", "migrate")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert str(file) in refused.stderr
    assert "Traceback" not in refused.stderr


# Tests that run in the background have the signal ignored, and their children inherit that.
HEARING = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_a_server_that_is_away_is_not_told_to_be_set_up(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/desk"
    away = opsdesk(tmp_path, "migrate", OPSDESK_DATABASE_URL=url)
    assert away.returncode == 2
    assert "Does it run, and is OPSDESK_DATABASE_URL right?" in away.stderr
    assert "sets it up" not in away.stderr


def test_control_c_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING, "-m", "opsdesk", "demo", "--fill-only"],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((home / "opsdesk.sqlite3").exists, within=60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
