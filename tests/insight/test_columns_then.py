"""What a random history seldom has, as of each hour in which it changes: columns say what records say."""

from datetime import datetime, timedelta

import pytest

from opsdesk.cases import actions, endings, merges, parts
from opsdesk.cases.models import Case
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.registry import Question
from tests import cast
from tests.insight.builders import Crew, crew, escalate, note, resolve
from tests.insight.test_random_histories import OCTOBER

HOUR = timedelta(hours=1)
ASKED = (
    "requests_in", "void", "merged", "open", "resolved", "unanswered", "untouched", "held_by",
    "backlog", "backlog_by_day", "resolved_in_period", "hand_offs", "ping_pong_share", "reopened_share",
    "queue_received", "queue_resolved", "person_worked", "above_tier_1", "arrivals", "handed_up_in_period",
    "stuck_on_us", "stuck_on_others", "stuck_for",
    "first_response_working", "first_touch_working", "to_resolution_working", "at_tier_elapsed",
)  # fmt: skip


@pytest.mark.django_db
def test_each_hour_of_a_turbulent_day_is_told_alike_by_columns_and_records() -> None:
    cast.desk(OCTOBER.start)
    people, start = crew(), OCTOBER.start + timedelta(hours=15)
    end = turbulent(people, start)
    facts, hours = read_all(end), int((end - start) / HOUR) + 1
    seen = []
    for n in range(hours):
        now = start + n * HOUR
        question = Question("support", OCTOBER, now)
        earlier = at(facts, now)
        for key in ASKED:
            columns = METRICS[key].columns
            assert columns is not None
            assert columns(earlier, question) == METRICS[key].sql(question), (key, n)
        seen.append(METRICS["requests_in"].sql(question)[()].n)  # type: ignore[union-attr]
    assert seen[:3] == [3, 3, 4]
    assert set(seen[:-3]) == {3, 4}
    assert seen[-3:] == [2, 2, 2]


def turbulent(people: Crew, start: datetime) -> datetime:
    """Thanks withdrawn, a void, a merge and a late split taken back, a wait, two answers."""
    admin = {"actor": people.admin.actor}
    one, two, three = (cast.request_at(start, type="core.llm-behaviour") for _ in range(3))
    now = start + 2 * HOUR
    parts.split(case_id=one.id, subject="Also", excerpt="", opened_at=start, type="", now=now, **admin)
    resolve(one, people.operator, now := now + HOUR)
    actions.customer_wrote(case_id=one.id, received_at=now + HOUR, now=(now := now + HOUR))
    endings.withdraw_thanks(case_id=one.id, now=(now := now + HOUR), **admin)
    actions.record_reply(case_id=two.id, wait=True, now=(now := now + HOUR), **admin)
    endings.void(case_id=three.id, reason="spam", now=(now := now + HOUR), **admin)
    endings.undo_void(case_id=three.id, now=(now := now + 2 * HOUR), **admin)
    merges.merge(case_id=three.id, other_id=two.id, now=(now := now + HOUR), **admin)
    merges.undo_merge(case_id=three.id, now=(now := now + 2 * HOUR), **admin)
    actions.resume(case_id=two.id, now=(now := now + HOUR), **admin)
    escalate(two, people.operator, now := now + HOUR, "core.llm-behaviour")
    note(two, people.engineer, now := now + HOUR)
    endings.void(case_id=three.id, reason="spam", now=(now := now + HOUR), **admin)
    part = Case.objects.get(split_from=one.id)
    parts.undo_split(case_id=part.id, now=(now := now + HOUR), **admin)
    resolve(two, people.engineer, now := now + HOUR)
    return now + HOUR
