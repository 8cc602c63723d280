"""A message that makes two threads one leaves a note of it, which takes it back; then they stay apart."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.cases.models import Case
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk
from opsdesk.mail import conversation, intake, thread_joins
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import CaseMessage, Message, Outcome, Thread, ThreadJoin, ThreadKey
from opsdesk.mail.refusals import JoinUnknown
from tests import cast
from tests.cast import Somebody
from tests.engine import examples
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def at_once(mails: list[bytes]) -> None:
    items = [Incoming(raw, f"{number}.eml") for number, raw in enumerate(mails)]
    intake.store_many(source=source(), items=items, now=NOW)
    intake.sort_pending(limit=100, now=NOW)


def one_by_one(mails: list[bytes]) -> None:
    for raw in mails:
        bring(raw)


Way = Callable[[list[bytes]], None]
WAYS = pytest.mark.parametrize("way", [at_once, one_by_one], ids=["at once", "one by one"])


def threads() -> set[frozenset[str]]:
    """The subjects that stand together."""
    found: dict[int, set[str]] = {}
    for message in Message.objects.all():
        found.setdefault(message.thread_id, set()).add(message.subject)
    return {frozenset(subjects) for subjects in found.values()}


def together(*subjects: str) -> set[frozenset[str]]:
    return {frozenset(one) for one in subjects}


def plain(name: str, *, answers: str | None = None, references: str = "") -> bytes:
    return letter(name, subject=name, answers=answers, references=references)


def undo(olga: Somebody, join: ThreadJoin | None = None) -> None:
    thread_joins.undo_join((join or ThreadJoin.objects.get()).id, actor=olga.actor, now=LATER)


@WAYS
def test_what_a_message_joined_is_noted_with_what_moved(way: Way) -> None:
    way([plain("a"), plain("b"), plain("c", answers="b"), plain("d", references="ac")])
    join = ThreadJoin.objects.get()
    subjects = dict(Message.objects.values_list("id", "subject"))
    assert subjects[join.message_id or 0] == "d"
    assert {subjects[one] for one in join.message_ids} == {"b", "c", "d"}
    assert set(ThreadKey.objects.filter(id__in=join.key_ids).values_list("message_id", flat=True)) == {
        "b@mail.example",
        "c@mail.example",
        "d@mail.example",
    }
    facts = Entry.objects.filter(kind="thread.joined")
    assert {fact.subject_id for fact in facts} == {join.thread_id, join.into_id}


@WAYS
def test_undone_each_has_its_own_again_and_the_message_goes_with_what_it_answers(
    way: Way, olga: Somebody
) -> None:
    way([plain("a"), plain("b"), plain("c", answers="b", references="ab")])
    assert threads() == together("abc")
    undo(olga)
    assert threads() == together("a", "bc")
    assert Thread.objects.filter(joined_into__isnull=False).count() == 0
    parted = Entry.objects.filter(kind="thread.parted")
    assert {fact.subject_id for fact in parted} == set(Thread.objects.values_list("id", flat=True))


@WAYS
def test_what_answered_the_older_thread_stays_there(way: Way, olga: Somebody) -> None:
    way([plain("a"), plain("b"), plain("c", answers="a", references="ba")])
    undo(olga)
    assert threads() == together("ac", "b")


@WAYS
def test_what_was_parted_stays_apart_and_later_mail_goes_to_its_parent_alone(
    way: Way, olga: Somebody
) -> None:
    way([plain("a"), plain("b"), plain("c", answers="b", references="ab")])
    undo(olga)
    way(
        [
            plain("d", answers="a", references="cba"),
            plain("e", references="ac"),
            plain("f", answers="e", references="ade"),
            plain("z", references="x"),
        ]
    )
    assert threads() == together("ad", "bcef", "z")
    assert ThreadJoin.objects.filter(undone_at__isnull=True).count() == 0


def test_the_rest_of_a_thread_that_was_joined_further_stays_apart_too(olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b"), plain("c"), plain("d", answers="b", references="bc")])
    undo(olga)
    assert threads() == together("a", "bd", "c")
    bring(plain("e", references="ba"))
    assert threads() == together("abde", "c")
    bring(plain("f", answers="a", references="ca"))
    assert threads() == together("abdef", "c")


def test_a_third_thread_is_joined_where_two_stay_apart(olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b"), plain("c", references="ab")])
    undo(olga)
    one_by_one([plain("x"), plain("d", answers="b", references="axb")])
    assert threads() == together("a", "bcdx")


@pytest.mark.parametrize("first", [0, 1])
def test_joins_within_joins_are_undone_in_any_order(first: int, olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b"), plain("c")])
    bring(plain("d", answers="b", references="cb"))
    bring(plain("e", answers="a", references="da"))
    assert threads() == together("abcde")
    joins = list(ThreadJoin.objects.order_by("id"))
    undo(olga, joins[first])
    undo(olga, joins[1 - first])
    assert threads() == together("ae", "bd", "c")


def test_cases_are_left_alone_both_ways(olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b"), plain("c", references="ab")])
    before = sorted(CaseMessage.objects.values_list("case_id", "message_id", "removed_at"))
    states = list(Case.objects.order_by("id").values_list("id", "state", "version"))
    undo(olga)
    assert sorted(CaseMessage.objects.values_list("case_id", "message_id", "removed_at")) == before
    assert list(Case.objects.order_by("id").values_list("id", "state", "version")) == states


def test_it_is_undone_once_and_only_by_who_may_handle_the_mail(olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b"), plain("c", references="ab")])
    join = ThreadJoin.objects.get()
    with pytest.raises(NotYourDesk):
        thread_joins.undo_join(join.id, actor=cast.stranger().actor, now=LATER)
    undo(olga, join)
    for number in (join.id, join.id + 1):
        with pytest.raises(JoinUnknown):
            thread_joins.undo_join(number, actor=olga.actor, now=LATER)


def test_the_conversation_says_which_message_joined_the_threads_of_which_requests(olga: Somebody) -> None:
    one_by_one([plain("a"), plain("b")])
    first, second = Case.objects.order_by("id")
    assert conversation.of_case(first.id).joins == ()
    message = message_of(bring(plain("c", references="ab")))
    for case, other in ((first, second), (second, first)):
        (join,) = conversation.of_case(case.id).joins
        assert (join.message_id, join.case_ids) == (message.id, (other.id,))
    undo(olga)
    for case in (first, second):
        assert conversation.of_case(case.id).joins == ()
        assert conversation.of_case(case.id).thread_cases == ()


def test_mail_that_joins_nothing_leaves_no_note() -> None:
    at_once([plain("c", references="ab"), plain("b", answers="a"), plain("a"), plain("z")])
    assert not ThreadJoin.objects.exists()
    assert not Entry.objects.filter(kind__startswith="thread.").exists()


_examples = count()
Forest = list[tuple[int, ...]]


@st.composite
def forests(draw: st.DrawFn) -> tuple[Forest, list[int]]:
    """Mails that each name some of those before it, its parent last; and an order of delivery."""
    size = draw(st.integers(2, 7))
    mails = [
        tuple(draw(st.lists(st.integers(0, max(number - 1, 0)), max_size=3, unique=True))) if number else ()
        for number in range(size)
    ]
    return mails, draw(st.permutations(range(size)))


def written(mails: Forest, prefix: str) -> list[bytes]:
    return [
        letter(
            f"{prefix}{number}", subject=f"{prefix}{number}", references=[f"{prefix}{one}" for one in named]
        )
        for number, named in enumerate(mails)
    ]


def grouped(prefix: str) -> set[frozenset[str]]:
    there = {
        frozenset(subject.removeprefix(prefix) for subject in group if subject.startswith(prefix))
        for group in threads()
    }
    return there - {frozenset()}


def keys() -> dict[str, int]:
    return dict(ThreadKey.objects.values_list("message_id", "thread_id"))


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forests())
def test_any_order_of_delivery_and_any_batches_give_the_same_threads(
    forest: tuple[Forest, list[int]],
) -> None:
    mails, order = forest
    found = []
    for way in (at_once, one_by_one):
        prefix = f"p{next(_examples)}-"
        letters = written(mails, prefix)
        way([letters[number] for number in order])
        found.append(grouped(prefix))
    expected = {frozenset(map(str, one)) for one in connected(mails)}
    assert found == [expected, expected]


def connected(mails: Forest) -> set[frozenset[int]]:
    groups = {number: {number} for number in range(len(mails))}
    for number, named in enumerate(mails):
        for one in named:
            merged = groups[number] | groups[one]
            for each in merged:
                groups[each] = merged
    return {frozenset(group) for group in groups.values()}


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forests())
def test_undoing_restores_exactly_what_was_before_the_message_that_joined(
    forest: tuple[Forest, list[int]],
) -> None:
    mails, order = forest
    prefix = f"u{next(_examples)}-"
    letters = written(mails, prefix)
    lead = cast.lead(f"lena{next(_examples)}")
    for number in order:
        noted = set(ThreadJoin.objects.values_list("id", flat=True))
        messages, before = dict(Message.objects.values_list("id", "thread_id")), keys()
        arrival = bring(letters[number], label=f"{prefix}{number}")
        assert arrival.outcome in (Outcome.REQUESTS, Outcome.JOINED)
        for join in ThreadJoin.objects.exclude(id__in=noted).order_by("id"):
            undo(lead, join)
        now_there = dict(Message.objects.values_list("id", "thread_id"))
        assert {id: now_there[id] for id in messages} == messages
        assert {key: keys()[key] for key in before} == before
