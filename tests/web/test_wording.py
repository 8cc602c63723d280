"""The page of a desk's templates: who sees it, who changes it, and what it shows before it is kept."""

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from opsdesk.journal.models import Entry
from opsdesk.mail import templates
from tests import cast
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
PAGE = "/desks/support/templates"
TEXT = "Hello {first_name},\n\nabout {number}: {unknown"


def written(scene: Scene, name: str = "Hello", text: str = "Hello {first_name} of {desk},") -> int:
    return templates.write(desk="support", name=name, text=text, actor=scene.lena.actor, now=scene.now).id


def shown(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", ["olga", "vera", "lena"])
def test_everybody_of_the_desk_reads_them_as_they_would_stand_in_an_answer(
    scene: Scene, browse: Browse, who: str
) -> None:
    written(scene)
    text = shown(browse(getattr(scene, who)).get(PAGE))
    assert "Hello Sam of Support," in text
    assert ("Write a template" in text) == (who == "lena")
    assert (f"{PAGE}/new" in text) == (who == "lena")


def test_an_empty_page_says_what_it_is_for(scene: Scene, browse: Browse) -> None:
    assert "Write what you answer often" in shown(browse(scene.lena).get(PAGE))
    assert "A lead writes what is answered often" in shown(browse(scene.olga).get(PAGE))
    assert f'href="{PAGE}"' in shown(browse(scene.olga).get("/desks/support/definition"))


def test_a_lead_writes_changes_and_removes_one(scene: Scene, browse: Browse) -> None:
    client = browse(scene.lena)
    assert client.post(f"{PAGE}/new", {"name": "Hello", "text": "Hello\r\n{me}"}).url == PAGE
    (kept,) = templates.of_desk("support")
    assert (kept.name, kept.text) == ("Hello", "Hello\n{me}")
    page = shown(client.get(f"{PAGE}/{kept.id}"))
    assert 'value="Hello"' in page
    assert "Hello\n{me}</textarea>" in page
    assert client.post(f"{PAGE}/{kept.id}", {"name": "Hi", "text": "Hi"}).url == PAGE
    removal = f"{PAGE}/{kept.id}/removal"
    assert "Remove “Hi”?" in shown(client.get(removal, headers=HTMX))
    assert len(templates.of_desk("support")) == 1
    assert client.post(removal, headers=HTMX)["HX-Redirect"] == PAGE
    assert templates.of_desk("support") == []
    kinds = list(Entry.objects.filter(subject_kind="reply_template").values_list("kind", flat=True))
    assert kinds == ["reply_template.written", "reply_template.written", "reply_template.removed"]


def test_a_preview_keeps_nothing_but_what_was_typed(scene: Scene, browse: Browse) -> None:
    sent = {"name": "Hello", "text": "Hello {first_name}, {number} {nobody}", "act": "preview"}
    answer = browse(scene.lena).post(f"{PAGE}/new", sent)
    text = shown(answer)
    assert answer.status_code == 200
    assert "Hello Sam, #1204 {nobody}" in text
    assert "Hello {first_name}, #" not in text
    assert sent["text"] in text
    assert templates.of_desk("support") == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "", "text": "x"}, "name"),
        ({"name": "x" * 81, "text": "x"}, "name"),
        ({"name": "Taken", "text": "x"}, "name"),
        ({"name": "x", "text": ""}, "text"),
        ({"name": "x", "text": "{nonsense}"}, "text"),
        ({"name": "x", "text": "y" * 20_001}, "text"),
        ({}, "name"),
    ],
)
def test_what_can_not_be_kept_comes_back_with_the_reason(
    scene: Scene, browse: Browse, sent: dict[str, str], field: str
) -> None:
    written(scene, "Taken")
    answer = browse(scene.lena).post(f"{PAGE}/new", sent)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in shown(answer)
    assert all(value in shown(answer) for value in sent.values())
    assert len(templates.of_desk("support")) == 1


def test_only_a_lead_gets_to_the_forms(scene: Scene, browse: Browse) -> None:
    number = written(scene)
    for address in (f"{PAGE}/new", f"{PAGE}/{number}", f"{PAGE}/{number}/removal"):
        for client in (browse(scene.olga), browse(scene.vera)):
            assert client.get(address).status_code == 403
            assert client.post(address, {"name": "x", "text": "x"}).status_code == 403
    assert [one.name for one in templates.of_desk("support")] == ["Hello"]
    assert browse(cast.stranger()).get(PAGE).status_code == 403


def test_what_is_gone_says_so(scene: Scene, browse: Browse) -> None:
    number = written(scene)
    templates.remove(desk="support", template_id=number, actor=scene.lena.actor, now=scene.now)
    client = browse(scene.lena)
    for address in (f"{PAGE}/{number}", f"{PAGE}/{number}/removal", f"{PAGE}/999999999"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "not there any more" in shown(answer)
    assert client.get("/desks/nowhere/templates").status_code == 404
