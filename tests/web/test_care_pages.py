"""The pages that erase, and that say how long words are kept: each looks first, asks, then does it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.cases.models import Case, Note
from opsdesk.cases.redaction import ERASED
from opsdesk.mail import holdings, replies
from opsdesk.mail.models import Arrival, Message, Retention
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene, case_of, letter, receive

Browse = Callable[[Somebody], Client]
SURE = {"reason": "asked", "sure": "on"}


def a_mail(scene: Scene, number: int = 77, sender: str = "Sam Dealer <sam@northstar.example>") -> Arrival:
    at = scene.now - timedelta(hours=2)
    raw = letter(
        "Wrong password", "It was hunter-twelve.", sender=sender, number=number, at=at, html="<p>x</p>"
    )
    return receive(scene, raw, at=at)


def test_a_mail_is_erased_after_asking_and_its_page_says_so(scene: Scene, browse: Browse) -> None:
    arrival = a_mail(scene)
    case, client = case_of(arrival), browse(scene.ada)
    address = f"/care/messages/{arrival.message_id}/erasure?back=/cases/{case.id}"
    asks = client.get(address)
    assert b"Erase this mail" in asks.content
    assert Message.objects.get(id=arrival.message_id).text
    missing = client.post(address, {"reason": "asked"})
    assert missing.status_code == 422
    assert Message.objects.get(id=arrival.message_id).text
    done = client.post(address, SURE)
    assert (done.status_code, done.url) == (302, f"/cases/{case.id}")
    assert Message.objects.get(id=arrival.message_id).text == ""
    shown = client.get(done.url).content.decode()
    assert ERASED in shown
    assert "hunter" not in shown
    assert "Erased by Ada, <time" in shown
    assert "The person asked for it." in shown
    assert "erased what the case took over from a mail" in shown
    for look in (f"/intake/{arrival.id}/source", f"/cases/{case.id}/messages/{arrival.message_id}/html"):
        refused = client.get(look).content.decode()
        assert "This mail was erased on" in refused
        assert "by Ada" in refused
        assert "The person asked for it" in refused
    again = client.post(address, SURE)
    assert again.status_code == 422
    assert b"erased before" in again.content


def test_a_dialog_comes_as_a_fragment(scene: Scene, browse: Browse) -> None:
    arrival = a_mail(scene)
    shown = (
        browse(scene.ada).get(f"/care/messages/{arrival.message_id}/erasure", headers=HTMX).content.decode()
    )
    assert shown.lstrip().startswith("<div data-form>")


def test_only_an_admin_finds_the_way_to_an_erasure(busy: Scene, browse: Browse) -> None:
    note = Note.objects.get()
    message = Message.objects.filter(case_messages__case=note.case_id).earliest("id")
    ways = {
        f"/cases/{note.case_id}": (
            f"/care/messages/{message.id}/erasure?back=/cases/{note.case_id}",
            f"/care/notes/{note.id}/erasure?back=/cases/{note.case_id}",
        ),
        f"/intake/{message.arrivals.get().id}": (f"/care/arrivals/{message.arrivals.get().id}/erasure",),
        "/accounts": ("/care/erasure",),
        "/accounts/north-star": ("/care/erasure?account=north-star",),
    }
    for page, addresses in ways.items():
        shown = [browse(who).get(page).content.decode() for who in (busy.ada, busy.lena)]
        assert [[f'"{address}"' in text for address in addresses] for text in shown] == [
            [True] * len(addresses),
            [False] * len(addresses),
        ], page
    assert "/desks/support/retention" in browse(busy.vera).get("/desks/support/definition").content.decode()


@pytest.mark.parametrize("who", ["lena", "olga", "enzo", "vera"])
def test_nobody_but_an_admin_erases_or_looks(scene: Scene, browse: Browse, who: str) -> None:
    arrival = a_mail(scene)
    client = browse(getattr(scene, who))
    for address in (
        f"/care/messages/{arrival.message_id}/erasure",
        f"/care/arrivals/{arrival.id}/erasure",
        "/care/notes/1/erasure",
        "/care/erasure?address=sam@northstar.example",
    ):
        assert client.get(address).status_code == 403, address
        assert client.post(address, SURE).status_code == 403, address
    assert Message.objects.get(id=arrival.message_id).text


def test_a_note_and_what_was_not_understood_are_erased_too(busy: Scene, browse: Browse) -> None:
    client, note = browse(busy.ada), Note.objects.get()
    assert client.post(f"/care/notes/{note.id}/erasure", SURE).status_code == 302
    assert Note.objects.get().text == ""
    assert "This note was erased." in client.get(f"/cases/{note.case_id}").content.decode()
    odd = Arrival.objects.get(label="odd.eml")
    done = client.post(f"/care/arrivals/{odd.id}/erasure", SURE)
    assert done.url == f"/intake/{odd.id}"
    page = client.get(done.url).content.decode()
    assert "odd.eml" not in page
    assert b"erased on" in client.get(f"/intake/{odd.id}/source").content


def test_all_that_is_held_of_a_person_is_listed_then_erased(
    busy: Scene, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browse(busy.ada)
    for message in Message.objects.filter(delivery="queued"):
        replies.mark_sent(message.id, now=busy.now)
    address = "/care/erasure?address=sam%40northstar.example"
    before = Message.objects.exclude(text="").count()
    listed = client.get(address).content.decode()
    held = holdings.held(holdings.Subject(address="sam@northstar.example"))
    assert held.count >= 3
    assert f"{held.count} mails have words" in listed
    assert "The assistant repeats the greeting" in listed
    assert Message.objects.exclude(text="").count() == before
    assert client.post(address, {"reason": "asked"}).status_code == 422
    monkeypatch.setattr("opsdesk.web.care.erasing.STEPS", 1)
    monkeypatch.setattr(holdings.erase_step, "__kwdefaults__", {"at_once": 2})
    first = client.post(address, SURE, follow=True).content.decode()
    assert f"{held.count - 2} are left" in first
    monkeypatch.setattr("opsdesk.web.care.erasing.STEPS", 10)
    last = client.post(address, SURE, follow=True).content.decode()
    assert "Nothing is held" in last
    assert Message.objects.exclude(text="").count() == before - held.count
    assert not Case.objects.filter(requester_email="sam@northstar.example").exists()


def test_of_an_account_or_a_wrong_address_one_is_told(busy: Scene, browse: Browse) -> None:
    client = browse(busy.ada)
    assert "mails have words" in client.get("/care/erasure?account=blue-lake").content.decode()
    wrong = client.get("/care/erasure?address=nobody")
    assert wrong.status_code == 422
    assert b"no e-mail address" in wrong.content
    assert b"Nothing is held" in client.get("/care/erasure?address=nobody@x.example").content
    assert b"Of whom" in client.get("/care/erasure").content


def test_a_lead_sees_what_a_number_of_days_would_do_before_deciding(busy: Scene, browse: Browse) -> None:
    client = browse(busy.lena)
    page = client.get("/desks/support/retention").content.decode()
    assert "kept for ever" in page
    asks = client.get("/desks/support/retention/decision?keep_days=40").content.decode()
    assert "No mail loses its words in the first night." in asks
    assert "the first mail is due on" in asks
    assert not Retention.objects.exists()
    assert client.post("/desks/support/retention/decision", {"keep_days": "40"}).status_code == 302
    assert Retention.objects.get().keep_days == 40
    assert "40 days after the end" in client.get("/desks/support/retention").content.decode()
    assert b"kept for ever" in client.get("/desks/support/retention/decision?keep_days=").content
    client.post("/desks/support/retention/decision", {"keep_days": ""})
    assert Retention.objects.latest("id").keep_days is None


def test_days_that_can_not_be_are_refused_with_the_remedy(busy: Scene, browse: Browse) -> None:
    client = browse(busy.lena)
    for days in ("29", "0", "-3", "x", "99999"):
        for answer in (
            client.get("/desks/support/retention/decision", {"keep_days": days}),
            client.post("/desks/support/retention/decision", {"keep_days": days}),
        ):
            assert answer.status_code == 422
    assert not Retention.objects.exists()


def test_who_does_not_lead_reads_what_holds_and_decides_nothing(busy: Scene, browse: Browse) -> None:
    for somebody in (busy.olga, busy.vera):
        client = browse(somebody)
        assert b"See what it would do" not in client.get("/desks/support/retention").content
        for answer in (
            client.get("/desks/support/retention/decision?keep_days=40"),
            client.post("/desks/support/retention/decision", {"keep_days": "40"}),
        ):
            assert answer.status_code == 403
    assert not Retention.objects.exists()
