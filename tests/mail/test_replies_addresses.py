"""Where the answer of a customer goes: to the desk or to its case alone; and the token in the subject."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from opsdesk.cases import settings as desks
from opsdesk.cases.definition import ReplyAddress
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import case_address, replies
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.composing import by_hand, by_library
from opsdesk.mail.models import Message
from opsdesk.mail.parsing import parse
from opsdesk.mail.recipients import desk_of
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, bring, letter
from tests.mail.test_composing import PLAIN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def publish(lines: str) -> None:
    document = vault.current("desk", "support")
    assert document is not None
    desks.publish_desk(
        f"{document.source}\n{lines}\n", source="support", note="", actor=SYSTEM, now=NOW, key="support"
    )


def answered(by: Somebody, **more: object) -> tuple[Case, Message, EmailMessage]:
    bring(letter("a", **more))  # type: ignore[arg-type]
    case = Case.objects.latest("id")
    message = replies.reply(case_id=case.id, text="x", wait=False, actor=by.actor, now=NOW)
    mail = message_from_bytes(vault.read(message.blob_id), policy=default)
    assert isinstance(mail, EmailMessage)
    return case, message, mail


def test_a_desk_that_says_nothing_is_answered_at_its_own_address(olga: Somebody) -> None:
    _, message, mail = answered(olga)
    assert cast.definition().reply_address is ReplyAddress.DESK
    assert (mail["Reply-To"], message.reply_to) == (None, "")
    assert "[#" not in str(mail["Subject"])


def test_each_case_is_answered_at_an_address_of_its_own(olga: Somebody) -> None:
    publish("reply_address: per-case")
    case, message, mail = answered(olga)
    address = str(mail["Reply-To"])
    ours = cast.definition().address
    assert case_address.case_of([address], [ours], key=reply_key()) == case.id
    assert (message.reply_to, str(mail["From"])) == (address, f"Olga <{ours}>")
    assert desk_of(address) == "support"


def test_a_notice_is_answered_there_too() -> None:
    publish("reply_address: per-case")
    bring(letter("a"))
    case = Case.objects.latest("id")
    notice = replies.notice("opening", case=case, notify=True, now=NOW)
    assert notice is not None
    found = parse(vault.read(notice.blob_id)).reply_to
    assert case_address.case_of([found[0].address], [cast.definition().address], key=reply_key()) == case.id


def test_the_subject_bears_the_token_where_the_desk_wants_it_and_once(olga: Somebody) -> None:
    publish("subject_token: true")
    case, message, mail = answered(olga)
    token = case_address.token_for(case.id, key=reply_key())
    assert str(mail["Subject"]) == f"Re: The assistant repeats itself {token}"
    assert message.subject == str(mail["Subject"])
    Case.objects.filter(id=case.id).update(subject=f"Re: {message.subject}")
    again = replies.reply(case_id=case.id, text="y", wait=False, actor=olga.actor, now=NOW)
    assert again.subject.count("[#") == 1
    assert case_address.case_in_subject(again.subject, key=reply_key()) == case.id


def test_the_token_of_another_case_does_not_go_out_but_a_strangers_does(olga: Somebody) -> None:
    case = cast.request_at(subject=f"About {case_address.token_for(404, key=reply_key())} again")
    other = cast.request_at(subject="Ticket [#12-aaaaaaaaaa] of ours")
    sent = [
        replies.reply(case_id=each.id, text="y", wait=False, actor=olga.actor, now=NOW).subject
        for each in (case, other)
    ]
    assert sent == ["Re: About again", "Re: Ticket [#12-aaaaaaaaaa] of ours"]


@pytest.mark.parametrize(
    "address", ["support+c12-k3v9q2xmab@voice.example", f"{'s' * 60}+c1-x@{'d' * 60}.example"]
)
def test_both_ways_of_writing_a_mail_name_the_address_whole(address: str) -> None:
    wanted = replace(PLAIN, reply_to=address)
    for mail in (by_hand(wanted), by_library(wanted)):
        assert f"\r\nReply-To: {address}\r\n".encode() in mail.raw
        assert [one.address for one in parse(mail.raw).reply_to] == [address]


def test_the_key_is_the_installations_and_is_not_its_master_key(settings: Any) -> None:
    settings.SECRET_KEY = "one"
    first = reply_key()
    assert first == reply_key() != "one"
    settings.SECRET_KEY = "two"
    assert reply_key() != first
