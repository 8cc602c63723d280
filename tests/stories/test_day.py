import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from opsdesk.cases.models import Case
from opsdesk.mail.models import Message
from tests.stories.conftest import SignIn
from tests.web import scene as scenes
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]


def open_case(page: Page, subject: str) -> None:
    page.get_by_role("link", name=subject).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(subject)


def test_a_request_comes_by_mail_goes_up_is_resolved_and_counted(scene: Scene, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    raw = scenes.letter("The bot books two cars at once", "Each booking lands twice.", number=900, at=now)
    scenes.receive(scene, raw, at=now)

    olga = sign_in(scene.olga)
    open_case(olga, "The bot books two cars at once")
    olga.keyboard.press("e")
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("Type").select_option("core.llm-behaviour")
    dialog.get_by_label("Reason").select_option("bug")
    dialog.get_by_label("What was tried").fill("Read the transcripts of three calls.")
    dialog.get_by_role("button", name="Escalate").click()
    expect(olga.get_by_text("Handed up.")).to_be_visible()
    expect(olga.get_by_role("link", name=re.compile("Core support · Tier 2"))).to_be_visible()

    enzo = sign_in(scene.enzo)
    open_case(enzo, "The bot books two cars at once")
    expect(enzo.get_by_text("Read the transcripts of three calls.")).to_be_visible()
    enzo.keyboard.press("s")
    dialog = enzo.get_by_role("dialog")
    dialog.get_by_label("How it was fixed").fill("The tool call is sent once now.")
    dialog.get_by_label("Cause").select_option("bug")
    dialog.get_by_label("I verified that it works").check()
    dialog.get_by_role("button", name="Resolve").click()
    expect(enzo.get_by_text("Resolved.", exact=True).first).to_be_visible()
    assert Case.objects.get(subject="The bot books two cars at once").state == "resolved"
    assert Message.objects.filter(automatic=True).count() == 2

    lena = sign_in(scene.lena)
    lena.wait_for_url("**/findings")
    lena.get_by_role("link", name="Funnel", exact=True).click()
    row = lena.get_by_role("row", name=re.compile("Tier 2")).first
    expect(row.get_by_role("link").first).to_be_visible()
    row.get_by_role("link").first.click()
    expect(lena.get_by_role("link", name="The bot books two cars at once")).to_be_visible()


def test_two_operators_on_one_case_one_wins_the_other_keeps_the_text(scene: Scene, sign_in: SignIn) -> None:
    case = Case.objects.get(subject__startswith="Op code")
    olga, omar = sign_in(scene.olga), sign_in(scene.omar)
    for page in (olga, omar):
        page.goto(f"/cases/{case.id}")
    olga.keyboard.press("e")
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("Type").select_option("account-set-up.op-codes")
    dialog.get_by_label("Reason").select_option("no-access")
    dialog.get_by_label("What was tried").fill("Looked for the op code in all three menus.")

    omar.keyboard.press("v")
    taken = omar.get_by_role("dialog")
    taken.get_by_label("Reason").select_option("spam")
    taken.get_by_role("button", name="Void it").click()
    expect(omar.get_by_text("Void. It counts nowhere.")).to_be_visible()

    dialog.get_by_role("button", name="Escalate").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Omar was first")
    expect(dialog.get_by_label("What was tried")).to_have_value("Looked for the op code in all three menus.")
    olga.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    case.refresh_from_db()
    assert (case.state, case.queue) == ("void", "ops")


def test_a_day_with_the_keyboard_alone(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.olga)

    def press(key: str) -> None:
        page.wait_for_load_state()
        page.keyboard.press(key)

    for key in ["j", "j", "k", "Enter"]:
        press(key)
    expect(page.get_by_role("heading", level=1)).to_contain_text("The assistant repeats the greeting")
    press("c")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.type("No key acts while I type: e s v.")
    press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press("c")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("No key acts while I type: e s v.")
    press("Control+Enter")
    expect(page.get_by_text("The note stands.")).to_be_visible()
    press("c")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("")
    press("Escape")
    press("a")
    expect(page.get_by_role("textbox", name="Answer")).to_be_focused()
    page.keyboard.type("We found it.")
    press("Control+Enter")
    expect(page.get_by_text("Waiting on Customer")).to_be_visible()
    press("o")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    press("Enter")
    expect(page.get_by_text("It is our move again.")).to_be_visible()
    press("u")
    page.wait_for_url("**/mine")
    press("n")
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Appointments land")
    press("p")
    part = page.get_by_role("dialog")
    text = part.get_by_label(re.compile("Bo Lake"))
    expect(text).to_be_focused()
    text.evaluate(
        "area => area.setSelectionRange(area.value.indexOf('And switch'), area.value.indexOf('And switch'))"
    )
    press("Shift+End")
    expect(part.get_by_label("The part that is another request")).to_have_value(
        "And switch off Saturday bookings."
    )
    part.get_by_label("Subject of the new request").fill("Saturday bookings off")
    press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Saturday bookings off")).to_be_visible()
    press("z")
    expect(page.get_by_role("button", name="Undo it")).to_be_focused()
    press("Enter")
    expect(page.get_by_text("Void.", exact=True)).to_be_visible()
    press("Shift+?")
    expect(page.get_by_role("dialog").get_by_text("next, previous row")).to_be_visible()


def test_what_is_in_quarantine_is_run_again_and_turned_into_a_request(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.olga)
    page.goto("/intake")
    page.get_by_role("link", name="1 Quarantined").click()
    page.get_by_role("button", name=re.compile("Run again")).click()
    expect(page.get_by_text("still not understood")).to_be_visible()
    page.get_by_role("link", name="odd.eml").click()
    page.get_by_role("link", name="Make a request of it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From whom").fill("sam@northstar.example")
    dialog.get_by_label("Subject").fill("The lift is stuck")
    dialog.get_by_label("What they ask").fill("As the fax says.")
    dialog.get_by_role("button", name="Open the request").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The lift is stuck")


def test_a_sent_mail_is_shown_in_a_frame_that_can_do_nothing(scene: Scene, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    hostile = (
        "<p id=words>Hello <b>there</b></p><img src='http://127.0.0.1:1/spy.png'><script>top.bad = 1</script>"
    )
    raw = scenes.letter("Hostile", "Hello", number=901, at=now, html=hostile)
    case = scenes.case_of(scenes.receive(scene, raw, at=now))
    page = sign_in(scene.olga)
    page.goto(f"/cases/{case.id}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Show it as it was sent").click()
    expect(page.frame_locator("iframe.mail").get_by_text("Hello there")).to_be_visible()
    assert page.evaluate("window.bad") is None
    assert not [address for address in asked if "spy" in address]


def test_a_list_refreshes_itself_but_not_under_the_hand(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.olga)
    page.clock.install()
    page.goto("/desks/support/cases")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/cases" in request.url else None)
    page.get_by_role("checkbox", name=re.compile("Pick #")).first.check()
    page.clock.fast_forward(31_000)
    assert asked == []
    page.get_by_role("checkbox", name=re.compile("Pick #")).first.uncheck()
    now = datetime.now(UTC)
    scenes.receive(scene, scenes.letter("Came in just now", "Hello", number=902, at=now), at=now)
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("link", name="Came in just now")).to_be_visible()
    assert asked
