"""Claims, joined threads and absence notes as a case page shows them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.cases import endings
from opsdesk.cases.models import Case
from opsdesk.mail.models import ThreadJoin
from tests import cast
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
HOUR = timedelta(hours=1)
AWAY = "Hi,\n\nI am currently out of the office until Monday.\n\nSam"


def arrived(scene: Scene, number: int, text: str = "Words.", *, hours: int = 3, **more: str) -> Case:
    at = scene.now - hours * HOUR
    raw = scenes.letter(f"Mail {number}", text, number=number, at=at, **more)  # type: ignore[arg-type]
    return scenes.case_of(scenes.receive(scene, raw, at=at))


@pytest.fixture
def claimed(scene: Scene) -> Case:
    return arrived(scene, 1)


@pytest.fixture
def claiming(scene: Scene, claimed: Case) -> Case:
    case = arrived(scene, 2, hours=2, sender="eve@else.example", answers="<1@northstar.example>")
    assert case.claims_id == claimed.id
    return case


def page(client: Client, case: Case) -> str:
    answer = client.get(f"/cases/{case.id}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_claim_is_joined_from_its_page_and_the_undone_void_brings_it_back(
    scene: Scene, browse: Browse, claimed: Case, claiming: Case
) -> None:
    client = browse(scene.olga)
    assert f"It belongs to #{claimed.id}: join" in page(client, claiming)
    assert "It belongs to #" not in page(client, claimed)
    dialog = client.get(f"/cases/{claiming.id}/claim").content.decode()
    assert "undoing the void brings them back" in dialog
    answer = client.post(f"/cases/{claiming.id}/claim", {"seen_version": claiming.version})
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{claimed.id}")
    shown = page(client, claimed)
    assert "eve@else.example" in shown
    assert f"joined #{claiming.id}, which said that it belongs here" in shown
    assert "It belongs to #" not in page(client, claiming)
    claiming.refresh_from_db()
    client.post(f"/cases/{claiming.id}/void-undo", {"seen_version": claiming.version})
    assert "eve@else.example" in page(client, claiming)
    assert f"took out again what #{claiming.id} had brought" in page(client, claimed)


def test_an_engineer_may_join_a_claim_and_a_viewer_may_not(
    scene: Scene, browse: Browse, claimed: Case, claiming: Case
) -> None:
    assert "It belongs to #" in page(browse(scene.enzo), claiming)
    assert "It belongs to #" not in page(browse(scene.vera), claiming)
    browse(scene.vera).post(f"/cases/{claiming.id}/claim", {})
    claiming.refresh_from_db()
    assert claiming.state == "open"
    browse(scene.enzo).post(f"/cases/{claiming.id}/claim", {"seen_version": claiming.version})
    claiming.refresh_from_db()
    assert (claiming.state, claiming.duplicate_of_id) == ("void", claimed.id)


def test_threads_that_a_message_joined_are_parted_from_the_page(scene: Scene, browse: Browse) -> None:
    first, second = arrived(scene, 1), arrived(scene, 2)
    joining = "<1@northstar.example> <2@northstar.example>"
    arrived(scene, 3, hours=1, answers=joining)
    client = browse(scene.olga)
    join = ThreadJoin.objects.get()
    for case, other in ((first, second), (second, first)):
        shown = page(client, case)
        assert "Joined with the thread of" in shown
        assert f'href="/cases/{other.id}"' in shown
    assert "Part the threads again" not in page(browse(scene.vera), first)
    address = f"/cases/{first.id}/joins/{join.id}/undo"
    assert client.get(address).status_code == 405
    assert client.post(address, follow=True).content.decode().count("apart again") == 1
    assert "Joined with the thread of" not in page(client, first)
    again = client.post(address, follow=True).content.decode()
    assert "These threads are apart already" in again


def resolved_then(scene: Scene, text: str) -> Case:
    case = arrived(scene, 1)
    endings.resolve(
        case_id=case.id, resolution="Done.", cause="bug", verified=True,
        type=cast.definition().families[0].types[0].key, actor=scene.olga.actor, now=scene.now - 2 * HOUR,
    )  # fmt: skip
    arrived(scene, 2, text, hours=1, answers="<1@northstar.example>")
    return case


def test_what_reads_like_an_absence_note_says_so_and_can_be_withdrawn(scene: Scene, browse: Browse) -> None:
    case = resolved_then(scene, AWAY)
    shown = page(browse(scene.olga), case)
    assert shown.count("reads like an absence note") == 1
    assert "It asks for nothing: resolved as before" in shown
    case.refresh_from_db()
    assert case.state == "open"


def test_an_absence_note_that_reopened_nothing_is_only_marked(scene: Scene, browse: Browse) -> None:
    case = arrived(scene, 1)
    arrived(scene, 2, AWAY, hours=1, answers="<1@northstar.example>")
    shown = page(browse(scene.olga), case)
    assert shown.count("reads like an absence note") == 1
    assert "It asks for nothing" not in shown


def test_a_person_s_words_that_reopened_a_case_are_not_marked(scene: Scene, browse: Browse) -> None:
    shown = page(browse(scene.olga), resolved_then(scene, "It happens again."))
    assert "reads like an absence note" not in shown
    assert "It asks for nothing" not in shown


def test_a_viewer_sees_the_hint_and_no_button(scene: Scene, browse: Browse) -> None:
    shown = page(browse(scene.vera), resolved_then(scene, AWAY))
    assert "reads like an absence note" in shown
    assert "It asks for nothing" not in shown
