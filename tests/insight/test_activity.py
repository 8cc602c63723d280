"""What happened in a period, whenever it came in: each number, its list, and what is not in it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases import endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.cases.opening import Opening, open_request
from opsdesk.insight import catalogue
from opsdesk.insight.metrics import deals_activity, desk_activity
from opsdesk.insight.registry import Question, Side, Tally
from opsdesk.kernel.period import days
from opsdesk.mail.sources import file_source
from tests import cast
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve
from tests.mail.letters import bring

ZONE = ZoneInfo("America/Chicago")
TUESDAY = days(date(2026, 3, 10), date(2026, 3, 10), ZONE)
NOON = TUESDAY.start + 12 * HOUR
DAY = 24 * HOUR
NOW = TUESDAY.end + 10 * DAY
pytestmark = pytest.mark.django_db


@pytest.fixture
def hands() -> Crew:
    cast.desk(TUESDAY.start - 30 * DAY)
    return crew()


def counts(key: str, *by: str, as_of: datetime = NOW) -> dict[tuple[str, ...], int]:
    question = Question("support", TUESDAY, as_of, {}, by)
    answers = catalogue.ask(key, question)
    for answer_key, answer in answers.items():
        if catalogue.metric(key).members:
            listed = catalogue.members(key, question, answer_key, Side.COUNTED)
            assert isinstance(answer, Tally)
            assert len(listed) == answer.n
    return {key: answer.n for key, answer in answers.items() if isinstance(answer, Tally)}


def test_what_was_handed_up_and_down_is_counted_when_it_was(hands: Crew) -> None:
    old = escalate(cast.request_at(NOON - 8 * DAY), hands.operator, NOON, "core.llm-behaviour")
    further = escalate(old, hands.engineer, NOON + HOUR)
    handoffs.give_back(case_id=further.id, words="So.", actor=hands.product.actor, now=NOON + 2 * HOUR)
    early = cast.request_at(NOON - 2 * DAY)
    escalate(early, hands.operator, NOON - DAY, "core.llm-behaviour")
    escalate(cast.request_at(NOON), hands.operator, NOON + DAY, "core.llm-behaviour")
    assert counts("handed_up_in_period", "tier") == {("2",): 1, ("3",): 1}
    assert counts("handed_up_in_period", "queue") == {("core-support",): 1, ("core-engineering",): 1}
    assert counts("handed_up_in_period") == {(): 1}
    assert counts("handed_down_in_period", "tier") == {("2",): 1}


def test_a_request_that_is_void_or_merged_is_in_neither(hands: Crew) -> None:
    spam = escalate(cast.request_at(NOON), hands.operator, NOON + HOUR, "core.llm-behaviour")
    endings.void(case_id=spam.id, reason="spam", actor=hands.engineer.actor, now=NOON + 2 * HOUR)
    assert counts("handed_up_in_period", "tier") == {}
    assert counts("handed_up_in_period", "tier", as_of=NOON + HOUR) == {("2",): 1}


def test_what_came_back_is_counted_when_it_did(hands: Crew) -> None:
    case = resolve(cast.request_at(NOON - 3 * DAY), hands.operator, NOON - 2 * DAY, "how-to.dashboard")
    endings.reopen(case_id=case.id, reason="Again.", actor=hands.operator.actor, now=NOON)
    assert counts("reopened_in_period", "queue") == {("ops",): 1}
    assert counts("reopened_in_period", as_of=NOON - HOUR) == {(): 0}


def test_what_was_resolved_without_a_cause_is_known(hands: Crew) -> None:
    for n in range(2):
        resolve(cast.request_at(NOON), hands.operator, NOON + (n + 1) * HOUR, "how-to.dashboard")
    Case.objects.filter(id=Case.objects.first().id).update(cause="")  # type: ignore[union-attr]
    assert counts("resolved_without_cause") == {(): 1}
    assert counts("imported_requests") == {(): 0}


def test_what_was_fetched_late_is_counted_when_it_became_known(hands: Crew) -> None:
    opening = Opening(
        desk="support",
        subject="Fetched late",
        excerpt="",
        requester_email="sam@dealer.example",
        requester_name="Sam",
        account_id=None,
        opened_at=TUESDAY.start - HOUR,
    )
    late = open_request(opening, now=NOON)
    cast.request_at(NOON)
    assert counts("known_late") == {(): 1}
    assert catalogue.members("known_late", Question("support", TUESDAY, NOW)) == (late.id,)
    assert counts("known_late", as_of=NOON - HOUR) == {(): 0}
    endings.void(case_id=late.id, reason="spam", actor=hands.operator.actor, now=NOON)
    assert counts("known_late") == {(): 0}


def test_quarantine_is_the_desks_own(hands: Crew) -> None:
    bring(b"\x00\xff not a mail")
    bring(b"\x00\xff nor this", into=file_source("other", desk="elsewhere", start_at=None, now=NOON))
    assert counts("quarantine_open") == {(): 1}
    assert counts("mail_leaked") == counts("mailboxes_silent") == {(): 0}


def test_an_empty_desk_has_none_of_it(hands: Crew) -> None:
    for metric in desk_activity.METRICS:
        assert counts(metric.key) == {(): 0}
    for metric in deals_activity.METRICS:
        question = Question("deals", TUESDAY, NOW)
        assert catalogue.ask(metric.key, question) == {(): Tally(0)}
