"""The page on which admins make and revoke tokens."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import Act
from opsdesk.people import tokens
from opsdesk.people.models import Token
from tests import cast
from tests.api import marketplace
from tests.api.marketplace import PRIVATE, Program

HTMX = {"HX-Request": "true"}
FORM = {"name": "marketplace", "abilities": [Act.READ.value, Act.CREATE_DEAL.value], "scopes": [PRIVATE]}


@pytest.fixture
def admin() -> Client:
    marketplace.open_scopes(PRIVATE)
    client = Client()
    client.force_login(cast.admin().person)
    return client


def secret_in(text: str) -> str:
    return text.partition("Bearer ")[2].partition("<")[0].strip()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_admin_makes_a_token_and_sees_its_secret_this_once(admin: Client, headers: dict[str, str]) -> None:
    assert admin.get("/tokens/new").status_code == 200
    made = admin.post("/tokens/new", FORM, headers=headers)
    secret = secret_in(made.content.decode())
    assert made["Cache-Control"] == "no-store"
    assert Program(secret).get("deals").status_code == 200
    page = admin.get("/tokens").content.decode()
    assert "marketplace" in page
    assert secret not in page
    assert f"…{secret[-4:]}" in page
    row = tokens.listed(datetime.now(UTC))[0]
    assert (row.abilities, row.scopes) == (("create deals", "read"), (PRIVATE,))


def test_a_form_that_does_not_hold_what_it_must_comes_back(admin: Client) -> None:
    for changes in (
        {"name": ""},
        {"abilities": []},
        {"scopes": ["XX.Y"]},
        {"expires_at": "2020-01-01T00:00"},
    ):
        answer = admin.post("/tokens/new", FORM | changes)
        assert answer.status_code == 422
        assert "marketplace" in answer.content.decode() or "name" in changes
    assert not Token.objects.exists()
    admin.post("/tokens/new", FORM)
    assert "already" in admin.post("/tokens/new", FORM).content.decode()


def test_a_token_is_revoked_after_asking(admin: Client) -> None:
    secret = secret_in(admin.post("/tokens/new", FORM).content.decode())
    number = Token.objects.get().id
    assert "turned away" in admin.get(f"/tokens/{number}/revocation").content.decode()
    assert Program(secret).get("deals").status_code == 200
    assert admin.post(f"/tokens/{number}/revocation").status_code == 302
    assert Program(secret).get("deals").status_code == 401
    page = admin.get("/tokens", headers=HTMX).content.decode()
    assert "revoked" in page
    assert f"/tokens/{number}/revocation" not in page


def test_a_page_says_what_each_token_may_and_when_it_ends(admin: Client) -> None:
    assert "No token yet" in admin.get("/tokens").content.decode()
    now = datetime.now(UTC)
    marketplace.secret(name="everything")
    marketplace.secret([Act.READ], [PRIVATE], name="reader")
    Token.objects.filter(name="reader").update(expires_at=now, created_at=now.replace(year=2020))
    page = admin.get("/tokens").content.decode()
    for words in ("all that a token can", "every scope", PRIVATE, "valid", "ended", "never"):
        assert words in page


def test_nobody_but_an_admin_sees_or_does_any_of_it(admin: Client) -> None:
    tokens.add(name="t", abilities=["read"], actor=SYSTEM, now=datetime.now(UTC))
    number = Token.objects.get().id
    lead = Client()
    lead.force_login(cast.lead().person)
    for address in ("/tokens", "/tokens/new", f"/tokens/{number}/revocation"):
        assert lead.get(address).status_code == 403
        assert lead.post(address, FORM).status_code == 403
        assert Client().get(address).status_code == 302
    assert admin.get("/tokens/999/revocation").status_code == 404
    assert Token.objects.filter(revoked_at=None).count() == 1
