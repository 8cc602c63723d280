"""What the conversation and the intake ledger say, from real mails."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases.models import Case
from opsdesk.insight.case_lists import Selection, cases
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.followups import FollowUps, follow_ups
from opsdesk.insight.intake_report import IntakeReport, report
from opsdesk.insight.responses import first_responses
from opsdesk.insight.statistics import Figure
from opsdesk.kernel.period import month
from opsdesk.mail import desk_moves, intake, replies
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.insight.builders import HOUR
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db
MARCH = month("2026-03", ZoneInfo("America/Chicago"))
ANY = FunnelFilters()


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def opened(number: object, **more: object) -> Case:
    arrival = bring(letter(number, **more))
    return Case.objects.get(case_messages__message=message_of(arrival))


def answer(case: Case, who: Somebody, hours: float) -> None:
    replies.reply(case_id=case.id, text="We look at it.", wait=False, actor=who.actor, now=NOW + hours * HOUR)


def counted() -> FollowUps:
    return follow_ups(desk="support", period=MARCH, filters=ANY)


def test_a_follow_up_is_a_message_of_ours_right_after_one_of_ours(olga: Somebody) -> None:
    case = opened(1)
    answer(case, olga, 1)
    assert (counted().times, counted().cases, counted().requests) == (0, 0, 1)
    answer(case, olga, 2)
    answer(case, olga, 3)
    bring(letter(2, answers=1, text="Any news?", at=NOW + 4 * HOUR), now=NOW + 4 * HOUR)
    answer(case, olga, 5)
    found = counted()
    assert (found.times, found.cases, found.requests, found.per_case) == (2, 1, 1, 2.0)
    listed = cases(Selection("support", MARCH, ANY, found.pick), now=NOW)
    assert [line.id for line in listed.lines] == [case.id]


def test_the_first_response_is_a_persons_first_message_not_a_notice(olga: Somebody) -> None:
    waiting, answered = opened(1), opened(2, subject="Another thing")
    desk_moves.escalate(
        case_id=waiting.id,
        reason="bug",
        words="Tried the flags.",
        type="core.llm-behaviour",
        actor=olga.actor,
        now=NOW,
    )
    answer(answered, olga, 1)
    answer(answered, olga, 3)
    found = first_responses(desk="support", period=MARCH, filters=ANY)
    assert found.took.elapsed.median == Figure(2 * 3600, at_least=False)
    assert found.took.working.median == Figure(3600, at_least=False)
    assert (found.unanswered, found.unanswered_since) == (1, MONDAY)
    listed = cases(Selection("support", MARCH, ANY, found.pick), now=NOW)
    assert [line.id for line in listed.lines] == [waiting.id]


def test_automatic_mail_is_no_part_of_the_conversation(olga: Somebody) -> None:
    case = opened(1)
    answer(case, olga, 1)
    desk_moves.escalate(
        case_id=case.id,
        reason="bug",
        words="Tried the flags.",
        type="core.llm-behaviour",
        actor=olga.actor,
        now=NOW + 2 * HOUR,
    )
    assert case.case_messages.filter(message__automatic=True).count() == 1
    assert counted().times == 0


def test_without_requests_there_are_no_follow_ups_per_case() -> None:
    assert counted().per_case is None


def told(now: object = NOW + 9 * HOUR) -> IntakeReport:
    return report(desk="support", period=MARCH, now=now)


def test_the_intake_counts_arrivals_messages_threads_and_requests_apart() -> None:
    opened(1)
    opened(2, subject="Another thing")
    bring(letter(3, answers=1, text="More about it."))
    bring(letter(3, answers=1, text="More about it."), label="again.eml", into=source("other"))
    bring(letter(4, headers=[("Auto-Submitted", "auto-replied")]))
    found = told()
    by_outcome = {(row.outcome, row.reason): row.arrivals for row in found.outcomes}
    assert by_outcome == {
        ("requests", ""): 2,
        ("joined", ""): 1,
        ("set_aside", "auto-reply"): 1,
        ("duplicate", ""): 1,
        ("quarantined", ""): 0,
    }
    assert (found.arrivals, found.messages, found.threads, found.requests) == (5, 3, 2, 2)


def test_mail_in_hand_is_counted_beside_and_late_after_ten_minutes() -> None:
    intake.store(source=source(), raw=letter(1), label="x", received_at=MONDAY, now=MONDAY)
    assert (
        told(MONDAY + timedelta(minutes=10)).in_hand,
        told(MONDAY + timedelta(minutes=10)).in_hand_late,
    ) == (1, 0)
    assert told(MONDAY + timedelta(minutes=11)).in_hand_late == 1
    assert told().arrivals == 1


def test_mail_of_another_month_is_in_no_report() -> None:
    intake.store(source=source(), raw=letter(1), label="x", received_at=MARCH.end, now=MONDAY)
    assert told().arrivals == 0
