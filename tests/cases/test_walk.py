"""A case on its way through the tiers, by the real actions."""

from datetime import timedelta

import pytest

from opsdesk.cases import actions, endings, handoffs, parts
from opsdesk.cases.card import case_card
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.refusals import (
    AlreadyResolved,
    CaseClosed,
    NoTierAbove,
    NoTierBelow,
    NotOnTheRoute,
    PartTouched,
    ThanksNotFound,
    TooLateToUndo,
)
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk, NotYourQueue, NotYourRight
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.cast import MONDAY, request_at

HOUR = timedelta(hours=1)
CORE = "core.conversation-repeats"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def core_type() -> str:
    from_desk = next(family for family in cast.definition().families if family.key == "core")
    return from_desk.types[0].key


def up(case: Case, by: cast.Somebody, at_hours: int) -> Case:
    return handoffs.escalate(
        case_id=case.id,
        reason="bug",
        words="Restarted the assistant; it still repeats.",
        type=core_type(),
        actor=by.actor,
        now=MONDAY + at_hours * HOUR,
    )


def fixed(case: Case, by: cast.Somebody, at_hours: float, **more: object) -> Case:
    fields: dict[str, object] = {
        "resolution": "Turned the flag off and called the test number.",
        "cause": "configuration",
        "verified": True,
        "type": core_type(),
    }
    return endings.resolve(
        case_id=case.id,
        actor=by.actor,
        now=MONDAY + at_hours * HOUR,
        **(fields | more),  # type: ignore[arg-type]
    )


def exits(case: Case) -> list[tuple[str, str, str]]:
    rows = Stay.objects.filter(case=case).order_by("number")
    return [(row.queue, row.entrance, row.exit) for row in rows]


def test_a_request_goes_up_twice_comes_down_and_is_resolved_with_each_time_in_its_stay() -> None:
    olga, enzo, petra = cast.operator(), cast.engineer(), cast.product_engineer()
    case = request_at()
    up(case, olga, 1)
    up(case, enzo, 3)
    handoffs.give_back(
        case_id=case.id, words="Set the retry flag to 2.", actor=petra.actor, now=MONDAY + 4 * HOUR
    )
    fixed(case, enzo, 6)
    assert exits(case) == [
        ("ops", "opened", "escalated"),
        ("core-support", "escalated", "escalated"),
        ("core-engineering", "escalated", "returned"),
        ("core-support", "returned", "resolved"),
    ]
    elapsed = list(Stay.objects.filter(case=case).order_by("number").values_list("elapsed_s", flat=True))
    assert elapsed == [3600, 7200, 3600, 7200]
    row = Case.objects.get(id=case.id)
    assert (row.state, row.highest_tier, row.tier) == ("resolved", 3, 2)
    kinds = list(Entry.objects.filter(subject_kind="case").order_by("id").values_list("kind", flat=True))
    assert kinds == ["case.opened", "case.escalated", "case.escalated", "case.returned", "case.resolved"]


def test_a_return_must_say_how_to_do_it_next_time() -> None:
    olga, enzo = cast.operator(), cast.engineer()
    case = request_at()
    up(case, olga, 1)
    with pytest.raises(Invalid) as refusal:
        handoffs.give_back(case_id=case.id, words="  ", actor=enzo.actor, now=MONDAY + 2 * HOUR)
    assert refusal.value.field == "words"
    assert exits(case)[-1] == ("core-support", "escalated", "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "mood"}, "reason"),
        ({"words": ""}, "words"),
        ({"type": ""}, "type"),
        ({"type": "x.y"}, "type"),
    ],
)
def test_an_escalation_needs_a_reason_what_was_tried_and_a_type(change: dict[str, str], field: str) -> None:
    fields = {"reason": "bug", "words": "Tried it.", "type": core_type()} | change
    case = request_at()
    with pytest.raises(Invalid) as refusal:
        handoffs.escalate(case_id=case.id, actor=cast.operator().actor, now=MONDAY + HOUR, **fields)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resolution": " "}, "resolution"),
        ({"cause": "weather"}, "cause"),
        ({"verified": False}, "verified"),
        ({"type": ""}, "type"),
    ],
)
def test_resolving_says_how_with_which_cause_what_it_was_and_that_it_was_verified(
    change: dict[str, object], field: str
) -> None:
    case = request_at()
    with pytest.raises(Invalid) as refusal:
        fixed(case, cast.operator(), 1, **change)
    assert refusal.value.field == field
    assert Case.objects.get(id=case.id).state == "open"


