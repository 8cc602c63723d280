"""What broken mail becomes can be looked at: each page of it answers, its bytes come back as they came."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, CaseMessage, Outcome, Part
from tests.cast import Somebody
from tests.mail.found import FINDS
from tests.mail.hostile import HOSTILE
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
MAILS = HOSTILE | FINDS


@pytest.fixture
def brought(scene: Scene) -> dict[str, Arrival]:
    """Each hostile mail in the ledger, sorted; each came long enough ago to be no crowd."""
    at = scene.now - timedelta(hours=5)
    items = [Incoming(raw, name, at) for name, raw in MAILS.items()]
    intake.store_many(source=scene.source, items=items, now=scene.now)
    while intake.sort_pending(limit=100, now=scene.now):
        pass
    return {arrival.label: arrival for arrival in Arrival.objects.all()}


def test_every_page_of_every_hostile_mail_answers(
    scene: Scene, browse: Browse, brought: dict[str, Arrival]
) -> None:
    client = browse(scene.lena)
    assert set(brought) == set(MAILS)
    failed: list[str] = []
    for name, arrival in brought.items():
        raw = client.get(f"/intake/{arrival.id}/source")
        if hashlib.sha256(b"".join(raw)).hexdigest() != hashlib.sha256(MAILS[name]).hexdigest():
            failed.append(f"{name}: its bytes differ")
        failed += [f"{name}: {one}" for one in pages(arrival) if client.get(one).status_code != 200]
    assert failed == []
    assert Arrival.objects.filter(outcome=Outcome.REQUESTS).count() > len(MAILS) // 2


def pages(arrival: Arrival) -> list[str]:
    """The ledger's page of an arrival, the case it is on, and its files and HTML there."""
    found = [f"/intake/{arrival.id}"]
    for case_id in CaseMessage.objects.filter(message_id=arrival.message_id).values_list(
        "case_id", flat=True
    ):
        here = f"/cases/{case_id}/messages/{arrival.message_id}"
        found.append(f"/cases/{case_id}")
        if arrival.message is not None and arrival.message.has_html:
            found.append(f"{here}/html")
        files = Part.objects.filter(message_id=arrival.message_id).order_by("id")[:3]
        found += [f"{here}/files/{path}" for path in files.values_list("path", flat=True)]
    return found


def test_the_ledger_lists_them_all(scene: Scene, browse: Browse, brought: dict[str, Arrival]) -> None:
    client = browse(scene.lena)
    outcomes = {"", *(arrival.outcome for arrival in brought.values())}
    assert [one for one in outcomes if client.get(f"/intake?outcome={one}").status_code != 200] == []
    assert client.get("/desks/support/cases").status_code == 200
