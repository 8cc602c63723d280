"""Digests as a worker makes them: of their own time, once, on the desk's calendar."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from opsdesk.cases import endings, handoffs, parts
from opsdesk.cases.models import Case
from opsdesk.cases.opening import Opening, open_request
from opsdesk.clock import actions as clock
from opsdesk.clock.models import Task
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.people import actions as people
from opsdesk.review import digest_actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import Rhythm, Wanted
from opsdesk.review.digest_composing import compose, members_of
from opsdesk.review.digest_document import from_json, to_json
from opsdesk.review.digest_words import sentence
from opsdesk.review.models import Digest
from opsdesk.review.timers import MAIL, MAKE
from opsdesk.worker.digests import Digests
from tests import cast
from tests.insight.builders import Crew, crew, escalate, resolve
from tests.review.digests import CLOSES, HOUR, counts, made, utc, work
from tests.review.scene import undone_after

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)
Execute = Callable[[str, object, bool, object], object]


@pytest.fixture(scope="module")
def hands(django_db_setup: None, django_db_blocker: Any) -> Iterator[Crew]:
    with undone_after(django_db_blocker):
        cast.desk(utc(1))
        work(utc(19, 12))
        yield crew()


def test_the_end_of_the_day_says_what_happened_whenever_it_came_in(hands: Crew) -> None:
    old = cast.request_at(utc(2, 15))
    up = escalate(old, hands.operator, utc(20, 15), "core.llm-behaviour")
    fresh = [cast.request_at(utc(20, 14), subject=f"Number {n}") for n in range(3)]
    resolve(fresh[0], hands.operator, utc(20, 16), "how-to.dashboard")
    endings.reopen(case_id=fresh[0].id, reason="Still there.", actor=hands.operator.actor, now=utc(20, 17))
    handoffs.give_back(case_id=up.id, words="Do this.", actor=hands.engineer.actor, now=utc(20, 18))
    work(utc(20))
    (day,) = made()[-1:]
    assert sentence(day) == "3 in, 1 resolved, 1 to Tier 2, 0 to Tier 3."
    assert counts(day) == {
        "requests_in": 3, "resolved_in_period": 1, "handed_up_in_period/2": 1, "handed_up_in_period/3": 0,
        "threads_in": 0, "messages_in": 0, "reopened_in_period": 1, "backlog": 4,
    }  # fmt: skip
    assert (day.since, day.until, day.as_of) == (utc(19), utc(20), utc(20) - MOMENT)
    facts = Entry.objects.filter(kind="digest.made", payload__desk="support")
    assert [fact.payload for fact in facts] == [{"desk": "support", "rhythm": "daily", "to": 0}] * 2


def test_what_happens_at_the_closing_itself_is_in_the_next_one(hands: Crew) -> None:
    cast.request_at(utc(20) - MOMENT, subject="Just before")
    cast.request_at(utc(20), subject="At six sharp")
    work(utc(20))
    work(utc(21))
    assert [counts(each)["requests_in"] for each in made()[-2:]] == [1, 1]


def test_a_late_worker_makes_the_same_digest(hands: Crew) -> None:
    """What was done to the day's requests after its closing is not in it."""
    case = cast.request_at(utc(20, 15))
    endings.void(case_id=case.id, reason="spam", actor=hands.operator.actor, now=utc(21, 1))
    other = cast.request_at(utc(20, 16))
    resolve(other, hands.operator, utc(21, 2), "how-to.dashboard")
    work(utc(21, 12))
    day = made()[-1]
    assert (day.until, day.made_at) == (utc(20), utc(21, 12))
    assert (counts(day)["requests_in"], counts(day)["resolved_in_period"], counts(day)["backlog"]) == (
        2,
        0,
        2,
    )
    work(utc(21))
    assert counts(made()[-1])["resolved_in_period"] == 1


def test_the_first_digest_is_of_its_day_and_the_next_of_the_time_since(hands: Crew) -> None:
    work(utc(19))
    work(utc(20))
    first, second = made()
    assert (first.since, first.until) == (utc(19, 5), utc(19))
    assert (second.since, second.until) == (first.until, utc(20))
    assert made("weekly") == []
    work(utc(23))
    (week,) = made("weekly")
    assert (week.since, week.until) == (utc(19, 5), utc(23))


def test_the_weekly_one_says_threads_and_requests(hands: Crew) -> None:
    case = cast.request_at(utc(20, 15))
    resolve(case, hands.operator, utc(21, 15), "how-to.dashboard")
    work(utc(23))
    (week,) = made("weekly")
    assert sentence(week) == "0 threads, 1 in, 1 resolved, 0 to Tier 2, 0 to Tier 3."


