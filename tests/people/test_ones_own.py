import re
from typing import Any

import pytest

from opsdesk.journal.queries import history
from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.people import actions, queries, rules
from opsdesk.people.models import Person, SavedView
from tests.people.builders import LATER, NOW, acting, an_admin, recorded, somebody

pytestmark = pytest.mark.usefixtures("desks")

GOOD_PASSWORD = "seven gates of thebes"


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
            ("signature", "x" * 2001),
        ],
    )
    def test_a_profile_holds_only_what_there_is(self, field: str, value: str) -> None:
        with pytest.raises(Invalid) as refused:
            self.change(somebody(), **{field: value})
        assert refused.value.field == field

    def test_a_signature_stays_until_another_is_given(self) -> None:
        ann = somebody()
        for given, kept in (
            (" \r\n-- \r\nAnn \r\n\r\nOps\r\n", "Ann\n\nOps"),
            (None, "Ann\n\nOps"),
            ("", ""),
        ):
            self.change(ann, signature=given)
            ann.refresh_from_db()
            assert (ann.signature, queries.signature(ann.id)) == (kept, kept)
        assert queries.signature(0) == ""

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
        with pytest.raises(NotAnAdmin):
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
