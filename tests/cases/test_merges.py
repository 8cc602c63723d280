"""Two requests become one, and one becomes two again as they were."""

from datetime import timedelta

import pytest

from opsdesk.cases import actions, endings, handoffs, merges, timers
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.refusals import (
    AlreadyResolved,
    CaseMerged,
    NotBothRequests,
    NotMerged,
    NotOneAccount,
    TooLateToUndo,
)
from opsdesk.clock.models import Task
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourQueue
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.cast import MONDAY, request_at

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def pair() -> tuple[Case, Case]:
    return request_at(MONDAY), request_at(MONDAY + timedelta(minutes=5))


def test_the_earlier_of_two_on_one_tier_survives_whichever_is_named_first() -> None:
    lead = cast.lead()
    first, second = pair()
    survivor = merges.merge(case_id=second.id, other_id=first.id, actor=lead.actor, now=LATER)
    loser = Case.objects.get(id=second.id)
    assert (survivor.id, loser.state, loser.merged_into_id) == (first.id, "merged", first.id)
    stay = Stay.objects.get(case=loser)
    assert (stay.exit, stay.left_at, stay.elapsed_s) == ("merged", LATER, 115 * 60)
    assert Case.objects.get(id=first.id).state == "open"
    kinds = Entry.objects.filter(kind__in=["case.merged", "case.absorbed"]).order_by("id")
    assert [(one.kind, one.subject_id) for one in kinds] == [
        ("case.merged", second.id),
        ("case.absorbed", first.id),
    ]


def test_the_higher_tier_survives_though_it_came_later() -> None:
    lead = cast.lead()
    first, second = pair()
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    handoffs.escalate(case_id=second.id, reason="bug", words="Tried.", type=type, actor=lead.actor, now=LATER)
    survivor = merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    assert survivor.id == second.id


def test_undone_the_case_is_open_and_its_stay_runs_on() -> None:
    lead = cast.lead()
    first, second = pair()
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    merges.undo_merge(case_id=second.id, actor=lead.actor, now=LATER + timedelta(days=1))
    loser = Case.objects.get(id=second.id)
    stay = Stay.objects.get(case=loser)
    assert (loser.state, loser.merged_into_id, stay.left_at, stay.exit) == ("open", None, None, "")
    assert loser.due_at is not None


def test_a_case_that_waited_on_a_third_party_waits_again_and_its_timer_fires() -> None:
    lead = cast.lead()
    first, second = pair()
    expected = LATER + timedelta(days=2)
    actions.wait(
        case_id=second.id, on="third_party", party="cdk", expected_at=expected, actor=lead.actor, now=LATER
    )
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER + timedelta(hours=1))
    assert not Task.objects.armed().filter(subject_kind="case", subject_id=second.id).exists()
    merges.undo_merge(case_id=second.id, actor=lead.actor, now=LATER + timedelta(hours=2))
    again = Case.objects.get(id=second.id)
    assert (again.state, again.waiting_party, again.waiting_since) == ("waiting", "cdk", LATER)
    assert (again.expected_at, again.overran_at) == (expected, None)
    timers.fire(second.id, now=expected)
    assert Case.objects.get(id=second.id).overran_at == expected


def test_a_wait_that_had_overrun_is_overrun_again_and_said_once() -> None:
    lead = cast.lead()
    first, second = pair()
    expected = LATER + timedelta(hours=1)
    actions.wait(
        case_id=second.id, on="third_party", party="cdk", expected_at=expected, actor=lead.actor, now=LATER
    )
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=expected)
    merges.undo_merge(case_id=second.id, actor=lead.actor, now=expected + timedelta(hours=5))
    again = Case.objects.get(id=second.id)
    assert (again.state, again.overran_at) == ("waiting", expected)
    timers.fire(second.id, now=expected + timedelta(hours=6))
    assert Entry.objects.filter(kind="case.wait_overran", subject_id=second.id).count() == 1