def test_the_route_is_the_familys_and_only_a_lead_goes_beside_it_or_skips_a_tier() -> None:
    olga, lena = cast.operator(), cast.lead()
    case = request_at()
    fields = {"reason": "bug", "words": "Tried it.", "type": core_type()}
    with pytest.raises(NotOnTheRoute, match="A case of this type goes to Core support"):
        handoffs.escalate(
            case_id=case.id, queue="integration-support", actor=olga.actor, now=MONDAY + HOUR, **fields
        )
    with pytest.raises(NotYourRight):
        handoffs.escalate(
            case_id=case.id,
            queue="core-engineering",
            skip=True,
            actor=olga.actor,
            now=MONDAY + HOUR,
            **fields,
        )
    handoffs.escalate(
        case_id=case.id, queue="core-engineering", skip=True, actor=lena.actor, now=MONDAY + HOUR, **fields
    )
    assert exits(case)[-1] == ("core-engineering", "escalated", "")
    with pytest.raises(NoTierAbove, match="no tier above Core engineering"):
        handoffs.escalate(case_id=case.id, actor=lena.actor, now=MONDAY + 2 * HOUR, **fields)
    handoffs.give_back(case_id=case.id, words="Like so.", actor=lena.actor, now=MONDAY + 2 * HOUR)
    assert exits(case)[-1] == ("ops", "returned", "")
    with pytest.raises(NoTierBelow):
        handoffs.give_back(case_id=case.id, words="Like so.", actor=lena.actor, now=MONDAY + 3 * HOUR)


def test_who_sits_elsewhere_or_on_another_desk_does_nothing() -> None:
    case = request_at()
    with pytest.raises(NotYourQueue):
        fixed(case, cast.engineer(), 1)
    with pytest.raises(NotYourDesk):
        fixed(case, cast.stranger(), 1)
    with pytest.raises(NotYourRight):
        fixed(case, cast.viewer(), 1)
    assert exits(case) == [("ops", "opened", "")]


def test_the_customers_answer_ends_the_wait_on_them_when_it_was_received() -> None:
    olga = cast.operator()
    case = request_at()
    actions.record_reply(case_id=case.id, wait=True, actor=olga.actor, now=MONDAY + HOUR)
    assert Case.objects.get(id=case.id).due_at is None
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + 3 * HOUR, now=MONDAY + 4 * HOUR)
    fixed(case, olga, 5)
    stay = Stay.objects.get(case=case)
    assert (stay.elapsed_s, stay.waiting_customer_s) == (5 * 3600, 2 * 3600)
    assert stay.first_touch_at == MONDAY + HOUR


def test_a_third_party_that_lets_its_time_pass_is_marked_before_the_next_act() -> None:
    olga = cast.operator()
    case = request_at()
    expected = MONDAY + 5 * HOUR
    actions.wait(
        case_id=case.id,
        on="third_party",
        party="cdk",
        expected_at=expected,
        actor=olga.actor,
        now=MONDAY + HOUR,
    )
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + 2 * HOUR, now=MONDAY + 2 * HOUR)
    assert Case.objects.get(id=case.id).state == "waiting"
    actions.write_note(case_id=case.id, text="Still nothing.", actor=olga.actor, now=MONDAY + 30 * HOUR)
    row = Case.objects.get(id=case.id)
    assert (row.state, row.overran_at) == ("waiting", expected)
    entry = Entry.objects.get(kind="case.wait_overran")
    assert entry.happened_at == expected
    actions.resume(case_id=case.id, actor=olga.actor, now=MONDAY + 31 * HOUR)
    assert Case.objects.get(id=case.id).overran_at is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"on": "nobody"}, "on"),
        ({"on": "third_party"}, "party"),
        ({"on": "third_party", "party": "cdk"}, "expected_at"),
        ({"on": "third_party", "party": "cdk", "expected_at": MONDAY}, "expected_at"),
    ],
)
def test_a_wait_on_a_third_party_is_named_and_has_an_expected_date(
    fields: dict[str, object], field: str
) -> None:
    case = request_at()
    with pytest.raises(Invalid) as refusal:
        actions.wait(case_id=case.id, actor=cast.operator().actor, now=MONDAY + HOUR, **fields)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_an_answer_within_the_grace_reopens_and_a_mere_thanks_is_withdrawn_into_no_number() -> None:
    olga = cast.operator()
    case = fixed(request_at(), olga, 2)
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + 50 * HOUR, now=MONDAY + 50 * HOUR)
    assert exits(case)[-1] == ("ops", "reopened", "")
    endings.withdraw_thanks(case_id=case.id, actor=olga.actor, now=MONDAY + 51 * HOUR)
    row = Case.objects.get(id=case.id)
    assert (row.state, row.resolved_at, row.reopened_count) == ("resolved", MONDAY + 2 * HOUR, 0)
    assert exits(case)[-1] == ("ops", "reopened", "withdrawn")


