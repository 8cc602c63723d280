"""Strangers in a thread, and what follows when a case is over."""

from datetime import timedelta

import pytest

from opsdesk.cases.models import Case
from opsdesk.mail import replies
from opsdesk.mail.models import CaseMessage, Outcome
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.mail.letters import NOW, bring, letter
from tests.mail.test_joins import case_of, opened, resolve, void

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
AFTER_ALL = NOW + timedelta(days=20)
EVE = "Eve <eve@else.example>"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def test_a_stranger_s_case_does_not_draw_the_customer_s_mail_to_it() -> None:
    case = opened("a")
    claim = case_of(bring(letter("s", answers="a", sender=EVE, at=LATER), now=LATER))
    further = bring(letter("b", answers="a", at=LATER), now=LATER)
    assert (further.outcome, case_of(further), claim.claims_id) == (Outcome.JOINED, case, case.id)
    assert not CaseMessage.objects.get(message_id=further.message_id).which_request


@pytest.mark.parametrize("to_our_reply", [False, True])
def test_a_stranger_s_second_mail_joins_the_stranger_s_own_case(olga: Somebody, to_our_reply: bool) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Which car?", wait=False, actor=olga.actor, now=NOW)
    answers = f"<{ours.message_id}>" if to_our_reply else "a"
    claim = case_of(bring(letter("s", answers=answers, sender=EVE, at=LATER), now=LATER))
    second = bring(letter("t", answers=answers, sender=EVE, at=LATER), now=LATER)
    assert (second.outcome, case_of(second)) == (Outcome.JOINED, claim)
    assert Case.objects.count() == 2


def test_after_closing_further_mails_join_the_request_that_is_already_there(olga: Somebody) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Done.", wait=False, actor=olga.actor, now=NOW)
    resolve(case, olga)
    first = bring(letter("b", answers=f"<{ours.message_id}>", at=AFTER_ALL), now=AFTER_ALL)
    second = bring(letter("c", answers=f"<{ours.message_id}>", at=AFTER_ALL), now=AFTER_ALL)
    assert [one.outcome for one in (first, second)] == [Outcome.REQUESTS, Outcome.JOINED]
    assert (case_of(second), case_of(second).follows_id) == (case_of(first), case.id)


def test_the_request_that_follows_may_have_been_followed_itself(olga: Somebody) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Done.", wait=False, actor=olga.actor, now=NOW)
    resolve(case, olga)
    second = case_of(bring(letter("b", answers=f"<{ours.message_id}>", at=AFTER_ALL), now=AFTER_ALL))
    resolve(second, olga, AFTER_ALL)
    much_later = AFTER_ALL + timedelta(days=20)
    third = case_of(bring(letter("c", answers=f"<{ours.message_id}>", at=much_later), now=much_later))
    again = bring(letter("d", answers=f"<{ours.message_id}>", at=much_later), now=much_later)
    assert (again.outcome, case_of(again), third.id != second.id) == (Outcome.JOINED, third, True)


def test_further_answers_to_a_void_case_join_the_one_request_that_follows_it(olga: Somebody) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Sure?", wait=False, actor=olga.actor, now=NOW)
    void(case, olga, min({code.key for code in cast.definition().void_reasons} - {"spam", "duplicate"}))
    arrivals = [bring(letter(n, answers=f"<{ours.message_id}>", at=MONDAY), now=LATER) for n in ("b", "c")]
    assert [one.outcome for one in arrivals] == [Outcome.REQUESTS, Outcome.JOINED]
