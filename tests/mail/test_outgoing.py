"""Our headers on the wire, and the thread of our reply."""

from email import message_from_bytes
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.cases.models import Case
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import conversation, desk_moves, headers, outgoing, replies
from opsdesk.mail.models import Message
from opsdesk.mail.refusals import AddressNotSendable
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, bring, letter, message_of
from tests.mail.test_joins import case_of

pytestmark = pytest.mark.django_db
LONG = "<DM6PR04MB5433A1B2C3D4E5F6A7B8C9D0E1F2A3@DM6PR04MB5433.namprd04.prod.outlook.com>"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def answered(case: Case, by: Somebody, **more: object) -> Message:
    return replies.reply(
        case_id=case.id,
        text="Which car?",
        wait=False,
        actor=by.actor,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def test_long_ids_are_named_whole(olga: Somebody) -> None:
    longest = f"<{'x' * 200}@{'y' * 40}.example>"
    bring(letter("a", id=LONG))
    case = case_of(bring(letter("b", id=longest, answers=LONG)))
    raw = vault.read(answered(case, olga).blob_id)
    mail = message_from_bytes(raw)
    assert mail["References"].split() == [LONG, longest]
    assert mail["In-Reply-To"].split() == [longest]
    assert b"=?" not in raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_an_id_that_is_not_ascii_is_not_named(olga: Somebody) -> None:
    case = case_of(bring(letter("a", id="<größe@x.example>")))
    mail = message_from_bytes(vault.read(answered(case, olga).blob_id))
    assert (mail["In-Reply-To"], mail["References"]) == (None, None)


def test_a_domain_in_other_letters_is_written_as_dns_has_it(olga: Somebody) -> None:
    case = cast.request_at(requester_email="jan@müller.example")
    mail = message_from_bytes(vault.read(answered(case, olga, cc=["a@bücher.example"]).blob_id))
    assert "jan@xn--mller-kva.example" in mail["To"]
    assert mail["Cc"] == "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["jörg@dealer.example", "a@dealer..example", "a@.example", f"a@{'x' * 70}.de"]
)
def test_to_an_address_no_server_takes_nothing_is_sent_and_it_is_said(olga: Somebody, address: str) -> None:
    case = cast.request_at(requester_email=address)
    with pytest.raises(AddressNotSendable) as refused:
        answered(case, olga)
    assert refused.value.details == {"address": address}
    case.refresh_from_db()
    assert (case.first_response_at, case.requester_email) == (None, address)
    assert not Message.objects.exists()
    with pytest.raises(Invalid):
        answered(cast.request_at(), olga, cc=[address])


def test_a_move_goes_on_when_its_notice_cannot_be_sent(olga: Somebody) -> None:
    case = cast.request_at(requester_email="jörg@dealer.example")
    type = cast.definition().families[0].types[0].key
    moved = desk_moves.resolve(
        case_id=case.id, resolution="x", cause="bug", verified=True, type=type, actor=olga.actor, now=NOW
    )
    assert (moved.state, Message.objects.count()) == ("resolved", 0)


@given(st.text(max_size=70), st.emails() | st.from_regex(r"[!-~]{1,200}@[a-z.-]{1,60}", fullmatch=True))
def test_whatever_is_sendable_stands_in_the_header_as_it_is(name: str, text: str) -> None:
    address = headers.address_of(text)
    if not outgoing.is_sendable(address):
        return
    mail = EmailMessage(policy=outgoing.POLICY)
    mail["To"] = outgoing.mailbox(headers.Address(name, address))
    (found,) = headers.addresses(message_from_bytes(mail.as_bytes())["To"])
    local, _, domain = address.rpartition("@")
    assert found.address.strip('"') == f"{local}@{domain.encode('idna').decode()}".strip('"')


def test_a_reply_goes_into_its_own_conversation_when_two_senders_use_one_id(olga: Somebody) -> None:
    first = bring(letter("a", id="<1@device>", sender="A <a@one.example>", text="first"))
    second = bring(letter("b", id="<1@device>", sender="B <b@two.example>", text="second"))
    ours = answered(case_of(second), olga)
    assert ours.thread_id == message_of(second).thread_id != message_of(first).thread_id
    back = letter("c", sender="B <b@two.example>", answers=f"<{ours.message_id}>", references=["<1@device>"])
    third = bring(back)
    assert message_of(third).thread_id == ours.thread_id
    assert case_of(third) == case_of(second)
    assert conversation.of_case(case_of(first).id).thread_cases == ()


def test_who_had_a_reused_id_first_is_still_known_by_it() -> None:
    first = bring(letter("a", id="<1@device>", sender="A <a@one.example>"))
    bring(letter("b", id="<1@device>", sender="B <b@two.example>"))
    further = bring(letter("c", answers="<1@device>", sender="A <a@one.example>"))
    assert case_of(further) == case_of(first)
