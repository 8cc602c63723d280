from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.accounts.models import Account
from opsdesk.cases import actions
from opsdesk.cases.models import Case
from opsdesk.mail import intake
from opsdesk.mail.models import Arrival
from opsdesk.people.models import Membership, Person
from tests import cast
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
MANY = 45
MOST = 40


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def more_cases(scene: Scene) -> None:
    accounts = [
        Account.objects.create(key=f"a{number}", name=f"A {number}", recorded_at=scene.now)
        for number in range(MANY)
    ]
    for account in accounts:
        case = cast.request_at(scene.now - timedelta(minutes=account.id), account_id=account.id)
        actions.classify(case_id=case.id, type="core.llm-behaviour", actor=scene.olga.actor, now=scene.now)


def more_mail(scene: Scene) -> None:
    items = [
        intake.Incoming(
            scenes.letter(f"Mail {number}", "Help", number=number + 100, at=scene.now), f"{number}.eml"
        )
        for number in range(MANY)
    ]
    for stored in intake.store_many(source=scene.source, items=items, now=scene.now):
        intake.sort(stored.arrival_id, now=scene.now)


def more_people(scene: Scene) -> None:
    for number in range(MANY):
        person = Person.objects.create(
            email=f"p{number}@desk.example", name=f"P {number}", joined_at=scene.now
        )
        Membership.objects.create(person=person, desk="support", role="operator", from_on=cast.FIRST_DAY)


def more_of_a_case(scene: Scene) -> None:
    first = Case.objects.order_by("id")[:1].get()
    for number in range(MANY):
        actions.write_note(case_id=first.id, text=f"Note {number}", actor=scene.olga.actor, now=scene.now)
    answers = "<1@northstar.example>"
    for number in range(10):
        raw = scenes.letter("Re: x", f"And {number}", number=number + 500, at=scene.now, answers=answers)
        scenes.receive(scene, raw, at=scene.now)


@pytest.mark.parametrize(
    ("addresses", "more"),
    [
        (
            [
                "/desks/support/mine",
                "/desks/support/queues/ops",
                "/desks/support/cases",
                "/desks/support/cases?state=any",
                "/accounts",
                "/health",
            ],
            more_cases,
        ),
        (["/intake", "/intake?outcome=requests"], more_mail),
        (["/people", "/desks/support/cases"], more_people),
        (["/cases/{case}"], more_of_a_case),
    ],
    ids=["cases", "mail", "people", "a case"],
)
def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(
    scene: Scene, browse: Browse, addresses: list[str], more: Callable[[Scene], None]
) -> None:
    arrival = scenes.receive(scene, scenes.letter("One", "One request", at=scene.now), at=scene.now)
    case = scenes.case_of(arrival)
    actions.take(case_id=case.id, actor=scene.olga.actor, now=scene.now)
    actions.write_note(case_id=case.id, text="A note", actor=scene.olga.actor, now=scene.now)
    actions.classify(case_id=case.id, type="core.llm-behaviour", actor=scene.olga.actor, now=scene.now)
    client = browse(scene.olga)
    filled = [address.format(case=case.id) for address in addresses]
    few = {address: queries(client, address) for address in filled}
    more(scene)
    assert Arrival.objects.count() >= 1
    many = {address: queries(client, address) for address in filled}
    assert many == few
    assert max(many.values()) <= MOST


def test_a_list_that_refreshes_itself_asks_for_nothing_the_page_around_it_shows(
    scene: Scene, browse: Browse
) -> None:
    client = browse(scene.olga)
    address = "/desks/support/cases"
    whole = queries(client, address)
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address, headers=HTMX).status_code == 200
    asked = " ".join(query["sql"] for query in counted)
    assert len(counted) == whole - 3
    assert "FROM people_savedview" not in asked
    assert 'FROM "accounts_account"' not in asked
