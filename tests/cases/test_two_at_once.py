"""Two persons on one case, and on one queue."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.cases.overtaking import MOVES_THAT_OVERTAKE, WHAT
from opsdesk.cases.refusals import AlreadyResolved, NothingToTake, NotInThatQueue, Overtaken
from opsdesk.kernel.permissions import NotYourQueue, NotYourRight
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import replies
from tests import cast
from tests.cast import MONDAY, request_at

HOUR = timedelta(hours=1)


def resolve(case: Case, by: cast.Somebody, seen: int | None = None) -> Case:
    return endings.resolve(
        case_id=case.id,
        resolution="Fixed.",
        cause="bug",
        verified=True,
        type=cast.definition().families[0].types[0].key,
        actor=by.actor,
        now=MONDAY + HOUR,
        seen_version=seen,
    )


@pytest.mark.django_db
def test_who_is_second_is_told_who_was_first_and_what_they_did() -> None:
    cast.desk()
    olga, otto = cast.operator(), cast.operator("otto")
    case = request_at()
    resolve(case, olga)
    with pytest.raises(Overtaken) as refusal:
        resolve(case, otto, seen=0)
    assert refusal.value.details["by"] == "Olga"
    assert refusal.value.details["what"] == "resolved"
    with pytest.raises(AlreadyResolved):
        resolve(case, otto)


@pytest.mark.django_db
def test_whom_a_hand_off_took_the_case_from_is_told_who_did_it_and_not_to_ask_for_a_seat() -> None:
    cast.desk()
    olga, otto = cast.operator(), cast.operator("otto")
    case = request_at()
    up = {"case_id": case.id, "reason": "bug", "words": "Tried.", "type": "core.llm-behaviour", "now": MONDAY}
    handoffs.escalate(**up, actor=olga.actor)
    now_there = Case.objects.get(id=case.id).version
    moves: list[Callable[[int | None], object]] = [
        lambda seen: resolve(case, otto, seen),
        lambda seen: handoffs.escalate(**up, actor=otto.actor, seen_version=seen),
        lambda seen: actions.write_note(
            case_id=case.id, text="Hm.", actor=otto.actor, now=MONDAY, seen_version=seen
        ),
        lambda seen: replies.reply(
            case_id=case.id, text="Hm.", wait=True, actor=otto.actor, now=MONDAY, seen_version=seen
        ),
    ]
    for move in moves:
        with pytest.raises(Overtaken) as refusal:
            move(0)
        assert (refusal.value.details["by"], refusal.value.details["what"]) == ("Olga", "escalated")
        for seen in (now_there, None):
            with pytest.raises(NotYourQueue):
                move(seen)


def test_whatever_can_overtake_is_said_in_words_of_its_own() -> None:
    assert WHAT.keys() >= MOVES_THAT_OVERTAKE


@pytest.mark.django_db
def test_ones_own_moves_and_others_notes_overtake_nobody() -> None:
    cast.desk()
    olga, otto = cast.operator(), cast.operator("otto")
    case = request_at()
    actions.take(case_id=case.id, actor=olga.actor, now=MONDAY)
    actions.write_note(case_id=case.id, text="Looks like the flag.", actor=otto.actor, now=MONDAY)
    assert resolve(case, olga, seen=0).state == "resolved"


@pytest.mark.django_db
def test_a_customers_word_in_between_stops_a_resolving_but_not_a_note() -> None:
    cast.desk()
    olga = cast.operator()
    case = request_at()
    actions.customer_wrote(case_id=case.id, received_at=MONDAY, now=MONDAY)
    actions.write_note(case_id=case.id, text="Reading.", actor=olga.actor, now=MONDAY, seen_version=0)
    with pytest.raises(Overtaken):
        resolve(case, olga, seen=0)


@pytest.mark.django_db
def test_take_next_gives_the_due_soonest_of_ones_own_queues() -> None:
    cast.desk()
    olga = cast.operator()
    late = request_at(MONDAY + 2 * HOUR)
    soon = request_at(MONDAY + HOUR)
    assert actions.take_next(desk="support", actor=olga.actor, now=MONDAY + 3 * HOUR).id == soon.id
    assert actions.take_next(desk="support", actor=olga.actor, now=MONDAY + 3 * HOUR).id == late.id
    with pytest.raises(NothingToTake):
        actions.take_next(desk="support", actor=olga.actor, now=MONDAY + 3 * HOUR)


@pytest.mark.django_db
def test_a_lead_assigns_to_those_who_sit_there_and_an_operator_only_to_themselves() -> None:
    cast.desk()
    olga, otto, enzo, lena = cast.operator(), cast.operator("otto"), cast.engineer(), cast.lead()
    case = request_at()
    with pytest.raises(NotYourRight):
        actions.assign(case_id=case.id, person_id=otto.id, actor=olga.actor, now=MONDAY)
    with pytest.raises(NotInThatQueue):
        actions.assign(case_id=case.id, person_id=enzo.id, actor=lena.actor, now=MONDAY)
    actions.assign(case_id=case.id, person_id=otto.id, actor=lena.actor, now=MONDAY)
    assert Case.objects.get(id=case.id).assignee_id == otto.id
    actions.assign(case_id=case.id, person_id=None, actor=otto.actor, now=MONDAY)
    assert Case.objects.get(id=case.id).assignee_id is None


@pytest.mark.django_db(transaction=True)
def test_many_who_press_at_once_get_a_case_each_and_one_wins_a_resolving() -> None:
    cast.desk()
    people = [cast.operator(f"olga{n}") for n in range(4)]
    cases = [request_at(MONDAY + n * HOUR) for n in range(4)]
    got: list[int] = []
    refused: list[str] = []
    start = threading.Barrier(len(people))

    def run(who: cast.Somebody) -> None:
        start.wait()
        try:
            got.append(actions.take_next(desk="support", actor=who.actor, now=MONDAY + 5 * HOUR).id)
        except Refusal as refusal:
            refused.append(refusal.code)
        start.wait()
        try:
            resolve(cases[0], who)
        except Refusal as refusal:
            refused.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=run, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted({*got})
    assert len(got) == 4
    assert len(refused) == 3
    assert set(refused) <= {"Overtaken", "AlreadyResolved"}
    assert Case.objects.filter(state="resolved").count() == 1
