"""A request by hand for a mail that has a message already."""

import pytest

from opsdesk.accounts import actions as accounts
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import conversation, intake, replies
from opsdesk.mail.models import Arrival
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, bring, letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def form() -> Arrival:
    """What our own web form sends, set aside as a loop."""
    arrival = bring(
        letter("a", sender=cast.definition().address, subject="Contact form", text="name=kim;car")
    )
    assert (arrival.outcome, arrival.reason) == ("set_aside", "loop")
    return arrival


def by_hand(arrival: Arrival, by: Somebody, *, text: str) -> Case:
    found = intake.request_by_hand(
        arrival.id,
        subject="The car won't book",
        text=text,
        requester_email="kim@dealer.example",
        actor=by.actor,
        now=NOW,
    )
    return Case.objects.get(id=found)


def test_the_typed_words_make_the_request(olga: Somebody) -> None:
    account = accounts.add(
        key="dealer", name="Dealer", domains=["dealer.example"], addresses=[], live_on=None, left_on=None,
        actor=SYSTEM, now=NOW,
    )  # fmt: skip
    case = by_hand(form(), olga, text="Kim asks why\nthe car won't book.")
    assert (case.subject, case.excerpt, case.requester_email, case.account_id) == (
        "The car won't book",
        "Kim asks why the car won't book.",
        "kim@dealer.example",
        account.id,
    )
    reply = replies.reply(case_id=case.id, text="Which car?", wait=True, actor=olga.actor, now=NOW)
    assert reply.to == [["", "kim@dealer.example"]]


def test_the_mail_is_shown_with_what_was_typed_beside_it(olga: Somebody) -> None:
    arrival = form()
    case = by_hand(arrival, olga, text="Kim asks why\nthe car won't book.")
    shown = conversation.of_case(case.id).messages
    assert sorted("".join(span.text for span in one.spans).strip() for one in shown) == [
        "Kim asks why\nthe car won't book.",
        "name=kim;car",
    ]
    arrival.refresh_from_db()
    assert arrival.message_id in [one.id for one in shown]


@pytest.mark.parametrize("text", ["", " name=kim;car\n"])
def test_nothing_is_shown_twice(olga: Somebody, text: str) -> None:
    case = by_hand(form(), olga, text=text)
    assert len(conversation.of_case(case.id).messages) == 1


def test_our_own_reply_that_came_back_stays_where_it_is(olga: Somebody) -> None:
    bring(letter("q"))
    answered = Case.objects.get()
    ours = replies.reply(case_id=answered.id, text="Which car?", wait=True, actor=olga.actor, now=NOW)
    case = by_hand(bring(b"Received: x\r\n" + vault.read(ours.blob_id)), olga, text="Kim asks.")
    assert ours.id not in [one.id for one in conversation.of_case(case.id).messages]
    joined = bring(letter("r", answers=f"<{ours.message_id}>"))
    assert answered.case_messages.filter(message_id=joined.message_id).exists()
