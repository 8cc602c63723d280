from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from tests.cast import Somebody
from tests.web import deals_scene as scenes
from tests.web.deals_scene import PRIVATE, DealsScene

Browse = Callable[[Somebody], Client]


@pytest.fixture
def desk(db: None, now: datetime) -> DealsScene:
    return scenes.people(now)


def test_probe(desk: DealsScene, browse: Browse, now: datetime) -> None:
    scenes.open_scope(desk)
    client = browse(desk.ada)
    for address in ("/scopes", f"/scopes/{PRIVATE}", f"/scopes/{PRIVATE}/template/1", "/scopes/next", f"/scopes/{PRIVATE}/template/next", f"/scopes/{PRIVATE}/stage", f"/scopes/{PRIVATE}/stop"):
        answer = client.get(address)
        assert answer.status_code == 200, address


def test_probe2(desk: DealsScene, browse: Browse, now: datetime) -> None:
    scene = scenes.busy(now) if False else desk
    for key in (scenes.PRIVATE, scenes.DEALER, scenes.ESTATE, scenes.KOREA):
        scenes.open_scope(scene, key)
    a = scenes.created(now)
    b = scenes.in_issue(now - scenes.HOUR)
    client = browse(desk.otgon)
    for address in ("/deals", f"/deals/{a.id}", f"/deals/{b.id}", "/deals.csv", "/deals?state=running&reason=OTHER&text=x&first=2020-01-01"):
        answer = client.get(address)
        assert answer.status_code == 200, address
