"""An answer in a real browser: a template at the caret, the signature, files, a refusal that keeps it all."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from opsdesk.cases.models import Case
from opsdesk.mail import templates
from opsdesk.mail.models import Message
from opsdesk.people.models import Person
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
OURS = "Which car is it?"


@pytest.fixture
def case(scene: Scene) -> Case:
    """A case in the queue of an operator who has a signature, at a desk with a template."""
    templates.write(
        desk="support",
        name="Hello",
        text='Hello {first_name},\n"now" <b>',
        actor=scene.lena.actor,
        now=scene.now,
    )
    Person.objects.filter(id=scene.olga.id).update(signature="Olga\nSupport")
    return Case.objects.get(subject__startswith="Op code")


def test_an_answer_from_a_template_with_a_file(
    scene: Scene, sign_in: SignIn, case: Case, tmp_path: Path
) -> None:
    page = sign_in(scene.olga)
    page.goto(f"/cases/{case.id}")
    page.keyboard.press("a")
    text = page.get_by_role("textbox", name="Answer")
    expect(text).to_be_focused()
    page.keyboard.type("A B")
    page.keyboard.press("ArrowLeft")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Template").select_option("Hello")
    dialog.get_by_role("button", name="Insert").click()
    expect(text).to_have_value('A Hello Bo,\n"now" <b>B')
    page.keyboard.press("Control+z")
    expect(text).to_have_value("A B")
    text.fill(OURS)

    large = tmp_path / "large.bin"
    large.write_bytes(bytes(26 * 1024 * 1024))
    dialog.get_by_label("Files").set_input_files(large)
    expect(dialog.get_by_text("These files are too large")).to_be_visible()
    dialog.get_by_role("button", name="Send and wait").click()
    expect(dialog.get_by_text("The files have to be chosen again")).to_be_visible()
    expect(dialog.get_by_text("at most 25 MB go with an answer").first).to_be_visible()
    expect(text).to_have_value(OURS)

    small = tmp_path / "견적서.pdf"
    small.write_bytes(b"%PDF")
    dialog.get_by_label("Files").set_input_files([small, small])
    expect(dialog.get_by_text("These files are too large")).to_be_hidden()
    dialog.get_by_role("button", name="Send and wait").click()
    expect(page.get_by_text("Waiting on Customer")).to_be_visible()
    expect(page.get_by_role("link", name="견적서.pdf")).to_have_count(2)
    message = Message.objects.filter(direction="out").latest("id")
    assert message.text == f"{OURS}\n\n-- \nOlga\nSupport"

    page.keyboard.press("a")
    expect(page.get_by_role("textbox", name="Answer")).to_have_value("")
    text.fill("Once is enough.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if "/reply" in request.url else None)
    text.evaluate(
        """area => { for (let n = 0; n < 3; n += 1) area.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true })); }"""
    )
    expect(page.get_by_text("Once is enough.")).to_be_visible()
    assert asked == ["POST"]


@pytest.mark.parametrize("width", [1280, 360])
def test_the_dialog_is_open_to_everybody(scene: Scene, sign_in: SignIn, case: Case, width: int) -> None:
    page = sign_in(scene.olga, width=width)
    page.goto(f"/cases/{case.id}/reply")
    expect(page.get_by_label("Template")).to_be_visible()
    assert faults(page, Axe()) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_a_template_is_a_link(
    scene: Scene, sign_in: SignIn, case: Case, live_server: object
) -> None:
    page = sign_in(scene.olga)
    context = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(f"{live_server.url}/cases/{case.id}/reply")  # type: ignore[attr-defined]
    plain.get_by_role("link", name="Hello").click()
    expect(plain.get_by_role("textbox", name="Answer")).to_have_value('Hello Bo,\n"now" <b>')
    plain.get_by_role("button", name="Send", exact=True).click()
    expect(plain.get_by_text("The answer is queued to be sent.")).to_be_visible()
    context.close()