def test_one_thanks_after_another_is_withdrawn_to_the_same_resolution() -> None:
    olga = cast.operator()
    case = fixed(request_at(), olga, 2)
    for hours in (50, 70):
        at = MONDAY + hours * HOUR
        actions.customer_wrote(case_id=case.id, received_at=at, now=at)
        endings.withdraw_thanks(case_id=case.id, actor=olga.actor, now=at + HOUR)
    row = Case.objects.get(id=case.id)
    assert (row.state, row.resolved_at, row.reopened_count) == ("resolved", MONDAY + 2 * HOUR, 0)


def test_a_touched_reopening_is_no_thanks() -> None:
    olga = cast.operator()
    case = fixed(request_at(), olga, 2)
    actions.customer_wrote(case_id=case.id, received_at=MONDAY + 50 * HOUR, now=MONDAY + 50 * HOUR)
    at = MONDAY + 52 * HOUR
    assert Move.WITHDRAW_THANKS in case_card(case.id, actor=olga.actor, now=at).moves
    actions.write_note(case_id=case.id, text="It is back.", actor=olga.actor, now=MONDAY + 51 * HOUR)
    assert Move.WITHDRAW_THANKS not in case_card(case.id, actor=olga.actor, now=at).moves
    with pytest.raises(ThanksNotFound):
        endings.withdraw_thanks(case_id=case.id, actor=olga.actor, now=at)


def test_what_a_person_reopened_is_not_offered_as_a_thanks() -> None:
    olga = cast.operator()
    case = fixed(request_at(), olga, 2)
    endings.reopen(case_id=case.id, reason="Not yet.", actor=olga.actor, now=MONDAY + 50 * HOUR)
    card = case_card(case.id, actor=olga.actor, now=MONDAY + 51 * HOUR)
    assert card.case.reopened_count == 1
    assert Move.WITHDRAW_THANKS not in card.moves


def test_after_the_grace_a_case_is_closed_and_nothing_opens_it() -> None:
    olga = cast.operator()
    case = fixed(request_at(), olga, 2)
    later = MONDAY + timedelta(days=14, hours=2)
    with pytest.raises(CaseClosed):
        actions.customer_wrote(case_id=case.id, received_at=later, now=later)
    with pytest.raises(CaseClosed):
        endings.reopen(case_id=case.id, reason="Again.", actor=olga.actor, now=later)
    endings.reopen(case_id=case.id, reason="Again.", actor=olga.actor, now=later - timedelta(seconds=1))
    assert Case.objects.get(id=case.id).state == "open"


def test_a_void_case_can_be_taken_back_for_14_days_and_its_stay_runs_on() -> None:
    olga = cast.operator()
    case = request_at()
    endings.void(case_id=case.id, reason="spam", actor=olga.actor, now=MONDAY + HOUR)
    with pytest.raises(TooLateToUndo):
        endings.undo_void(case_id=case.id, actor=olga.actor, now=MONDAY + timedelta(days=15))
    endings.undo_void(case_id=case.id, actor=olga.actor, now=MONDAY + 3 * HOUR)
    fixed(case, olga, 5)
    stay = Stay.objects.get(case=case)
    assert (stay.exit, stay.elapsed_s) == ("resolved", 5 * 3600)


def test_a_duplicate_names_the_case_it_repeats() -> None:
    olga = cast.operator()
    first, second = request_at(), request_at()
    with pytest.raises(Invalid):
        endings.void(case_id=second.id, reason="duplicate", actor=olga.actor, now=MONDAY + HOUR)
    endings.void(
        case_id=second.id, reason="duplicate", duplicate_of_id=first.id, actor=olga.actor, now=MONDAY + HOUR
    )
    assert Case.objects.get(id=second.id).duplicate_of_id == first.id
    with pytest.raises(AlreadyResolved):
        endings.void(case_id=fixed(first, olga, 2).id, reason="spam", actor=olga.actor, now=MONDAY + 3 * HOUR)


def test_a_part_opens_when_its_message_came_and_can_be_taken_back_until_it_is_touched() -> None:
    olga = cast.operator()
    whole = request_at()
    fields = {"subject": "The rental link", "excerpt": "Also the rental link is dead.", "opened_at": MONDAY}
    part = parts.split(case_id=whole.id, actor=olga.actor, now=MONDAY + HOUR, **fields)  # type: ignore[arg-type]
    assert (part.opened_at, part.queue, part.split_from_id) == (MONDAY, "ops", whole.id)
    parts.undo_split(case_id=part.id, actor=olga.actor, now=MONDAY + 2 * HOUR)
    assert Case.objects.get(id=part.id).void_reason == "split-undone"
    other = parts.split(case_id=whole.id, actor=olga.actor, now=MONDAY + 2 * HOUR, **fields)  # type: ignore[arg-type]
    actions.write_note(case_id=other.id, text="On it.", actor=olga.actor, now=MONDAY + 3 * HOUR)
    with pytest.raises(PartTouched):
        parts.undo_split(case_id=other.id, actor=olga.actor, now=MONDAY + 4 * HOUR)
