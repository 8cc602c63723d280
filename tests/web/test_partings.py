"""Several requests in one message, two requests that are one, and the pictures of what was attached."""

import io
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pypdfium2
import pytest
from django.test import Client

from opsdesk.cases import actions, merges
from opsdesk.cases.models import Case
from opsdesk.mail.models import Message, ProposalAnswer
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
ASKS = (
    "Hello,\n\nplease do these three things:\n1. Change the price.\n2. The voice is too fast.\n3. Add Dana."
    "\n\nThanks"
)


@pytest.fixture
def case(scene: Scene) -> Case:
    """A case of three requests, an hour old."""
    at = scene.now - timedelta(hours=1)
    return scenes.case_of(scenes.receive(scene, scenes.letter("Three things", ASKS, at=at), at=at))


def message_of(case: Case) -> Message:
    return Message.objects.get(case_messages__case=case, case_messages__removed_at__isnull=True)


def test_a_message_of_several_requests_says_so_with_their_words(
    scene: Scene, browse: Browse, case: Case
) -> None:
    text = browse(scene.olga).get(f"/cases/{case.id}").content.decode()
    assert "It looks like 3 requests:" in text
    assert "<q>2. The voice is too fast.</q>" in text
    assert "Belongs to none:" in text
    assert "<q>Thanks</q>" in text.replace("\n", "")


def test_who_may_not_split_is_offered_nothing(scene: Scene, browse: Browse, case: Case) -> None:
    for somebody in (scene.enzo, scene.vera):
        assert "It looks like" not in browse(somebody).get(f"/cases/{case.id}").content.decode()
    message = message_of(case)
    address = f"/cases/{case.id}/messages/{message.id}/proposal"
    assert browse(scene.vera).post(f"{address}/dismissal").status_code in (302, 403)
    assert not ProposalAnswer.objects.exists()


