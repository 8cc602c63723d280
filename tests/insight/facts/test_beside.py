"""What stands beside the funnel is the same from the facts as from the records, also right after a change."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import transaction

from opsdesk.cases import actions
from opsdesk.cases.models import Case
from opsdesk.insight.catalogue import ask
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.facts import serving
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.followups import FollowUps, follow_ups
from opsdesk.insight.registry import Question, Tally
from opsdesk.insight.stuck import Stuck, stuck
from opsdesk.kernel.period import month
from opsdesk.mail import replies
from tests import cast
from tests.insight.builders import HOUR, Crew, crew, escalate
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db(transaction=True)
MARCH = month("2026-03", ZoneInfo("America/Chicago"))
LATER = NOW + timedelta(days=9)
ANY = FunnelFilters()


@pytest.fixture
def people(transactional_db: None, tmp_path: Path, settings: LazySettings) -> Crew:
    settings.OPSDESK_HOME = tmp_path
    cast.desk()
    return crew()


def answer(case: Case, people: Crew, hours: int) -> None:
    replies.reply(
        case_id=case.id,
        text="We look at it.",
        wait=False,
        actor=people.operator.actor,
        now=NOW + hours * HOUR,
    )


def beside() -> tuple[FollowUps, Stuck]:
    again = follow_ups(desk="support", period=MARCH, filters=ANY, now=LATER)
    return again, stuck(desk="support", filters=ANY, now=LATER)


def from_the_records() -> tuple[FollowUps, Stuck]:
    with transaction.atomic():
        return beside()


def test_what_is_beside_the_funnel_is_the_same_behind_a_base_and_in_one(people: Crew, tmp_path: Path) -> None:
    first, second, third = (
        Case.objects.get(case_messages__message=message_of(bring(letter(n, subject=f"Thing {n}"))))
        for n in (1, 2, 3)
    )
    answer(first, people, 1)
    answer(first, people, 2)
    build(tmp_path)
    assert beside() == from_the_records()
    answer(first, people, 3)
    escalate(second, people.operator, NOW + HOUR, "core.llm-behaviour")
    actions.wait(
        case_id=third.id, on="third_party", party="cdk", expected_at=LATER - HOUR, now=NOW + HOUR,
        actor=people.operator.actor,
    )  # fmt: skip
    for _ in range(2):
        again, still = beside()
        assert (again, still) == from_the_records()
        assert (again.times, again.cases, again.requests) == (2, 1, 3)
        assert (still.on_us, still.on_others) == (2, 1)
        assert still.by_queue == (("core-support", 1, 0), ("ops", 1, 1))
        known = serving.ready(LATER)
        assert known is not None
        assert plain(known) == plain(read_all(LATER))
        build(tmp_path)


def test_of_a_past_instant_follow_ups_and_what_was_stuck_are_asked_alike(
    people: Crew, tmp_path: Path
) -> None:
    case = Case.objects.get(case_messages__message=message_of(bring(letter(1))))
    answer(case, people, 1)
    answer(case, people, 2)
    answer(case, people, 24 * 8)
    build(tmp_path)
    for key, now, n in (
        ("followed_up_from", NOW + 5 * HOUR, 1),
        ("stuck_on_us", LATER - timedelta(days=2), 1),
    ):
        question = Question("support", MARCH, now)
        assert ask(key, question) == {(): Tally(n)}
        with transaction.atomic():
            assert ask(key, question) == {(): Tally(n)}
