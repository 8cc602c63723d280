from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from opsdesk.people import actions as people
from opsdesk.web.account.invitations import invitation_path
from tests.cast import PASSWORD, Somebody
from tests.web import scene as scenes
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]


@pytest.fixture
def scene(db: None, now: datetime) -> Scene:
    return scenes.people(now, passwords=True)


@pytest.mark.parametrize(
    ("name", "lands_on"),
    [
        ("olga", "/desks/support/mine"),
        ("enzo", "/desks/support/mine"),
        ("lena", "/findings"),
        ("ada", "/health"),
        ("vera", "/desks/support/cases"),
    ],
)
def test_signing_in_lands_where_the_day_begins(
    client: Client, scene: Scene, name: str, lands_on: str
) -> None:
    somebody = getattr(scene, name)
    sent = client.post("/sign-in", {"login": somebody.person.email, "password": PASSWORD})
    assert sent.status_code == 302
    assert client.get(sent.url).url == lands_on
    assert client.get(lands_on).status_code == 200


def test_a_wrong_password_says_so_and_keeps_the_address(client: Client, scene: Scene) -> None:
    answer = client.post("/sign-in", {"login": scene.olga.person.email, "password": "not this one"})
    assert answer.status_code == 200
    assert b"is-bad" in answer.content
    assert scene.olga.person.email.encode() in answer.content


def test_a_page_asked_for_before_signing_in_comes_after_it(client: Client, scene: Scene) -> None:
    asked = client.get("/intake")
    assert asked.status_code == 302
    assert asked.url == "/sign-in?next=/intake"
    sent = client.post(asked.url, {"login": scene.olga.person.email, "password": PASSWORD, "next": "/intake"})
    assert sent.url == "/intake"


def test_a_refresh_after_the_session_ended_leads_to_the_whole_sign_in_page(
    client: Client, scene: Scene
) -> None:
    answer = client.get("/desks/support/mine", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in"


def test_nobody_signs_up(client: Client, scene: Scene) -> None:
    assert client.get("/sign-up").status_code == 403
    assert b"invited" in client.get("/sign-up").content
    assert client.post("/sign-up", {"email": "a@b.example", "password1": PASSWORD}).status_code == 403


def test_signing_out_needs_a_click_and_ends_the_session(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    assert client.get("/sign-out").status_code == 200
    assert client.get("/desks/support/mine").status_code == 200
    client.post("/sign-out")
    assert client.get("/desks/support/mine").status_code == 302


def test_an_invitation_sets_the_password_once(client: Client, scene: Scene) -> None:
    person = people.invite(email="new@desk.example", name="Nina", actor=scene.ada.actor, now=scene.now)
    link = invitation_path(person)
    assert b"Welcome, Nina" in client.get(link).content
    set_ = client.post(link, {"password": "four quiet blue lamps", "again": "four quiet blue lamps"})
    assert set_.url == "/sign-in"
    assert client.login(email="new@desk.example", password="four quiet blue lamps")
    assert client.get(link).status_code == 410
    assert client.post(link, {"password": "another long one", "again": "another long one"}).status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("four quiet blue lamps", "four quiet red lamps", b"not the same"),
        ("short", "short", b"at least 10"),
        ("password123", "password123", b"too common"),
    ],
)
def test_a_poor_password_is_refused_in_words(
    client: Client, scene: Scene, password: str, again: str, says: bytes
) -> None:
    person = people.invite(email="new@desk.example", name="Nina", actor=scene.ada.actor, now=scene.now)
    answer = client.post(invitation_path(person), {"password": password, "again": again})
    assert answer.status_code == 422
    assert says in answer.content
    person.refresh_from_db()
    assert not person.has_usable_password()


@pytest.mark.parametrize("link", ["/invitation/MQ/nonsense", "/invitation/!!/x", "/invitation/OTk5OTk5/a-b"])
def test_a_link_nobody_made_is_a_page_that_says_so(client: Client, scene: Scene, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 410
    assert b"no longer holds" in answer.content


def test_whoever_is_deactivated_is_out_with_the_next_click(
    scene: Scene, browse: Browse, client: Client
) -> None:
    olga = browse(scene.olga)
    assert olga.get("/desks/support/mine").status_code == 200
    people.deactivate(person_id=scene.olga.id, actor=scene.ada.actor, now=scene.now)
    assert olga.get("/desks/support/mine").status_code in (302, 403)
    assert client.login(email=scene.olga.person.email, password=PASSWORD) is False


def test_a_new_password_needs_the_old_one(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    new = {"password": "four quiet blue lamps", "again": "four quiet blue lamps"}
    assert client.post("/me/password", {"old": "not it", **new}).status_code == 422
    assert client.post("/me/password", {"old": PASSWORD, **new}).url == "/me"
    assert client.get("/me").status_code == 200
    assert Client().login(email=scene.olga.person.email, password="four quiet blue lamps")


def test_the_profile_keeps_what_it_is_told_and_refuses_nonsense(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    sent = {"name": "Olga O.", "theme": "dark", "language": "", "zone": "Asia/Seoul"}
    assert client.post("/me", sent).url == "/me"
    scene.olga.person.refresh_from_db()
    kept = scene.olga.person
    assert (kept.name, kept.theme, kept.zone, kept.keys_on) == ("Olga O.", "dark", "Asia/Seoul", False)
    assert 'data-keys="off"' in client.get("/me").content.decode()
    refused = client.post("/me", {**sent, "zone": "Mars/Base"})
    assert refused.status_code == 422
    assert b"Olga O." in refused.content


def test_a_refused_sign_in_says_what_to_do_and_not_whether_the_address_is_anybodys(
    client: Client, scene: Scene
) -> None:
    wrong = {"password": "not this one"}
    known = client.post("/sign-in", {"login": scene.olga.person.email, **wrong}).content.decode()
    nobody = client.post("/sign-in", {"login": "nobody@desk.example", **wrong}).content.decode()
    for answer in (known, nobody):
        assert "This address and this password don&#x27;t belong together." in answer
        assert "ask an admin for a link" in answer


def test_too_many_wrong_passwords_are_told_to_wait(client: Client, scene: Scene) -> None:
    wrong = {"login": scene.olga.person.email, "password": "not this one"}
    answers = [client.post("/sign-in", wrong) for _ in range(12)]
    assert any(b"Too many" in answer.content or answer.status_code == 429 for answer in answers)
    assert all(answer.status_code in (200, 429) for answer in answers)
