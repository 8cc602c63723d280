"""A request that came by telephone: written down, kept and sorted like a mail."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from opsdesk.cases.models import Case
from opsdesk.journal.models import Entry
from opsdesk.mail.models import Arrival, Message
from opsdesk.mail.parsing import parse
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
FORM = "/desks/support/requests/new"
FILLED = {
    "requester_name": "Бат-Эрдэнэ Болдбаатарын, Хүүхдийн Машин Худалдааны Төв ХХК",
    "requester_email": "Bat@Dealer.example",
    "subject": "통화할 때마다 인사말이 두 번 나와요, 오늘 아침부터 계속 그렇습니다",
    "text": "Every call since this morning.\n.\nFrom what they say: =?utf-8?q?x?= and  two  blanks\n"
    + "x" * 3000,
}


def begun(client: Client) -> str:
    page = client.get(FORM).content.decode()
    found = re.search(r'name="begun" value="([^"]+)"', page)
    assert found
    return found[1]


def test_what_is_written_down_is_a_mail_of_the_requester(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    answer = client.post(FORM, FILLED | {"begun": begun(client)})
    case = Case.objects.get()
    assert answer.url == f"/cases/{case.id}"
    assert (case.requester_email, case.requester_name) == ("bat@dealer.example", FILLED["requester_name"])
    assert (case.subject, case.queue) == (FILLED["subject"], "ops")
    (arrival,) = Arrival.objects.select_related("source")
    assert (arrival.source.kind, arrival.outcome) == ("form", "requests")
    assert case.opened_at == arrival.received_at
    raw = vault.read(arrival.blob_id)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert parse(raw).text.strip() == FILLED["text"]
    assert Message.objects.get().text.strip() == FILLED["text"]


def test_neither_name_nor_address_is_called_optional_for_one_of_them_is_needed(
    scene: Scene, browse: Browse
) -> None:
    page = browse(scene.olga).get(FORM).content.decode()
    assert "optional" not in page
    assert "Their name, their address, or both." in page
    assert page.count('name="begun"') == 1


def test_the_journal_knows_who_wrote_it_down(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    client.post(FORM, FILLED | {"begun": begun(client)})
    entry = Entry.objects.get(kind="arrival.written_down")
    assert (entry.actor_id, entry.subject_id) == (scene.olga.id, Arrival.objects.get().id)
    page = client.get(f"/intake/{entry.subject_id}").content.decode()
    assert "written down by hand" in page


def test_sent_twice_it_is_one_request(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    data = FILLED | {"begun": begun(client)}
    first, second = client.post(FORM, data), client.post(FORM, data)
    assert first.url == second.url
    assert "was written down before" in client.get(second.url).content.decode()
    other = client.post(FORM, FILLED | {"begun": begun(client)})
    assert other.url != first.url
    assert Case.objects.count() == 2


def test_who_has_no_address_is_known_by_name(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    client.post(FORM, FILLED | {"begun": begun(client), "requester_email": ""})
    case = Case.objects.get()
    assert (case.requester_email, case.requester_name) == ("", FILLED["requester_name"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"requester_email": "", "requester_name": ""}, "Say who asks"),
        ({"requester_email": "support@opsdesk.example"}, "address of the desk"),
        ({"requester_email": "support+7@opsdesk.example"}, "address of the desk"),
        ({"requester_email": "not an address"}, "valid email"),
        ({"subject": ""}, "required"),
        ({"text": "  "}, "required"),
        ({"begun": "x"}, "too old"),
    ],
)
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(
    scene: Scene, browse: Browse, more: dict[str, str], said: str
) -> None:
    client = browse(scene.olga)
    answer = client.post(FORM, FILLED | {"begun": begun(client)} | more)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "two  blanks" in page or "text" in more
    assert Arrival.objects.count() == 0


def test_only_who_handles_mail_writes_requests_down(scene: Scene, browse: Browse) -> None:
    assert browse(scene.vera).get(FORM).status_code == 403
    assert browse(cast.stranger()).get(FORM).status_code == 403
    assert browse(scene.olga).get("/desks/nowhere/requests/new").status_code == 404
    for each in (scene.enzo, scene.lena, scene.ada):
        assert browse(each).get(FORM).status_code == 200
