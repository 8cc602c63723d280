"""What mail brings about in a day, as people see it: proposals, merges, quarantine, answers, letters."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from opsdesk.cases.models import Case
from opsdesk.mail import replies, templates
from opsdesk.mail.carrier import carrier
from opsdesk.mail.models import Message
from tests.cast import PASSWORD, Somebody
from tests.mail.far_end import FarEnd, far_end
from tests.mail.test_bouncing import report
from tests.mail.test_carrier import carry, relay
from tests.stories.conftest import OpenPage, SignIn
from tests.stories.test_access import faults
from tests.web import scene as scenes
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
ASKS = (
    "Hello,\n\nplease do these three things:\n1. Change the price of the oil change.\n"
    "2. The voice is too fast.\n3. Add Dana to the transfer list.\n\nThanks, Sam"
)
NO_MOUSE = """
for (const kind of ["pointerdown", "mousedown", "touchstart", "wheel"]) {
  addEventListener(kind, () => console.error("no " + kind + " in a day by keyboard"), { capture: true });
}
"""


def three_things(scene: Scene) -> Case:
    """A mail of three requests, from somebody who has another one open."""
    at = scene.now - timedelta(minutes=5)
    return scenes.case_of(
        scenes.receive(scene, scenes.letter("Three things", ASKS, number=800, at=at), at=at)
    )


def is_open_to_everybody(page: Page) -> None:
    """Nothing that axe finds, in light or dark; nothing beyond the page's edge."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        found += faults(page, Axe())
    assert found == [], "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def headed(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