def test_a_holiday_has_none_and_its_mail_is_in_the_next(hands: Crew) -> None:
    """In November the desk closes at midnight UTC; the 26th is Thanksgiving."""
    cast.request_at(utc(26, 20, month=11), subject="On Thanksgiving")
    before = Wanted(Rhythm.DAILY, date(2026, 11, 25), utc(25, 0, month=11), utc(26, 0, month=11))
    digest_actions.make(compose(cast.definition(), before, now=before.until), now=before.until)
    work(utc(27, 0, month=11))
    assert [each.on.day for each in made()] == [25]
    work(utc(28, 0, month=11))
    day = made()[-1]
    assert (day.on.day, day.since, day.until) == (27, utc(26, 0, month=11), utc(28, 0, month=11))
    assert counts(day)["requests_in"] == 1


def test_a_house_holiday_declared_today_calls_the_evening_off(hands: Crew) -> None:
    work(utc(19))
    lead = cast.lead()
    clock.add_house_holiday(
        calendar="support", on=utc(20).date(), name="Outing", actor=lead.actor, now=utc(20, 12)
    )
    work(utc(20))
    assert [each.on.day for each in made()] == [19]
    work(utc(21))
    assert (made()[-1].since, made()[-1].until) == (utc(19), utc(21))


def test_after_three_days_off_each_day_has_its_own_and_only_the_newest_is_mailed(hands: Crew) -> None:
    lead = cast.lead()
    digest_actions.subscribe(desk="support", rhythm="daily", actor=lead.actor, now=utc(19, 12))
    work(utc(19))
    for day in (20, 21, 22):
        cast.request_at(utc(day, 15), subject=f"On the {day}th")
    work(utc(22, CLOSES, 30))
    assert [(each.on.day, counts(each)["requests_in"], each.to) for each in made()[-3:]] == [
        (20, 1, ()), (21, 1, ()), (22, 1, (lead.id,)),
    ]  # fmt: skip
    newest = queries.newest("support", Rhythm.DAILY)
    assert newest is not None
    armed = Task.objects.armed().filter(kind=MAIL).values_list("unique_key", flat=True)
    assert list(armed) == [queries.letter_key(newest.id, lead.id)]
    assert [each.on.day for each in queries.missed(newest, lead.id)] == [21, 20, 19]


def test_a_long_absence_is_made_up_for_a_few_at_a_time(hands: Crew) -> None:
    work(utc(19))
    work(utc(30))
    assert [each.on.day for each in made()] == [*range(19, 24), *range(26, 31)]
    assert [each.on.day for each in made("weekly")] == [23, 30]
    assert Task.objects.filter(kind=MAKE, unique_key__contains=":after:").count() == 2  # one for each desk


def test_looking_again_and_two_workers_make_none_twice(hands: Crew) -> None:
    work(utc(20))
    before = Digest.objects.count()
    work(utc(20))
    document = made()[-1]
    assert digest_actions.make(document, now=utc(20)) is None
    assert Digest.objects.count() == before
    assert Task.objects.filter(kind=MAKE).count() == len(
        set(Task.objects.values_list("unique_key", flat=True))
    )


def test_a_make_that_fails_leaves_the_next_one_armed_which_makes_both(hands: Crew) -> None:
    work(utc(19))

    def full(execute: Execute, sql: str, params: object, many: bool, context: object) -> object:
        if sql.startswith('INSERT INTO "review_digest"'):
            raise OperationalError("no space left")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        outcome = work(utc(20))
    assert "no space left" in outcome.last_error
    armed = Task.objects.armed().filter(kind=MAKE, payload__rhythm="daily", payload__desk="support")
    assert sorted(armed.values_list("due_at", flat=True)) == [utc(20), utc(21)]
    work(utc(21))
    assert [each.on.day for each in made()] == [19, 20, 21]


def test_the_deals_desk_tells_of_deals_disputes_and_incidents(hands: Crew) -> None:
    # Ulaanbaatar is eight hours ahead of UTC; its last shift ends at 18:00.
    work(utc(20, 10))
    day = made(desk="deals")[-1]
    assert (day.since, day.until) == (utc(19, 16), utc(20, 10))
    assert sentence(day) == (
        "0 deals created, 0 funded, 0 settled, 0 disputes raised, 0 ruled, 0 by the deadline, 0 incidents."
    )


def test_gaps_are_named_and_none_that_is_none(hands: Crew) -> None:
    cast.request_at(utc(20, 15))
    work(utc(20))
    assert [(each.metric, each.n) for each in made()[-1].gaps] == [("untyped", 1)]


def test_what_is_fetched_after_the_closing_is_a_gap_of_the_next_one(hands: Crew) -> None:
    work(utc(20))
    fetched(utc(20, 22), now=utc(21, 1))
    work(utc(21))
    assert [counts(each)["requests_in"] for each in made()[-2:]] == [0, 0]
    assert [(each.metric, each.n) for each in made()[-1].gaps] == [("known_late", 1)]


