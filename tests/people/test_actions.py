import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from opsdesk.journal.queries import EntryValue, history
from opsdesk.kernel.actor import CUSTOMER, EVERY_DESK, SYSTEM, Grant, Role
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.people import actions, queries, rules
from opsdesk.people.models import Person, SavedView
from tests.people.builders import LATER, NOW, acting, an_admin, somebody

pytestmark = pytest.mark.usefixtures("desks")

GOOD_PASSWORD = "seven gates of thebes"


def recorded(person: Person) -> list[EntryValue]:
    return list(reversed(history("person", person.id)))


def kinds(person: Person) -> list[str]:
    return [entry.kind for entry in recorded(person)]


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
        with pytest.raises(rules.EmailTaken, match="ann@desk.example is the address of Ann"):
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
        with pytest.raises(rules.AdminOnly):
            actions.invite(email="bo@desk.example", name="Bo", actor=acting(ann), now=NOW)
        with pytest.raises(rules.AdminOnly):
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
        with pytest.raises(rules.AdminOnly):
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


class TestOnesOwn:
    def test_a_password_is_set_once_it_is_good(self) -> None:
        ann = somebody()
        actions.set_password(person_id=ann.id, password=GOOD_PASSWORD, actor=acting(ann), now=NOW)
        ann.refresh_from_db()
        assert ann.check_password(GOOD_PASSWORD)
        assert recorded(ann)[-1].kind == "person.password_set"
        assert GOOD_PASSWORD not in str(recorded(ann))
        assert queries.person(ann.id, NOW).can_sign_in

    @pytest.mark.parametrize("password", ["", "short", "password123", "ann@desk.example"])
    def test_a_weak_password_is_refused_and_says_why(self, password: str) -> None:
        ann = somebody()
        with pytest.raises(Invalid, match=r"password") as refused:
            actions.set_password(person_id=ann.id, password=password, actor=SYSTEM, now=NOW)
        assert refused.value.field == "password"
        ann.refresh_from_db()
        assert not ann.has_usable_password()

    def test_an_admin_sets_nobody_elses_password_or_profile(self) -> None:
        _, root = an_admin()
        ann = somebody()
        with pytest.raises(rules.NotYourProfile):
            actions.set_password(person_id=ann.id, password=GOOD_PASSWORD, actor=root, now=NOW)
        with pytest.raises(rules.NotYourProfile):
            self.change(ann, actor=root)

    def test_a_profile_is_changed(self) -> None:
        ann = somebody()
        self.change(ann, name="Ann Lee", zone="Asia/Seoul", language="en", theme="dark", keys_on=False)
        ann.refresh_from_db()
        assert (ann.name, ann.zone, ann.language, ann.theme, ann.keys_on) == (
            "Ann Lee",
            "Asia/Seoul",
            "en",
            "dark",
            False,
        )
        assert recorded(ann)[-1].kind == "person.profile_changed"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", " "),
            ("zone", "Mars/Olympus"),
            ("zone", "../etc/passwd"),
            ("language", "tlh"),
            ("theme", "pink"),
        ],
    )
    def test_a_profile_holds_only_what_there_is(self, field: str, value: str) -> None:
        with pytest.raises(Invalid) as refused:
            self.change(somebody(), **{field: value})
        assert refused.value.field == field

    def change(self, person: Person, **changed: Any) -> None:
        usual = {"name": "Ann", "zone": "UTC", "language": "", "theme": "system", "keys_on": True}
        values = {"actor": acting(person)} | usual | changed
        actions.update_profile(person_id=person.id, now=LATER, **values)


class TestSavedViews:
    def test_a_view_is_seen_by_its_owner_and_when_shared_by_all(self) -> None:
        ann, bo = somebody("Ann"), somebody("Bo")
        self.save(ann, "Mine", shared=False)
        self.save(bo, "Everybody's", shared=True)
        assert [(view.name, view.mine) for view in queries.views(ann.id, "queue")] == [
            ("Mine", True),
            ("Everybody's", False),
        ]
        assert [view.name for view in queries.views(bo.id, "queue")] == ["Everybody's"]
        assert queries.views(ann.id, "funnel") == []

    def test_the_same_name_again_overwrites(self) -> None:
        ann = somebody()
        self.save(ann, "Mine", query="state=open")
        view = self.save(ann, " Mine ", query="state=waiting")
        assert [each.query for each in queries.views(ann.id, "queue")] == ["state=waiting"]
        assert [entry.kind for entry in history("view", view.id)] == ["view.saved", "view.saved"]

    def test_a_removed_view_is_gone_and_its_name_free(self) -> None:
        ann = somebody()
        view = self.save(ann, "Mine")
        actions.remove_view(view_id=view.id, actor=acting(ann), now=LATER)
        assert queries.views(ann.id, "queue") == []
        with pytest.raises(rules.UnknownView):
            actions.remove_view(view_id=view.id, actor=acting(ann), now=LATER)
        self.save(ann, "Mine")
        assert SavedView.objects.count() == 2

    def test_only_its_owner_or_an_admin_removes_a_view(self) -> None:
        (_, root), ann, bo = an_admin(), somebody("Ann"), somebody("Bo", support=Role.LEAD)
        view = self.save(ann, "Mine", shared=True)
        with pytest.raises(rules.AdminOnly):
            actions.remove_view(view_id=view.id, actor=acting(bo), now=LATER)
        actions.remove_view(view_id=view.id, actor=root, now=LATER)

    @pytest.mark.parametrize(
        ("name", "query"), [("", "a=b"), ("x" * 81, "a=b"), ("ok", "?a=b"), ("ok", "a\n=b")]
    )
    def test_a_view_needs_a_name_and_filters(self, name: str, query: str) -> None:
        with pytest.raises(Invalid):
            self.save(somebody(), name, query=query)

    def test_the_system_keeps_no_views(self) -> None:
        with pytest.raises(Refusal):
            actions.save_view(page="queue", name="x", query="", shared=True, actor=SYSTEM, now=NOW)

    def save(self, person: Person, name: str, query: str = "a=b", *, shared: bool = False) -> SavedView:
        return actions.save_view(
            page="queue", name=name, query=query, shared=shared, actor=acting(person), now=NOW
        )


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


def test_a_refused_act_leaves_no_trace() -> None:
    root, actor = an_admin()
    before = recorded(root)
    with pytest.raises(rules.LastAdmin):
        actions.deactivate(person_id=root.id, actor=actor, now=NOW + timedelta(days=1))
    assert recorded(root) == before


def test_no_payload_holds_a_name_or_an_address() -> None:
    ann = somebody("Ann", support=Role.LEAD)
    actions.update_profile(
        person_id=ann.id,
        name="Annabel",
        zone="UTC",
        language="",
        theme="dark",
        keys_on=True,
        actor=acting(ann),
        now=NOW,
    )
    assert not re.search(r"ann|@", str([entry.payload for entry in recorded(ann)]), re.IGNORECASE)
