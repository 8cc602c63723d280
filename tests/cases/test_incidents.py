"""Incidents: they wait with whoever is on call, are acknowledged, resolved with words, or void."""

from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases import actions, endings, handoffs, incidents
from opsdesk.cases.card import case_card
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.refusals import AlreadyAcknowledged, IncidentStays, NotAnIncident
from opsdesk.journal.queries import history
from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.kernel.permissions import NotYourDesk, NotYourQueue
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.cast import Somebody

pytestmark = pytest.mark.django_db
# A Saturday night in Ulaanbaatar.
NIGHT = datetime(2026, 3, 7, 18, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def enzo() -> Somebody:
    cast.desk()
    return cast.somebody("enzo", [Role.ENGINEER], ["on-call"], desk="deals")


def opened(severity: str = "SEV0", **fields: object) -> Case:
    known = {
        "subject": "Escrow doesn't add up",
        "words": "Deal 7: 3 too much.",
        "scope": "MN.USED_CAR_PRIVATE",
    }
    return incidents.open_incident(
        severity=severity,
        type="incident.ledger",
        actor=SYSTEM,
        now=NIGHT,
        **(known | fields),  # type: ignore[arg-type]
    )


def test_the_system_opens_one_where_the_on_call_engineer_is(enzo: Somebody) -> None:
    case = opened()
    assert (case.kind, case.desk, case.queue, case.tier, case.severity) == (
        "incident",
        "deals",
        "on-call",
        2,
        "SEV0",
    )
    assert case.subject == "MN.USED_CAR_PRIVATE: Escrow doesn't add up"
    assert (case.type, case.family, case.excerpt) == ("incident.ledger", "incident", "Deal 7: 3 too much.")
    stay = Stay.objects.get(case=case)
    assert (stay.entered_at, stay.entered_by_id, stay.tier) == (NIGHT, None, 2)


def test_it_is_due_by_the_wall_and_not_by_office_hours(enzo: Somebody) -> None:
    case = opened()
    assert (case.due_target, case.due_at) == ("first_response", NIGHT + HOUR)


def test_an_operator_opens_one_too_and_a_stranger_does_not(enzo: Somebody) -> None:
    olga = cast.somebody("olga", [Role.OPERATOR], ["disputes"], desk="deals")
    case = incidents.open_incident(
        subject="The list is slow", words="", severity="SEV2", actor=olga.actor, now=NIGHT
    )
    assert (case.subject, case.type) == ("The list is slow", "incident.other")
    assert Stay.objects.get(case=case).entered_by_id == olga.id
    with pytest.raises(NotYourDesk):
        incidents.open_incident(
            subject="a", words="", severity="SEV3", actor=cast.stranger().actor, now=NIGHT
        )


@pytest.mark.parametrize(
    ("field", "fields"), [("severity", {"severity": "SEV9"}), ("subject", {"subject": "  "})]
)
def test_it_says_how_severe_it_is_and_what_is_wrong(
    enzo: Somebody, field: str, fields: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        opened(**fields)
    assert refusal.value.field == field
    assert Case.objects.count() == 0


def test_acknowledging_is_the_answer_and_the_first_touch_and_nothing_before_is(enzo: Somebody) -> None:
    case = opened()
    actions.write_note(case_id=case.id, text="Looking.", actor=enzo.actor, now=NIGHT + MINUTE)
    assert Stay.objects.get(case=case).first_touch_at is None
    at = NIGHT + 2 * MINUTE
    found = incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=at)
    assert (found.first_response_at, found.assignee_id, found.state) == (at, enzo.id, "open")
    found.refresh_from_db()
    assert (found.first_response_at, found.due_at) == (at, None)
    stay = Stay.objects.get(case=case)
    assert (stay.first_touch_at, stay.first_touch_by_id) == (at, enzo.id)
    assert history("case", case.id)[0].kind == "case.acknowledged"


def test_it_is_acknowledged_once(enzo: Somebody) -> None:
    case = opened()
    incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=NIGHT)
    for now in (NIGHT, NIGHT + MINUTE):
        with pytest.raises(AlreadyAcknowledged):
            incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=now)