def test_only_unresolved_requests_of_one_customer_become_one() -> None:
    lead = cast.lead()
    first, second = pair()
    stranger = request_at(MONDAY, requester_email="somebody@else.example")
    with pytest.raises(Invalid):
        merges.merge(case_id=first.id, other_id=first.id, actor=lead.actor, now=LATER)
    with pytest.raises(NotOneAccount):
        merges.merge(case_id=first.id, other_id=stranger.id, actor=lead.actor, now=LATER)
    Case.objects.filter(id=stranger.id).update(kind="incident")
    with pytest.raises(NotBothRequests):
        merges.merge(case_id=first.id, other_id=stranger.id, actor=lead.actor, now=LATER)
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    endings.resolve(
        case_id=first.id,
        resolution="Done.",
        cause="bug",
        verified=True,
        type=type,
        actor=lead.actor,
        now=LATER,
    )
    with pytest.raises(AlreadyResolved):
        merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    assert Case.objects.get(id=second.id).state == "open"


def test_what_is_merged_is_not_merged_again_and_undo_has_its_time() -> None:
    lead = cast.lead()
    first, second = pair()
    with pytest.raises(NotMerged):
        merges.undo_merge(case_id=second.id, actor=lead.actor, now=LATER)
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    with pytest.raises(CaseMerged):
        merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    with pytest.raises(TooLateToUndo):
        merges.undo_merge(case_id=second.id, actor=lead.actor, now=LATER + timedelta(days=14))
    merges.undo_merge(
        case_id=second.id, actor=lead.actor, now=LATER + timedelta(days=14) - timedelta(seconds=1)
    )


def test_one_ends_only_cases_of_the_queues_one_sits_in() -> None:
    operator = cast.operator()
    lead = cast.lead()
    first, second = pair()
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    handoffs.escalate(case_id=first.id, reason="bug", words="Tried.", type=type, actor=lead.actor, now=LATER)
    merges.merge(case_id=second.id, other_id=first.id, actor=operator.actor, now=LATER)
    assert Case.objects.get(id=second.id).merged_into_id == first.id
    third = request_at(MONDAY + timedelta(minutes=9))
    handoffs.escalate(case_id=third.id, reason="bug", words="Tried.", type=type, actor=lead.actor, now=LATER)
    with pytest.raises(NotYourQueue):
        merges.merge(case_id=third.id, other_id=first.id, actor=operator.actor, now=LATER)


def test_the_customers_last_word_counts_on_the_survivor() -> None:
    lead = cast.lead()
    first, second = pair()
    at = MONDAY + timedelta(hours=1)
    actions.customer_wrote(case_id=second.id, received_at=at, now=at)
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    assert Case.objects.get(id=first.id).last_inbound_at == at


def test_what_may_be_merged_is_offered() -> None:
    first, second = pair()
    request_at(MONDAY, requester_email="somebody@else.example")
    assert [case.id for case in merges.candidates(first)] == [second.id]


def test_of_two_that_reached_the_same_tier_the_earlier_survives_wherever_it_is_now() -> None:
    lead = cast.lead()
    first, second = pair()
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    up = {"reason": "bug", "words": "Tried.", "type": type, "actor": lead.actor, "now": LATER}
    for case in (first, second):
        handoffs.escalate(case_id=case.id, **up)
    handoffs.give_back(case_id=first.id, words="Do it so.", actor=lead.actor, now=LATER)
    assert merges.merge(case_id=second.id, other_id=first.id, actor=lead.actor, now=LATER).id == first.id


def test_a_family_is_a_case_and_all_that_came_into_it_by_way_of_others() -> None:
    lead = cast.lead()
    first, second = pair()
    third = request_at(MONDAY + timedelta(minutes=9))
    merges.merge(case_id=second.id, other_id=third.id, actor=lead.actor, now=LATER)
    merges.merge(case_id=first.id, other_id=second.id, actor=lead.actor, now=LATER)
    assert sorted(merges.family(first.id)) == [first.id, second.id, third.id]
    assert merges.family(third.id) == [third.id]
