"""Mail that goes round, and senders who write more than a person can, open nothing and lose nothing."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.cases.models import Case
from opsdesk.mail import case_address, crowds, intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.models import Arrival, Message, Outcome
from opsdesk.mail.replies import notice
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DESK = "support@opsdesk.example"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def how(arrival: Arrival) -> tuple[str, str, str]:
    return arrival.outcome, arrival.reason, arrival.detail


@pytest.mark.parametrize("sender", [DESK, "support+anything@opsdesk.example", "Support+C1-X@OPSDESK.example"])
def test_a_sender_of_ours_in_any_form_is_a_loop(sender: str) -> None:
    assert how(bring(letter(sender=sender))) == (Outcome.SET_ASIDE, "loop", sender.lower())


def test_the_address_of_a_case_as_sender_is_a_loop() -> None:
    own = case_address.address_for(12, DESK, key=reply_key())
    assert how(bring(letter(sender=own))) == (Outcome.SET_ASIDE, "loop", own)


def test_a_plus_part_of_somebody_else_is_nobody_of_ours() -> None:
    assert bring(letter(sender="support+1@dealer.example")).outcome == Outcome.REQUESTS


def test_an_automatic_notice_bears_our_mark_and_is_known_by_it_when_it_comes_back() -> None:
    case = Case.objects.get(case_messages__message=message_of(bring(letter())))
    message = notice("resolution", case=case, notify=True, now=NOW)
    assert message is not None
    raw = vault.read(message.blob_id)
    assert f"X-Loop: {DESK}".encode() in raw
    resent = raw.replace(b"From: Support", b"From: sam@dealer.example\r\nX-Was: Support", 1)
    assert resent != raw
    assert how(bring(resent))[:2] == (Outcome.SET_ASIDE, "loop")


def test_a_mark_of_ours_is_a_loop_and_that_of_others_is_not() -> None:
    own = bring(letter(1, headers=[("X-Loop", "support+x@opsdesk.example")]))
    assert how(own) == (Outcome.SET_ASIDE, "loop", "X-Loop: support+x@opsdesk.example")
    assert bring(letter(2, headers=[("X-Loop", "lists@dealer.example")])).outcome == Outcome.REQUESTS


def test_a_person_s_answer_bears_no_mark() -> None:
    assert b"X-Loop" not in letter()


@pytest.mark.parametrize(("more", "outcome"), [(29, Outcome.REQUESTS), (30, Outcome.SET_ASIDE)])
def test_more_than_thirty_hops_are_a_loop(more: int, outcome: str) -> None:
    hop = ("Received", "from a by b; Mon, 02 Mar 2026 18:00:00 +0000")
    arrival = bring(letter(headers=[hop] * more))
    assert arrival.outcome == outcome
    if outcome == Outcome.SET_ASIDE:
        assert how(arrival)[1:] == ("loop", "Received: 31")


def flood(number: int, *, now: datetime, every: timedelta, sender: str = "bot@else.example") -> None:
    mails = [
        Incoming(letter(f"{sender}{one}", sender=sender, at=now - every * (number - one)), f"{one}")
        for one in range(number)
    ]
    intake.store_many(source=source(), items=mails, now=now)
    while intake.sort_pending(limit=100, now=now):
        pass


def held_back() -> int:
    return Arrival.objects.filter(outcome=Outcome.SET_ASIDE, reason="rate").count()


@pytest.mark.parametrize("one_by_one", [False, True])
def test_of_one_sender_s_flood_only_the_first_thirty_in_ten_minutes_open_anything(one_by_one: bool) -> None:
    if one_by_one:
        for one in range(35):
            bring(letter(one, sender="bot@else.example", at=NOW - MINUTE), label=f"{one}")
    else:
        flood(35, now=NOW, every=timedelta(seconds=1))
    assert (Case.objects.count(), held_back(), Message.objects.count()) == (crowds.MOST, 5, 35)


def test_what_answers_an_open_case_joins_it_however_many_they_are() -> None:
    opened = bring(letter("first", at=NOW - timedelta(minutes=9)))
    answers = [
        Incoming(letter(f"answer{one}", answers="first", at=NOW - timedelta(seconds=35 - one)), f"{one}")
        for one in range(35)
    ]
    intake.store_many(source=source(), items=answers, now=NOW)
    while intake.sort_pending(limit=100, now=NOW):
        pass
    assert opened.outcome == Outcome.REQUESTS
    assert Arrival.objects.filter(outcome=Outcome.JOINED).count() == 35
    assert (Case.objects.count(), held_back()) == (1, 0)


def test_others_are_not_held_back_by_a_flood_and_neither_is_a_slow_sender() -> None:
    flood(35, now=NOW, every=timedelta(seconds=1))
    before = Case.objects.count()
    assert bring(letter("other", at=NOW)).outcome == Outcome.REQUESTS
    flood(40, now=NOW, every=timedelta(seconds=21), sender="busy@dealer.example")
    assert (Case.objects.count(), held_back()) == (before + 41, 5)


def test_what_was_held_back_opens_its_request_when_a_person_runs_it_again() -> None:
    olga = cast.operator().actor
    flood(32, now=NOW, every=timedelta(seconds=1))
    arrival = Arrival.objects.filter(reason="rate").order_by("id")[0]
    assert intake.rerun(arrival.id, actor=olga, now=NOW) == Outcome.REQUESTS
    assert held_back() == 1


def test_history_and_an_outage_of_ours_hold_nobody_back() -> None:
    flood(40, now=NOW, every=timedelta(0), sender="one@dealer.example")
    assert held_back() == 10
    items = [
        Incoming(letter(f"old{one}", sender="two@dealer.example", at=MONDAY - MINUTE), f"old{one}")
        for one in range(40)
    ]
    intake.store_many(source=source(), items=items, now=NOW)
    while intake.sort_pending(limit=100, now=NOW):
        pass
    assert held_back() == 10


def test_machines_count_for_nothing_in_a_sender_s_crowd() -> None:
    for one in range(35):
        header = [("Auto-Submitted", "auto-replied")]
        bring(letter(one, at=NOW - MINUTE, headers=header), label=f"{one}")
    assert bring(letter("person", at=NOW)).outcome == Outcome.REQUESTS


def test_looking_for_crowds_takes_one_statement_a_batch_and_none_for_history() -> None:
    def asked(at: datetime, numbers: range) -> int:
        items = [Incoming(letter(f"{at}{one}", at=at), f"{at}{one}") for one in numbers]
        intake.store_many(source=source(), items=items, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            intake.sort_pending(limit=100, now=NOW)
        return sum("received_at > " in query["sql"] for query in captured.captured_queries)

    assert [asked(NOW, range(1)), asked(NOW, range(1, 20)), asked(MONDAY, range(20))] == [1, 1, 0]
