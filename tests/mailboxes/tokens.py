"""A small authority for OAuth 2 on this machine: consent, device codes, refreshing, and every kind of no."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.dovecot import Mailbox


class Authority(ThreadingHTTPServer):
    """Issues tokens that the test's IMAP server takes. `fails`: answers the next requests so."""

    daemon_threads = True

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(("127.0.0.1", 0), Window)
        self.mailbox = mailbox
        self.fails: list[tuple[int, Any]] = []
        self.asked: list[dict[str, str]] = []
        self.refresh = "refresh-1"
        self.codes: dict[str, str] = {}
        self.consented = False
        self.refuses = False
        self.rotates = False
        self.lasts_s = 3600
        self.issued: list[str] = []
        self.numbers = count(2)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def addresses(self) -> dict[str, str]:
        """As a mailbox is set up with them."""
        return {
            "authorise_address": f"{self.address}/authorise",
            "token_address": f"{self.address}/token",
            "device_address": f"{self.address}/device",
        }

    def answer(self, asked: dict[str, str]) -> tuple[int, Any]:
        if self.fails:
            return self.fails.pop(0)
        kind = asked.get("grant_type", "")
        if kind == "refresh_token" and asked["refresh_token"] != self.refresh:
            return 400, {"error": "invalid_grant", "error_description": f"bad {asked['refresh_token']}"}
        if kind == "authorization_code" and not self._proves(asked):
            return 400, {"error": "invalid_grant"}
        if kind.endswith("device_code") and not self.consented:
            return 400, {"error": "authorization_pending"}
        token = self.mailbox.token()
        self.issued.append(token)
        answer: dict[str, Any] = {"access_token": token, "expires_in": self.lasts_s, "token_type": "Bearer"}
        if kind != "refresh_token" or self.rotates:
            self.refresh = f"refresh-{next(self.numbers)}"
            answer["refresh_token"] = self.refresh
        return 200, answer

    def _proves(self, asked: dict[str, str]) -> bool:
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self.codes.get(asked["code"]) == challenge


class Window(BaseHTTPRequestHandler):
    @property
    def authority(self) -> Authority:
        return cast(Authority, self.server)

    def do_GET(self) -> None:
        """Somebody consents, or refuses, and goes back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.authority.codes["code-1"] = query["code_challenge"]
        said = {"error": "access_denied"} if self.authority.refuses else {"code": "code-1"}
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(said | {'state': query['state']})}")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.authority.asked.append(asked)
        if self.path == "/device":
            begun = {
                "device_code": "d",
                "user_code": "WORD",
                "verification_uri": "http://localhost/",
                "interval": 0,
            }
            status, answer = 200, begun
        else:
            status, answer = self.authority.answer(asked)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Leave stderr to the tests."""


@contextmanager
def an_authority(mailbox: Mailbox) -> Iterator[Authority]:
    with Authority(mailbox) as authority:
        threading.Thread(target=authority.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield authority
        authority.shutdown()
