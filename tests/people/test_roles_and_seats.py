from datetime import date
from typing import Any

import pytest

from opsdesk.kernel.actor import SYSTEM, Grant, Role
from opsdesk.kernel.permissions import NotAnAdmin, NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.people import actions, queries, rules
from tests.people.builders import LATER, NOW, acting, kinds, recorded, somebody

pytestmark = pytest.mark.usefixtures("desks")


class TestRoles:
    def test_a_role_is_given_and_taken_with_a_record(self) -> None:
        ann = somebody()
        of_ann: dict[str, Any] = {"person_id": ann.id, "desk": "support", "role": "engineer", "actor": SYSTEM}
        actions.grant(**of_ann, now=NOW)
        actions.revoke(**of_ann, now=LATER)
        assert [(entry.kind, entry.payload) for entry in recorded(ann)[1:]] == [
            ("role.granted", {"desk": "support", "role": "engineer", "from_on": "2026-10-06"}),
            ("role.revoked", {"desk": "support", "role": "engineer", "until_on": "2026-10-09"}),
        ]

    def test_the_same_role_again_changes_nothing(self) -> None:
        ann = somebody(support=Role.OPERATOR)
        actions.grant(person_id=ann.id, desk="support", role=Role.OPERATOR, actor=SYSTEM, now=LATER)
        assert kinds(ann) == ["person.invited", "role.granted"]

    def test_a_role_given_again_from_an_earlier_day_begins_earlier(self) -> None:
        ann = somebody()
        of_ann: dict[str, Any] = {"person_id": ann.id, "desk": "support", "role": Role.LEAD, "actor": SYSTEM}
        actions.grant(**of_ann, from_on=date(2026, 11, 1), now=NOW)
        assert not acting(ann).grants
        actions.grant(**of_ann, now=NOW)
        assert acting(ann).grants == {Grant("support", Role.LEAD)}
        assert len(queries.person(ann.id, NOW).roles) == 1

    def test_an_unknown_role_names_those_there_are(self) -> None:
        with pytest.raises(rules.UnknownRole, match="viewer, operator, engineer, lead, admin"):
            actions.grant(person_id=somebody().id, desk="support", role="boss", actor=SYSTEM, now=NOW)

    def test_an_unknown_desk_names_those_there_are(self) -> None:
        with pytest.raises(rules.UnknownDesk, match="deals, support"):
            actions.grant(person_id=somebody().id, desk="suport", role=Role.LEAD, actor=SYSTEM, now=NOW)

    def test_an_admin_is_one_everywhere(self) -> None:
        with pytest.raises(rules.AdminIsEverywhere):
            actions.grant(person_id=somebody().id, desk="support", role=Role.ADMIN, actor=SYSTEM, now=NOW)

    def test_a_role_nobody_has_is_not_taken(self) -> None:
        with pytest.raises(rules.NoSuchRole):
            actions.revoke(person_id=somebody().id, desk="support", role=Role.LEAD, actor=SYSTEM, now=NOW)

    def test_the_past_is_not_rewritten(self) -> None:
        ann = somebody(support=Role.LEAD)
        with pytest.raises(Invalid) as refused:
            actions.revoke(
                person_id=ann.id,
                desk="support",
                role=Role.LEAD,
                until_on=date(2026, 10, 8),
                actor=SYSTEM,
                now=LATER,
            )
        assert refused.value.field == "until_on"

    def test_a_lead_gives_no_roles(self) -> None:
        lead, ann = somebody("Lea", support=Role.LEAD), somebody("Ann")
        with pytest.raises(NotAnAdmin):
            actions.grant(person_id=ann.id, desk="support", role=Role.LEAD, actor=acting(lead), now=NOW)

    def test_nobody_is_given_a_role_who_is_not_there(self) -> None:
        with pytest.raises(rules.UnknownPerson):
            actions.grant(person_id=404, desk="support", role=Role.LEAD, actor=SYSTEM, now=NOW)


class TestSeats:
    def test_a_lead_seats_people_on_the_own_desk(self) -> None:
        lead, ann = somebody("Lea", support=Role.LEAD), somebody("Ann", support=Role.OPERATOR)
        of_ann: dict[str, Any] = {"person_id": ann.id, "desk": "support", "queue": "ops"}
        actions.seat(**of_ann, actor=acting(lead), now=NOW)
        assert queries.persons_of_queue("support", "ops", NOW) == [queries.Name(ann.id, "Ann")]
        actions.unseat(**of_ann, actor=acting(lead), now=LATER)
        assert queries.persons_of_queue("support", "ops", LATER) == []
        assert queries.persons_of_queue("support", "ops", NOW) == [queries.Name(ann.id, "Ann")]
        assert kinds(ann)[2:] == ["person.seated", "person.unseated"]

    def test_a_lead_seats_nobody_on_another_desk(self) -> None:
        lead, ann = somebody("Lea", support=Role.LEAD), somebody("Ann")
        with pytest.raises(NotYourDesk):
            actions.seat(person_id=ann.id, desk="deals", queue="disputes", actor=acting(lead), now=NOW)

    def test_an_operator_seats_nobody(self) -> None:
        ann = somebody(support=Role.OPERATOR)
        with pytest.raises(NotYourRight):
            actions.seat(person_id=ann.id, desk="support", queue="ops", actor=acting(ann), now=NOW)

    def test_the_same_seat_again_changes_nothing(self) -> None:
        ann = somebody()
        for now in (NOW, LATER):
            actions.seat(person_id=ann.id, desk="support", queue="ops", actor=SYSTEM, now=now)
        assert kinds(ann) == ["person.invited", "person.seated"]

    def test_a_seat_nobody_has_is_not_ended(self) -> None:
        with pytest.raises(rules.NoSuchSeat):
            actions.unseat(person_id=somebody().id, desk="support", queue="ops", actor=SYSTEM, now=NOW)

    def test_who_is_deactivated_is_not_of_the_queue(self) -> None:
        ann = somebody(support=Role.OPERATOR)
        actions.seat(person_id=ann.id, desk="support", queue="ops", actor=SYSTEM, now=NOW)
        actions.deactivate(person_id=ann.id, actor=SYSTEM, now=NOW)
        assert queries.persons_of_queue("support", "ops", NOW) == []
