import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases import actions, endings
from opsdesk.cases.models import Case, Note, Presence, ReadMark
from opsdesk.mail.models import CaseMessage, Message
from tests import cast
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]


@pytest.fixture
def case(scene: Scene) -> Case:
    """A case by mail, an hour old."""
    at = scene.now - timedelta(hours=1)
    text = "It says everything twice.\n\n1. Please look at it.\n2. Add a user for Kim.\n\n-- \nSam"
    raw = scenes.letter(
        "Twice",
        text,
        at=at,
        html="<p>It says <b>everything</b> twice.<script>alert(1)</script></p>",
        attachment=b"<b>report</b>",
    )
    return scenes.case_of(scenes.receive(scene, raw, at=at))


def version(case: Case) -> int:
    case.refresh_from_db()
    return case.version


def test_a_case_shows_its_conversation_next_step_clocks_and_history(
    scene: Scene, browse: Browse, case: Case
) -> None:
    actions.write_note(case_id=case.id, text="Looked at the flow.", actor=scene.olga.actor, now=scene.now)
    text = browse(scene.olga).get(f"/cases/{case.id}").content.decode()
    for words in [
        "It says everything twice.",
        "Looked at the flow.",
        "Our move.",
        "Working",
        "By the wall",
        "wrote a note",
        "opened the case in Operations",
        "Explain these numbers",
    ]:
        assert words in text, words
    assert re.search(r"<summary>signature</summary>", text)


def test_looking_at_a_case_marks_it_read_for_that_person_only(
    scene: Scene, browse: Browse, case: Case
) -> None:
    browse(scene.olga).get(f"/cases/{case.id}")
    assert list(ReadMark.objects.values_list("person_id", flat=True)) == [scene.olga.id]


@pytest.mark.parametrize(
    "noun",
    [
        "reply",
        "note",
        "wait",
        "escalation",
        "resolution",
        "taking",
        "assignment",
        "type",
        "reroute",
        "split",
        "voiding",
        "message",
        "return",
        "resumption",
        "reopening",
        "thanks",
        "void-undo",
        "split-undo",
    ],
)
def test_each_dialog_is_a_fragment_for_htmx_and_a_page_without(
    scene: Scene, browse: Browse, case: Case, noun: str
) -> None:
    client = browse(scene.lena)
    address = f"/cases/{case.id}/{noun}"
    whole, fragment = client.get(address), client.get(address, headers=HTMX)
    assert whole.status_code == fragment.status_code == 200
    assert b"<!doctype html>" in whole.content
    assert b"<!doctype html>" not in fragment.content
    assert f'action="{address}"'.encode() in fragment.content
    assert f'value="{case.version}"'.encode() in fragment.content


def test_a_reply_is_sent_and_the_case_waits(scene: Scene, browse: Browse, case: Case) -> None:
    sent = browse(scene.olga).post(
        f"/cases/{case.id}/reply",
        {"text": "We look at it.", "cc": "kim@dealer.example, lee@dealer.example", "wait": "yes"},
    )
    assert sent.url == f"/cases/{case.id}"
    message = Message.objects.get(direction="out")
    assert "We look at it." in message.text
    assert [copy[1] for copy in message.cc] == ["kim@dealer.example", "lee@dealer.example"] or len(
        message.cc
    ) == 2
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("waiting", "customer")


def test_a_reply_without_waiting_leaves_the_case_open(scene: Scene, browse: Browse, case: Case) -> None:
    answer = browse(scene.olga).post(
        f"/cases/{case.id}/reply", {"text": "We look at it.", "wait": "no"}, headers=HTMX
    )
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"/cases/{case.id}"
    case.refresh_from_db()
    assert case.state == "open"


