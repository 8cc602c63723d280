"""The dialogs about a person: they ask before they do, and say in words what cannot be."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.people.models import Membership, Person, QueueSeat
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
DIALOGS = [
    ("link", "A new link for Olga"),
    ("role", "A role for Olga"),
    ("seat", "A seat for Olga"),
    ("role/support/operator/end", "End a role of Olga?"),
    ("seat/support/ops/end", "End a seat of Olga?"),
    ("deactivation", "End the access of Olga?"),
    ("reactivation", "Let Olga in again?"),
]


def rows() -> tuple[object, ...]:
    """All that a dialog about a person may change."""
    return (
        list(Person.objects.order_by("id").values_list("id", "email", "is_active", "password")),
        list(Membership.objects.order_by("id").values_list()),
        list(QueueSeat.objects.order_by("id").values_list()),
        Entry.objects.count(),
    )


@pytest.mark.parametrize(("place", "title"), DIALOGS)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_a_dialog_that_is_opened_names_the_person_and_changes_nothing(
    scene: Scene, browse: Browse, place: str, title: str, headers: dict[str, str]
) -> None:
    before = rows()
    answer = browse(scene.ada).get(f"/people/{scene.olga.id}/{place}", headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert title in page
    assert ("<html" in page) == (not headers)
    assert rows() == before


@pytest.mark.parametrize("place", [place for place, _title in DIALOGS])
def test_a_person_nobody_knows_is_a_page_that_is_not_there(scene: Scene, browse: Browse, place: str) -> None:
    before = rows()
    client = browse(scene.ada)
    assert client.get(f"/people/999999/{place}").status_code == 404
    assert client.post(f"/people/999999/{place}").status_code == 404
    assert rows() == before


@pytest.mark.parametrize(
    ("place", "sent"),
    [
        ("link", {}),
        ("role", {"role": "lead", "desk": "support"}),
        ("role/support/operator/end", {}),
        ("seat", {"queue": "support/core-support"}),
        ("seat/support/ops/end", {}),
        ("deactivation", {}),
        ("reactivation", {}),
    ],
)
def test_an_operator_changes_nobody(scene: Scene, browse: Browse, place: str, sent: dict[str, str]) -> None:
    before = rows()
    client = browse(scene.omar)
    assert client.post(f"/people/{scene.olga.id}/{place}", sent).status_code in (403, 422)
    assert client.post(f"/people/{scene.omar.id}/{place}", sent).status_code in (403, 422)
    assert rows() == before


@pytest.mark.parametrize(
    ("place", "sent", "says"),
    [
        ("role", {"role": "king", "desk": "support"}, "king is not one of the available choices"),
        ("role", {"role": "lead", "desk": "nowhere"}, "nowhere is not one of the available choices"),
        ("role", {"role": "admin", "desk": "support"}, "An admin is one on every desk"),
        ("role", {"role": "lead", "desk": "support", "from_on": "soon"}, "Enter a valid date"),
        ("role/support/lead/end", {}, "have the role lead on the support desk"),
        ("role/support/operator/end", {"until_on": "2020-01-01"}, "ends today or later"),
        ("seat", {"queue": "support/nowhere"}, "nowhere is not one of the available choices"),
        ("seat/support/core-support/end", {}, "sit in core-support of the support desk"),
        ("seat/support/ops/end", {"until_on": "2020-01-01"}, "ends today or later"),
    ],
)
def test_what_cannot_be_is_said_in_words_and_changes_nothing(
    scene: Scene, browse: Browse, place: str, sent: dict[str, str], says: str
) -> None:
    before = rows()
    answer = browse(scene.ada).post(f"/people/{scene.olga.id}/{place}", sent, headers=HTMX)
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("’", "'")
    assert rows() == before


def test_a_role_and_a_seat_may_begin_and_end_on_days_to_come(scene: Scene, browse: Browse) -> None:
    client, olga = browse(scene.ada), scene.olga.id
    begins, ends = ((scene.now + timedelta(days=days)).date() for days in (10, 20))
    client.post(f"/people/{olga}/role", {"role": "engineer", "desk": "support", "from_on": begins})
    client.post(f"/people/{olga}/role/support/engineer/end", {"until_on": ends})
    client.post(f"/people/{olga}/seat", {"queue": "support/core-support", "from_on": begins})
    client.post(f"/people/{olga}/seat/support/core-support/end", {"until_on": ends})
    role = Membership.objects.get(person_id=olga, role="engineer")
    seat = QueueSeat.objects.get(person_id=olga, queue="core-support")
    assert (role.from_on, role.until_on) == (seat.from_on, seat.until_on) == (begins, ends)


def test_whoever_has_no_access_gets_no_link_into_the_desk(scene: Scene, browse: Browse) -> None:
    client, olga = browse(scene.ada), scene.olga.id
    assert b"/invitation/" in client.post(f"/people/{olga}/link").content
    client.post(f"/people/{olga}/deactivation")
    assert b"/invitation/" not in client.post(f"/people/{olga}/link").content


def test_an_invited_admin_is_one_on_every_desk_whatever_the_form_says(scene: Scene, browse: Browse) -> None:
    sent = {"name": "Nora", "email": "nora@desk.example", "role": "admin", "desk": "support"}
    assert browse(scene.ada).post("/people/invitation", sent).status_code == 200
    role = Membership.objects.get(person__email="nora@desk.example")
    assert (role.role, role.desk) == ("admin", EVERY_DESK)


def test_an_invitation_that_is_refused_leaves_no_person_behind(scene: Scene, browse: Browse) -> None:
    before = rows()
    sent = {"name": "Nora", "email": "nora@desk.example", "role": "operator", "desk": "support"}
    client = browse(scene.ada)
    assert client.get("/people/invitation").status_code == 200
    assert client.post("/people/invitation", {**sent, "queues": ["support/nowhere"]}).status_code == 422
    assert client.post("/people/invitation", {**sent, "email": "nora"}).status_code == 422
    assert client.post("/people/invitation", {**sent, "name": " "}).status_code == 422
    assert browse(scene.lena).post("/people/invitation", sent).status_code == 403
    assert rows() == before
