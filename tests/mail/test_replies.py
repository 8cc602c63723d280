from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.cases.models import Case
from opsdesk.cases.refusals import CaseVoid, Overtaken
from opsdesk.clock.models import Task
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import desk_moves, replies
from opsdesk.mail.composing import composed
from opsdesk.mail.headers import address_of
from opsdesk.mail.models import CaseMessage, Message, Outcome
from opsdesk.mail.refusals import MessageUnknown, NobodyToAnswer
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import CUSTOMER, NOW, bring, letter, source

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def opened(**more: object) -> Case:
    bring(letter("a", **more))  # type: ignore[arg-type]
    return Case.objects.latest("id")


def mail_of(message: Message) -> EmailMessage:
    found = message_from_bytes(vault.read(message.blob_id), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_reply_is_a_real_mail_to_the_requester_that_answers_theirs(olga: Somebody) -> None:
    case = opened()
    message = replies.reply(
        case_id=case.id, text="Привет, 어느 차?", cc=["kim@x.example"], wait=True, actor=olga.actor, now=NOW
    )
    mail = mail_of(message)
    assert str(mail["To"]) == f"Sam Dealer <{CUSTOMER}>"
    assert str(mail["From"]) == f"Olga <{cast.definition().address}>"
    assert (str(mail["Cc"]), str(mail["Subject"])) == ("kim@x.example", "Re: The assistant repeats itself")
    assert mail["In-Reply-To"] == mail["References"] == "<a@mail.example>"
    assert mail["Message-ID"] == f"<{message.message_id}>"
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().strip() == "Привет, 어느 차?"


def test_a_reply_is_queued_with_its_delivery_and_the_case_waits(olga: Somebody) -> None:
    case = opened()
    message = replies.reply(case_id=case.id, text="Which car?", wait=True, actor=olga.actor, now=NOW)
    assert (message.direction, message.delivery, message.author_id) == ("out", "queued", olga.id)
    task = Task.objects.get(kind="mail.deliver")
    assert (task.subject_kind, task.subject_id, task.state, task.lane) == (
        "message",
        message.id,
        "armed",
        "io",
    )
    assert CaseMessage.objects.get(message=message).how == "reply"
    case.refresh_from_db()
    assert (case.state, case.waiting_on, case.first_response_at) == ("waiting", "customer", NOW)
    assert message.thread_id == Message.objects.get(message_id="a@mail.example").thread_id


def test_later_replies_name_the_whole_conversation(olga: Somebody) -> None:
    case = opened()
    first = replies.reply(case_id=case.id, text="One", wait=False, actor=olga.actor, now=NOW)
    bring(letter("b", answers=f"<{first.message_id}>", at=NOW), now=LATER)
    second = replies.reply(case_id=case.id, text="Two", wait=False, actor=olga.actor, now=LATER)
    assert str(mail_of(second)["In-Reply-To"]) == "<b@mail.example>"
    assert str(mail_of(second)["References"]).split() == [
        "<a@mail.example>",
        f"<{first.message_id}>",
        "<b@mail.example>",
    ]


def test_a_reply_goes_where_the_customer_wants_it(olga: Somebody) -> None:
    case = opened(headers=[("Reply-To", "Front desk <front@dealer.example>")])
    message = replies.reply(case_id=case.id, text="x", wait=False, actor=olga.actor, now=NOW)
    assert message.to == [["Sam Dealer", "front@dealer.example"]]


def test_our_own_reply_coming_back_changes_nothing(olga: Somebody) -> None:
    case = opened()
    message = replies.reply(case_id=case.id, text="x", wait=False, actor=olga.actor, now=NOW)
    back = bring(b"Received: by a list; Mon, 02 Mar 2026 19:00:00 +0000\r\n" + vault.read(message.blob_id))
    assert (back.outcome, back.reason, back.message_id) == (Outcome.SET_ASIDE, "loop", message.id)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(("text", "cc", "wrong"), [(" ", [], "text"), ("x", ["nobody"], "cc")])
def test_a_reply_needs_words_and_addresses(olga: Somebody, text: str, cc: list[str], wrong: str) -> None:
    case = opened()
    with pytest.raises(Invalid) as refused:
        replies.reply(case_id=case.id, text=text, cc=cc, wait=True, actor=olga.actor, now=NOW)
    assert refused.value.field == wrong
    assert not Task.objects.exists()


def test_a_refused_reply_leaves_nothing_behind(olga: Somebody) -> None:
    case = opened(sender="nobody at all")
    entries = Entry.objects.count()
    with pytest.raises(NobodyToAnswer):
        replies.reply(case_id=case.id, text="x", wait=True, actor=olga.actor, now=NOW)
    case.refresh_from_db()
    assert (case.state, Entry.objects.count()) == ("open", entries)
    assert not Message.objects.filter(direction="out").exists()


def test_a_reply_to_what_somebody_else_has_moved_is_refused(olga: Somebody) -> None:
    case = opened()
    other = cast.operator("otto")
    replies.reply(case_id=case.id, text="first", wait=True, actor=other.actor, now=NOW)
    with pytest.raises(Overtaken):
        replies.reply(
            case_id=case.id, text="second", wait=True, seen_version=case.version, actor=olga.actor, now=NOW
        )
    assert Message.objects.filter(direction="out").count() == 1


def test_a_void_case_is_not_answered(olga: Somebody) -> None:
    case = opened()
    Case.objects.filter(id=case.id).update(state="void", voided_at=NOW, void_reason="spam")
    with pytest.raises(CaseVoid):
        replies.reply(case_id=case.id, text="x", wait=True, actor=olga.actor, now=NOW)


def test_a_sent_message_says_when_and_saying_so_twice_changes_nothing(olga: Somebody) -> None:
    case = opened()
    message = replies.reply(case_id=case.id, text="x", wait=False, actor=olga.actor, now=NOW)
    for now in (LATER, LATER + timedelta(hours=1)):
        replies.mark_sent(message.id, now=now)
    message.refresh_from_db()
    assert (message.delivery, message.delivered_at) == ("sent", LATER)
    assert Entry.objects.filter(kind="message.sent").count() == 1
    with pytest.raises(MessageUnknown):
        replies.mark_sent(404, now=NOW)


def escalate(case: Case, by: Somebody, notify: bool | None = None) -> None:
    desk_moves.escalate(
        case_id=case.id, reason=cast.definition().escalation_reasons[0].key, words="Tried both.",
        type=cast.definition().families[0].types[0].key, notify=notify, actor=by.actor, now=NOW,
    )  # fmt: skip


def test_an_escalation_tells_the_requester(olga: Somebody) -> None:
    case = opened()
    escalate(case, olga)
    message = Message.objects.get(direction="out")
    mail = mail_of(message)
    assert (message.automatic, message.author_id, message.delivery) == (True, None, "queued")
    assert str(mail["Auto-Submitted"]) == "auto-replied"
    assert f"#{case.id}" in mail.get_content()


def test_a_resolution_tells_the_requester(olga: Somebody) -> None:
    case = opened()
    desk_moves.resolve(
        case_id=case.id, resolution="Flag off.", cause="bug", verified=True,
        type=cast.definition().families[0].types[0].key, actor=olga.actor, now=NOW,
    )  # fmt: skip
    assert "resolved" in mail_of(Message.objects.get(direction="out")).get_content()


def test_a_notice_is_left_out_when_nobody_is_to_be_told(olga: Somebody) -> None:
    escalate(opened(), olga, notify=False)
    assert not Message.objects.filter(direction="out").exists()


@pytest.mark.parametrize("sender", ["no-reply@shop.example", "nobody at all"])
def test_no_notice_goes_to_a_machine_or_to_nobody(olga: Somebody, sender: str) -> None:
    escalate(opened(sender=sender), olga, notify=True)
    assert not Message.objects.filter(direction="out").exists()


def test_an_opening_notice_is_off_until_the_desk_wants_it() -> None:
    case = opened()
    assert not Message.objects.filter(direction="out").exists()
    assert replies.notice("opening", case=case, notify=True, now=NOW) is not None


def test_our_notice_coming_back_as_an_auto_reply_opens_nothing(olga: Somebody) -> None:
    case = opened()
    escalate(case, olga)
    notice = Message.objects.get(direction="out")
    answer = bring(
        letter("b", answers=f"<{notice.message_id}>", headers=[("Auto-Submitted", "auto-replied")]),
        into=source(),
    )
    assert answer.outcome == Outcome.SET_ASIDE


@given(st.text(max_size=40), st.emails() | st.text(max_size=30), st.text(max_size=60))
def test_any_name_address_and_subject_make_a_mail_or_none(name: str, address: str, subject: str) -> None:
    case = Case(requester_name=name, requester_email=address, subject=subject, desk="support")
    to = replies._requester(case, [])
    if to is not None:
        letter = replies._letter(
            case,
            [replies.Earlier("in", "a@b", 1, "", "", "")],
            to=to,
            cc=(),
            text="x",
            author=SYSTEM,
            automatic=False,
            now=NOW,
        )
        assert message_from_bytes(composed(letter).raw)["Bcc"] is None
        assert address_of(to.address) == to.address
