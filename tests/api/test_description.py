"""What the API says of itself, to programs and to people."""

import json

import pytest
from django.test import Client

from opsdesk.api import docs, problems
from opsdesk.api.app import description
from opsdesk.kernel.permissions import OF_A_TOKEN
from opsdesk.web.tokens.labels import ABILITIES
from tests import cast
from tests.api.marketplace import Program

pytestmark = pytest.mark.django_db


def test_programs_read_it_without_a_token() -> None:
    said = Client().get("/api/openapi.json")
    assert said.status_code == 200
    assert said.json() == json.loads(json.dumps(description()))
    assert said.json()["openapi"].startswith("3.")


def test_people_read_it_without_an_account_and_nothing_is_fetched_from_elsewhere() -> None:
    page = Client().get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    for path in description()["paths"]:
        assert path in text
    assert "<script>" not in text
    assert "https://" not in text


def test_who_is_signed_in_reads_it_within_the_desk() -> None:
    client = Client()
    client.force_login(cast.admin().person)
    text = client.get("/api/docs").content.decode()
    assert 'id="side"' in text
    assert 'id="side"' not in Client().get("/api/docs").content.decode()


def test_every_link_within_it_leads_somewhere() -> None:
    text = Client().get("/api/docs").content.decode()
    named = {each.key for group in docs.operations().values() for each in group}
    named |= {shape.name for shape in docs.shapes()} | {kind.code for kind in docs.problems()}
    assert {f'id="{name}"' for name in named if f'id="{name}"' not in text} == set()
    linked = {part.partition('"')[0] for part in text.split('href="#')[1:]} - {"main"}
    assert linked <= named


def test_the_type_of_a_problem_leads_to_what_is_said_of_it(door: Program) -> None:
    kind = door.get("deals/5").json()["type"]
    found = Client().get(kind)
    assert (found.status_code, found["Location"]) == (302, "/api/docs#DealUnknown")
    assert Client().get(f"{problems.ADDRESS}Nonsense").status_code == 404
    assert Client().post(kind).status_code == 405


def test_every_ability_of_a_token_has_its_words() -> None:
    assert set(ABILITIES) == {act.value for act in OF_A_TOKEN}
