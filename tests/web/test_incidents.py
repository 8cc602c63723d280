"""The pages of incidents: the list by severity, one incident as a case, answering it, ending it; health."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from opsdesk.cases.models import Case, CaseKind, CaseState
from opsdesk.deals.models import Scope
from opsdesk.watch import actions, queries, sweep
from opsdesk.watch.models import Alarm
from tests import cast as everybody
from tests.cast import Somebody
from tests.deals import cast as deals
from tests.disputes import cast
from tests.disputes.cast import Staff
from tests.watch.test_sweep import plant

Browse = Callable[[Somebody], Client]
HTMX = {"HX-Request": "true"}
FORM = {
    "severity": "SEV1",
    "scope": "MN.USED_CAR_PRIVATE",
    "type": "incident.platform",
    "subject": "Uploads fail",
    "words": "Since nine, every photo.",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(now: datetime) -> Staff:
    found = cast.desk()
    sweep.step(now - timedelta(days=1))
    return found


@pytest.fixture
def alarm(staff: Staff, now: datetime) -> Case:
    """A SEV0 of the sweep."""
    plant(deals.delivered(now - timedelta(hours=1)))
    sweep.sweep(now=now)
    return Case.objects.get(kind=CaseKind.INCIDENT)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_list_stands_by_severity_and_says_what_is_not_answered(
    staff: Staff, browse: Browse, now: datetime
) -> None:
    for severity in ("SEV2", "SEV0", "SEV1"):
        actions.report(
            subject=f"Trouble {severity}", words="w", severity=severity, actor=staff.enzo.actor, now=now
        )
    client = browse(staff.enzo)
    page = text(client.get("/incidents"))
    assert page.index("Trouble SEV0") < page.index("Trouble SEV1") < page.index("Trouble SEV2")
    first = Case.objects.get(severity="SEV0")
    client.post(f"/cases/{first.id}/acknowledgement", {"seen_version": first.version})
    numbers = queries.counts()
    assert numbers == {"unanswered": 2, "answered": 1, "ended": 0}
    for view, number in numbers.items():
        assert text(client.get(f"/incidents?view={view}")).count("data-row=") == number


def test_one_is_reported_answered_and_ended(staff: Staff, browse: Browse) -> None:
    client = browse(staff.enzo)
    assert client.get("/incidents/new").status_code == 200
    answer = client.post("/incidents/new", FORM)
    case = Case.objects.get(kind=CaseKind.INCIDENT)
    assert answer.url == f"/cases/{case.id}"
    page = text(client.get(answer.url))
    for words in ("Since nine, every photo.", "SEV1", "/scopes/MN.USED_CAR_PRIVATE", "Not answered yet"[:3]):
        assert words in page
    assert f"/cases/{case.id}/acknowledgement" in page
    assert "Requester" not in page
    assert client.get(f"/cases/{case.id}/acknowledgement").status_code == 200
    client.post(f"/cases/{case.id}/acknowledgement", {"seen_version": case.version})
    case.refresh_from_db()
    assert case.assignee_id == staff.enzo.id
    page = text(client.get(answer.url))
    assert f"/cases/{case.id}/acknowledgement" not in page
    assert f"/cases/{case.id}/ending" in page
    refused = client.post(f"/cases/{case.id}/ending", {"seen_version": case.version})
    assert refused.status_code == 422
    client.post(f"/cases/{case.id}/ending", {"resolution": "Restarted.", "seen_version": case.version})
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED
    page = text(client.get(answer.url))
    assert "Restarted." in page
    assert "answer of the customer" not in page
    assert "Open a linked request" not in page
    assert text(client.get("/incidents?view=ended")).count("data-row=") == 1


def test_a_sev0_reported_by_hand_stops_its_scope_and_the_sweep_adds_nothing(
    staff: Staff, browse: Browse, now: datetime
) -> None:
    running = deals.delivered(now - timedelta(hours=1))
    browse(staff.olga).post("/incidents/new", {**FORM, "severity": "SEV0"})
    assert Scope.objects.get(category="USED_CAR_PRIVATE").stopped_at is not None
    plant(running)
    assert sweep.sweep(now=now + timedelta(minutes=1)) == 2
    assert Alarm.objects.count() == Case.objects.filter(kind=CaseKind.INCIDENT).count() == 1


@pytest.mark.parametrize("severity", ["SEV1", "SEV3"])
def test_what_is_no_sev0_stops_nothing(staff: Staff, browse: Browse, severity: str) -> None:
    browse(staff.enzo).post("/incidents/new", {**FORM, "severity": severity})
    assert not Scope.objects.exclude(stopped_at=None).exists()
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("severity", "SEV9"), ("scope", "XX.NOWHERE"), ("type", "core.bug"), ("subject", ""), ("words", "")],
)
def test_a_report_that_cannot_be_keeps_what_was_typed(
    staff: Staff, browse: Browse, field: str, value: str
) -> None:
    answer = browse(staff.enzo).post("/incidents/new", {**FORM, field: value})
    assert answer.status_code == 422
    assert ("Uploads fail" in text(answer)) is (field != "subject")
    assert not Case.objects.filter(kind=CaseKind.INCIDENT).exists()


def test_an_alarm_of_the_sweep_leads_to_its_deals_and_its_scope(
    alarm: Case, staff: Staff, browse: Browse
) -> None:
    page = text(browse(staff.enzo).get(f"/cases/{alarm.id}"))
    deal = queries.faults()[0].deal_id
    assert f'href="/deals/{deal}"' in page
    assert 'href="/scopes/MN.USED_CAR_PRIVATE"' in page
    assert "A lead lifts the stop" in page
    assert "add up" in page


def test_an_incident_can_be_void_noted_and_handed_to_nobody(
    alarm: Case, staff: Staff, browse: Browse
) -> None:
    client = browse(staff.enzo)
    client.post(f"/cases/{alarm.id}/note", {"text": "Looking.", "seen_version": alarm.version})
    page = text(client.get(f"/cases/{alarm.id}"))
    assert "Looking." in page
    for never in ("escalation", "reroute", "reply", "split", "merge", "resolution"):
        assert f"/cases/{alarm.id}/{never}" not in page
    alarm.refresh_from_db()
    client.post(f"/cases/{alarm.id}/voiding", {"reason": "false-alarm", "seen_version": alarm.version})
    alarm.refresh_from_db()
    assert alarm.state == CaseState.VOID
    assert "All incidents" in text(client.get(f"/cases/{alarm.id}"))


def test_who_answered_first_has_it_and_the_other_is_told(alarm: Case, staff: Staff, browse: Browse) -> None:
    browse(staff.enzo).post(f"/cases/{alarm.id}/acknowledgement", {"seen_version": alarm.version})
    late = browse(staff.lena).post(f"/cases/{alarm.id}/acknowledgement", {"seen_version": alarm.version})
    assert late.status_code == 422
    alarm.refresh_from_db()
    assert alarm.assignee_id == staff.enzo.id


def test_health_says_how_the_money_stands(alarm: Case, staff: Staff, browse: Browse) -> None:
    page = text(browse(staff.ada).get("/health"))
    assert "Money ledger" in page
    assert "2 faults" in page
    assert f"/cases/{alarm.id}" in page


def test_health_is_well_about_money_where_nothing_is_wrong(
    staff: Staff, browse: Browse, now: datetime
) -> None:
    sweep.sweep(now=now)
    page = text(browse(staff.ada).get("/health"))
    assert "0 faults" in page
    assert "What is wrong with deals" not in page


def test_the_list_of_ended_ones_goes_on_page_by_page(staff: Staff, now: datetime) -> None:
    for number in range(5):
        case = actions.report(
            subject=f"Trouble {number}", words="w", severity="SEV3", actor=staff.enzo.actor, now=now
        )
        Case.objects.filter(id=case.id).update(
            state="resolved", resolved_at=now, resolved_by_id=staff.enzo.id, resolution="x"
        )
    seen, before = [], None
    for _ in range(3):
        page = queries.incidents("ended", before=before, size=2)
        seen += [row.id for row in page.rows]
        before = page.next_before
    assert len(seen) == len(set(seen)) == 5
    assert before is None


def test_only_the_deals_desk_sees_incidents(staff: Staff, browse: Browse) -> None:
    from_elsewhere = everybody.operator("oscar")
    client = browse(from_elsewhere)
    assert client.get("/incidents").status_code == 403
    assert client.post("/incidents/new", FORM).status_code == 403
    assert not Case.objects.filter(kind=CaseKind.INCIDENT).exists()
