"""`opsdesk mailbox`: set up, tried, permitted, switched and compared from the command line."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import sleep

import httpx
import pytest

from opsdesk.commands.main import main
from opsdesk.mail.models import Arrival
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.progress import SECRET
from opsdesk.vault.sealing import unseal
from tests import cast
from tests.dovecot import Mailbox, imap_server, mailbox
from tests.mailboxes.builders import letter
from tests.mailboxes.tokens import Authority, an_authority

__all__ = ["imap_server", "mailbox"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def authority(mailbox: Mailbox) -> Iterator[Authority]:
    with an_authority(mailbox) as authority:
        yield authority


def add(mailbox: Mailbox, *more: str) -> int:
    where = ["--host", mailbox.host, "--port", str(mailbox.port), "--security", "none"]
    return main(["mailbox", "add", "inbox", "--username", mailbox.user, *where, *more])


@pytest.fixture
def password(mailbox: Mailbox, tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text(f"{mailbox.password}\n")
    return str(file)


def test_a_mailbox_is_added_tried_and_listed(
    mailbox: Mailbox, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mailbox", "list"]) == 0
    assert "no mailbox yet" in capsys.readouterr().out
    mailbox.deliver(letter(1))
    assert add(mailbox, "--secret-file", password) == 0
    assert "1 mail lies there" in capsys.readouterr().out
    assert main(["mailbox", "test", "inbox"]) == 0
    assert main(["mailbox", "list"]) == 0
    said = capsys.readouterr()
    assert "inbox" in said.out
    assert mailbox.password not in said.out + said.err + Row.objects.get().secret
    assert unseal(Row.objects.get().secret, purpose=SECRET) == mailbox.password


def test_a_password_is_read_from_a_pipe_too(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{mailbox.password}\n", raising=False)
    assert add(mailbox) == 0


def test_what_is_wrong_is_said_with_its_remedy(
    mailbox: Mailbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong").write_text("not-this-one")
    assert add(mailbox, "--secret-file", str(tmp_path / "wrong")) == 1
    said = capsys.readouterr().out
    assert "refuses the sign-in" in said
    assert "not-this-one" not in said
    assert add(mailbox, "--secret-file", str(tmp_path / "wrong")) == 2
    assert "Choose another name" in capsys.readouterr().err
    assert add(mailbox, "--secret-file", str(tmp_path / "none")) == 2
    assert main(["mailbox", "test", "nobody"]) == 2
    assert add(mailbox, "--secret-file", str(tmp_path / "wrong"), "--from-date", "soon") == 2


def test_what_was_typed_wrong_is_mended_and_what_never_took_mail_in_is_removed(
    mailbox: Mailbox, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(mailbox, "--secret-file", password, "--folder", "Inboks") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "has not opened" in said
    assert "opsdesk mailbox change inbox" in said
    assert main(["mailbox", "change", "inbox", "--folder", "INBOX", "--all"]) == 0
    row = Row.objects.get()
    assert (row.folder, row.label, row.source.start_at, row.version) == ("INBOX", "INBOX", None, 2)
    assert unseal(row.secret, purpose=SECRET) == mailbox.password
    assert main(["mailbox", "change", "inbox", "--folder", "INBOX"]) == 0
    assert Row.objects.get().version == 2
    assert main(["mailbox", "change", "inbox", "--port", "70000"]) == 2
    assert main(["mailbox", "remove", "inbox"]) == 0
    assert not Row.objects.exists()
    assert add(mailbox, "--secret-file", password) == 0


def test_a_new_password_opens_it(mailbox: Mailbox, password: str, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not-this-one")
    add(mailbox, "--secret-file", str(tmp_path / "wrong"))
    assert main(["mailbox", "authorise", "inbox", "--secret-file", password]) == 0


@pytest.mark.parametrize(
    ("words", "start"), [([], True), (["--all"], False), (["--from-date", "2026-03-01"], True)]
)
def test_work_begins_now_or_from_a_day_or_with_all_there_is(
    mailbox: Mailbox, password: str, words: list[str], start: bool
) -> None:
    add(mailbox, "--secret-file", password, *words)
    source = Row.objects.get().source
    assert bool(source.start_at) is start
    if words[:1] == ["--from-date"]:
        assert source.start_at
        assert source.start_at.isoformat() == "2026-03-01T06:00:00+00:00"


def test_it_is_compared_here_where_no_worker_reads_it(
    mailbox: Mailbox, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        mailbox.deliver(letter(number))
    add(mailbox, "--secret-file", password)
    assert main(["mailbox", "reconcile", "inbox"]) == 0
    assert "Leaked 0, pending 0, vanished 0." in capsys.readouterr().out
    assert Arrival.objects.count() == 3
    assert Row.objects.get().reader == ""


def test_it_is_switched_off_and_on(
    mailbox: Mailbox, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(mailbox, "--secret-file", password)
    assert main(["mailbox", "off", "inbox"]) == 0
    assert main(["mailbox", "off", "inbox"]) == 2
    assert main(["mailbox", "reconcile", "inbox"]) == 2
    assert main(["mailbox", "on", "inbox"]) == 0
    assert main(["mailbox", "on", "inbox"]) == 2


def by_token(mailbox: Mailbox, authority: Authority, *more: str) -> None:
    addresses = [f"--{name.replace('_', '-')}={address}" for name, address in authority.addresses.items()]
    assert add(mailbox, "--auth", "xoauth2", "--client-id", "desk", *addresses, *more) == 0


class Browser(threading.Thread):
    """Opens the address that the command prints, as a person would, and consents."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(daemon=True)
        self.capsys, self.said = capsys, ""

    def run(self) -> None:
        for _ in range(200):
            self.said += self.capsys.readouterr().out
            if found := re.search(r"^http://\S+", self.said, re.MULTILINE):
                with suppress(httpx.HTTPError):
                    httpx.get(found[0], follow_redirects=True)
                return
            sleep(0.05)


