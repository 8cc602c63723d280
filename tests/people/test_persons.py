from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from opsdesk.kernel.actor import CUSTOMER, EVERY_DESK, SYSTEM, Grant, Role
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.people import actions, queries, rules
from opsdesk.people.examples import share_password
from opsdesk.people.models import Person
from tests.people.builders import LATER, NOW, acting, an_admin, kinds, recorded, somebody

pytestmark = pytest.mark.usefixtures("desks")


class TestInviting:
    def test_an_admin_invites_somebody_who_cannot_sign_in_yet(self) -> None:
        root, actor = an_admin()
        ann = actions.invite(email=" Ann@Desk.Example ", name="  Ann   Lee ", actor=actor, now=NOW)
        ann.refresh_from_db()
        assert (ann.email, ann.name, ann.joined_at) == ("ann@desk.example", "Ann Lee", NOW)
        assert not ann.has_usable_password()
        (entry,) = recorded(ann)
        assert (entry.kind, entry.actor_id, entry.happened_at, entry.payload) == (
            "person.invited",
            root.id,
            NOW,
            {},
        )

    def test_the_same_address_in_other_letters_is_taken(self) -> None:
        somebody("Ann")
        with pytest.raises(rules.EmailTaken, match=r"ann@desk\.example is the address of Ann"):
            actions.invite(email="ANN@desk.example", name="Other", actor=SYSTEM, now=NOW)
        assert Person.objects.count() == 1

    @pytest.mark.parametrize(
        "email", ["", "ann", "ann@", "@desk.example", "a b@desk.example", "a" * 250 + "@b.cd"]
    )
    def test_what_is_no_address_is_refused_by_its_field(self, email: str) -> None:
        with pytest.raises(Invalid) as refused:
            actions.invite(email=email, name="Ann", actor=SYSTEM, now=NOW)
        assert refused.value.field == "email"

    @pytest.mark.parametrize("name", ["", "  \t\n", "\x00", "a" * 121])
    def test_a_name_is_one_line_that_holds_something(self, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            actions.invite(email="ann@desk.example", name=name, actor=SYSTEM, now=NOW)
        assert refused.value.field == "name"

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ENGINEER, Role.LEAD])
    def test_nobody_but_an_admin_invites(self, role: Role) -> None:
        ann = somebody(support=role)
        with pytest.raises(NotAnAdmin):
            actions.invite(email="bo@desk.example", name="Bo", actor=acting(ann), now=NOW)
        with pytest.raises(NotAnAdmin):
            actions.invite(email="bo@desk.example", name="Bo", actor=CUSTOMER, now=NOW)

    def test_the_database_refuses_an_address_in_capitals(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(email="Ann@desk.example", name="Ann", joined_at=NOW)


class TestTheFirstAdmin:
    def test_the_first_admin_may_everything_everywhere(self) -> None:
        person = actions.make_first_admin(email="root@desk.example", name="Root", now=NOW)
        assert acting(person).grants == {Grant(EVERY_DESK, Role.ADMIN)}
        assert kinds(person) == ["person.invited", "role.granted"]

    def test_twice_the_same_changes_nothing(self) -> None:
        first = actions.make_first_admin(email="root@desk.example", name="Root", now=NOW)
        again = actions.make_first_admin(email="ROOT@desk.example", name="Other", now=LATER)
        assert again.id == first.id
        assert kinds(first) == ["person.invited", "role.granted"]
        assert Person.objects.get().name == "Root"

    def test_a_locked_out_admin_gets_back_in(self) -> None:
        an_admin("Other")
        root = actions.make_first_admin(email="root@desk.example", name="Root", now=NOW)
        actions.deactivate(person_id=root.id, actor=SYSTEM, now=NOW)
        back = actions.make_first_admin(email="root@desk.example", name="Root", now=LATER)
        assert back.is_active
        assert acting(root, LATER).is_admin

    def test_whether_there_is_an_admin_is_known(self) -> None:
        assert not queries.has_admin(NOW)
        an_admin()
        assert queries.has_admin(NOW)


class TestTheLastAdmin:
    def test_the_last_admin_is_neither_deactivated_nor_stripped(self) -> None:
        root, actor = an_admin()
        with pytest.raises(rules.LastAdmin):
            actions.deactivate(person_id=root.id, actor=actor, now=LATER)
        with pytest.raises(rules.LastAdmin):
            actions.revoke(person_id=root.id, desk=EVERY_DESK, role=Role.ADMIN, actor=actor, now=LATER)
        assert acting(root, LATER).is_admin

    def test_one_of_two_may_go_and_the_other_then_is_the_last(self) -> None:
        (root, actor), (other, of_other) = an_admin("Root"), an_admin("Other")
        actions.revoke(person_id=root.id, desk=EVERY_DESK, role=Role.ADMIN, actor=actor, now=LATER)
        with pytest.raises(rules.LastAdmin):
            actions.deactivate(person_id=other.id, actor=of_other, now=LATER)

    def test_an_inactive_admin_does_not_count(self) -> None:
        (root, actor), (other, _) = an_admin("Root"), an_admin("Other")
        actions.deactivate(person_id=other.id, actor=actor, now=LATER)
        with pytest.raises(rules.LastAdmin):
            actions.deactivate(person_id=root.id, actor=actor, now=LATER)

    def test_an_admin_with_an_end_or_yet_to_begin_does_not_count(self) -> None:
        (root, actor), (other, _) = an_admin("Root"), an_admin("Other")
        as_admin: dict[str, Any] = {"desk": EVERY_DESK, "role": Role.ADMIN, "actor": actor, "now": NOW}
        actions.revoke(person_id=other.id, **as_admin, until_on=date(2026, 12, 1))
        actions.grant(person_id=somebody("Third").id, **as_admin, from_on=date(2026, 11, 1))
        with pytest.raises(rules.LastAdmin):
            actions.deactivate(person_id=root.id, actor=actor, now=NOW)

    def test_somebody_else_may_always_go(self) -> None:
        _, actor = an_admin()
        ann = somebody(support=Role.LEAD)
        actions.deactivate(person_id=ann.id, actor=actor, now=LATER)
        actions.deactivate(person_id=ann.id, actor=actor, now=LATER)
        assert kinds(ann).count("person.deactivated") == 1


def test_a_refused_act_leaves_no_trace() -> None:
    root, actor = an_admin()
    before = recorded(root)
    with pytest.raises(rules.LastAdmin):
        actions.deactivate(person_id=root.id, actor=actor, now=NOW + timedelta(days=1))
    assert recorded(root) == before


class TestTheExamplesPassword:
    def test_each_of_them_signs_in_with_it_and_nobody_else(self) -> None:
        ann, bob, other = somebody("Ann"), somebody("Bob"), somebody("Other")
        share_password(person_ids=[ann.id, bob.id], password="try-the-desk", now=NOW)
        for person in (ann, bob):
            person.refresh_from_db()
            assert person.check_password("try-the-desk")
            assert not person.check_password("something-else")
            assert kinds(person)[-1] == "person.password_set"
        other.refresh_from_db()
        assert not other.has_usable_password()
