"""A private Dovecot, a real IMAP server, started as an ordinary process in a directory of its own.

One server serves all tests of a process; every test gets the mailbox of a user that nobody was before.
A package of tests has the fixtures when its conftest says

    from tests.dovecot import imap_server, mailbox

    __all__ = ["imap_server", "mailbox"]
"""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.worker.processes import descendants, free_port, is_running, kill

HOST = "127.0.0.1"
PASSWORD = "a-word-among-tests"
ROOT = os.getuid() == 0
# Dovecot gives no mailbox to root.
OWNER = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())

CONFIGURATION = """
base_dir = {place}/run
state_dir = {place}/run
log_path = {place}/log
protocols = imap
listen = {host}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{place}/certificate.pem
ssl_key = <{place}/key.pem
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {place}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/users/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""

TOKENS = """
introspection_mode = get
introspection_url = {url}
username_attribute = user
active_attribute = active
active_value = true
"""


class TokenDesk(ThreadingHTTPServer):
    """Answers the server's question whose token this is, from `users`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Introspection)
        self.users: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Introspection(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        user = cast(TokenDesk, self.server).users.get(token)
        body = b'{"active": false}' if user is None else f'{{"active": true, "user": "{user}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Leave stderr to the tests."""


@dataclass
class Server:
    """A Dovecot in the directory `place`. Stopped and started again it still has its ports and mailboxes."""

    place: Path
    tokens: TokenDesk
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.place.chmod(0o755)
        own(self.place / "users")
        make_certificate(self.place)
        url = f"http://{HOST}:{self.tokens.server_port}/?token="
        (self.place / "oauth2.conf").write_text(TOKENS.format(url=url))
        (self.place / "dovecot.conf").write_text(self.configuration())

    @property
    def certificate(self) -> Path:
        """What a client has to trust to speak TLS with the server."""
        return self.place / "certificate.pem"

    def configuration(self) -> str:
        """As root the server has the two users of its package, else everything is one user's."""
        group = grp.getgrgid(OWNER.pw_gid).gr_name
        return CONFIGURATION.format(
            place=self.place,
            host=HOST,
            port=self.port,
            tls_port=self.tls_port,
            password=PASSWORD,
            uid=OWNER.pw_uid,
            gid=OWNER.pw_gid,
            internal="dovecot" if ROOT else OWNER.pw_name,
            internal_group="dovecot" if ROOT else group,
            login="dovenull" if ROOT else OWNER.pw_name,
        )

    def start(self) -> None:
        """Return when the server answers; nothing happens if it does already."""
        if self.process is not None:
            return
        # A server stops even when the tests are killed without a chance to clean up.
        command = ["setpriv", "--pdeathsig", "TERM", program(), "-F", "-c", str(self.place / "dovecot.conf")]
        with (self.place / "said").open("ab") as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        give_up = monotonic() + 20
        while not self.answers():
            assert self.process.poll() is None, self.said()
            assert monotonic() < give_up, self.said()
            sleep(0.01)

    def answers(self) -> bool:
        with suppress(OSError, imaplib.IMAP4.abort):
            imaplib.IMAP4(HOST, self.port, timeout=5).shutdown()
            return True
        return False

    def said(self) -> str:
        return "".join(file.read_text() for name in ("said", "log") if (file := self.place / name).exists())

    def stop(self) -> None:
        """Return when the server and all its processes are gone, with every connection."""
        if self.process is None:
            return
        # A process that serves a client outlives its master.
        family = descendants(self.process.pid)
        for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            for pid in (self.process.pid, *family):
                with suppress(ProcessLookupError):
                    kill(pid, number)
            give_up = monotonic() + seconds
            while self.process.poll() is None or any(is_running(pid) for pid in family):
                if monotonic() > give_up:
                    break
                sleep(0.01)
            else:
                self.process = None
                return
        raise AssertionError(self.said())


NUMBERS = count(1)


@dataclass(frozen=True)
class Mailbox:
    """The mail of one user: what a test may do to it behind the back of who reads it."""

    server: Server
    user: str
    password: str = PASSWORD
    host: str = HOST

    @property
    def port(self) -> int:
        """Plain text, and STARTTLS."""
        return self.server.port

    @property
    def tls_port(self) -> int:
        return self.server.tls_port

    @property
    def certificate(self) -> Path:
        return self.server.certificate

    def token(self) -> str:
        """A new access token of the user for XOAUTH2 and OAUTHBEARER; `revoke` ends it."""
        token = f"token-{next(NUMBERS)}-of-{self.user}"
        self.server.tokens.users[token] = self.user
        return token

    def revoke(self, token: str) -> None:
        del self.server.tokens.users[token]

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @contextmanager
    def session(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A client that has selected the folder."""
        with imaplib.IMAP4(self.host, self.port, timeout=20) as client:
            client.login(self.user, self.password)
            sure(client.select(folder))
            yield client

    def create(self, folder: str) -> None:
        with self.session() as client:
            sure(client.create(folder))

    def deliver(self, raw: bytes, *, internaldate: datetime | None = None, folder: str = "INBOX") -> None:
        """Put a letter into the folder byte for byte, as a transfer agent does: the server need not run."""
        home = self.server.place / "users" / self.user
        maildir = home / "Maildir"
        for each in (home, maildir, maildir / "tmp", maildir / "new", maildir / "cur"):
            own(each)
        place = maildir if folder == "INBOX" else maildir / f".{folder}"
        # The server numbers letters in the order of the seconds in their names.
        name = f"{1_000_000_000 + next(NUMBERS)}.P{os.getpid()}.tests"
        file = place / "tmp" / name
        file.write_bytes(raw)
        os.chown(file, OWNER.pw_uid, OWNER.pw_gid)
        if internaldate is not None:
            os.utime(file, (internaldate.timestamp(), internaldate.timestamp()))
        file.rename(place / "new" / name)

    def uids(self, folder: str = "INBOX") -> list[int]:
        with self.session(folder) as client:
            return [int(word) for word in sure(client.uid("SEARCH", "ALL"))[0].split()]

    def uidvalidity(self, folder: str = "INBOX") -> int:
        with self.session(folder) as client:
            return int(sure(client.response("UIDVALIDITY"))[0])

    def expunge(self, uid: int, folder: str = "INBOX") -> None:
        with self.session(folder) as client:
            sure(client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
            sure(client.uid("EXPUNGE", str(uid)))

    def reset_uidvalidity(self, folder: str = "INBOX") -> None:
        """The same letters under new numbers from 1, as after a restore or a move to another server."""
        before = self.uidvalidity(folder)
        maildir = self.server.place / "users" / self.user / "Maildir"
        place = maildir if folder == "INBOX" else maildir / f".{folder}"
        for file in place.glob("dovecot.index*"):
            file.unlink()
        (place / "dovecot-uidlist").write_text(f"3 V{before + 1} N1\n")


def program() -> str:
    return shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin") or "dovecot"


def own(folder: Path) -> None:
    """Make the folder one that the owner of the mailboxes writes in."""
    folder.mkdir(exist_ok=True)
    os.chown(folder, OWNER.pw_uid, OWNER.pw_gid)


def make_certificate(place: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    names = ["-subj", "/CN=localhost", "-addext", f"subjectAltName=DNS:localhost,IP:{HOST}", "-days", "2"]
    files = ["-out", str(place / "certificate.pem"), "-keyout", str(place / "key.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)


def sure(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    assert status in {"OK", "UIDVALIDITY"}, data
    return data


@contextmanager
def running_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="opsdesk-imap-", dir="/tmp") as place, TokenDesk() as tokens:
        server = Server(Path(place), tokens)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            tokens.shutdown()


@pytest.fixture(scope="session")
def imap_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def mailbox(imap_server: Server) -> Mailbox:
    """The empty mailbox of a new user; the server runs, whatever the test before did to it."""
    imap_server.start()
    return Mailbox(imap_server, f"desk{next(NUMBERS)}@example.test")
