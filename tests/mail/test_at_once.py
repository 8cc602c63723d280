"""Two at once, the second held up by the first."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Thread as Thread_

import pytest
from django.db import connection, connections, transaction

from opsdesk.cases.models import Case
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import conversation, inhand, intake, splits
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, CaseMessage
from opsdesk.mail.refusals import MessageUnknown
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Do the first, begin the second before the first one commits; what the second one came to."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(second())
        except Refusal as failure:
            found.append(failure)
        finally:
            connections.close_all()

    other = Thread_(target=run)
    with transaction.atomic():
        first()
        other.start()
        time.sleep(0.5)
    other.join()
    return found


def test_two_mails_of_a_known_thread_without_a_case_open_one_request() -> None:
    cast.desk()
    files = source(start_at=MONDAY)
    bring(letter("old", at=MONDAY - HOUR), into=files)
    ids = [
        intake.store(
            source=files, raw=letter(n, answers="old", at=MONDAY), label="x", received_at=None, now=NOW
        ).arrival_id
        for n in ("a", "b")
    ]
    done = meanwhile(lambda: intake.sort(ids[0], now=NOW), lambda: intake.sort(ids[1], now=NOW))
    assert (done, Case.objects.count()) == (["joined"], 1)
    assert Arrival.objects.get(id=ids[0]).outcome == "requests"


def test_two_who_move_one_message_move_it_once() -> None:
    cast.desk()
    olga = cast.operator().actor
    first = message_of(bring(letter("a", text="One thing.\nAnother thing.\nA third thing.")))
    whole = Case.objects.get(case_messages__message=first)
    parts = [
        splits.split_span(
            case_id=whole.id,
            message_id=first.id,
            start=start,
            end=start + 10,
            subject="Part",
            actor=olga,
            now=NOW,
        )
        for start in (11, 26)
    ]
    message = message_of(bring(letter("b", answers="a"), now=NOW + HOUR))
    here = CaseMessage.objects.get(message=message).case_id
    there, elsewhere = {whole.id, *(part.id for part in parts)} - {here}

    def move(to_case: int) -> None:
        conversation.move(message.id, from_case=here, to_case=to_case, actor=olga, now=NOW + HOUR)

    (refused,) = meanwhile(lambda: move(there), lambda: move(elsewhere))
    assert isinstance(refused, MessageUnknown)
    with suppress(MessageUnknown):
        move(elsewhere)
    assert CaseMessage.objects.get(message=message, removed_at__isnull=True).case_id == there


def test_two_who_look_for_work_at_once_get_different_mails_and_none_is_kept_back() -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("one writer at a time")
    cast.desk()
    items = [Incoming(letter(number), f"{number}") for number in range(6)]
    ids = [one.arrival_id for one in intake.store_many(source=source(), items=items, now=NOW)]

    def looked() -> list[int]:
        with inhand.due(4) as found:
            return [one.id for one in found]

    with inhand.due(4) as mine:
        (theirs,) = meanwhile(lambda: None, looked)
    assert ([one.id for one in mine], theirs) == (ids[:4], ids[4:])
    assert meanwhile(lambda: None, looked) == [ids[:4]]


def test_what_failed_is_looked_at_after_all_that_did_not() -> None:
    cast.desk()
    items = [Incoming(letter(number), f"{number}") for number in range(4)]
    ids = [one.arrival_id for one in intake.store_many(source=source(), items=items, now=NOW)]
    Arrival.objects.filter(id=ids[0]).update(tries=2)
    Arrival.objects.filter(id=ids[1]).update(tries=1)
    with inhand.due(3) as found:
        assert [one.id for one in found] == [ids[2], ids[3], ids[1]]
    with inhand.due(9) as found:
        assert [one.id for one in found] == [ids[2], ids[3], ids[1], ids[0]]