@pytest.mark.parametrize(
    ("noun", "sent", "field"),
    [
        ("note", {"text": ""}, "text"),
        ("escalation", {"type": "core.llm-behaviour", "reason": "", "words": "Tried the flag"}, "reason"),
        ("escalation", {"type": "", "reason": "bug", "words": "Tried the flag"}, "type"),
        (
            "resolution",
            {"resolution": "Fixed the flag", "cause": "bug", "type": "core.llm-behaviour"},
            "verified",
        ),
        (
            "resolution",
            {"resolution": "Fixed the flag", "cause": "", "verified": "on", "type": "core.llm-behaviour"},
            "cause",
        ),
        ("wait", {"on": "third_party", "party": "cdk"}, "expected_at"),
        ("wait", {"on": "third_party", "party": "", "expected_at": "2099-01-01T10:00"}, "party"),
        ("voiding", {"reason": "duplicate", "duplicate_of": ""}, "duplicate_of"),
        ("voiding", {"reason": "duplicate", "duplicate_of": "not a number"}, "duplicate_of"),
        ("reply", {"text": "Hello", "cc": "nonsense"}, "cc"),
        ("split", {"message": "{message}", "part": "words that are not in it", "subject": "Kim"}, "part"),
        ("reroute", {"queue": "core-support", "words": "it belongs there"}, "queue"),
    ],
)
def test_a_refused_form_comes_again_with_what_was_typed_and_the_reason_at_the_field(
    scene: Scene, browse: Browse, case: Case, noun: str, sent: dict[str, str], field: str
) -> None:
    sent = {name: value.format(message=Message.objects.get().pk) for name, value in sent.items()}
    answer = browse(scene.lena).post(f"/cases/{case.id}/{noun}", sent, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text
    for value in sent.values():
        assert value in text
    assert version(case) == 0


def test_who_comes_second_gets_their_text_back_and_who_did_what(
    scene: Scene, browse: Browse, case: Case
) -> None:
    seen = version(case)
    endings.resolve(
        case_id=case.id,
        resolution="Flag",
        cause="bug",
        verified=True,
        type="core.llm-behaviour",
        actor=scene.omar.actor,
        now=scene.now,
    )
    sent = {
        "type": "core.llm-behaviour",
        "reason": "bug",
        "words": "Half an hour of my work",
        "seen_version": seen,
    }
    answer = browse(scene.olga).post(f"/cases/{case.id}/escalation", sent, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Omar" in text
    assert "resolved" in text
    assert "Half an hour of my work" in text
    assert f'name="seen_version" value="{version(case)}"' in text


def test_what_the_customer_wrote_meanwhile_is_said_with_its_time_and_shown(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, seen, at = browse(scene.olga), version(case), scene.now - timedelta(minutes=1)
    again = scenes.letter(
        "Re: Twice", "Kim is not needed any more.", number=2, at=at, answers="<1@northstar.example>"
    )
    scenes.receive(scene, again, at=at)
    sent = {"text": "Kim has an account now.", "wait": "yes", "seen_version": seen}
    answer = client.post(f"/cases/{case.id}/reply", sent, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf"The customer wrote at [^.]*{at:%H:%M}\.", text)
    assert "Kim is not needed any more." in text
    assert "It says everything twice." not in text
    assert "Kim has an account now." in text
    assert client.post(f"/cases/{case.id}/reply", {**sent, "seen_version": version(case)}).status_code == 302


def test_who_has_no_name_or_no_address_is_named_once(scene: Scene, browse: Browse, case: Case) -> None:
    Message.objects.update(from_name="")
    text = browse(scene.olga).get(f"/cases/{case.id}").content.decode()
    assert '<h2 class="who-wrote">sam@northstar.example</h2>\n<span class="muted"></span>' in text
    Message.objects.update(from_address="")
    text = browse(scene.olga).get(f"/cases/{case.id}").content.decode()
    assert '<h2 class="who-wrote">Unknown sender</h2>' in text


def test_a_second_try_after_being_told_goes_through(scene: Scene, browse: Browse, case: Case) -> None:
    seen = version(case)
    actions.take(case_id=case.id, actor=scene.omar.actor, now=scene.now)
    client = browse(scene.olga)
    sent = {"type": "core.llm-behaviour", "reason": "bug", "words": "Tried the flag"}
    assert client.post(f"/cases/{case.id}/escalation", {**sent, "seen_version": seen}).status_code == 422
    assert (
        client.post(f"/cases/{case.id}/escalation", {**sent, "seen_version": version(case)}).status_code
        == 302
    )
    case.refresh_from_db()
    assert case.queue == "core-support"


def test_an_operator_can_not_act_in_a_queue_of_tier_2(scene: Scene, browse: Browse, case: Case) -> None:
    client = browse(scene.olga)
    sent = {"type": "core.llm-behaviour", "reason": "bug", "words": "Tried the flag", "notify": "on"}
    assert client.post(f"/cases/{case.id}/escalation", sent).status_code == 302
    assert Message.objects.filter(direction="out", automatic=True).count() == 1
    refused = client.post(
        f"/cases/{case.id}/resolution",
        {"resolution": "x", "cause": "bug", "verified": "on", "type": "core.llm-behaviour"},
    )
    assert refused.status_code == 422
    assert b"sit in Core support" in refused.content
    page = client.get(f"/cases/{case.id}").content.decode()
    assert f"/cases/{case.id}/resolution" not in page
    engineer = browse(scene.enzo).get(f"/cases/{case.id}").content.decode()
    assert f"/cases/{case.id}/return" in engineer


def test_a_viewer_is_offered_no_move(scene: Scene, browse: Browse, case: Case) -> None:
    page = browse(scene.vera).get(f"/cases/{case.id}").content.decode()
    assert "data-dialog" not in page.split("<main")[1].split('<footer class="foot"')[0]
    assert browse(scene.vera).post(f"/cases/{case.id}/note", {"text": "Hello"}).status_code == 422
    assert not Note.objects.exists()


def test_the_whole_life_goes_through_the_pages(scene: Scene, browse: Browse, case: Case) -> None:
    olga, enzo = browse(scene.olga), browse(scene.enzo)
    at = f"/cases/{case.id}/"
    steps = [
        (olga, "taking", {}),
        (olga, "type", {"type": "core.llm-behaviour"}),
        (olga, "wait", {"on": "customer", "sure": "on"}),
        (olga, "resumption", {}),
        (olga, "escalation", {"type": "core.llm-behaviour", "reason": "bug", "words": "Tried"}),
        (enzo, "return", {"words": "Turn the flag off in the profile."}),
        (olga, "voiding", {"reason": "spam"}),
        (olga, "void-undo", {}),
        (
            olga,
            "resolution",
            {
                "type": "core.llm-behaviour",
                "resolution": "Flag off",
                "cause": "configuration",
                "verified": "on",
            },
        ),
        (olga, "reopening", {"reason": "It came back"}),
        (olga, "assignment", {"person_id": ""}),
    ]
    for client, noun, sent in steps:
        assert client.post(at + noun, sent).status_code == 302, noun
        assert client.get(f"/cases/{case.id}").status_code == 200
    case.refresh_from_db()
    assert (case.state, case.queue, case.reopened_count) == ("open", "ops", 1)
    page = olga.get(f"/cases/{case.id}").content.decode()
    for words in [
        "took it",
        "waits on the customer",
        "returned it from Core support to Operations",
        "made it void: Spam",
        "undid the void",
        "resolved it; cause: Configuration",
        "reopened it",
        "Turn the flag off in the profile.",
    ]:
        assert words in page, words
    assert "<summary>The earlier resolution · Configuration</summary>" in page
    dialog = olga.get(at + "resolution").content.decode()
    assert "Before it was reopened: Flag off" in dialog
    assert re.search(r"<textarea[^>]*name=\"resolution\"[^>]*>\s*</textarea>", dialog)


@pytest.mark.parametrize(
    ("media_type", "why"),
    [
        (b"text/calendar", "An invitation or an answer to one"),
        (b"application/pkcs7-mime", "This mail is encrypted"),
        (b"application/pdf", "There are no words in this mail, only files."),
        (b"text/plain", "There are no words in this mail."),
    ],
)
def test_a_mail_without_words_says_why(
    scene: Scene, browse: Browse, now: datetime, media_type: bytes, why: str
) -> None:
    head = b"From: sam@northstar.example\r\nSubject: x\r\nMessage-ID: <w@northstar.example>\r\n"
    body = b"" if media_type == b"text/plain" else b"bytes\r\n"
    arrival = scenes.receive(scene, head + b"Content-Type: " + media_type + b"\r\n\r\n" + body, at=now)
    page = browse(scene.olga).get(f"/cases/{scenes.case_of(arrival).id}").content.decode()
    assert why in unescape(page)


def test_waiting_on_a_customer_nobody_answered_is_asked_about_once_more(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client, address = browse(scene.olga), f"/cases/{case.id}/wait"
    assert "Nobody has answered this customer yet" in client.get(address).content.decode()
    asked = client.post(address, {"on": "customer"})
    assert asked.status_code == 422
    assert "Let it wait all the same" in asked.content.decode()
    assert client.post(address, {"on": "customer", "sure": "on"}).status_code == 302
    case.refresh_from_db()
    assert case.waiting_on == "customer"
    client.post(f"/cases/{case.id}/reply", {"text": "We look.", "wait": "no"})
    assert "Nobody has answered" not in client.get(address).content.decode()


def test_the_key_of_undoing_says_what_leads_back_from_the_last_move(
    scene: Scene, browse: Browse, case: Case
) -> None:
    olga, page = browse(scene.olga), f"/cases/{case.id}"

    def said(client: Client = olga) -> str:
        return unescape(client.get(f"{page}/undo", headers=HTMX).content.decode())

    assert 'data-key="z"' in olga.get(page).content.decode()
    assert "there is nothing here that can be taken back" in said()
    actions.wait(
        case_id=case.id, on="customer", party="", expected_at=None, actor=scene.olga.actor, now=scene.now
    )
    assert "resuming ends the wait" in said()
    assert f'href="{page}/resumption"' in said()
    sent = {"type": "core.llm-behaviour", "reason": "bug", "words": "Tried."}
    assert olga.post(f"{page}/escalation", sent).status_code == 302
    assert "who escalated can't take it back" in said()
    assert "taken back by a return that says why" in said(browse(scene.lena))
    assert f'href="{page}/return"' in said(browse(scene.lena))
    endings.void(case_id=case.id, reason="spam", duplicate_of_id=None, actor=scene.lena.actor, now=scene.now)
    assert f'href="{page}/undo"' not in browse(scene.lena).get(page).content.decode()
    assert f'href="{page}/void-undo"' in said(browse(scene.lena))


def test_a_part_is_split_off_by_its_words_and_taken_back(scene: Scene, browse: Browse, case: Case) -> None:
    client = browse(scene.olga)
    message = CaseMessage.objects.get(case=case).message_id
    sent = {
        "message": message,
        "part": "Add a user for Kim.",
        "subject": "A user for Kim",
        "start": "",
        "type": "account-set-up.flags",
    }
    answer = client.post(f"/cases/{case.id}/split", sent)
    part = Case.objects.get(split_from=case)
    assert answer.url == f"/cases/{part.id}"
    page = client.get(answer.url).content.decode()
    assert "Add a user for Kim." in page
    assert f"split off #{case.id}" in page
    assert f"belongs to #{part.id}" in client.get(f"/cases/{case.id}").content.decode()
    assert client.post(f"/cases/{part.id}/split-undo", {}).status_code == 302
    part.refresh_from_db()
    assert part.state == "void"


def test_words_of_the_other_request_are_split_off_a_part_only_when_that_is_said(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client = browse(scene.olga)
    sent = {"message": CaseMessage.objects.get(case=case).message_id, "subject": "S", "type": ""}
    client.post(f"/cases/{case.id}/split", {**sent, "part": "Add a user for Kim."})
    part = Case.objects.get(split_from=case)
    address, theirs = f"/cases/{part.id}/split", {**sent, "part": "Please look at it."}
    asked = "Split them off all the same"
    assert asked not in client.get(address, headers=HTMX).content.decode()
    refused = client.post(address, theirs, headers=HTMX)
    assert refused.status_code == 422
    assert "belong to another request already" in refused.content.decode()
    assert asked in refused.content.decode()
    assert client.post(address, {**theirs, "of_another": "on"}).status_code == 302
    assert Case.objects.filter(split_from=part).count() == 1


def test_a_part_that_stands_twice_is_found_by_where_it_was_marked(scene: Scene, browse: Browse) -> None:
    text = "😀 please help\n\nsecond: please help\n"
    arrival = scenes.receive(scene, scenes.letter("Two", text, number=77, at=scene.now), at=scene.now)
    case = scenes.case_of(arrival)
    client = browse(scene.olga)
    stored = Message.objects.get(id=arrival.message_id).text
    sent = {"message": arrival.message_id, "part": "please help", "subject": "Second", "type": ""}
    assert b"more than once" in client.post(f"/cases/{case.id}/split", sent).content
    start = stored.rindex("please help")
    assert client.post(f"/cases/{case.id}/split", {**sent, "start": start}).status_code == 302
    assert CaseMessage.objects.get(how="split").span_start == start


def test_a_message_of_the_thread_is_moved_or_kept(scene: Scene, browse: Browse, case: Case) -> None:
    client = browse(scene.olga)
    opened = CaseMessage.objects.get(case=case).message_id
    client.post(
        f"/cases/{case.id}/split",
        {"message": opened, "part": "Add a user for Kim.", "subject": "A user for Kim", "type": ""},
    )
    part = Case.objects.get(split_from=case)
    later = scene.now + timedelta(minutes=1)
    arrival = scenes.receive(
        scene,
        scenes.letter("Re: Twice", "Any news?", number=2, at=later, answers="<1@northstar.example>"),
        at=later,
    )
    joined = CaseMessage.objects.get(message_id=arrival.message_id)
    here, there = (case.id, part.id) if joined.case_id == case.id else (part.id, case.id)
    assert "which request?" in client.get(f"/cases/{here}").content.decode()
    assert client.post(f"/cases/{here}/messages/{arrival.message_id}/keeping").status_code == 302
    assert "which request?" not in client.get(f"/cases/{here}").content.decode()
    moved = client.post(f"/cases/{here}/message", {"message": arrival.message_id, "to_case": there})
    assert moved.status_code == 302
    assert "Any news?" in client.get(f"/cases/{there}").content.decode()


def test_html_mail_has_exactly_the_policy_of_the_frame(scene: Scene, browse: Browse, case: Case) -> None:
    message = CaseMessage.objects.get(case=case).message_id
    answer = browse(scene.olga).get(f"/cases/{case.id}/messages/{message}/html")
    assert answer["Content-Security-Policy"] == (
        "sandbox allow-same-origin allow-popups; default-src 'none'; img-src data:; "
        "style-src 'unsafe-inline'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    assert b"<b>everything</b>" in answer.content
    assert b"alert" not in answer.content
    page = browse(scene.olga).get(f"/cases/{case.id}").content
    assert b"<iframe" not in page


def test_an_attachment_is_only_ever_a_download(scene: Scene, browse: Browse, case: Case) -> None:
    message = Message.objects.get(case_messages__case=case)
    path = message.parts.get().path
    answer = browse(scene.olga).get(f"/cases/{case.id}/messages/{message.id}/files/{path}")
    assert answer.content == b"<b>report</b>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    other = cast.request_at(scene.now)
    assert browse(scene.olga).get(f"/cases/{other.id}/messages/{message.id}/files/{path}").status_code == 404
    assert browse(scene.olga).get(f"/cases/{case.id}/messages/{message.id}/files/9.9").status_code == 404


def test_who_else_looks_is_told_and_so_is_that_the_case_moved_on(
    scene: Scene, browse: Browse, case: Case
) -> None:
    olga, omar = browse(scene.olga), browse(scene.omar)
    olga.post(f"/cases/{case.id}/presence", {"writing": "escalation", "version": case.version})
    seen = omar.post(
        f"/cases/{case.id}/presence", {"writing": "", "version": case.version}, headers=HTMX
    ).content.decode()
    assert "Olga" in seen
    assert "Escalate" in seen
    assert "moved on" not in seen
    actions.take(case_id=case.id, actor=scene.olga.actor, now=scene.now)
    assert b"moved on" in omar.post(f"/cases/{case.id}/presence", {"version": case.version}).content
    assert Presence.objects.count() == 2


def test_a_thanks_that_reopened_a_case_is_withdrawn_with_one_dialog(
    scene: Scene, browse: Browse, case: Case
) -> None:
    client = browse(scene.olga)
    client.post(
        f"/cases/{case.id}/resolution",
        {"type": "core.llm-behaviour", "resolution": "Flag off", "cause": "bug", "verified": "on"},
    )
    case.refresh_from_db()
    assert case.resolved_at is not None
    resolved_at, later = case.resolved_at, case.resolved_at + timedelta(microseconds=1)
    scenes.receive(
        scene,
        scenes.letter("Re: Twice", "Thanks!", number=3, at=later, answers="<1@northstar.example>"),
        at=later,
    )
    case.refresh_from_db()
    assert case.state == "open"
    thanked = client.post(f"/cases/{case.id}/thanks", {})
    assert thanked.status_code == 302, thanked.content.decode()[-3000:]
    case.refresh_from_db()
    assert (case.state, case.resolved_at, case.reopened_count) == ("resolved", resolved_at, 0)


def test_a_closed_case_offers_a_linked_request_instead_of_reopening(scene: Scene, browse: Browse) -> None:
    long_ago = scene.now - timedelta(days=40)
    case = cast.request_at(long_ago, type="core.llm-behaviour")
    endings.resolve(
        case_id=case.id,
        resolution="Flag",
        cause="bug",
        verified=True,
        actor=scene.olga.actor,
        now=long_ago + timedelta(hours=1),
    )
    client = browse(scene.olga)
    page = client.get(f"/cases/{case.id}").content.decode()
    assert f"/cases/{case.id}/follow-up" in page
    assert f"/cases/{case.id}/reopening" not in page
    answer = client.post(f"/cases/{case.id}/follow-up", {"subject": "It is back", "words": "Since today"})
    onward = Case.objects.get(follows=case)
    assert answer.url == f"/cases/{onward.id}"
    assert "goes on from" in client.get(answer.url).content.decode()
    assert client.post(f"/cases/{onward.id}/follow-up", {"subject": "x", "words": "y"}).status_code == 422
