"""The numbers of the support desk's pages at their edges, by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.accounts.models import Account
from opsdesk.cases import actions, endings, handoffs, parts
from opsdesk.cases.models import Case, Stay
from opsdesk.insight import mail_listing
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask, members
from opsdesk.insight.registry import WITHOUT, Answers, Question, Side, Tally
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import Period, days, month
from opsdesk.mail import replies
from tests import cast
from tests.cast import MONDAY
from tests.insight.builders import HOUR, Crew, crew, escalate, resolve
from tests.mail.letters import bring, letter, message_of

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo("America/Chicago")
MARCH = month("2026-03", CHICAGO)
LATER = MARCH.end + timedelta(days=1)
LLM, DMS = "core.llm-behaviour", "integration.dms"
DAY = timedelta(days=1)


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk()
    return crew()


def asked(key: str, *by: str, as_of: datetime = LATER, period: Period = MARCH, **filters: str) -> Answers:
    chosen = {name: (value,) for name, value in filters.items()}
    return ask(key, Question("support", period, as_of, chosen, by))


def counts(key: str, *by: str, **more: object) -> dict[object, int]:
    """The counts by their one value, or by their values."""
    found = asked(key, *by, **more)
    return {
        key[0] if len(key) == 1 else key: each.n for key, each in found.items() if isinstance(each, Tally)
    }


def listed(key: str, **of: str) -> tuple[int, ...]:
    """The ids behind the answer of these values."""
    return members(key, Question("support", MARCH, LATER, {}, tuple(of)), tuple(of.values()))


def share(key: str, *of: str, as_of: datetime = LATER) -> tuple[int, int, int]:
    found = asked(key, as_of=as_of)[of]
    assert isinstance(found, Share)
    return found.low, found.high, found.of


def back(case: Case, people: Crew, now: datetime) -> Case:
    return handoffs.give_back(case_id=case.id, words="Like this.", actor=people.engineer.actor, now=now)


def test_a_cause_counts_once_resolved_and_the_last_reason_stands_in_until_then(people: Crew) -> None:
    resolve(
        escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM), people.engineer, MONDAY + 2 * HOUR
    )
    case = escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    handoffs.escalate(
        case_id=case.id, reason="bug", words="Read it.", actor=people.engineer.actor, now=MONDAY + 2 * HOUR
    )
    cast.request_at()
    assert counts("above_tier_1") == {(): 2}
    assert counts("causes_above_tier_1", "cause") == {"configuration": 1}
    assert counts("reasons_standing_in", "reason") == {"bug": 1}
    assert counts("escalation_reasons", "reason", "tier", "queue") == {
        ("needs-skill", "1", "ops"): 2,
        ("bug", "2", "core-support"): 1,
    }


def test_as_of_an_earlier_instant_the_reason_stood_where_the_cause_stands_now(people: Crew) -> None:
    case = escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    resolve(case, people.engineer, MONDAY + 5 * HOUR)
    assert counts("reasons_standing_in", "reason", as_of=MONDAY + 2 * HOUR) == {"needs-skill": 1}
    assert counts("causes_above_tier_1", "cause", as_of=MONDAY + 2 * HOUR) == {}
    assert counts("above_tier_1", as_of=MONDAY + timedelta(minutes=5)) == {(): 0}


def test_what_came_in_above_tier_1_has_no_reason_and_an_imported_one_may_lack_a_cause(people: Crew) -> None:
    case = cast.request_at()
    Stay.objects.filter(case=case).update(queue="core-support", tier=2)
    Case.objects.filter(id=case.id).update(queue="core-support", tier=2, highest_tier=2)
    assert counts("reasons_standing_in", "reason") == {WITHOUT: 1}
    resolve(Case.objects.get(id=case.id), people.engineer, MONDAY + HOUR, LLM)
    Case.objects.filter(id=case.id).update(cause="")
    assert counts("causes_above_tier_1", "cause") == {WITHOUT: 1}


def test_ping_pong_is_a_hand_off_into_a_queue_it_had_left_and_reopening_is_none(people: Crew) -> None:
    case = back(escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM), people, MONDAY + 2 * HOUR)
    resolve(case, people.operator, MONDAY + 3 * HOUR)
    other = resolve(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    endings.reopen(case_id=other.id, reason="Again.", actor=people.operator.actor, now=MONDAY + 2 * HOUR)
    assert share("ping_pong_share") == (1, 2, 2)
    assert counts("ping_pong_pairs", "queue", "to") == {("core-support", "ops"): 1}
    assert share("returned_share") == (1, 1, 1)
    assert share("reopened_share") == (1, 1, 2)


def test_a_mere_thanks_is_no_reopening(people: Crew) -> None:
    case = resolve(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    at = MONDAY + 2 * HOUR
    actions.customer_wrote(case_id=case.id, received_at=at, now=at)
    assert share("reopened_share", as_of=at + HOUR) == (1, 1, 1)
    endings.withdraw_thanks(case_id=case.id, actor=people.operator.actor, now=at + 2 * HOUR)
    assert share("reopened_share") == (0, 0, 1)
    assert counts("backlog") == {(): 0}
    assert counts("backlog", as_of=at + HOUR) == {(): 1}


def test_the_right_queue_counts_first_hand_offs_whose_stay_has_ended(people: Crew) -> None:
    wrong = escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    handoffs.reroute(
        case_id=wrong.id,
        queue="integration-support",
        words="Theirs.",
        actor=people.admin.actor,
        now=MONDAY + 2 * HOUR,
    )
    right = escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    resolve(right, people.engineer, MONDAY + 2 * HOUR)
    escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    assert share("right_queue") == (1, 1, 2)
    question = Question("support", MARCH, LATER)
    assert members("right_queue", question) == (right.id,)
    assert set(members("right_queue", question, side=Side.WHOLE)) == {wrong.id, right.id}


def test_void_merged_and_undone_parts_are_in_no_number(people: Crew) -> None:
    who = {"actor": people.admin.actor, "now": MONDAY + HOUR}
    endings.void(case_id=cast.request_at().id, reason="spam", **who)
    part = parts.split(
        case_id=cast.request_at().id, subject="More", excerpt="", opened_at=MONDAY, type=LLM, **who
    )
    parts.undo_split(case_id=part.id, actor=people.admin.actor, now=MONDAY + 2 * HOUR)
    assert counts("arrivals") == counts("queue_received") == counts("backlog") == {(): 1}
    assert counts("backlog_by_day") == {(): 1}


def test_a_queue_counts_a_request_once_and_the_one_that_resolved_it_has_it(people: Crew) -> None:
    case = back(escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM), people, MONDAY + 2 * HOUR)
    resolve(case, people.operator, MONDAY + 3 * HOUR)
    assert counts("queue_received", "queue") == {"ops": 1, "core-support": 1}
    assert counts("queue_resolved", "queue") == {"ops": 1}
    assert counts("queue_escalated", "queue") == {"ops": 1}
    assert counts("queue_sent_on", "queue") == {"core-support": 1}
    assert counts("queue_open", "queue") == {}
    assert counts("queue_received", queue="core-support") == {(): 1}


def test_a_request_counts_for_whoever_resolved_it_last_and_came_back_for_the_one_before(people: Crew) -> None:
    case = resolve(cast.request_at(), people.operator, MONDAY + HOUR, LLM)
    endings.reopen(case_id=case.id, reason="Again.", actor=people.admin.actor, now=MONDAY + 2 * HOUR)
    resolve(Case.objects.get(id=case.id), people.admin, MONDAY + 3 * HOUR, LLM)
    olga, ada = str(people.operator.id), str(people.admin.id)
    assert counts("person_worked", "person") == {olga: 1, ada: 1}
    assert counts("person_resolved", "person") == {ada: 1}
    assert counts("person_came_back", "person") == {olga: 1}
    assert counts("person_resolved", person=olga) == {(): 0}


def test_the_backlog_is_by_the_queue_it_is_in_now_and_ages_by_whole_days(people: Crew) -> None:
    back(escalate(cast.request_at(), people.operator, MONDAY + HOUR, LLM), people, MONDAY + 2 * HOUR)
    ages = {
        age: counts("backlog", "queue", "age", as_of=MONDAY + age)
        for age in (DAY - timedelta(seconds=1), DAY, 3 * DAY, 30 * DAY - timedelta(seconds=1), 30 * DAY)
    }
    assert [list(found) for found in ages.values()] == [[("ops", band)] for band in ("a", "b", "c", "e", "f")]


def test_the_backlog_of_a_past_day_is_what_was_open_then(people: Crew) -> None:
    noon = datetime(2026, 3, 3, 18, tzinfo=UTC)
    first, second = cast.request_at(noon), cast.request_at(noon + DAY)
    resolve(first, people.operator, noon + 2 * DAY, LLM)
    week = days(noon.date(), noon.date() + 4 * DAY, CHICAGO)
    assert counts("backlog_by_day", "day", period=week) == {
        "2026-03-03": 1, "2026-03-04": 2, "2026-03-05": 1, "2026-03-06": 1, "2026-03-07": 1,
    }  # fmt: skip
    question = Question("support", week, LATER, {}, ("day",))
    assert members("backlog_by_day", question, ("2026-03-04",)) == (second.id, first.id)
    assert members("backlog_by_day", question, ("2026-04-04",)) == ()
    assert counts("backlog", as_of=noon + DAY + HOUR) == {(): 2}
    assert counts("resolved_in_period", "day", "queue", period=week) == {("2026-03-05", "ops"): 1}
    assert counts("backlog_by_day", "day", period=week, as_of=noon + HOUR) == {"2026-03-03": 1}
    assert counts("backlog_by_day", period=week, as_of=week.start - DAY) == {(): 0}


def test_hours_are_those_on_the_wall_across_the_clock_change(people: Crew) -> None:
    """In Chicago the clock went from 2:00 to 3:00 on Sunday, 8 March 2026, and back on 1 November."""
    for at in ("2026-03-07T15:10", "2026-03-08T07:59", "2026-03-08T08:00", "2026-03-09T14:10"):
        cast.request_at(datetime.fromisoformat(f"{at}+00:00"))
    assert counts("arrivals", "weekday", "hour") == {
        ("6", "09"): 1, ("7", "01"): 1, ("7", "03"): 1, ("1", "09"): 1,
    }  # fmt: skip
    for at in ("2026-11-01T06:30", "2026-11-01T07:30"):
        cast.request_at(datetime.fromisoformat(f"{at}+00:00"))
    november = month("2026-11", CHICAGO)
    twice = Question("support", november, november.end, {}, ("weekday", "hour"))
    assert ask("arrivals", twice) == {("7", "01"): Tally(2)}
    assert len(members("arrivals", twice, ("7", "01"))) == 2


def test_a_last_quarter_hour_before_midnight_belongs_to_its_day(people: Crew) -> None:
    for at in ("2026-03-04T05:59:59.999999", "2026-03-04T06:00:00"):
        cast.request_at(datetime.fromisoformat(f"{at}+00:00"))
    assert counts("arrivals", "day") == {"2026-03-03": 1, "2026-03-04": 1}


def test_filters_choose_several_values_and_those_without_any(people: Crew) -> None:
    north = Account.objects.create(key="north", name="North", recorded_at=MONDAY)
    cast.request_at(account_id=north.id, type=LLM)
    cast.request_at(type=DMS)
    cast.request_at()
    assert counts("arrivals", "account") == {"north": 1, WITHOUT: 2}
    assert counts("arrivals", account=WITHOUT) == {(): 2}
    several = Question("support", MARCH, LATER, {"type": (LLM, WITHOUT)})
    assert ask("arrivals", several) == {(): Tally(2)}
    assert len(members("arrivals", several)) == 2
    assert counts("backlog", family="integration", account=WITHOUT) == {(): 1}


def test_follow_ups_fall_into_bands_and_to_the_queue_they_came_from(people: Crew) -> None:
    arrival = bring(letter(1))
    case = Case.objects.get(case_messages__message=message_of(arrival))
    at = case.opened_at
    for hours in (1, 2, 3):
        replies.reply(
            case_id=case.id, text="We look.", wait=False, actor=people.operator.actor, now=at + hours * HOUR
        )
    cast.request_at(at)
    assert counts("requests_by_follow_ups", "times") == {"2": 1, "0": 1}
    assert counts("followed_up_from", "queue") == {"ops": 1}


def test_messages_and_threads_are_counted_once_each_day_and_once_in_all(people: Crew) -> None:
    arrival = bring(letter(1))
    bring(letter(2, answers=1, text="More."))
    assert counts("messages_in") == {(): 2}
    assert counts("threads_in") == {(): 1}
    day = arrival.received_at.astimezone(CHICAGO).date().isoformat()
    assert counts("messages_in", "day") == {day: 2}
    assert counts("messages_in", "month") == {"2026-03": 2}


def test_behind_messages_and_threads_is_exactly_what_is_counted_what_came_last_first(people: Crew) -> None:
    came = [bring(letter(1)), bring(letter(2, answers=1, text="More.")), bring(letter(3))]
    messages = tuple(reversed([message_of(each).id for each in came]))
    bring(letter("spam", headers=[("X-Spam-Flag", "YES")]))
    assert messages == listed("messages_in")
    assert len(listed("threads_in")) == counts("threads_in")[()] == 2
    day = came[0].received_at.astimezone(CHICAGO).date().isoformat()
    assert listed("messages_in", day=day) == listed("messages_in", month="2026-03") == messages
    assert listed("threads_in", day="2026-01-01") == listed("threads_in", day="never") == ()
    answered, alone = reversed(mail_listing.threads(listed("threads_in")))
    assert (answered.messages, alone.messages) == (2, 1)
    assert [line.case_ids for line in mail_listing.messages(messages)][1:] == [answered.case_ids] * 2


def test_a_silence_on_us_runs_from_our_last_act_and_one_on_others_from_the_time_expected(
    people: Crew,
) -> None:
    silent, waiting = cast.request_at(type=LLM), cast.request_at(type=LLM)
    expected = MONDAY + DAY
    actions.wait(
        case_id=waiting.id,
        on="third_party",
        party="cdk",
        expected_at=expected,
        actor=people.operator.actor,
        now=MONDAY + HOUR,
    )
    now = MONDAY + 7 * DAY
    found = asked("stuck_for", "on", as_of=now)
    assert {key: middle(spread) for key, spread in found.items()} == {
        ("us",): (now - silent.opened_at).total_seconds(),
        ("others",): (now - expected).total_seconds(),
    }
    question = Question("support", MARCH, now, {}, ("on",))
    assert members("stuck_for", question, ("others",)) == (waiting.id,)
    assert asked("stuck_for", as_of=MONDAY)[()] == Spread(0, 0, 0, None, None)


def middle(found: object) -> float:
    assert isinstance(found, Spread)
    assert found.median is not None
    return found.median.value


def test_an_empty_desk_has_zeros(people: Crew) -> None:
    for key in ("arrivals", "backlog", "hand_offs", "person_worked", "messages_in", "backlog_by_day"):
        assert counts(key) == {(): 0}, key
    for key in ("ping_pong_share", "returned_share", "reopened_share", "right_queue"):
        assert share(key) == (0, 0, 0), key
