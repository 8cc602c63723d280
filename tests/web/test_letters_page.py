"""The page of letters: what waits, what failed, what went out; trying again and giving up."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.cases.models import Case
from opsdesk.clock.models import Task
from opsdesk.mail import deliveries, replies
from opsdesk.mail.carrier import carrier
from opsdesk.mail.models import Message
from opsdesk.mail.timers import DELIVER
from tests import cast
from tests.cast import Somebody
from tests.mail.far_end import far_end
from tests.mail.test_carrier import carry, relay
from tests.web.scene import Scene, case_of, letter, receive

Browse = Callable[[Somebody], Client]


@pytest.fixture
def case(scene: Scene) -> Case:
    at = scene.now - timedelta(hours=1)
    return case_of(receive(scene, letter("It repeats", "Every call.", at=at), at=at))


def answer(scene: Scene, case: Case) -> Message:
    return replies.reply(
        case_id=case.id, text="We look at it.", wait=False, actor=scene.olga.actor, now=scene.now
    )


@pytest.fixture
def refused(scene: Scene, case: Case) -> Message:
    """An answer that a server has refused for good."""
    message = answer(scene, case)
    with far_end() as end:
        end.says = {"DATA": "554 5.7.1 Looks like <spam>"}
        carry(carrier(relay(end)), now=scene.now)
    return message


def test_an_empty_page_says_what_it_is_for(scene: Scene, browse: Browse) -> None:
    page = browse(scene.olga).get("/letters").content.decode()
    assert "passes through here" in page
    assert "OPSDESK_SMTP_URL" in page
    assert "sent today yet" in browse(scene.olga).get("/letters?state=sent").content.decode()


def test_what_failed_comes_first_with_what_the_server_said(
    scene: Scene, browse: Browse, case: Case, refused: Message
) -> None:
    answer(scene, case)
    page = browse(scene.olga).get("/letters").content.decode()
    assert "554 5.7.1 Looks like &lt;spam&gt;" in page
    assert f"#message-{refused.id}" in page
    assert 'state=dead" aria-current="true"><b>1</b>' in page
    queued = browse(scene.olga).get("/letters?state=queued").content.decode()
    assert "Looks like" not in queued
    assert "held" in queued
    assert "No letter matches" in browse(scene.olga).get("/letters?text=nowhere").content.decode()
    assert "Looks like" in browse(scene.olga).get("/letters?text=sam@north").content.decode()


def test_a_failed_letter_is_tried_again_by_one_click(scene: Scene, browse: Browse, refused: Message) -> None:
    client = browse(scene.olga)
    answer = client.post(f"/letters/{refused.id}/retrial", {"back": "/letters?state=dead"})
    assert answer.url == "/letters?state=dead"
    refused.refresh_from_db()
    assert (refused.delivery, refused.delivery_problem) == ("queued", "")
    assert Task.objects.get(kind=DELIVER).state == "armed"


def test_a_letter_given_up_can_be_tried_again(scene: Scene, browse: Browse, refused: Message) -> None:
    client = browse(scene.olga)
    client.post(f"/letters/{refused.id}/giving-up")
    assert "Looks like" in client.get("/letters?state=given_up").content.decode()
    assert client.get("/health").content.decode().count("mail.deliver") == 0
    client.post(f"/letters/{refused.id}/retrial")
    refused.refresh_from_db()
    assert refused.delivery == "queued"


def test_a_refusal_is_said_on_the_page_one_came_from(scene: Scene, browse: Browse, case: Case) -> None:
    message = answer(scene, case)
    deliveries.sent(message.id, now=scene.now)
    client = browse(scene.olga)
    client.post(f"/letters/{message.id}/retrial")
    assert "was sent in the meantime" in client.get("/letters").content.decode()
    assert browse(scene.olga).get("/letters?state=sent").content.decode().count("It repeats") == 1


def test_who_only_reads_sees_no_button_and_is_refused(scene: Scene, browse: Browse, refused: Message) -> None:
    client = browse(scene.vera)
    assert "retrial" not in client.get("/letters").content.decode()
    client.post(f"/letters/{refused.id}/retrial")
    refused.refresh_from_db()
    assert refused.delivery == "failed"


def test_who_is_of_no_desk_sees_none(scene: Scene, browse: Browse) -> None:
    assert browse(cast.stranger()).get("/letters").status_code == 403


@pytest.mark.parametrize(
    "query", ["state=nonsense", "before=x", "before=999999999999999999999", "desk=nowhere"]
)
def test_nonsense_in_the_address_filters_nothing(
    scene: Scene, browse: Browse, refused: Message, query: str
) -> None:
    answer = browse(scene.olga).get(f"/letters?{query}")
    assert answer.status_code == 200
    assert "Looks like" in answer.content.decode()


def test_the_case_says_that_an_answer_was_not_delivered_and_sends_it_again(
    scene: Scene, browse: Browse, case: Case, refused: Message
) -> None:
    client = browse(scene.olga)
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "Looks like &lt;spam&gt;" in page
    assert "an answer could not be delivered" in page
    assert f'action="/letters/{refused.id}/retrial"' in page
    answer = client.post(f"/letters/{refused.id}/retrial", {"back": f"/cases/{case.id}"})
    assert answer.url == f"/cases/{case.id}"
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "retrial" not in page
    assert "had an answer sent again" in page
    deliveries.sent(refused.id, problem="kim@dealer.example: 550 Gone", now=scene.now)
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "not to everybody" in page
    assert "kim@dealer.example: 550 Gone" in page
    assert "not everybody could be reached" in page
    reader = browse(scene.vera).get(f"/cases/{case.id}").content.decode()
    assert "550 Gone" in reader
    assert "retrial" not in reader
