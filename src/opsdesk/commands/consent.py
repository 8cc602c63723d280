"""Getting a mailbox's first token: a person consents in a browser here, or on another device."""

import secrets
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mailboxes import oauth
from opsdesk.mailboxes.oauth import Authority, NoConsent

HERE = "127.0.0.1"
LOOK_EVERY_S = 0.5


class NoAnswer(Refusal):
    message = gettext_noop("Nobody consented in time. Run the command again.")


class Landing(HTTPServer):
    """Where the browser comes back to, on this machine; `answer` is what it brought."""

    def __init__(self, port: int) -> None:
        super().__init__((HERE, port), Back)
        self.timeout = LOOK_EVERY_S
        self.answer: dict[str, str] = {}

    @property
    def address(self) -> str:
        # By this name, without a path: so it is registered everywhere.
        return f"http://localhost:{self.server_port}"


class Back(BaseHTTPRequestHandler):
    """Takes what the authority sends along with the browser."""

    server: Landing

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        known = "state" in query
        if known:
            self.server.answer = query
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(_("You can close this page and go back to the terminal.").encode() if known else b"")

    def log_message(self, format: str, *args: object) -> None:
        """The code in the address is a secret: nothing is logged."""


def in_browser(authority: Authority, *, port: int, within_s: float, open_browser: bool) -> str:
    """The refresh token after consent in a browser that comes back here. Refuses `NoConsent`, `NoAnswer`."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    with Landing(port) as landing:
        address = oauth.consent_address(authority, redirect=landing.address, state=state, verifier=verifier)
        print(_("Open this address in a browser on this machine and consent:"), address, sep="\n", flush=True)
        if open_browser:
            webbrowser.open(address)
        give_up = time.monotonic() + within_s
        while not landing.answer:
            if time.monotonic() > give_up:
                raise NoAnswer
            landing.handle_request()
        answer, redirect = landing.answer, landing.address
    if not secrets.compare_digest(answer.get("state", ""), state):
        raise NoConsent(reason="the answer was for another question")
    if "code" not in answer:
        raise NoConsent(reason=f"{answer.get('error', '')} {answer.get('error_description', '')}".strip())
    return oauth.exchanged(authority, code=answer["code"], redirect=redirect, verifier=verifier).refresh


def on_another_device(authority: Authority, *, within_s: float) -> str:
    """The refresh token after somebody has entered a code somewhere. Refuses `NoConsent`, `NoAnswer`."""
    begun = oauth.device_code(authority)
    words = _("Open %(address)s on any device and enter %(code)s") % {
        "address": begun.address,
        "code": begun.shown,
    }
    print(words, flush=True)
    give_up = time.monotonic() + min(within_s, begun.lasts_s)
    while time.monotonic() < give_up:
        time.sleep(begun.every_s)
        if tokens := oauth.device_tokens(authority, begun):
            return tokens.refresh
    raise NoAnswer
