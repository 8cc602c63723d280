import re
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from opsdesk.cases.models import Case
from opsdesk.mail.models import Arrival, Message
from opsdesk.people.models import Person
from opsdesk.web.errors import failed
from tests import cast
from tests.cast import Somebody
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
PAGES = [
    "/desks/support/mine",
    "/desks/support/queues/ops",
    "/desks/support/queues/core-support",
    "/desks/support/cases",
    "/desks/support/cases?state=any&text=assistant&unread=on",
    "/desks/support/definition",
    "/desks/support/definition/versions/1",
    "/desks/support/templates",
    "/desks/support/funnel",
    "/desks/support/flow",
    "/desks/support/flow/arrivals",
    "/desks/support/flow/returns",
    "/desks/support/thresholds",
    "/findings",
    "/questions",
    "/questions/split",
    "/cases/{case}",
    "/intake",
    "/intake?outcome=quarantined",
    "/intake/{arrival}",
    "/letters",
    "/letters?state=sent&text=assistant",
    "/calendars",
    "/calendars/support",
    "/calendars/support/versions/1",
    "/people",
    "/people/{person}",
    "/accounts",
    "/accounts/north-star",
    "/search",
    "/search?q=greeting+is:open",
    "/me",
    "/me/password",
    "/keys",
    "/health",
]
ONLY = {
    "/people/invitation": {"ada"},
    "/people/{person}/link": {"ada"},
    "/desks/support/definition/next": {"ada"},
    "/desks/support/templates/new": {"lena", "ada"},
    "/desks/support/thresholds/tier_1_share": {"lena", "ada"},
    "/desks/support/flow/people": {"lena", "ada"},
    "/calendars/support/next": {"ada"},
    "/mailboxes": {"ada"},
    "/mailboxes/new": {"ada"},
}
ROLES = ["olga", "enzo", "lena", "ada", "vera"]


def there(address: str) -> str:
    """The address with numbers that are there: PostgreSQL goes on counting from one test to the next."""
    rows = {"case": Case, "message": Message, "arrival": Arrival, "person": Person}
    return address.format(**{name: model.objects.order_by("id")[:1].get().pk for name, model in rows.items()})


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_for_every_role_of_the_desk(busy: Scene, browse: Browse, role: str) -> None:
    client = browse(getattr(busy, role))
    for address in PAGES:
        answer = client.get(there(address))
        assert answer.status_code == 200, address
        assert re.search(rb"<title>[^<]*\S+[^<]* \xc2\xb7 Opsdesk</title>", answer.content), address
        assert answer.content.count(b"<h1") == 1, address


@pytest.mark.parametrize("role", ROLES)
def test_pages_for_admins_refuse_others_in_words(busy: Scene, browse: Browse, role: str) -> None:
    client = browse(getattr(busy, role))
    for address, allowed in ONLY.items():
        answer = client.get(there(address))
        assert answer.status_code == (200 if role in allowed else 403), address
        assert b"<h1" in answer.content


def test_whoever_has_no_role_on_the_desk_sees_none_of_it(busy: Scene, browse: Browse) -> None:
    client = browse(cast.stranger())
    for address in [
        "/desks/support/mine",
        "/desks/support/cases",
        "/cases/{case}",
        "/cases/{case}/messages/{message}/html",
        "/intake",
        "/intake/{arrival}",
        "/intake/{arrival}/source",
        "/desks/support/definition",
        "/cases/{case}/reply",
    ]:
        assert client.get(there(address)).status_code == 403, address
    assert client.get("/").url == "/me"
    assert b"no role on any desk" in client.get("/me").content


def test_nothing_but_the_way_in_opens_without_signing_in(busy: Scene, client: Client) -> None:
    for address in PAGES + list(ONLY):
        answer = client.get(there(address))
        assert answer.status_code == 302, address
        assert answer.url.startswith("/sign-in"), address
    assert client.get("/healthz").content == b"ok"


def test_no_page_needs_an_inline_script_or_style(busy: Scene, browse: Browse) -> None:
    client = browse(busy.ada)
    for address in PAGES + list(ONLY) + ["/cases/{case}/reply", "/cases/{case}/split", "/nowhere"]:
        answer = client.get(there(address))
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        text = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text), address
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), address


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere",
        "/cases/999999999",
        "/desks/nowhere/mine",
        "/desks/support/queues/nowhere",
        "/people/999999999",
        "/accounts/nobody",
        "/intake/999999999",
        "/calendars/nowhere",
        "/cases/1/nonsense",
        "/desks/support/bulk/nonsense",
        "/calendars/support/closed-days/2026-13-45/opening",
    ],
)
def test_what_is_not_there_says_so_and_leads_on(busy: Scene, browse: Browse, address: str) -> None:
    answer = browse(busy.ada).get(address)
    assert answer.status_code == 404
    assert b'href="/"' in answer.content


def test_a_form_without_its_token_is_refused_with_our_page(busy: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(busy.olga.person)
    answer = client.post("/desks/support/next")
    assert answer.status_code == 403
    assert b"too old" in answer.content


def test_a_refusal_in_a_dialog_comes_as_a_dialog(busy: Scene, browse: Browse) -> None:
    answer = browse(busy.olga).get("/people/invitation", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#dialog-content"


def test_every_address_has_a_name(busy: Scene) -> None:
    names = {
        pattern.name
        for part in get_resolver().url_patterns
        for pattern in part.url_patterns
        if hasattr(pattern, "name")
    }
    assert {"healthz", "csp-report"} <= names


def test_the_language_and_the_zone_are_the_persons(busy: Scene, browse: Browse) -> None:
    busy.olga.person.zone, busy.olga.person.theme = "Asia/Seoul", "dark"
    busy.olga.person.save()
    text = browse(busy.olga).get("/desks/support/mine").content.decode()
    assert 'data-theme="dark"' in text
    assert "KST" in text


def test_a_broken_page_answers_without_the_database() -> None:
    answer = failed(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Something broke" in answer.content