def test_each_request_is_counted_or_told_as_late_once_however_late_digests_are_made(hands: Crew) -> None:
    fetched(utc(20, 22), now=utc(21, 0))
    work(utc(21, 1))
    late_ones = {fetched(utc(20, 22), now=known).id for known in (utc(21, 2), utc(22, 0))}
    fetched(utc(21, 22), now=utc(22, 0))
    work(utc(22, 1))
    work(utc(22))
    days = made()[-3:]
    assert [counts(each)["requests_in"] for each in days] == [1, 1, 0]
    late = [sum(gap.n for gap in each.gaps if gap.metric == "known_late") for each in days]
    assert late == [0, 2, 0]
    told = next(gap for gap in days[1].gaps if gap.metric == "known_late")
    assert set(members_of(days[1], told)) == late_ones


def test_a_part_that_was_split_off_before_a_late_digest_was_made_is_told_by_the_next(hands: Crew) -> None:
    whole, at = cast.request_at(utc(20, 15)), {"excerpt": "", "opened_at": utc(20, 15)}
    for until in (utc(20), utc(21)):
        split = {"case_id": whole.id, "subject": "Also", "now": until + HOUR, **at}
        parts.split(**split, actor=hands.operator.actor)  # type: ignore[arg-type]
        work(until + 2 * HOUR)
    work(utc(22))
    days = made()[-3:]
    assert [counts(each)["requests_in"] for each in days] == [1, 0, 0]
    late = [[gap.n for gap in each.gaps if gap.metric == "known_late"] for each in days]
    assert late == [[], [1], [1]]


def fetched(opened_at: datetime, *, now: datetime) -> Case:
    """A request whose mail came to us late."""
    opening = Opening(
        desk="support",
        subject="Fetched late",
        excerpt="",
        requester_email="sam@dealer.example",
        requester_name="Sam",
        account_id=None,
        opened_at=opened_at,
    )
    return open_request(opening, now=now)


def test_a_document_comes_back_from_json_as_it_went(hands: Crew) -> None:
    cast.request_at(utc(20, 15))
    work(utc(20))
    document = made()[-1]
    assert from_json(to_json(document)) == document


def test_the_worker_sees_to_the_next_of_every_desk_once_a_minute() -> None:
    cast.desk(utc(1))
    Task.objects.all().delete()
    digests = Digests()
    assert digests.step(utc(19, 12)) == 0
    armed = Task.objects.armed().filter(kind=MAKE).values_list("payload__desk", "payload__rhythm", "due_at")
    expected = [
        ("deals", "daily", utc(20, 10)), ("deals", "weekly", utc(23, 10)),
        ("support", "daily", utc(19)), ("support", "weekly", utc(23)),
    ]  # fmt: skip
    assert sorted(armed) == expected
    digests.step(utc(21))
    assert sorted(armed.all()) == expected


def test_one_that_was_missed_with_nothing_armed_for_it_is_armed(hands: Crew) -> None:
    """As after a calendar that now closes earlier, or a backup of long ago."""
    work(utc(19))
    Task.objects.all().delete()
    work(utc(21, 12))
    assert [each.on.day for each in made()] == [19, 20]


def test_only_who_may_read_the_desk_can_ask_for_them(hands: Crew) -> None:
    stranger, viewer = cast.stranger(), cast.viewer()
    with pytest.raises(NotYourDesk):
        digest_actions.subscribe(desk="support", rhythm="daily", actor=stranger.actor, now=utc(19))
    with pytest.raises(Invalid):
        digest_actions.subscribe(desk="support", rhythm="hourly", actor=viewer.actor, now=utc(19))
    with pytest.raises(Refusal, match="no desk nowhere"):
        digest_actions.subscribe(desk="nowhere", rhythm="daily", actor=hands.admin.actor, now=utc(19))
    on = {"desk": "support", "rhythm": "daily", "actor": viewer.actor, "now": utc(19)}
    assert [digest_actions.subscribe(**on), digest_actions.subscribe(**on)] == [True, False]
    assert queries.recipients("support", Rhythm.DAILY, utc(19)) == (viewer.id,)
    assert [digest_actions.unsubscribe(**on), digest_actions.unsubscribe(**on)] == [True, False]
    assert queries.recipients("support", Rhythm.DAILY, utc(19)) == ()


def test_who_loses_the_right_or_is_deactivated_gets_none(hands: Crew) -> None:
    vera, lena = cast.viewer(), cast.lead()
    for each in (vera, lena):
        digest_actions.subscribe(desk="support", rhythm="daily", actor=each.actor, now=utc(19, 12))
    people.deactivate(person_id=lena.id, actor=hands.admin.actor, now=utc(19, 13))
    people.revoke(
        person_id=vera.id,
        desk="support",
        role="viewer",
        until_on=None,
        actor=hands.admin.actor,
        now=utc(19, 13),
    )
    work(utc(20))
    assert made()[-1].to == ()
    assert [(each.name, each.gets) for each in queries.subscribers("support", utc(20))] == [
        ("Lena", False), ("Vera", False),
    ]  # fmt: skip
