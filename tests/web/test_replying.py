"""The dialog of an answer: templates, the signature, files, and what is kept when it is refused."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.cases import actions
from opsdesk.cases.models import Case
from opsdesk.mail import enclosing, templates
from opsdesk.mail.models import Message, ReplyTemplate
from opsdesk.people.models import Person
from opsdesk.web import uploads
from tests import cast
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
AGAIN = "The files have to be chosen again"


@pytest.fixture
def case(scene: Scene) -> Case:
    at = scene.now - timedelta(hours=1)
    return scenes.case_of(scenes.receive(scene, scenes.letter("Twice", "Twice.", at=at), at=at))


def template(scene: Scene, name: str = "Hello", text: str = "Hello {first_name}, about {number}.") -> int:
    return templates.write(desk="support", name=name, text=text, actor=scene.lena.actor, now=scene.now).id


def file(name: str = "plan.pdf", data: bytes = b"%PDF", kind: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=kind)


def shown(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def area(text: str) -> str:
    """What stands in the field for the answer."""
    found = re.search(r'<textarea name="text".*?>\r?\n?(.*?)</textarea>', text, re.DOTALL)
    assert found
    return found[1]


def test_the_dialog_sends_files_and_says_how_much_goes(scene: Scene, browse: Browse, case: Case) -> None:
    text = shown(browse(scene.olga).get(f"/cases/{case.id}/reply", headers=HTMX))
    assert 'enctype="multipart/form-data" hx-encoding="multipart/form-data"' in text
    assert re.search(r'<input type="file" name="attachments"[^>]* multiple', text)
    assert f'data-most-bytes="{enclosing.MAX_BYTES}"' in text
    assert "25 MB" in text
    note = shown(browse(scene.olga).get(f"/cases/{case.id}/note", headers=HTMX))
    assert "multipart" not in note


def test_files_go_with_the_answer_and_download_from_the_case(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client = browse(scene.olga)
    sent = {
        "text": "Here.\r\n\r\nOlga",
        "wait": "yes",
        "attachments": [file("견적서.pdf"), file("..\\empty.txt", b"", "text/plain")],
    }
    assert client.post(f"/cases/{case.id}/reply", sent).status_code == 302
    message = Message.objects.get(direction="out")
    assert message.text == "Here.\n\nOlga"
    assert list(message.parts.order_by("id").values_list("filename", "size")) == [
        ("견적서.pdf", 4),
        ("empty.txt", 0),
    ]
    page = shown(client.get(f"/cases/{case.id}"))
    address = f"/cases/{case.id}/messages/{message.id}/files/2"
    assert f'href="{address}"' in page
    assert "견적서.pdf" in page
    got = client.get(address)
    assert (got.content, got["Content-Type"]) == (b"%PDF", "application/octet-stream")


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"cc": "nonsense"}, "no list of e-mail addresses"), ({"text": " "}, "required")],
)
def test_a_refusal_keeps_the_text_and_says_that_files_are_to_be_chosen_again(
    scene: Scene, browse: Browse, case: Case, more: dict[str, str], reason: str
) -> None:
    sent = {"text": "Half an hour of work", "wait": "yes", "attachments": [file()], **more}
    answer = browse(scene.olga).post(f"/cases/{case.id}/reply", sent, headers=HTMX)
    text = shown(answer)
    assert answer.status_code == 422
    assert reason in text
    assert AGAIN in text
    assert area(text).strip() == str(sent["text"]).strip()
    without = {name: value for name, value in sent.items() if name != "attachments"}
    assert AGAIN not in shown(browse(scene.olga).post(f"/cases/{case.id}/reply", without, headers=HTMX))


def test_too_much_is_refused_before_it_is_read_with_the_text_kept(
    scene: Scene, browse: Browse, case: Case
) -> None:
    big = [file("a.bin", bytes(enclosing.MAX_BYTES)), file("b.bin", b"x")]
    sent = {"text": "Half an hour of work", "cc": "kim@dealer.example", "wait": "yes", "attachments": big}
    answer = browse(scene.olga).post(f"/cases/{case.id}/reply", sent, headers=HTMX)
    text = shown(answer)
    assert answer.status_code == 422
    assert "The files have 26 MB; at most 25 MB go" in text
    assert AGAIN in text
    assert area(text) == "Half an hour of work"
    assert "kim@dealer.example" in text
    assert not Message.objects.filter(direction="out").exists()


def test_who_was_overtaken_keeps_the_text_too(scene: Scene, browse: Browse, case: Case) -> None:
    seen = case.version
    actions.take(case_id=case.id, actor=scene.omar.actor, now=scene.now)
    sent = {"text": "My words", "wait": "yes", "seen_version": seen, "attachments": [file()]}
    answer = browse(scene.olga).post(f"/cases/{case.id}/reply", sent, headers=HTMX)
    assert answer.status_code == 422
    assert (area(shown(answer)), AGAIN in shown(answer)) == ("My words", True)


def test_a_template_is_offered_with_its_fields_filled_in(scene: Scene, browse: Browse, case: Case) -> None:
    template(scene, text='Hello {first_name}, "about" {number} <now>.')
    answer = browse(scene.olga).get(f"/cases/{case.id}/reply", headers=HTMX)
    wanted = f"Hello Sam, &quot;about&quot; #{case.id} &lt;now&gt;."
    assert f'data-text="{wanted}"' in answer.content.decode()
    assert area(shown(answer)).strip() == ""


def test_without_a_script_a_link_puts_the_template_into_the_answer(
    scene: Scene, browse: Browse, case: Case
) -> None:
    chosen = template(scene)
    client = browse(scene.olga)
    address = f"/cases/{case.id}/reply?template={chosen}"
    assert f'href="{address}"' in shown(client.get(f"/cases/{case.id}/reply"))
    assert area(shown(client.get(address))) == f"Hello Sam, about #{case.id}."
    for nothing in ("999999", "x", "", "1e3", "²"):
        found = client.get(f"/cases/{case.id}/reply", {"template": nothing})
        assert (found.status_code, area(shown(found)).strip()) == (200, "")


def test_a_template_of_another_desk_is_not_offered(scene: Scene, browse: Browse, case: Case) -> None:
    chosen = template(scene)
    ReplyTemplate.objects.update(desk="elsewhere")
    text = shown(browse(scene.olga).get(f"/cases/{case.id}/reply?template={chosen}"))
    assert "Hello Sam" not in text


def test_only_who_writes_templates_is_led_to_them(scene: Scene, browse: Browse, case: Case) -> None:
    link = 'href="/desks/support/templates"'
    assert link not in shown(browse(scene.olga).get(f"/cases/{case.id}/reply"))
    assert link in shown(browse(scene.lena).get(f"/cases/{case.id}/reply"))


def test_the_signature_is_shown_and_can_be_left_out(scene: Scene, browse: Browse, case: Case) -> None:
    Person.objects.filter(id=scene.olga.id).update(signature="Olga <Ops>\nSupport")
    client = browse(scene.olga)
    text = client.get(f"/cases/{case.id}/reply").content.decode()
    assert '<pre class="signature">-- \nOlga &lt;Ops&gt;\nSupport</pre>' in text
    assert re.search(r'<input type="checkbox" name="signature"[^>]* checked', text)
    for ticked, ends in (({"signature": "on"}, "Hi.\n\n-- \nOlga <Ops>\nSupport"), ({}, "Hi.")):
        client.post(f"/cases/{case.id}/reply", {"text": "Hi.", "wait": "no", **ticked})
        assert Message.objects.filter(direction="out").latest("id").text == ends


def test_who_has_no_signature_is_led_to_where_one_is_written(
    scene: Scene, browse: Browse, case: Case
) -> None:
    text = shown(browse(scene.olga).get(f"/cases/{case.id}/reply"))
    assert 'name="signature"' not in text
    assert 'href="/me"' in text
    sent = {"text": "Hi.", "wait": "no", "signature": "on"}
    assert browse(scene.olga).post(f"/cases/{case.id}/reply", sent).status_code == 302
    assert Message.objects.get(direction="out").text == "Hi."


@pytest.mark.parametrize(
    ("address", "reason"),
    [("no-reply@shop.example", "Nobody reads what is sent to no-reply@shop.example"), ("", "No address")],
)
def test_nobody_and_nothing_are_not_answered_and_the_text_stays(
    scene: Scene, browse: Browse, address: str, reason: str
) -> None:
    case = cast.request_at(scene.now, requester_email=address)
    answer = browse(scene.olga).post(
        f"/cases/{case.id}/reply", {"text": "Hello?", "wait": "yes"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert reason in shown(answer)
    assert area(shown(answer)) == "Hello?"


def test_many_templates_ask_the_database_no_more_often(scene: Scene, browse: Browse, case: Case) -> None:
    client = browse(scene.lena)
    counts: list[int] = []
    for addresses in ([f"/cases/{case.id}/reply", "/desks/support/templates"],) * 2:
        template(scene, name=f"T {len(counts)}")
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        for number in range(40):
            template(scene, name=f"{len(counts)} {number}")
    assert counts[:2] == counts[2:]


def test_the_profile_keeps_a_signature(scene: Scene, browse: Browse) -> None:
    client = browse(scene.olga)
    sent = {"name": "Olga", "theme": "system", "language": "", "zone": "UTC", "keys_on": "on"}
    assert client.post("/me", {**sent, "signature": "-- \r\nOlga\r\nSupport \r\n"}).status_code == 302
    assert Person.objects.get(id=scene.olga.id).signature == "Olga\nSupport"
    assert "Olga\nSupport</textarea>" in shown(client.get("/me"))
    refused = client.post("/me", {**sent, "signature": "x" * 2001})
    assert refused.status_code == 422
    assert 'id="id_signature_error"' in shown(refused)
    assert Person.objects.get(id=scene.olga.id).signature == "Olga\nSupport"
    client.post("/me", {**sent, "signature": ""})
    assert Person.objects.get(id=scene.olga.id).signature == ""


def test_an_upload_that_no_form_could_take_is_not_even_read(
    scene: Scene, browse: Browse, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    sent = {"text": "x", "wait": "no", "attachments": [file("a.bin", bytes(2000))]}
    assert browse(scene.olga).post(f"/cases/{case.id}/reply", sent, headers=HTMX).status_code == 400
    assert not Message.objects.filter(direction="out").exists()
    sent["attachments"] = [file("a.bin", bytes(100))]
    assert browse(scene.olga).post(f"/cases/{case.id}/reply", sent).status_code == 302
