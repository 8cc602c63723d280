"""A form that is sent twice, on a case or elsewhere: by two keys, by going back, by a second click."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case, Note
from opsdesk.insight.models import Threshold
from opsdesk.journal.models import IdempotencyKey
from opsdesk.mail.models import Message
from opsdesk.people.models import Token
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
REPLY = {"text": "It is fixed.\r\nOlga", "cc": "", "wait": "yes"}
BEFORE = "You had sent this before, and it was done once."


def opened(scene: Scene, number: int = 1) -> Case:
    at = scene.now - timedelta(hours=1)
    raw = scenes.letter(f"Twice {number}", "Twice.", number=number, at=at)
    return scenes.case_of(scenes.receive(scene, raw, at=at))


@pytest.fixture
def case(scene: Scene) -> Case:
    return opened(scene)


def drawn(client: Client, address: str) -> str:
    """The key of a form as it was drawn just now."""
    found = re.search(r'name="form_key" value="(\w+)"', client.get(address, headers=HTMX).content.decode())
    assert found
    return found[1]


def letters() -> int:
    return Message.objects.filter(direction="out").count()


def test_the_same_answer_again_is_one_letter_and_shows_the_case(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, address = browse(scene.olga), f"/cases/{case.id}/reply"
    sent = {**REPLY, "form_key": drawn(client, address)}
    assert client.post(address, sent).status_code == 302
    again = client.post(address, {**sent, "text": "It is fixed.\nOlga"}, follow=True)
    assert again.redirect_chain == [(f"/cases/{case.id}", 302)]
    assert f"{BEFORE} The answer is queued to be sent." in again.content.decode()
    assert letters() == 1
    client.post(address, {**sent, "form_key": drawn(client, address)})
    assert letters() == 2


def test_a_note_is_one_note_and_each_person_and_case_has_its_own(
    scene: Scene, browse: Browse, case: Case
) -> None:
    other = opened(scene, 2)
    sent = {"text": "Looked.", "form_key": "abc"}
    for somebody, about in [(scene.olga, case), (scene.olga, case), (scene.omar, case), (scene.olga, other)]:
        browse(somebody).post(f"/cases/{about.id}/note", sent, headers=HTMX)
    assert sorted(Note.objects.values_list("case_id", "author__name")) == sorted(
        [(case.id, "Olga"), (case.id, "Omar"), (other.id, "Olga")]
    )


def test_other_words_under_the_key_of_what_was_sent_are_never_lost_and_never_sent_unasked(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, address = browse(scene.olga), f"/cases/{case.id}/reply"
    sent = {**REPLY, "form_key": drawn(client, address)}
    client.post(address, sent)
    answer = client.post(address, {**sent, "text": "And one thing more."}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "You sent this form before, and that was done" in text
    assert "And one thing more." in text
    assert letters() == 1
    anew = re.findall(r'name="form_key" value="(\w+)"', text)
    assert anew != [sent["form_key"]]
    client.post(address, {**sent, "text": "And one thing more.", "form_key": anew[0]})
    assert letters() == 2


def test_what_was_refused_can_be_sent_again_under_its_key(scene: Scene, browse: Browse, case: Case) -> None:
    client, address = browse(scene.olga), f"/cases/{case.id}/reply"
    sent = {**REPLY, "form_key": drawn(client, address)}
    assert client.post(address, {**sent, "cc": "nonsense"}, headers=HTMX).status_code == 422
    assert client.post(address, sent).status_code == 302
    assert letters() == 1


def test_a_move_that_makes_its_own_form_unfit_is_found_done(scene: Scene, browse: Browse, case: Case) -> None:
    other, client = opened(scene, 2), browse(scene.lena)
    Case.objects.filter(id__in=[case.id, other.id]).update(account=None, requester_email="sam@a.example")
    address = f"/cases/{case.id}/merge"
    sent = {"other_id": other.id, "form_key": drawn(client, address)}
    first = client.post(address, sent)
    assert first.status_code == 302
    assert client.post(address, sent).headers["Location"] == first.headers["Location"]


def test_a_dialog_sends_nothing_while_what_it_sent_is_under_way(
    scene: Scene, browse: Browse, case: Case
) -> None:
    text = browse(scene.olga).get(f"/cases/{case.id}/reply", headers=HTMX).content.decode()
    assert re.search(r'<form [^>]*hx-post="[^"]*/reply"[^>]* hx-sync="this:drop"', text)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_the_same_moment_are_one_letter(browse: Browse) -> None:
    scene = scenes.people(datetime.now(UTC))
    case = opened(scene)
    clients = [browse(scene.olga) for _ in range(3)]
    sent = {**REPLY, "form_key": "atonce"}
    start, answers = threading.Barrier(len(clients)), list[tuple[int, str]]()

    def press(client: Client) -> None:
        start.wait()
        answer = client.post(f"/cases/{case.id}/reply", sent)
        answers.append((answer.status_code, answer.headers.get("Location", "")))
        connection.close()

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(302, f"/cases/{case.id}")] * len(clients)
    assert letters() == 1


def key_of(client: Client, address: str) -> str:
    """The key of any other form, as it was drawn just now."""
    found = re.search(r'name="once_key" value="(\w+)"', client.get(address, headers=HTMX).content.decode())
    assert found
    return found[1]


def test_any_dialog_sent_again_does_nothing_more_and_leads_to_where_the_first_led(
    scene: Scene, browse: Browse
) -> None:
    client = browse(scene.lena)
    sent = {"name": "North", "key": "north", "domains": "", "addresses": "", "once_key": ""}
    sent["once_key"] = key_of(client, "/accounts/new")
    assert client.post("/accounts/new", {**sent, "name": ""}).status_code == 422
    assert client.post("/accounts/new", sent).url == "/accounts/north"
    again = client.post("/accounts/new", sent, follow=True)
    assert again.redirect_chain == [("/accounts/north", 302)]
    assert BEFORE in again.content.decode()
    assert client.post("/accounts/new", sent, headers=HTMX).headers["HX-Redirect"] == "/accounts/north"
    assert client.post("/accounts/new", {**sent, "key": "south", "name": "South"}).url == "/accounts/south"
    assert Account.objects.count() == 2
    theirs = browse(scene.ada).post("/accounts/new", sent)
    assert (theirs.status_code, Account.objects.count()) == (422, 2)


def test_a_secret_is_made_once_and_shown_once(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    sent = {"name": "market", "abilities": ["read"], "once_key": key_of(client, "/tokens/new")}
    made = client.post("/tokens/new", sent)
    assert (made.status_code, Token.objects.count()) == (200, 1)
    assert client.post("/tokens/new", sent).url == "/tokens"
    assert Token.objects.count() == 1
    assert "opd_" not in "".join(IdempotencyKey.objects.values_list("answer", flat=True))


def test_a_page_that_only_shows_what_would_be_done_uses_up_no_key(scene: Scene, browse: Browse) -> None:
    client, address = browse(scene.lena), "/desks/support/thresholds/tier_1_share"
    sent = {"healthy": "60", "red": "40", "holds_from": "2099-01-01", "once_key": key_of(client, address)}
    assert [client.post(address, sent).status_code for _ in range(2)] == [200, 200]
    assert IdempotencyKey.objects.count() == 0
    assert [client.post(address, {**sent, "set": "1"}).status_code for _ in range(2)] == [302, 302]
    assert Threshold.objects.count() == 1