def test_a_permission_is_given_in_a_browser(
    mailbox: Mailbox, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    by_token(mailbox, authority)
    browser = Browser(capsys)
    browser.start()
    assert main(["mailbox", "authorise", "inbox", "--no-browser", "--within", "20"]) == 0
    browser.join()
    assert unseal(Row.objects.get().secret, purpose=SECRET) == authority.refresh
    assert authority.refresh not in browser.said + capsys.readouterr().out


def test_who_refuses_in_the_browser_is_told_so(
    mailbox: Mailbox, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    by_token(mailbox, authority)
    authority.refuses = True
    browser = Browser(capsys)
    browser.start()
    assert main(["mailbox", "authorise", "inbox", "--no-browser", "--within", "20"]) == 2
    assert "access_denied" in capsys.readouterr().err
    assert Row.objects.get().secret == ""


def test_nobody_in_the_browser_ends_in_time(
    mailbox: Mailbox, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    by_token(mailbox, authority)
    assert main(["mailbox", "authorise", "inbox", "--no-browser", "--within", "0.2"]) == 2
    assert "Nobody consented in time" in capsys.readouterr().err


def test_a_permission_is_given_on_another_device(
    mailbox: Mailbox, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    by_token(mailbox, authority)
    threading.Timer(0.5, lambda: setattr(authority, "consented", True)).start()
    assert main(["mailbox", "authorise", "inbox", "--device", "--within", "20"]) == 0
    assert "WORD" in capsys.readouterr().out
    assert unseal(Row.objects.get().secret, purpose=SECRET) == authority.refresh


def test_an_address_without_tls_is_not_given_secrets(
    mailbox: Mailbox, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--auth", "xoauth2", "--client-id", "desk", "--token-address", "http://tokens.example/token"]
    assert add(mailbox, *words) == 2
    assert "not safe for secrets" in capsys.readouterr().err
    assert not Row.objects.exists()
