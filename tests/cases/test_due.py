"""What is due next, and by when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from opsdesk.cases import actions, endings, handoffs, settings
from opsdesk.cases.card import case_card
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case
from opsdesk.cases.nextstep import Whose
from opsdesk.clock.business import business_time, due_at
from opsdesk.clock.queries import calendar
from opsdesk.kernel.permissions import NotYourRight
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.cast import MONDAY, request_at

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def core() -> str:
    return cast.definition().families[0].types[0].key


def up(case: Case, by: cast.Somebody, now: datetime) -> Case:
    return handoffs.escalate(
        case_id=case.id, reason="bug", words="Tried.", type=core(), actor=by.actor, now=now
    )


def of(name: str, tier: int = 0) -> int:
    return next(t.budget_s for t in cast.definition().targets if (t.name, t.tier) == (name, tier))


def test_the_shipped_targets_are_those_of_the_desk() -> None:
    assert (of("first_response"), of("resolution")) == (3600, 16 * 3600)
    assert (of("first_touch", 2), of("first_touch", 3)) == (4 * 3600, 8 * 3600)


def test_a_new_request_is_due_for_its_first_response_then_for_its_resolution() -> None:
    hours = calendar("support")
    case = request_at()
    assert (case.due_target, case.due_at) == ("first_response", due_at(MONDAY, 3600, hours))
    replied = actions.record_reply(
        case_id=case.id, wait=False, actor=cast.operator().actor, now=MONDAY + HOUR / 2
    )
    assert (replied.due_target, replied.due_at) == ("resolution", due_at(MONDAY, 16 * 3600, hours))


def test_waiting_stops_the_clock_and_what_was_waited_is_added_to_the_due_time() -> None:
    olga, hours = cast.operator(), calendar("support")
    case = request_at()
    waiting = actions.record_reply(case_id=case.id, wait=True, actor=olga.actor, now=MONDAY + HOUR)
    assert (waiting.due_at, waiting.due_target) == (None, "")
    woken = actions.customer_wrote(case_id=case.id, received_at=MONDAY + 21 * HOUR, now=MONDAY + 21 * HOUR)
    pause = (MONDAY + HOUR, MONDAY + 21 * HOUR)
    assert woken.due_at == due_at(MONDAY, 16 * 3600, hours, [pause])
    assert woken.due_at is not None
    assert business_time(MONDAY, woken.due_at, hours, [pause]) == 16 * 3600


def test_after_a_hand_off_the_first_touch_is_due_in_the_new_queues_hours() -> None:
    olga = cast.operator()
    case = request_at()
    actions.record_reply(case_id=case.id, wait=False, actor=olga.actor, now=MONDAY)
    handed = up(case, olga, MONDAY + HOUR)
    here = calendar(cast.definition().queue("core-support").calendar)
    assert (handed.due_target, handed.due_at) == ("first_touch", due_at(MONDAY + HOUR, 4 * 3600, here))
    touched = actions.write_note(
        case_id=case.id, text="On it.", actor=cast.engineer().actor, now=MONDAY + 2 * HOUR
    ).case
    assert touched.due_target == "resolution"


def test_a_target_set_today_leaves_older_cases_as_they_were() -> None:
    lena = cast.lead()
    with pytest.raises(Invalid):
        settings.set_target(
            desk="support",
            name="first_response",
            tier=0,
            budget_s=60,
            holds_from=date(2020, 1, 1),
            actor=lena.actor,
            now=MONDAY,
        )
    fields = {"desk": "support", "name": "first_response", "tier": 0, "budget_s": 2 * 3600}
    tomorrow = MONDAY + timedelta(days=1)
    with pytest.raises(NotYourRight):
        settings.set_target(**fields, holds_from=tomorrow.date(), actor=cast.operator().actor, now=MONDAY)  # type: ignore[arg-type]
    settings.set_target(**fields, holds_from=tomorrow.date(), actor=lena.actor, now=MONDAY)  # type: ignore[arg-type]
    hours = calendar("support")
    assert request_at(MONDAY).due_at == due_at(MONDAY, 3600, hours)
    assert request_at(tomorrow).due_at == due_at(tomorrow, 2 * 3600, hours)


def test_the_next_step_says_whose_move_it_is_and_which_is_likeliest() -> None:
    olga = cast.operator()
    case = request_at()

    def step(now: datetime = MONDAY + HOUR / 4) -> tuple[Whose, Move | None]:
        found = case_card(case.id, actor=olga.actor, now=now).next_step
        return found.whose, found.move

    assert step() == (Whose.US, Move.TAKE)
    actions.take(case_id=case.id, actor=olga.actor, now=MONDAY)
    assert step() == (Whose.US, Move.SEND_AND_WAIT)
    actions.wait(
        case_id=case.id,
        on="third_party",
        party="cdk",
        expected_at=MONDAY + 3 * HOUR,
        actor=olga.actor,
        now=MONDAY + HOUR,
    )
    assert step(MONDAY + 2 * HOUR) == (Whose.THIRD_PARTY, Move.NOTE)
    assert step(MONDAY + 4 * HOUR) == (Whose.THIRD_PARTY, Move.RESUME)
    endings.void(case_id=case.id, reason="spam", actor=olga.actor, now=MONDAY + 5 * HOUR)
    assert step(MONDAY + 6 * HOUR) == (Whose.NOBODY, Move.UNDO_VOID)


def test_a_card_shows_both_clocks_and_only_the_moves_its_reader_may_make() -> None:
    olga, enzo = cast.operator(), cast.engineer()
    friday = datetime(2026, 3, 6, 22, 0, tzinfo=UTC)
    case = request_at(friday)
    up(case, olga, friday + HOUR)
    now = friday + timedelta(days=3)
    card = case_card(case.id, actor=enzo.actor, now=now)
    assert card.clocks.elapsed_s == 3 * 24 * 3600
    here = calendar(cast.definition().queue("core-support").calendar)
    spent = business_time(friday, friday + HOUR, calendar("support")) + business_time(
        friday + HOUR, now, here
    )
    assert card.clocks.business_s == spent
    assert {Move.RETURN, Move.RESOLVE} <= card.moves
    assert Move.ASSIGN not in card.moves
    assert case_card(case.id, actor=olga.actor, now=now).moves == frozenset()
    assert [row.exit for row in card.stays] == ["escalated", ""]
    assert card.stays[0].words == ""
    assert card.stays[1].words == "Tried."
