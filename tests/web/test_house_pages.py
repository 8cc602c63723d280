from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Target
from opsdesk.clock import actions as clock
from opsdesk.clock.models import HouseHoliday, Task, TaskState
from opsdesk.people.models import Membership, Person, QueueSeat
from opsdesk.vault.models import Document
from opsdesk.web.reports import csp_reports
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]


def source_of(kind: str, name: str) -> str:
    return Document.objects.filter(kind=kind, name=name).order_by("-version")[:1].get().source


def test_a_desk_is_published_from_its_text_and_the_old_version_stays(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    text = source_of("desk", "support").replace("name: Operations", "name: First line")
    answer = client.post("/desks/support/definition/next", {"text": text, "note": "A better name"})
    assert answer.url == "/desks/support/definition"
    page = client.get(answer.url).content.decode()
    assert "First line" in page
    assert "A better name" in page
    assert "name: Operations" in client.get("/desks/support/definition/versions/1").content.decode()


def test_a_text_that_can_not_hold_says_why_line_by_line_and_stays(scene: Scene, browse: Browse) -> None:
    text = (
        source_of("desk", "support")
        .replace("entry_queue: ops", "entry_queue: opps")
        .replace("tier: 3", "tier: three", 1)
    )
    answer = browse(scene.ada).post("/desks/support/definition/next", {"text": text, "note": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line " in page
    assert "entry_queue: opps" in page
    assert Document.objects.filter(kind="desk", name="support").count() == 1
    assert browse(scene.lena).post("/desks/support/definition/next", {"text": text}).status_code == 403


def test_a_lead_sets_a_target_from_a_day_on(scene: Scene, browse: Browse) -> None:
    day = (scene.now + timedelta(days=3)).date().isoformat()
    sent = {"name": "first_response", "tier": "0", "hours": "1.5", "holds_from": day}
    assert browse(scene.olga).post("/desks/support/targets", sent).status_code == 422
    assert browse(scene.lena).post("/desks/support/targets", sent).status_code == 302
    assert Target.objects.order_by("-id")[:1].get().budget_s == 5400
    past = browse(scene.lena).post("/desks/support/targets", {**sent, "holds_from": "2020-01-01"})
    assert b"past" in past.content
    nothing = browse(scene.lena).post("/desks/support/targets", {**sent, "hours": "0"})
    assert b"longer than nothing" in nothing.content


def test_a_calendars_draft_shows_what_it_would_change_before_it_holds(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    text = source_of("calendar", "support").replace('"13:00-18:00"', '"13:00-17:00"')
    sent = {"text": text, "note": "", "budget_hours": "4"}
    preview = client.post("/calendars/support/next", {**sent, "act": "preview"})
    assert "What it would change" in preview.content.decode()
    assert Document.objects.filter(kind="calendar", name="support").count() == 1
    assert client.post("/calendars/support/next", {**sent, "act": "publish"}).url == "/calendars/support"
    assert "13:00-17:00" in client.get("/calendars/support").content.decode()
    broken = client.post(
        "/calendars/support/next", {**sent, "text": text + "\nmood: good\n", "act": "preview"}
    )
    assert broken.status_code == 422
    assert b"Line " in broken.content


def test_a_new_calendar_is_begun_on_purpose_and_never_by_a_slip(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    assert 'href="/calendars/new"' in client.get("/calendars").content.decode()
    text = source_of("calendar", "support")
    begun = client.get("/calendars/new").context["form"].initial["text"]
    sent = {"note": "", "budget_hours": "4", "act": "publish"}
    taken = client.post("/calendars/new", {**sent, "text": begun})
    assert (taken.status_code, b"a key of its own" in taken.content) == (422, True)
    seoul = text.replace("key: support", "key: seoul", 1)
    for act in ("publish", "preview"):
        slip = client.post("/calendars/support/next", {**sent, "text": seoul, "act": act})
        assert (slip.status_code, b"names another calendar" in slip.content) == (422, True)
    assert not Document.objects.filter(kind="calendar", name="seoul").exists()
    assert client.post("/calendars/new", {**sent, "text": seoul}).url == "/calendars/seoul"
    assert browse(scene.lena).get("/calendars/new").status_code == 403


def test_a_day_is_closed_and_opened_again(scene: Scene, browse: Browse) -> None:
    client = browse(scene.lena)
    day = (scene.now + timedelta(days=40)).date()
    assert (
        client.post("/calendars/support/closed-days", {"on": day, "name": "The house moves"}).status_code
        == 302
    )
    assert "The house moves" in client.get("/calendars/support").content.decode()
    again = client.post(
        "/calendars/support/closed-days", {"on": day, "name": "The house moves"}, headers=HTMX
    )
    assert again.status_code == 422
    assert client.get(f"/calendars/support/closed-days/{day}/opening").status_code == 200
    assert client.post(f"/calendars/support/closed-days/{day}/opening").status_code == 302
    assert HouseHoliday.objects.get().withdrawn_at is not None
    assert (
        browse(scene.olga).post("/calendars/support/closed-days", {"on": day, "name": "x"}).status_code == 422
    )


def test_an_invitation_shows_its_link_once_and_gives_role_and_seat(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    sent = {
        "name": "Nina",
        "email": "nina@desk.example",
        "role": "operator",
        "desk": "support",
        "queues": ["support/ops"],
    }
    answer = client.post("/people/invitation", sent, headers=HTMX)
    assert b"/invitation/" in answer.content
    nina = Person.objects.get(email="nina@desk.example")
    assert b"/invitation/" not in client.get(f"/people/{nina.id}").content
    assert Membership.objects.filter(person=nina, role="operator", desk="support").exists()
    assert QueueSeat.objects.filter(person=nina, queue="ops").exists()
    taken = client.post("/people/invitation", sent, headers=HTMX)
    assert taken.status_code == 422
    assert b"nina@desk.example" in taken.content
    assert client.post(f"/people/{nina.id}/link").content.count(b"/invitation/") == 1


def test_roles_and_seats_come_and_go_and_ending_access_asks_first(scene: Scene, browse: Browse) -> None:
    client, olga = browse(scene.ada), scene.olga.id
    assert client.post(f"/people/{olga}/role", {"role": "engineer", "desk": "support"}).status_code == 302
    assert client.post(f"/people/{olga}/seat", {"queue": "support/core-support"}).status_code == 302
    page = client.get(f"/people/{olga}").content.decode()
    assert "engineer" in page
    assert "core-support" in page
    assert client.post(f"/people/{olga}/seat/support/core-support/end").status_code == 302
    assert client.post(f"/people/{olga}/role/support/engineer/end").status_code == 302
    assert b"asks" not in client.get(f"/people/{olga}/deactivation").content
    assert Person.objects.get(id=olga).is_active
    assert client.post(f"/people/{olga}/deactivation").status_code == 302
    assert not Person.objects.get(id=olga).is_active
    assert client.post(f"/people/{olga}/reactivation").status_code == 302
    assert Person.objects.get(id=olga).is_active


def test_the_last_admin_stays(scene: Scene, browse: Browse) -> None:
    answer = browse(scene.ada).post(f"/people/{scene.ada.id}/deactivation", headers=HTMX)
    assert answer.status_code == 422
    assert b"last admin" in answer.content
    assert browse(scene.lena).post(f"/people/{scene.olga.id}/deactivation").status_code == 422
    assert Person.objects.filter(is_active=False).count() == 0


def test_a_lead_gives_seats_but_no_roles(scene: Scene, browse: Browse) -> None:
    client = browse(scene.lena)
    assert client.post(f"/people/{scene.olga.id}/seat", {"queue": "support/core-support"}).status_code == 302
    assert (
        client.post(f"/people/{scene.olga.id}/role", {"role": "lead", "desk": "support"}).status_code == 422
    )


def test_an_account_is_entered_changed_and_found(scene: Scene, browse: Browse) -> None:
    client = browse(scene.lena)
    sent = {
        "key": "north-star",
        "name": "North Star",
        "domains": "northstar.example\n",
        "addresses": "",
        "live_on": "2026-01-01",
    }
    assert client.post("/accounts/new", sent).url == "/accounts/north-star"
    refused = client.post("/accounts/new", {**sent, "key": "other", "domains": "gmail.com"}, headers=HTMX)
    assert refused.status_code == 422
    assert b"gmail.com" in refused.content
    changed = {**sent, "name": "North Star Motors", "domains": "northstar.example\nstar.example"}
    assert client.post("/accounts/north-star/change", changed).status_code == 302
    assert "star.example" in client.get("/accounts/north-star").content.decode()
    assert "North Star Motors" in client.get("/accounts?text=star.example").content.decode()
    assert browse(scene.olga).post("/accounts/new", {**sent, "key": "x"}).status_code == 403
    assert Account.objects.count() == 1


def test_health_names_what_is_ill_and_tries_a_dead_task_again(scene: Scene, browse: Browse) -> None:
    task = clock.schedule(
        kind="case.wait_overran", lane="deadlines", unique_key="x", subject_kind="case", subject_id=1,
        due_at=scene.now - timedelta(hours=1), now=scene.now,
    )  # fmt: skip
    Task.objects.filter(id=task.id).update(state=TaskState.DEAD, last_error="ValueError: odd", attempts=9)
    client = browse(scene.ada)
    page = client.get("/health").content.decode()
    for words in ["ValueError: odd", "No worker has run yet", "journal_mode=wal, synchronous=2"]:
        assert words in page or (words.startswith("journal") and "PostgreSQL" in page), words
    for anchor in ("#tasks", "#lanes"):
        assert f'<a href="{anchor}">' in page
        assert f'id="{anchor[1:]}"' in page
    browse(scene.olga).post(f"/health/tasks/{task.id}/retrial")
    assert Task.objects.get().state == TaskState.DEAD
    client.post(f"/health/tasks/{task.id}/retrial")
    assert Task.objects.get().state == TaskState.ARMED


@pytest.mark.parametrize(
    "body", [b'{"csp-report": {"violated-directive": "script-src"}}', b"nonsense", b"", b"[]", b"\xff" * 9000]
)
def test_a_browsers_report_is_counted_and_shown(
    scene: Scene, browse: Browse, client: Client, body: bytes
) -> None:
    before = csp_reports()
    assert client.post("/csp-report", body, content_type="application/csp-report").status_code == 204
    assert csp_reports() == before + 1
    assert "1 reports" in browse(scene.ada).get("/health").content.decode() or before
    assert client.get("/csp-report").status_code == 405
