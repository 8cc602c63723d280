"""OAuth 2 at any authority: consent in a browser or on another device, and access tokens from it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import httpx

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mailboxes import trouble
from opsdesk.mailboxes.trouble import Trouble, said

TIMEOUT_S = 20.0
HTTP_ERROR = 400
# A token is not used to its last second.
MARGIN_S = 60
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_WITHDRAWN = {"invalid_grant", "invalid_client", "unauthorized_client", "interaction_required"}
_WAITING = {"authorization_pending", "slow_down"}
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class NoConsent(Refusal):
    message = gettext_noop("The authority gave no permission: %(reason)s")


class AddressUnsafe(Refusal):
    message = gettext_noop("%(address)s is not safe for secrets. Write an address that begins with https.")


@dataclass(frozen=True, slots=True)
class Authority:
    """Where consent and tokens of a mailbox come from, and as which client we ask."""

    authorise_address: str
    token_address: str
    device_address: str
    scope: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def client(self) -> dict[str, str]:
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id, **secret}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an authority issued; `refresh` is empty where it gave no new one."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts_s: int


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person has to enter where, while we ask every `every_s` seconds."""

    device: str = field(repr=False)
    shown: str
    address: str
    every_s: int
    lasts_s: int


def refreshed(authority: Authority, refresh: str) -> Tokens:
    """A new access token. Raises `Trouble`: UNAUTHORISED if the permission is gone."""
    asked = {"grant_type": "refresh_token", "refresh_token": refresh, **authority.client}
    answer = _ask(authority.token_address, asked, secrets=(refresh, authority.client_secret))
    return _tokens(answer)


def consent_address(authority: Authority, *, redirect: str, state: str, verifier: str) -> str:
    """The address that a person opens in a browser; it comes back to `redirect` with a code."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": authority.client_id,
        "redirect_uri": redirect,
        "scope": authority.scope,
        "state": state,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        **dict(authority.extra),
    }
    return f"{authority.authorise_address}?{urlencode(query)}"


def exchanged(authority: Authority, *, code: str, redirect: str, verifier: str) -> Tokens:
    """The first tokens, for the code that came with the redirect. Refuses `NoConsent`."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": verifier,
        **authority.client,
    }
    return _first(authority, asked, code)


def device_code(authority: Authority) -> DeviceCode:
    """Begin a consent that is given on another device. Refuses `NoConsent`."""
    asked = {"client_id": authority.client_id, "scope": authority.scope}
    try:
        answer = _ask(authority.device_address, asked)
        return DeviceCode(
            device=str(answer["device_code"]),
            shown=str(answer["user_code"]),
            address=str(answer.get("verification_uri") or answer["verification_url"]),
            every_s=int(str(answer.get("interval", 5))),
            lasts_s=int(str(answer.get("expires_in", 900))),
        )
    except Trouble as problem:
        raise NoConsent(reason=problem.detail) from None
    except (KeyError, ValueError) as problem:
        raise NoConsent(reason=f"its answer lacks {said(problem)}") from None


def device_tokens(authority: Authority, begun: DeviceCode) -> Tokens | None:
    """The first tokens once the person has consented; None while they have not. Refuses `NoConsent`."""
    asked = {"grant_type": DEVICE_GRANT, "device_code": begun.device, **authority.client}
    try:
        return _first(authority, asked, begun.device)
    except NoConsent as refusal:
        if str(refusal.details["reason"]).partition(":")[0] in _WAITING:
            return None
        raise


def check_address(address: str) -> None:
    """Secrets go over TLS, or stay on this machine. Refuses `AddressUnsafe`."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise AddressUnsafe(address=address)


def _first(authority: Authority, asked: dict[str, str], code: str) -> Tokens:
    try:
        tokens = _tokens(_ask(authority.token_address, asked, secrets=(code, authority.client_secret)))
    except Trouble as problem:
        raise NoConsent(reason=problem.detail) from None
    if not tokens.refresh:
        raise NoConsent(reason="no refresh token")
    return tokens


def _tokens(answer: Mapping[str, object]) -> Tokens:
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise Trouble(trouble.TOKEN_DESK, "no access token in the answer")
    try:
        lasts = int(str(answer.get("expires_in", 3600)))
    except ValueError:
        lasts = 3600
    return Tokens(access, refresh if isinstance(refresh, str) else "", max(lasts, 0))


def _ask(address: str, asked: Mapping[str, str], *, secrets: tuple[str, ...] = ()) -> dict[str, object]:
    """The authority's JSON answer. Raises `Trouble` with its error code first, then its own words."""
    check_address(address)
    try:
        response = httpx.post(
            address, data=dict(asked), timeout=TIMEOUT_S, headers={"Accept": "application/json"}
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Trouble(trouble.TOKEN_DESK, said(error, secrets)) from None
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Trouble(trouble.TOKEN_DESK, f"HTTP {response.status_code}")
    if problem := answer.get("error"):
        code = trouble.UNAUTHORISED if problem in _WITHDRAWN else trouble.TOKEN_DESK
        raise Trouble(code, said(f"{problem}: {answer.get('error_description', '')}", secrets))
    if response.status_code >= HTTP_ERROR:
        raise Trouble(trouble.TOKEN_DESK, f"HTTP {response.status_code}")
    return answer
