from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from opsdesk.cases.models import Case
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome, Thread, ThreadKey
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def threads() -> set[frozenset[str]]:
    """The subjects that stand together."""
    found: dict[int, set[str]] = {}
    for message in Message.objects.all():
        found.setdefault(message.thread_id, set()).add(message.subject)
    return {frozenset(subjects) for subjects in found.values()}


Way = Callable[[list[bytes]], None]


def at_once(mails: list[bytes]) -> None:
    items = [Incoming(raw, f"{number}.eml") for number, raw in enumerate(mails)]
    intake.store_many(source=source(), items=items, now=NOW)
    intake.sort_pending(limit=100, now=NOW)


def one_by_one(mails: list[bytes]) -> None:
    for raw in mails:
        bring(raw)


WAYS = pytest.mark.parametrize("way", [at_once, one_by_one], ids=["at once", "one by one"])
ORDERS = pytest.mark.parametrize("order", ["".join(order) for order in permutations("abcd")])


def mails(order: str, *, sparse: bool) -> list[bytes]:
    """A conversation a-b-c-d in some order and a stranger z; with `sparse` each names its parent alone."""
    conversation = {
        "a": letter("a", subject="a"),
        "b": letter("b", subject="b", answers="a", references=["a"]),
        "c": letter("c", subject="c", answers="b", references=[] if sparse else ["a", "b"]),
        "d": letter("d", subject="d", references=["c"] if sparse else ["a", "b", "c"]),
    }
    found = [conversation[name] for name in order]
    return [*found[:2], letter("z", subject="z"), *found[2:]]


@WAYS
@ORDERS
def test_threads_are_the_same_in_every_order_of_delivery(way: Way, order: str) -> None:
    way(mails(order, sparse=True))
    assert threads() == {frozenset("abcd"), frozenset("z")}
    assert not Arrival.objects.exclude(outcome__in=[Outcome.REQUESTS, Outcome.JOINED]).exists()


@WAYS
@ORDERS
def test_a_conversation_is_one_case_in_every_order_of_delivery(way: Way, order: str) -> None:
    way(mails(order, sparse=False))
    assert threads() == {frozenset("abcd"), frozenset("z")}
    assert Case.objects.count() == 2
    assert CaseMessage.objects.count() == 5


@WAYS
def test_a_message_that_names_two_threads_makes_them_one_and_leaves_their_cases_alone(way: Way) -> None:
    way(
        [
            letter("a", subject="a"),
            letter("b", subject="b"),
            letter("c", subject="c", references=["a", "b"]),
            letter("d", subject="d", answers="b"),
        ]
    )
    assert threads() == {frozenset("abcd")}
    assert set(Case.objects.values_list("subject", "state")) == {("a", "open"), ("b", "open")}
    assert ThreadKey.objects.values("thread").distinct().count() == 1
    assert Thread.objects.filter(joined_into__isnull=True).count() == 1


def test_a_mailer_that_rewrites_references_still_threads_by_what_it_answers() -> None:
    bring(letter("a"))
    arrival = bring(letter("b", answers="a", references=["<something@else.example>"]))
    assert arrival.outcome == Outcome.JOINED


@pytest.mark.parametrize("id", ["", "<>", "<", "<@>", "garbage", "<null>"])
def test_ids_that_are_none_join_nothing(id: str) -> None:
    for text in ("one", "two"):
        arrival = bring(
            letter(text=text, subject=text, id=id, headers=[("In-Reply-To", id), ("References", id)])
        )
        assert arrival.outcome == Outcome.REQUESTS
    assert Case.objects.count() == 2
    assert Thread.objects.count() == 2


def test_the_same_subject_alone_joins_nothing() -> None:
    bring(letter(1, subject="Re: price"))
    assert bring(letter(2, subject="Re: price")).outcome == Outcome.REQUESTS


@WAYS
def test_the_same_id_with_other_content_is_a_message_and_a_request_of_its_own(way: Way) -> None:
    way(
        [
            letter("same", subject="one", text="one"),
            letter("same", subject="two", text="two", at=MONDAY + timedelta(minutes=1)),
            letter("same", subject="three", text="three", sender="Eve <eve@else.example>"),
        ]
    )
    assert Message.objects.count() == 3
    assert set(Case.objects.values_list("subject", flat=True)) == {"one", "two", "three"}


def test_a_copy_that_a_list_has_changed_on_its_way_is_of_the_same_thread() -> None:
    bring(letter("same", text="words"))
    changed = bring(letter("same", text="words\n--\nfooter of the list"), label="copy.eml")
    assert changed.outcome == Outcome.JOINED
    assert Case.objects.count() == 1


def test_the_same_message_by_another_way_is_a_duplicate_of_the_first() -> None:
    first = bring(letter(1))
    again = bring(
        b"Received: by another; Mon, 02 Mar 2026 18:30:00 +0000\r\n" + letter(1), into=source("other")
    )
    assert (again.outcome, message_of(again)) == (Outcome.DUPLICATE, message_of(first))
    assert Case.objects.count() == 1


def test_the_same_message_twice_in_one_batch_is_a_duplicate_too() -> None:
    other_way = b"Received: by another; Mon, 02 Mar 2026 18:30:00 +0000\r\n" + letter(1)
    at_once([letter(1), other_way, letter(1)])
    first, second = Arrival.objects.order_by("id")
    assert (first.outcome, second.outcome) == (Outcome.REQUESTS, Outcome.DUPLICATE)
    assert message_of(first) == message_of(second)


def test_a_mail_without_an_id_is_known_by_its_bytes() -> None:
    bring(letter(id=""))
    again = bring(letter(id=""), into=source("other"))
    assert again.outcome == Outcome.DUPLICATE