class Keyboard:
    """A page and the keys; it waits for a page before it presses any."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_load_state()
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def tab_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(80):
            if target.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {target}")

    def choose(self, target: Locator, text: str) -> None:
        """Go down a list of choices until one that has the text."""
        self.tab_to(target)
        for _ in range(60):
            if text in str(target.evaluate("each => each.selectedOptions[0].textContent")):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"there is no {text}")


def sign_in_by_keyboard(page: Page, who: Somebody) -> Keyboard:
    keys = Keyboard(page)
    page.add_init_script(NO_MOUSE)
    page.goto("/sign-in")
    keys.tab_to(page.get_by_label("Email"))
    keys.type(who.person.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/mine")
    return keys


def test_an_operator_works_a_day_without_a_mouse(scene: Scene, open_page: OpenPage) -> None:
    case = three_things(scene)
    templates.write(
        desk="support",
        name="First look",
        text="Hello {first_name},\n\nwe look at {number}.",
        actor=scene.lena.actor,
        now=scene.now,
    )
    page = open_page()
    keys = sign_in_by_keyboard(page, scene.olga)
    keys.press("j", "j", "k", "Enter")
    headed(page, "The assistant repeats the greeting")
    finds_and_splits(page, keys)
    merges_and_undoes(page, keys, case)
    answers_with_a_template(page, keys, case)
    resolves_the_next(page, keys)
    is_open_to_everybody(page)


def finds_and_splits(page: Page, keys: Keyboard) -> None:
    keys.press("/")
    expect(page.get_by_role("searchbox", name="Search every text")).to_be_focused()
    keys.type("dana transfer list")
    keys.press("Enter")
    page.wait_for_url("**/search?**")
    keys.press("j", "Enter")
    headed(page, "Three things")
    keys.press("t")
    expect(page.get_by_role("button", name="Take it")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("It is yours.")).to_be_visible()
    keys.press("p")
    expect(page.get_by_role("dialog", name="One message, several requests")).to_be_visible()
    keys.press("Control+Enter")
    expect(page.get_by_text("Requests were split off")).to_be_visible()
    assert Case.objects.filter(split_from__isnull=False, state="open").count() == 2
    keys.press("z")
    expect(page.get_by_text("The split is undone.")).to_be_visible()
    assert Case.objects.filter(split_from__isnull=False, state="open").count() == 0
    expect(page.get_by_text("It looks like 3 requests:")).to_be_visible()


def merges_and_undoes(page: Page, keys: Keyboard, case: Case) -> None:
    keys.press("m")
    dialog = page.get_by_role("dialog", name="Merge with another request")
    keys.choose(dialog.get_by_label("Merge with"), "repeats the greeting")
    keys.press("Control+Enter")
    expect(page.get_by_text("They are one request now.")).to_be_visible()
    headed(page, "The assistant repeats the greeting")
    keys.tab_to(page.get_by_role("link", name=f"merged here #{case.id}"))
    keys.press("Enter")
    headed(page, "Three things")
    keys.press("z")
    expect(page.get_by_role("button", name="Undo it")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("A request of its own again, as it was.")).to_be_visible()
    case.refresh_from_db()
    assert (case.state, case.merged_into_id) == ("open", None)


def answers_with_a_template(page: Page, keys: Keyboard, case: Case) -> None:
    keys.press("c")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    keys.type("Sam asks for three things at once.")
    keys.press("Control+Enter")
    expect(page.get_by_text("The note stands.")).to_be_visible()
    keys.press("a")
    answer = page.get_by_role("textbox", name="Answer")
    expect(answer).to_be_focused()
    keys.choose(page.get_by_label("Template"), "First look")
    keys.tab_to(page.get_by_role("button", name="Insert"))
    keys.press("Enter")
    expect(answer).to_be_focused()
    expect(answer).to_have_value(f"Hello Sam,\n\nwe look at #{case.id}.")
    keys.press("Control+Enter")
    expect(page.get_by_text("Waiting on Customer")).to_be_visible()
    assert Message.objects.get(direction="out", case_messages__case=case).delivery == "queued"


def resolves_the_next(page: Page, keys: Keyboard) -> None:
    before = page.url
    keys.press("n")
    page.wait_for_url(lambda url: "/cases/" in url and url != before)
    keys.press("s")
    dialog = page.get_by_role("dialog", name="Resolve")
    expect(dialog.get_by_label("How it was fixed")).to_be_focused()
    keys.type("The advisor of the scheduler is Lee now.")
    keys.choose(dialog.get_by_label("Cause"), "onfiguration")
    keys.choose(dialog.get_by_label("Type"), "Op codes")
    keys.tab_to(dialog.get_by_label("I verified that it works"))
    keys.press("Space")
    expect(dialog.get_by_label("I verified that it works")).to_be_checked()
    keys.press("Control+Enter")
    expect(page.get_by_text("Resolved.", exact=True).first).to_be_visible()


def test_a_mail_that_is_not_understood_is_read_as_it_came_and_becomes_a_request(
    scene: Scene, sign_in: SignIn
) -> None:
    page = sign_in(scene.olga)
    page.get_by_role("link", name="Intake").click()
    page.get_by_role("link", name="1 Quarantined").click()
    page.get_by_role("link", name="odd.eml").click()
    with page.expect_download() as came:
        page.get_by_role("link", name="Download the source").click()
    assert came.value.path().read_bytes() == b"\x00\xff not a mail"
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("still not understood")).to_be_visible()
    is_open_to_everybody(page)
    page.get_by_role("link", name="Make a request of it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("The fax can't be read")
    dialog.get_by_label("What they ask").fill("Send it again, please: page two is black.")
    dialog.get_by_label("From whom").fill("sam@northstar")
    dialog.get_by_role("button", name="Open the request").click()
    expect(dialog.get_by_text("Enter a valid email address.")).to_be_visible()
    dialog.get_by_label("From whom").fill("sam@northstar.example")
    dialog.get_by_role("button", name="Open the request").click()
    page.wait_for_url("**/cases/*")
    headed(page, "The fax can't be read")
    expect(page.get_by_role("link", name="North Star Motors")).to_be_visible()
    is_open_to_everybody(page)
    page.goto("/intake?outcome=quarantined")
    expect(page.get_by_role("link", name="0 Quarantined")).to_be_visible()


def answered(scene: Scene, case: Case, text: str, number: int) -> None:
    """The customer answers on the case."""
    first = Message.objects.filter(case_messages__case=case, direction="in").order_by("id")[0]
    raw = scenes.letter(
        f"Re: {case.subject}",
        text,
        sender=first.from_address,
        number=number,
        at=datetime.now(UTC),
        answers=f"<{first.message_id}>",
    )
    assert scenes.receive(scene, raw, at=datetime.now(UTC)).outcome == "joined"


def test_an_answer_reopens_where_it_was_resolved_and_a_thanks_is_taken_back(
    scene: Scene, sign_in: SignIn
) -> None:
    case = Case.objects.get(subject__startswith="The assistant promised")
    page = sign_in(scene.enzo)
    page.goto(f"/cases/{case.id}")
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How it was fixed").fill("The prompt forbids promises of loaners.")
    dialog.get_by_label("Cause").select_option("configuration")
    dialog.get_by_label("I verified that it works").check()
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("An answer of the customer reopens it until")).to_be_visible()

    answered(scene, case, "It has just promised another one.", 910)
    page.goto("/desks/support/queues/core-support")
    page.get_by_role("link", name=case.subject).click()
    expect(page.get_by_text("reopened once")).to_be_visible()
    expect(page.get_by_text("Our move.")).to_be_visible()
    expect(page.get_by_text("It has just promised another one.")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("s")
    dialog.get_by_label("How it was fixed").fill("The second prompt, too.")
    dialog.get_by_label("Cause").select_option("configuration")
    dialog.get_by_label("I verified that it works").check()
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("An answer of the customer reopens it until")).to_be_visible()

    answered(scene, case, "Thanks, that's it!", 911)
    page.reload()
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Withdraw it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("the thanks counts nowhere")).to_be_visible()
    expect(page.get_by_text("The second prompt, too.")).to_be_visible()
    case.refresh_from_db()
    assert (case.state, case.queue, case.reopened_count) == ("resolved", "core-support", 1)
    is_open_to_everybody(page)


def goes_out(end: FarEnd) -> None:
    """The worker's rounds, until nothing waits."""
    for _ in range(5):
        carry(carrier(relay(end)), now=datetime.now(UTC))