def test_accepted_as_corrected_it_becomes_requests_and_can_be_undone(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, message = browse(scene.olga), message_of(case)
    address = f"/cases/{case.id}/messages/{message.id}/proposal"
    shown = client.get(address, headers=HTMX).content.decode()
    assert "Stays with this case" in shown
    given = {
        "seen_version": case.version,
        "take0": "on", "part0": "1. Change the price.", "subject0": "Price", "type0": "",
        "part1": "2. The voice is too fast.", "subject1": "Voice", "type1": "",
        "take2": "on", "part2": "3. Add Dana.", "subject2": "Dana joins", "type2": "",
    }  # fmt: skip
    answer = client.post(address, given, headers=HTMX)
    assert answer.status_code == 204
    assert list(Case.objects.filter(split_from=case).values_list("subject", flat=True)) == ["Dana joins"]
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "Split into several requests." in page
    client.post(f"{address}/undo")
    part = Case.objects.get(split_from=case)
    assert part.state == "void"
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "It looks like 3 requests:" in page
    assert f"#{part.id} · Void</a>" in page


def test_what_does_not_stand_in_the_message_is_refused_with_what_was_typed(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, message = browse(scene.olga), message_of(case)
    given = {
        "take0": "on", "part0": "1. Change the price.", "subject0": "Price",
        "take1": "on", "part1": "words of my own", "subject1": "Voice",
        "part2": "3. Add Dana.", "subject2": "Dana",
    }  # fmt: skip
    answer = client.post(f"/cases/{case.id}/messages/{message.id}/proposal", given, headers=HTMX)
    assert answer.status_code == 422
    assert "words of my own" in answer.content.decode()
    assert Case.objects.filter(split_from=case).count() == 0


def test_said_to_be_one_request_it_is_not_proposed_again(scene: Scene, browse: Browse, case: Case) -> None:
    client, message = browse(scene.olga), message_of(case)
    address = f"/cases/{case.id}/messages/{message.id}/proposal"
    client.post(f"{address}/dismissal")
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "Said to be one request." in page
    assert client.get(address).status_code == 404


def test_who_comes_second_with_a_split_is_told_who_was_first_and_keeps_the_corrections(
    scene: Scene, browse: Browse, case: Case
) -> None:
    address = f"/cases/{case.id}/messages/{message_of(case).id}/proposal"
    given = {
        "seen_version": case.version, "form_key": "k",
        "take0": "on", "part0": "1. Change the price.", "subject0": "Price", "type0": "",
        "take1": "on", "part1": "2. The voice is too fast.", "subject1": "Voice of mine", "type1": "",
        "part2": "3. Add Dana.", "subject2": "Dana", "type2": "",
    }  # fmt: skip
    first, late = browse(scene.omar), browse(scene.olga)
    first.post(address, given, headers=HTMX)
    part = Case.objects.get(split_from=case)
    answer = late.post(address, given, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f"Omar was first: split it off into #{part.id}." in text
    assert "Voice of mine" in text
    assert first.post(address, given, headers=HTMX).status_code == 204
    said = "You had sent this before, and it was done once. A request was split off"
    assert f"{said}: #{part.id}." in first.get(f"/cases/{case.id}").content.decode()
    assert Case.objects.filter(split_from=case).count() == 1
    first.post(f"{address}/undo")
    first.post(f"{address}/dismissal")
    answer = late.post(address, given)
    assert "Omar was first: said that it is one request." in answer.content.decode()


def second(scene: Scene) -> Case:
    at = scene.now - timedelta(minutes=20)
    raw = scenes.letter("Another", "The price again.", number=2, at=at)
    return scenes.case_of(scenes.receive(scene, raw, at=at))


def test_two_requests_of_a_customer_become_one_with_both_conversations(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, other = browse(scene.olga), second(scene)
    assert f"#{case.id} Three things" in client.get(f"/cases/{other.id}/merge", headers=HTMX).content.decode()
    answer = client.post(f"/cases/{other.id}/merge", {"other_id": case.id}, headers=HTMX)
    assert answer["HX-Redirect"] == f"/cases/{case.id}"
    page = client.get(f"/cases/{case.id}").content.decode()
    assert "The price again." in page
    assert f"merged here #{other.id}" in page
    gone = client.get(f"/cases/{other.id}").content.decode()
    assert f"merged into #{case.id}" in gone
    assert f"merged it into #{case.id}" in gone
    assert f"merged #{other.id} into it" in page
    assert "Undo the merge" in gone
    client.post(f"/cases/{other.id}/merge-undo", {}, headers=HTMX)
    assert Case.objects.get(id=other.id).state == "open"
    assert "The price again." not in client.get(f"/cases/{case.id}").content.decode()


def test_who_comes_second_with_a_merge_is_told_who_was_first(
    scene: Scene, browse: Browse, case: Case
) -> None:
    other = second(scene)
    seen = Case.objects.get(id=other.id).version
    actions.take(case_id=other.id, actor=scene.omar.actor, now=scene.now)
    given = {"other_id": case.id, "seen_version": seen}
    answer = browse(scene.olga).post(f"/cases/{other.id}/merge", given, headers=HTMX)
    assert answer.status_code == 422
    assert "Omar was first" in answer.content.decode()
    assert Case.objects.get(id=other.id).state == "open"


def test_no_merge_is_offered_where_there_is_nothing_to_merge_with(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client = browse(scene.olga)
    assert f"/cases/{case.id}/merge" not in client.get(f"/cases/{case.id}").content.decode()
    other = second(scene)
    assert f"/cases/{case.id}/merge" in client.get(f"/cases/{case.id}").content.decode()
    merges.merge(case_id=case.id, other_id=other.id, actor=scene.olga.actor, now=scene.now)
    assert f'/cases/{case.id}/merge"' not in client.get(f"/cases/{case.id}").content.decode()


@pytest.fixture
def with_pdf(scene: Scene) -> Case:
    document = pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    document.new_page(100, 100)
    out = io.BytesIO()
    document.save(out)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sam@northstar.example", "support@desk.example", "See"
    mail["Message-ID"] = "<pdf@northstar.example>"
    mail.set_content("See the contract.")
    mail.add_attachment(out.getvalue(), maintype="application", subtype="pdf", filename="contract.pdf")
    mail.add_attachment(b"no picture", maintype="image", subtype="png", filename="broken.png")
    return scenes.case_of(scenes.receive(scene, mail.as_bytes(), at=scene.now))


def test_the_pages_of_a_pdf_are_looked_at_as_pictures_of_ours(
    scene: Scene, browse: Browse, with_pdf: Case
) -> None:
    client, message = browse(scene.olga), message_of(with_pdf)
    page = client.get(f"/cases/{with_pdf.id}").content.decode()
    address = f"/cases/{with_pdf.id}/messages/{message.id}/pages/2"
    assert address in page
    assert client.get(address).content.decode().count("<figure") == 2
    picture = client.get(f"/cases/{with_pdf.id}/messages/{message.id}/pictures/2?page=2")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert picture.content.startswith(b"\x89PNG")
    assert "sandbox" in picture["Content-Security-Policy"]


def test_what_is_no_picture_says_so_and_stays_a_download(
    scene: Scene, browse: Browse, with_pdf: Case
) -> None:
    client, message = browse(scene.olga), message_of(with_pdf)
    for place in ("pictures", "pages"):
        answer = client.get(f"/cases/{with_pdf.id}/messages/{message.id}/{place}/3")
        assert answer.status_code == 403
        assert "no picture and no page" in answer.content.decode()
    assert client.get(f"/cases/{with_pdf.id}/messages/{message.id}/pictures/9").status_code == 404
    assert client.get(f"/cases/{with_pdf.id}/messages/{message.id}/files/3").content == b"no picture"


def test_pictures_from_elsewhere_come_only_when_asked_for(scene: Scene, browse: Browse) -> None:
    at = scene.now
    raw = scenes.letter("Pixel", "x", number=7, at=at, html='<p>x</p><img src="https://pix.example/a.png">')
    case = scenes.case_of(scenes.receive(scene, raw, at=at))
    address = f"/cases/{case.id}/messages/{message_of(case).id}/html"
    without, with_them = browse(scene.olga).get(address), browse(scene.olga).get(f"{address}?pictures=remote")
    assert b"pix.example" not in without.content
    assert "https:" not in without["Content-Security-Policy"]
    assert b"https://pix.example/a.png" in with_them.content
    assert "img-src data: https:" in with_them["Content-Security-Policy"]
