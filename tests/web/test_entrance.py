"""The pages of those who are not in: deactivated, too eager, with an old form, or at a wrong address."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client

from opsdesk.cases import queries
from opsdesk.people import actions as people
from tests.cast import PASSWORD, Somebody, somebody, stranger
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
GUESSES, KNOCKS = 12, 40


@pytest.fixture
def scene(db: None, now: datetime) -> Scene:
    cache.clear()
    return scenes.people(now, passwords=True)


def test_somebody_deactivated_is_not_let_in_by_the_right_password(client: Client, scene: Scene) -> None:
    people.deactivate(person_id=scene.olga.id, actor=scene.ada.actor, now=scene.now)
    client.post("/sign-in", {"login": scene.olga.person.email, "password": PASSWORD})
    assert client.get("/desks/support/mine").status_code == 302
    told = client.get("/inactive")
    assert told.status_code == 403
    assert "An admin ended your access" in told.content.decode()


def test_whoever_guesses_passwords_is_told_to_wait_and_the_right_one_waits_too(
    client: Client, scene: Scene
) -> None:
    name = scene.olga.person.email
    for number in range(GUESSES):
        client.post("/sign-in", {"login": name, "password": f"guess number {number}"})
    client.post("/sign-in", {"login": name, "password": PASSWORD})
    assert client.get("/desks/support/mine").status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    elsewhere.post("/sign-in", {"login": scene.omar.person.email, "password": PASSWORD})
    assert elsewhere.get("/desks/support/mine").status_code == 200


def test_a_machine_that_keeps_knocking_sees_the_page_that_asks_it_to_wait(
    client: Client, scene: Scene
) -> None:
    answers = [client.post("/sign-in", {"login": "", "password": ""}) for _ in range(KNOCKS)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "Wait five minutes" in answers[-1].content.decode()


@pytest.mark.parametrize(
    "place",
    [
        "/nowhere",
        "/desks/nowhere/queues",
        "/desks/nowhere/cases",
        "/desks/nowhere/funnel",
        "/desks/nowhere/definition",
        "/desks/support/definition/versions/99",
        "/cases/999999",
        "/accounts/nobody",
        "/accounts/nobody/change",
        "/calendars/nowhere",
        "/calendars/nowhere/next",
        "/calendars/support/versions/99",
        "/intake/999999",
        "/people/999999",
    ],
)
def test_an_address_of_nothing_is_a_page_that_says_so(scene: Scene, browse: Browse, place: str) -> None:
    answer = browse(scene.ada).get(place)
    assert answer.status_code == 404, place
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize(
    "place", ["/desks/support/cases", "/desks/support/funnel", "/desks/support/mine", "/intake", "/health"]
)
def test_a_desk_shows_itself_to_its_own_people_only(scene: Scene, browse: Browse, place: str) -> None:
    outsider = browse(stranger())
    assert outsider.get("/me").status_code == 200
    if place != "/health":
        assert outsider.get(place).status_code == 403
    assert browse(somebody("nora", [])).get(place).status_code == 403


def test_a_fragment_that_is_refused_comes_into_the_dialog(scene: Scene, browse: Browse) -> None:
    answer = browse(stranger()).get("/desks/support/funnel", headers=HTMX)
    assert answer.status_code in (403, 422)
    assert "<html" not in answer.content.decode()
    assert queries.desk("support").name not in answer.content.decode()


@pytest.mark.parametrize("place", ["/desks/a%00b/mine", "/accounts/%00"])
def test_nothing_is_at_an_address_that_no_text_could_hold(scene: Scene, browse: Browse, place: str) -> None:
    """PostgreSQL keeps no NUL, SQLite would: a page must not depend on the engine."""
    assert browse(scene.ada).get(place).status_code == 404


def test_a_page_is_there_whatever_is_asked_of_it_and_asks_without_what_no_text_holds(
    scene: Scene, browse: Browse
) -> None:
    client = browse(scene.ada)
    answer = client.get("/accounts?text=a%%0000b\0")
    assert (answer.status_code, answer.context["search"]) == (200, "ab")
    assert client.get("/me?x=%00").status_code == 200