def test_what_came_back_and_what_was_refused_is_seen_and_sent_again(scene: Scene, sign_in: SignIn) -> None:
    case = three_things(scene)
    page = sign_in(scene.olga)
    with far_end() as end:
        ours = replies.reply(
            case_id=case.id, text="We look at it.", wait=False, actor=scene.olga.actor, now=datetime.now(UTC)
        )
        goes_out(end)
        scenes.receive(scene, report(ours), at=datetime.now(UTC))
        end.says = {"DATA": f"554 5.7.1 Looks like spam, see https://mx.example/{'why' * 40}"}
        replies.reply(
            case_id=case.id, text="Once more.", wait=False, actor=scene.olga.actor, now=datetime.now(UTC)
        )
        goes_out(end)
        page.goto(f"/cases/{case.id}")
        expect(page.get_by_text("came back", exact=True)).to_be_visible()
        expect(page.get_by_text("User unknown")).to_be_visible()
        expect(page.get_by_text("not delivered", exact=True)).to_be_visible()
        is_open_to_everybody(page)
        page.set_viewport_size({"width": 390, "height": 800})
        is_open_to_everybody(page)
        page.goto("/letters?state=dead")
        is_open_to_everybody(page)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.get_by_role("link", name="Letters").click()
        row = page.get_by_role("row", name=re.compile("Three things"))
        expect(row.get_by_text("554 5.7.1 Looks like spam, see")).to_be_visible()
        is_open_to_everybody(page)
        row.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("Looks like spam")).to_have_count(0)
        end.says, before = {}, len(end.taken)
        goes_out(end)
        assert len(end.taken) == before + 1
    page.goto("/letters?state=sent")
    expect(page.get_by_role("row", name=re.compile("Three things"))).to_have_count(2)
    page.goto(f"/cases/{case.id}")
    expect(page.get_by_text("not delivered", exact=True)).to_have_count(0)


def test_a_strangers_answer_is_joined_where_it_claims_to_belong_and_parted_again(
    scene: Scene, sign_in: SignIn
) -> None:
    case = Case.objects.get(subject__startswith="How do I change our holiday")
    asked = Message.objects.get(case_messages__case=case, direction="in")
    words = "I am the one who closes on the 24th: where do I set it?"
    raw = scenes.letter(
        f"Re: {case.subject}",
        words,
        sender="Eve <eve@else.example>",
        number=920,
        at=datetime.now(UTC),
        answers=f"<{asked.message_id}>",
    )
    claim = scenes.case_of(scenes.receive(scene, raw, at=datetime.now(UTC)))
    page = sign_in(scene.olga)
    page.goto("/desks/support/cases?claims=on")
    row = page.get_by_role("row", name=re.compile(f"claims #{case.id}"))
    row.get_by_role("link", name=f"Re: {case.subject}").click()
    is_open_to_everybody(page)
    page.get_by_role("link", name=f"It belongs to #{case.id}: join").click()
    page.get_by_role("dialog").get_by_role("button", name="Join them").click()
    expect(page.get_by_text("Its messages are here now")).to_be_visible()
    headed(page, case.subject)
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("Our move.")).to_be_visible()
    is_open_to_everybody(page)
    page.goto(f"/cases/{claim.id}")
    expect(page.get_by_text("Void.", exact=True)).to_be_visible()
    page.keyboard.press("z")
    page.get_by_role("dialog").get_by_role("button", name="Undo the void").click()
    expect(page.get_by_text(words)).to_be_visible()
    page.goto(f"/cases/{case.id}")
    expect(page.get_by_text(words)).to_have_count(0)


def test_a_proposal_fits_on_a_phone(scene: Scene, sign_in: SignIn) -> None:
    case = three_things(scene)
    page = sign_in(scene.olga, width=390)
    page.goto(f"/cases/{case.id}")
    expect(page.get_by_text("It looks like 3 requests:")).to_be_visible()
    is_open_to_everybody(page)
    page.get_by_role("link", name="Look and split").click()
    page.wait_for_url("**/proposal")
    is_open_to_everybody(page)
    page.get_by_role("button", name="Accept the split").click()
    expect(page.get_by_text("Requests were split off")).to_be_visible()
    is_open_to_everybody(page)
