"""Follow-ups, from the facts and in plain SQL, of real mails: now, then, and once one is taken away."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases import actions, endings
from opsdesk.cases.models import Case
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.columns.lists import picked
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Answers, Question, Side
from opsdesk.insight.then import is_past
from opsdesk.kernel.period import month
from opsdesk.mail import replies
from opsdesk.mail.models import CaseMessage, Message
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
MARCH = month("2026-03", ZoneInfo("America/Chicago"))
LATER = NOW + timedelta(days=9)
KEYS = ("follow_ups", "requests_by_follow_ups", "followed_up_from")


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


@pytest.fixture
def written(people: Crew) -> tuple[Case, Case]:
    """Two requests; on the first we write once from Tier 1, twice again from Tier 2, once when it is over."""
    olga, enzo = people.operator, people.engineer
    first, second = (
        Case.objects.get(case_messages__message=message_of(bring(letter(n, subject=f"Thing {n}"))))
        for n in (1, 2)
    )
    answer(first, olga, 1)
    answer(second, olga, 1)
    escalate(first, olga, NOW + 2 * HOUR, "core.llm-behaviour")
    answer(first, enzo, 3)
    answer(first, enzo, 4)
    resolve(Case.objects.get(id=first.id), enzo, NOW + 5 * HOUR, "core.llm-behaviour")
    answer(first, enzo, 6)
    return first, second


def answer(case: Case, who: Somebody, hours: float) -> None:
    replies.reply(case_id=case.id, text="We look at it.", wait=False, actor=who.actor, now=NOW + hours * HOUR)


def alike(key: str, as_of: object = LATER, *by: str, **chosen: str) -> Answers:
    """What the columns say, which is what the records say."""
    given = {name: (value,) for name, value in chosen.items()}
    question = Question("support", MARCH, as_of, given, by)  # type: ignore[arg-type]
    columns, expected = METRICS[key].columns, METRICS[key].sql(question)
    assert columns is not None
    assert columns(held(question.as_of), question) == expected
    return expected


def held(as_of: datetime) -> Facts:
    facts = read_all(LATER)
    return at(facts, as_of) if is_past(as_of) else facts


def numbers(answers: Answers) -> dict[tuple[str, ...], object]:
    return {key: getattr(answer, "n", None) for key, answer in answers.items()}


def test_follow_ups_are_counted_by_how_often_and_from_where(written: tuple[Case, Case]) -> None:
    assert alike("follow_ups")[()].total == 3  # type: ignore[union-attr]
    assert numbers(alike("requests_by_follow_ups", LATER, "times")) == {("0",): 1, ("3",): 1}
    assert numbers(alike("followed_up_from", LATER, "queue")) == {("core-support",): 1, ("-",): 1}
    assert numbers(alike("followed_up_from")) == {(): 1}


@pytest.mark.parametrize("key", KEYS)
def test_they_are_counted_alike_by_type_queue_and_month_and_before(
    written: tuple[Case, Case], key: str
) -> None:
    for by in sorted({"type", "queue", "month", "account"} & METRICS[key].dimensions):
        alike(key, LATER, by)
    alike(key, LATER, queue="ops")
    alike(key, NOW + 3.5 * HOUR)


def test_a_message_taken_away_and_a_request_that_was_none_count_no_more(written: tuple[Case, Case]) -> None:
    first, _ = written
    last = CaseMessage.objects.filter(case=first).latest("id")
    CaseMessage.objects.filter(id=last.id).update(removed_at=NOW + 7 * HOUR)
    assert alike("follow_ups")[()].total == 2  # type: ignore[union-attr]
    Case.objects.filter(id=first.id).update(
        state="void", void_reason="spam", voided_at=NOW + 8 * HOUR, resolved_at=None
    )
    assert alike("follow_ups")[()].total == 0  # type: ignore[union-attr]
    assert numbers(alike("requests_by_follow_ups", LATER, "times")) == {("0",): 1}


def test_a_conversation_that_went_on_is_told_as_it_stood(people: Crew, written: tuple[Case, Case]) -> None:
    first, second = written
    last = CaseMessage.objects.filter(case=first).latest("id")
    actions.customer_wrote(case_id=first.id, received_at=NOW + 7 * HOUR, now=NOW + 7 * HOUR)
    # It comes in by the mailbox, where somebody wrote it with a mail program: that touches no stay.
    CaseMessage.objects.filter(id=last.id).update(linked_at=NOW + 8 * HOUR)
    Message.objects.filter(id=last.message_id).update(received_at=NOW + 8 * HOUR)
    endings.withdraw_thanks(case_id=first.id, actor=people.engineer.actor, now=NOW + 9 * HOUR)
    answer(second, people.operator, 10)
    again = CaseMessage.objects.filter(case=second).latest("id")
    CaseMessage.objects.filter(id=again.id).update(removed_at=NOW + 11 * HOUR)
    endings.void(case_id=second.id, reason="spam", actor=people.admin.actor, now=NOW + 12 * HOUR)
    endings.undo_void(case_id=second.id, actor=people.admin.actor, now=NOW + 14 * HOUR)
    told = {
        n: numbers(alike("followed_up_from", NOW + n * HOUR, "queue")) for n in (3, 4, 8, 9, 10, 11, 12, 14)
    }
    above, none, ours = ("core-support",), ("-",), ("ops",)
    assert told[3] == told[4] == told[8] == {above: 1}
    assert told[9] == {above: 1, none: 1}
    assert told[10] == {above: 1, none: 1, ours: 1}
    assert told[11] == told[12] == told[14] == {above: 1, none: 1}
    for n in (8, 10, 12):
        alike("requests_by_follow_ups", NOW + n * HOUR, "times")
        alike("follow_ups", NOW + n * HOUR)
        question, metric = Question("support", MARCH, NOW + n * HOUR), METRICS["follow_ups"]
        assert metric.members is not None
        facts, of_records = held(question.as_of), metric.members(question, (), Side.COUNTED)
        assert picked(facts, question, Pick("followed_up"), 3).first() == of_records
        assert len(of_records) == (2 if n == 10 else 1)
