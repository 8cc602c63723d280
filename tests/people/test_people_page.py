from datetime import date
from typing import Any

import pytest

from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.people import actions, queries
from tests.people.builders import NOW, an_admin, somebody

pytestmark = pytest.mark.usefixtures("desks")


class TestThePeoplePage:
    def test_it_shows_roles_and_seats_that_are_not_over(self) -> None:
        ann = somebody("Ann", support=Role.OPERATOR, deals=Role.VIEWER)
        actions.revoke(person_id=ann.id, desk="deals", role=Role.VIEWER, actor=SYSTEM, now=NOW)
        to_come = date(2026, 11, 1)
        actions.seat(person_id=ann.id, desk="support", queue="ops", from_on=to_come, actor=SYSTEM, now=NOW)
        (row,) = queries.people(NOW)
        assert [(role.desk, role.role, role.holds) for role in row.roles] == [
            ("support", Role.OPERATOR, True)
        ]
        assert [(seat.queue, seat.from_on, seat.holds) for seat in row.seats] == [("ops", to_come, False)]
        assert (row.name, row.email, row.active, row.can_sign_in) == ("Ann", "ann@desk.example", True, False)

    def test_active_persons_come_first_then_by_name(self) -> None:
        gone = somebody("Abe")
        actions.deactivate(person_id=gone.id, actor=SYSTEM, now=NOW)
        somebody("Cy")
        somebody("Bo")
        assert [row.name for row in queries.people(NOW)] == ["Bo", "Cy", "Abe"]

    def test_a_hundred_persons_take_three_queries(self, django_assert_num_queries: Any) -> None:
        for number in range(30):
            somebody(f"p{number}", support=Role.VIEWER)
        with django_assert_num_queries(3):
            assert len(queries.people(NOW)) == 30

    def test_names_leave_out_who_is_unknown(self) -> None:
        ann = somebody()
        assert queries.names([ann.id, 404]) == {ann.id: "Ann"}

    def test_the_persons_of_a_desk_have_a_role_there_or_everywhere(self) -> None:
        root, _ = an_admin()
        ann = somebody("Ann", support=Role.VIEWER)
        somebody("Bo", deals=Role.LEAD)
        assert [each.id for each in queries.persons_of_desk("support", NOW)] == [ann.id, root.id]
        assert queries.by_email(" ANN@desk.example") == queries.Name(ann.id, "Ann")
        assert queries.by_email("nobody@desk.example") is None
