"""Whose request it is, said by hand: the account is found by a part of what it is known by."""

from collections.abc import Callable

import pytest
from django.test import Client

from opsdesk.accounts.actions import add
from opsdesk.cases.models import Case
from tests import cast
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]


@pytest.fixture
def of_somebody(scene: Scene) -> Case:
    """A request, at a desk with three accounts."""
    for key, name, domain in (
        ("north-star", "North Star Motors", "star.example"),
        ("north-pole", "North Pole Cars", "pole.example"),
        ("hilltop", "Hilltop", "hill.example"),
    ):
        add(key=key, name=name, domains=[domain], actor=scene.lena.actor, now=scene.now)
    return cast.request_at(scene.now)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("hilltop", "hilltop"), ("HILLTOP", "hilltop"), ("north pole cars", "north-pole"),
     ("pole.ex", "north-pole"), ("star", "north-star"), ("  ", None), ("", None)],
)  # fmt: skip
def test_an_account_is_chosen_by_a_part_of_what_it_is_known_by(
    scene: Scene, browse: Browse, of_somebody: Case, typed: str, meant: str | None
) -> None:
    address = f"/accounts/of-case/{of_somebody.id}"
    assert browse(scene.olga).post(address, {"account": typed}).status_code == 302
    of_somebody.refresh_from_db()
    assert (of_somebody.account.key if of_somebody.account else None) == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [("north", "Several match: North Pole Cars (north-pole), North Star Motors (north-star). Say which."),
     ("nobody", "No account matches. Choose one from the list.")],
)  # fmt: skip
def test_what_may_mean_several_accounts_or_none_is_asked_again(
    scene: Scene, browse: Browse, of_somebody: Case, typed: str, said: str
) -> None:
    address = f"/accounts/of-case/{of_somebody.id}"
    answer = browse(scene.olga).post(address, {"account": typed}, headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert f'value="{typed}"' in page
    assert '<option value="Hilltop">hilltop</option>' in page
    of_somebody.refresh_from_db()
    assert of_somebody.account is None


def test_an_account_stands_there_by_its_name_but_where_two_have_it_by_its_key(
    scene: Scene, browse: Browse, of_somebody: Case
) -> None:
    client, address = browse(scene.olga), f"/accounts/of-case/{of_somebody.id}"
    client.post(address, {"account": "hilltop"})
    assert 'value="Hilltop"' in client.get(address).content.decode().partition("<datalist")[0]
    add(key="hilltop-2", name="HILLTOP", actor=scene.lena.actor, now=scene.now)
    page = client.get(address).content.decode()
    assert 'value="hilltop"' in page.partition("<datalist")[0]
    assert client.post(address, {"account": "hilltop-2"}).status_code == 302
    of_somebody.refresh_from_db()
    assert of_somebody.account
    assert of_somebody.account.key == "hilltop-2"
