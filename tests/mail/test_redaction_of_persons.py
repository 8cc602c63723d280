"""Erasing all that is held of a person or of a customer: what would go, then little by little."""

from datetime import timedelta

import pytest
from django.db import connection

from opsdesk.accounts import actions as accounts
from opsdesk.accounts.models import Address
from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import replies
from opsdesk.mail.holdings import Step, Subject, erase_step, held, subject_of, waiting
from opsdesk.mail.models import CaseMessage, Message
from tests import cast
from tests.mail.letters import CUSTOMER, NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)
SAM = Subject(address=CUSTOMER)
OTHER = "Kim Other <kim@elsewhere.example>"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def ada() -> cast.Somebody:
    return cast.admin()


@pytest.fixture
def mails(ada: cast.Somebody) -> list[Message]:
    """Three of Sam, one of somebody else, an answer to Sam that went out and one that waits."""
    found = [message_of(bring(letter(number, text=f"Sam's words {number}"))) for number in range(3)]
    other = message_of(bring(letter(9, sender=OTHER, text="Kim's words")))
    case_id = case_of(found[0])
    sent = replies.reply(case_id=case_id, text="Dear Sam", wait=False, actor=ada.actor, now=NOW)
    replies.mark_sent(sent.id, now=NOW)
    waits = replies.reply(case_id=case_id, text="Again, Sam", wait=False, actor=ada.actor, now=NOW)
    return [*found, other, sent, waits]


def case_of(message: Message) -> int:
    return CaseMessage.objects.get(message=message).case_id


def texts() -> list[str]:
    return sorted(Message.objects.exclude(text="").values_list("text", flat=True))


def run(subject: Subject, by: cast.Somebody, *, at_once: int = 2) -> list[Step]:
    steps = [erase_step(subject, reason="asked", actor=by.actor, now=LATER, at_once=at_once)]
    while steps[-1].left:
        steps.append(erase_step(subject, reason="asked", actor=by.actor, now=LATER, at_once=at_once))
    return steps


def test_looking_lists_all_and_changes_nothing(ada: cast.Somebody, mails: list[Message]) -> None:
    cases.write_note(case_id=case_of(mails[1]), text="Sam is nice", actor=ada.actor, now=NOW)
    before = texts()
    found = held(SAM, limit=3)
    assert found.count == 5
    assert len(found.messages) == 3
    assert {one.id for one in held(SAM).messages} == {one.id for one in mails if one.id != mails[3].id}
    assert [one.id for one in held(SAM).messages if one.waits] == [mails[5].id]
    assert found.case_ids == tuple(case_of(one) for one in mails[:3])
    assert found.open_case_ids == found.case_ids
    assert found.noted_case_ids == (case_of(mails[1]),)
    assert texts() == before
    assert held(Subject(address="nobody@dealer.example")).is_empty


def test_it_goes_step_by_step_and_what_waits_to_be_sent_stays(
    ada: cast.Somebody, mails: list[Message]
) -> None:
    assert run(SAM, ada) == [Step(2, 2), Step(2, 0)]
    assert texts() == ["Again, Sam", "Kim's words"]
    assert Case.objects.filter(requester_email=CUSTOMER).count() == 3
    assert waiting(SAM) == 1
    replies.mark_sent(mails[5].id, now=LATER)
    assert run(SAM, ada) == [Step(1, 0)]
    assert waiting(SAM) == 0
    assert texts() == ["Kim's words"]


def test_with_the_last_of_it_the_address_is_nowhere_any_more(
    ada: cast.Somebody, mails: list[Message]
) -> None:
    replies.mark_sent(mails[5].id, now=NOW)
    accounts.add(key="d", name="Dealer", addresses=[CUSTOMER], actor=ada.actor, now=NOW)
    run(SAM, ada)
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert CUSTOMER not in repr(cursor.fetchall()), table
    assert Address.objects.get().removed_at == LATER
    assert Case.objects.filter(requester_email="", requester_name="").count() == 3
    assert Case.objects.get(id=case_of(mails[3])).requester_email == "kim@elsewhere.example"
    assert held(SAM).is_empty
    assert run(SAM, ada) == [Step(0, 0)]


def test_an_address_that_is_part_of_another_is_not_taken_for_it(
    ada: cast.Somebody, mails: list[Message]
) -> None:
    longer = Subject(address=f"x{CUSTOMER}")
    assert held(longer).is_empty
    assert held(Subject(address=CUSTOMER[1:])).is_empty


def test_of_an_account_all_mail_of_its_cases_goes(ada: cast.Somebody) -> None:
    dealer = accounts.add(key="d", name="Dealer", domains=["dealer.example"], actor=ada.actor, now=NOW)
    mine = message_of(bring(letter(1, text="Theirs")))
    colleague = letter(2, answers=1, sender="Jo <jo@dealer.example>", text="Theirs too")
    bring(colleague)
    bring(letter(9, sender=OTHER, text="Kim's words"))
    subject = Subject(account_id=dealer.id)
    assert held(subject).count == 2
    assert held(subject).case_ids == (case_of(mine),)
    run(subject, ada)
    assert texts() == ["Kim's words"]
    assert Case.objects.get(id=case_of(mine)).requester_email == CUSTOMER


def test_who_may_not_or_says_no_reason_is_refused(ada: cast.Somebody, mails: list[Message]) -> None:
    before = texts()
    with pytest.raises(NotAnAdmin):
        erase_step(SAM, reason="asked", actor=cast.lead().actor, now=LATER)
    with pytest.raises(Invalid):
        erase_step(SAM, reason="", actor=ada.actor, now=LATER)
    with pytest.raises(Invalid):
        subject_of("no address")
    assert subject_of(f" {CUSTOMER.upper()} ") == SAM
    assert texts() == before
