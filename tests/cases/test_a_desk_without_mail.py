"""The deals desk stands beside the support desk: it takes no mail, and is in none of support's numbers."""

from datetime import timedelta

import pytest

from opsdesk.cases import incidents, queries
from opsdesk.cases.documents import read_desk
from opsdesk.cases.lists import badges
from opsdesk.cases.models import Case
from opsdesk.cases.opening import Opening, open_request
from opsdesk.cases.refusals import TakesNoRequests
from opsdesk.cases.settings import publish_shipped_desks
from opsdesk.clock.documents import read_calendar
from opsdesk.clock.queries import calendar
from opsdesk.insight.funnel import FunnelFilters, funnel
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.period import Period
from opsdesk.mail import sources
from opsdesk.mail.case_address import token_for
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.placing import own_addresses
from opsdesk.mail.recipients import desk_of
from opsdesk.mailboxes import actions as mailboxes
from opsdesk.mailboxes.actions import Draft
from opsdesk.vault.models import Document
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import bring, letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desks() -> None:
    cast.desk()


def incident() -> Case:
    return incidents.open_incident(
        subject="Escrow doesn't add up", words="", severity="SEV0", actor=SYSTEM, now=MONDAY
    )


def test_both_desks_are_published_once_and_only_one_takes_mail() -> None:
    publish_shipped_desks(now=MONDAY)
    assert [desk.key for desk in queries.desks()] == ["deals", "support"]
    assert [desk.key for desk in queries.mail_desks()] == ["support"]
    assert Document.objects.filter(kind="desk").count() == 2


def test_the_shipped_deals_desk_is_as_decided() -> None:
    desk = queries.desk("deals")
    assert [(queue.key, queue.tier, queue.up, queue.calendar) for queue in desk.queues] == [
        ("disputes", 1, ("on-call",), "mongolia"),
        ("on-call", 2, (), "round-the-clock"),
    ]
    assert (desk.entry_queue, str(desk.zone), desk.address) == ("disputes", "Asia/Ulaanbaatar", "")
    assert [(target.name, target.tier, target.budget_s) for target in desk.targets] == [
        ("first_response", 0, 3600)
    ]
    assert not any((desk.notices.opening, desk.notices.escalation, desk.notices.resolution))
    assert [len(family.types) for family in desk.families] == [7, 4]


@pytest.mark.parametrize(
    ("key", "zone", "closed"), [("mongolia", 8, "2026-07-13"), ("korea", 9, "2026-09-25")]
)
def test_a_countrys_holidays_are_no_working_days(key: str, zone: int, closed: str) -> None:
    found = calendar(key)
    assert found.tz.utcoffset(MONDAY.replace(tzinfo=None)) == timedelta(hours=zone)
    day = MONDAY.date().fromisoformat(closed)
    assert found.is_holiday(day)
    assert list(found.minutes_open(day)) == []
    assert list(found.minutes_open(day - timedelta(days=21))) != []


def test_a_desk_without_an_address_needs_no_words_of_mail() -> None:
    text = Document.objects.get(kind="desk", name="deals").source
    desk = read_desk(text.replace("  duplicate: Duplicate\n", ""), source="deals.yaml")
    assert not desk.takes_mail


def test_no_request_is_opened_there() -> None:
    with pytest.raises(TakesNoRequests):
        open_request(Opening(desk="deals", subject="Hello", opened_at=MONDAY), now=MONDAY)
    assert Case.objects.count() == 0


def test_no_source_of_mail_leads_there() -> None:
    ada = cast.admin().actor
    with pytest.raises(TakesNoRequests):
        sources.add_webhook("relay", desk="deals", actor=ada, now=MONDAY)
    with pytest.raises(TakesNoRequests):
        mailboxes.add(Draft("box", "deals", "deals@x.example", None), actor=ada, now=MONDAY)


def test_no_address_is_its() -> None:
    assert desk_of("") == ""
    assert desk_of("@") == ""
    assert desk_of("support@opsdesk.example") == "support"
    assert desk_of("postmaster@opsdesk.example") == "support"
    assert desk_of("postmaster") == "support"
    assert own_addresses() == {"support@opsdesk.example"}


def test_a_mail_that_names_an_incident_is_a_request_of_its_own() -> None:
    case = incident()
    token = token_for(case.id, key=reply_key())
    bring(letter(subject=f"Re: {token} hello"))
    request = Case.objects.get(kind="request")
    assert (request.desk, request.claims_id, request.follows_id) == ("support", None, None)
    assert Case.objects.get(id=case.id).last_inbound_at == MONDAY


def test_what_is_no_request_is_in_no_funnel() -> None:
    incident()
    cast.request_at(MONDAY)
    period = Period(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))
    counts = {
        desk: funnel(desk=desk, period=period, filters=FunnelFilters(), now=period.end).requests.n
        for desk in ("support", "deals")
    }
    assert counts == {"support": 1, "deals": 0}


def test_each_desk_counts_its_own_cases_beside_its_queues() -> None:
    incident()
    cast.request_at(MONDAY)
    numbers = {
        desk: {key: badge.open for key, badge in badges(desk, person_id=None).queues.items() if badge.open}
        for desk in ("deals", "support")
    }
    assert numbers == {"deals": {"on-call": 1}, "support": {"ops": 1}}


def test_the_shipped_calendars_can_be_read() -> None:
    for name in ("mongolia", "korea"):
        text = Document.objects.get(kind="calendar", name=name).source
        assert read_calendar(text, source=name).calendar(1).key == name