def test_a_lead_without_a_seat_answers_it_as_well_and_who_sits_elsewhere_does_not(enzo: Somebody) -> None:
    case = opened()
    olga = cast.somebody("olga", [Role.OPERATOR], ["disputes"], desk="deals")
    with pytest.raises(NotYourQueue):
        incidents.acknowledge(case_id=case.id, actor=olga.actor, now=NIGHT)
    lena = cast.somebody("lena", [Role.LEAD], [], desk="deals")
    incidents.acknowledge(case_id=case.id, actor=lena.actor, now=NIGHT)
    assert Stay.objects.get(case=case).first_touch_by_id == lena.id


def test_only_an_incident_is_acknowledged(enzo: Somebody) -> None:
    request = cast.request_at(NIGHT)
    with pytest.raises(NotAnIncident):
        incidents.acknowledge(case_id=request.id, actor=cast.lead().actor, now=NIGHT)


def test_it_is_resolved_with_words(enzo: Somebody) -> None:
    case = opened()
    incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=NIGHT)
    with pytest.raises(Invalid):
        incidents.resolve_incident(case_id=case.id, resolution=" ", actor=enzo.actor, now=NIGHT + HOUR)
    with pytest.raises(Invalid):
        incidents.resolve_incident(
            case_id=case.id, resolution="Mended.", cause="rust", actor=enzo.actor, now=NIGHT + HOUR
        )
    done = incidents.resolve_incident(
        case_id=case.id, resolution="Mended.", cause="bug", actor=enzo.actor, now=NIGHT + HOUR
    )
    assert (done.state, done.resolution, done.cause, done.resolved_at) == (
        "resolved",
        "Mended.",
        "bug",
        NIGHT + HOUR,
    )
    assert Stay.objects.get(case=case).exit == "resolved"


def test_a_false_alarm_is_void_and_can_be_taken_back(enzo: Somebody) -> None:
    case = opened()
    endings.void(case_id=case.id, reason="false-alarm", actor=enzo.actor, now=NIGHT)
    endings.undo_void(case_id=case.id, actor=enzo.actor, now=NIGHT + HOUR)
    assert Case.objects.get(id=case.id).state == "open"


def test_it_stays_with_whoever_is_on_call(enzo: Somebody) -> None:
    case = opened()
    with pytest.raises(IncidentStays):
        handoffs.give_back(case_id=case.id, words="Yours.", actor=enzo.actor, now=NIGHT)


def test_reopened_its_next_stay_is_touched_by_any_act(enzo: Somebody) -> None:
    case = opened()
    incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=NIGHT)
    incidents.resolve_incident(case_id=case.id, resolution="Mended.", actor=enzo.actor, now=NIGHT + HOUR)
    endings.reopen(case_id=case.id, reason="Again.", actor=enzo.actor, now=NIGHT + 2 * HOUR)
    actions.write_note(case_id=case.id, text="Hm.", actor=enzo.actor, now=NIGHT + 3 * HOUR)
    second = Stay.objects.get(case=case, number=2)
    assert (second.queue, second.first_touch_at) == ("on-call", NIGHT + 3 * HOUR)
    with pytest.raises(AlreadyAcknowledged):
        incidents.acknowledge(case_id=case.id, actor=enzo.actor, now=NIGHT + 4 * HOUR)


def test_its_page_offers_what_fits_it(enzo: Somebody) -> None:
    case = opened()
    moves = case_card(case.id, actor=enzo.actor, now=NIGHT).moves
    assert {Move.ACKNOWLEDGE, Move.RESOLVE, Move.NOTE, Move.VOID} <= moves
    assert not moves & {Move.SEND, Move.MERGE, Move.SPLIT, Move.RETURN, Move.ESCALATE, Move.DECIDE}
