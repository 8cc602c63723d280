from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.kernel.actor import SYSTEM, Grant, Role, Seat
from opsdesk.people import actions, queries
from opsdesk.people.rules import UnknownPerson
from tests.people.builders import LATER, NOW, acting, an_admin, somebody

pytestmark = pytest.mark.usefixtures("desks")


def test_a_person_acts_with_their_roles_and_seats() -> None:
    ann = somebody(support=Role.OPERATOR, deals=Role.VIEWER)
    actions.seat(person_id=ann.id, desk="support", queue="ops", actor=SYSTEM, now=NOW)
    actor = acting(ann)
    assert (actor.id, actor.name, actor.is_person) == (ann.id, "Ann", True)
    assert actor.grants == {Grant("support", Role.OPERATOR), Grant("deals", Role.VIEWER)}
    assert actor.seats == {Seat("support", "ops")}


def test_an_actor_is_loaded_in_two_queries() -> None:
    ann = somebody(support=Role.OPERATOR, deals=Role.LEAD)
    actions.seat(person_id=ann.id, desk="support", queue="ops", actor=SYSTEM, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queried:
        acting(ann)
    assert len(queried) <= 2


def test_a_person_without_a_role_acts_with_nothing() -> None:
    actor = acting(somebody())
    assert (actor.name, actor.grants, actor.seats) == ("Ann", frozenset(), frozenset())


def test_nobody_elses_roles_are_mixed_in() -> None:
    somebody("Bo", support=Role.LEAD)
    assert acting(somebody("Ann", support=Role.VIEWER)).grants == {Grant("support", Role.VIEWER)}


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 10, 7, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 8, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 9, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 10, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_role_and_a_seat_hold_from_their_first_day_to_the_day_they_end(now: datetime, holds: bool) -> None:
    ann = somebody()
    first, end = date(2026, 10, 8), date(2026, 10, 10)
    of_ann = {"person_id": ann.id, "desk": "support", "actor": SYSTEM, "now": NOW}
    actions.grant(**of_ann, role=Role.OPERATOR, from_on=first)
    actions.seat(**of_ann, queue="ops", from_on=first)
    actions.revoke(**of_ann, role=Role.OPERATOR, until_on=end)
    actions.unseat(**of_ann, queue="ops", until_on=end)
    actor = acting(ann, now)
    assert bool(actor.grants) is holds
    assert bool(actor.seats) is holds


def test_the_day_is_the_utc_date_wherever_the_clock_was_read() -> None:
    ann = somebody()
    actions.grant(
        person_id=ann.id, desk="support", role=Role.LEAD, from_on=date(2026, 10, 8), actor=SYSTEM, now=NOW
    )
    in_seoul = datetime.fromisoformat("2026-10-08T08:00:00+09:00")
    assert not acting(ann, in_seoul).grants
    assert acting(ann, in_seoul + timedelta(hours=1)).grants


def test_a_revoked_role_is_gone_at_once_and_can_be_given_again_the_same_day() -> None:
    ann = somebody(support=Role.LEAD)
    of_ann = {"person_id": ann.id, "desk": "support", "role": Role.LEAD, "actor": SYSTEM, "now": NOW}
    actions.revoke(**of_ann)
    assert not acting(ann).grants
    actions.grant(**of_ann)
    assert acting(ann).grants == {Grant("support", Role.LEAD)}


def test_who_is_deactivated_has_no_rights_and_gets_them_back() -> None:
    _, root = an_admin()
    ann = somebody(support=Role.LEAD)
    actions.seat(person_id=ann.id, desk="support", queue="ops", actor=root, now=NOW)
    actions.deactivate(person_id=ann.id, actor=root, now=LATER)
    assert (acting(ann, LATER).grants, acting(ann, LATER).seats) == (frozenset(), frozenset())
    actions.reactivate(person_id=ann.id, actor=root, now=LATER)
    assert acting(ann, LATER).grants == {Grant("support", Role.LEAD)}


def test_an_unknown_person_is_no_actor() -> None:
    with pytest.raises(UnknownPerson):
        queries.actor(404, NOW)
