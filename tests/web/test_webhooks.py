"""The pages of webhooks: for admins alone, every number with its list, a secret shown once."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from opsdesk.journal.actions import begin_generation, ensure_generation
from opsdesk.journal.models import Entry
from opsdesk.links import deliveries
from opsdesk.links.carrier import secrets_of
from opsdesk.links.models import Delivery, Endpoint
from tests.cast import Somebody
from tests.deals import cast
from tests.links import scene as links
from tests.links.far_end import FarEnd, far_end
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
HTMX = {"HX-Request": "true"}
FORM = {"name": "market", "url": "https://hook.example/a", "kinds": ["deal.settled"]}
pytestmark = pytest.mark.skipif(connection.vendor == "postgresql", reason="follows what isn't committed")


@pytest.fixture(autouse=True)
def _at_home(settings: Any) -> None:
    settings.OPSDESK_WEBHOOK_ALLOW_HTTP = True
    settings.OPSDESK_WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as running:
        yield running


@pytest.fixture
def row(scene: Scene, end: FarEnd, now: datetime) -> Endpoint:
    """An endpoint with a delivery in every view."""
    ensure_generation(now=now)
    cast.scope()
    endpoint = links.endpoint(end, now=now)
    end.ways = [200, 500]
    for _ in range(2):
        cast.created(now)
    links.tell(now)
    links.carry(endpoint, now)
    by = {"actor": links.ADA, "now": now}
    cast.created(now)
    links.tell(now)
    deliveries.drop_waiting(endpoint.id, **by)
    dropped = Delivery.objects.filter(state="dropped").order_by("id")
    Delivery.objects.filter(id=dropped[0].id).update(state="dead", tries=12, status=500, problem="HTTP 500")
    cast.created(now)
    links.tell(now)
    begin_generation(reason="restored", now=now)
    links.tell(now)
    cast.created(now)
    links.tell(now)
    links.carry(endpoint, now)
    cast.created(now)
    links.tell(now)
    return endpoint


def test_the_secret_is_shown_once(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    assert client.get("/webhooks/new").status_code == 200
    answer = client.post("/webhooks/new", FORM)
    endpoint = Endpoint.objects.get()
    (secret,) = secrets_of(endpoint, scene.now)
    assert secret in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert (endpoint.kinds, endpoint.scopes) == (["deal.settled"], [])
    for address in ("/webhooks", f"/webhooks/{endpoint.id}", f"/webhooks/{endpoint.id}/secret"):
        assert secret not in client.get(address).content.decode()
    rotated = client.post(f"/webhooks/{endpoint.id}/secret", {}, headers=HTMX).content.decode()
    assert "whsec_" in rotated
    assert secret not in rotated + str(list(Entry.objects.values_list("payload", flat=True)))
    assert "signs beside the new one" in client.get(f"/webhooks/{endpoint.id}").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("url", "ftp://hook.example/", "This is no address"),
        ("url", "https://me:word@hook.example/", "Leave out the name"),
        ("name", "x" * 61, "at most 60"),
        ("kinds", ["deal.exploded"], "deal.exploded"),
    ],
)
def test_what_cannot_work_is_refused_with_what_was_typed(
    scene: Scene, browse: Browse, field: str, value: object, words: str
) -> None:
    answer = browse(scene.ada).post("/webhooks/new", {**FORM, field: value})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert FORM["name" if field != "name" else "url"] in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_every_number_opens_its_list(row: Endpoint, scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    numbers = {"waiting": 1, "failing": 1, "dead": 1, "held": 1, "dropped": 1, "delivered": 1}
    page = client.get("/webhooks").content.decode()
    for view, number in numbers.items():
        assert f"/webhooks/{row.id}?view={view}" in page
        of_view = client.get(f"/webhooks/{row.id}?view={view}").content.decode()
        assert of_view.count("data-row=") == number, view
    assert client.get(f"/webhooks/{row.id}").content.decode().count('aria-current="true"') == 1


def test_the_list_goes_on_page_by_page(
    row: Endpoint, scene: Scene, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    Delivery.objects.update(state="dead")
    client = browse(scene.ada)
    first = links.queries.page(row.id, "dead", scene.now, size=4)
    rest = client.get(f"/webhooks/{row.id}?view=dead&before={first.next_before}").content.decode()
    assert len(first.rows) + rest.count("data-row=") == Delivery.objects.count()


def test_a_delivery_shows_its_bytes_and_every_try(row: Endpoint, scene: Scene, browse: Browse) -> None:
    failed = Delivery.objects.get(state="dead")
    page = browse(scene.ada).get(f"/webhooks/deliveries/{failed.id}").content.decode()
    assert failed.event_id in page
    assert "&quot;kind&quot;: &quot;deal.created&quot;" in page
    assert "no \ufffd thanks" in page
    assert f"/deals/{failed.deal_id}" in page


def test_one_is_sent_again_and_then_all(row: Endpoint, scene: Scene, browse: Browse, end: FarEnd) -> None:
    client = browse(scene.ada)
    dead = Delivery.objects.get(state="dead")
    back = f"/webhooks/{row.id}?view=dead"
    answer = client.post(f"/webhooks/deliveries/{dead.id}/replay", {"back": back})
    assert answer.url == back
    dead.refresh_from_db()
    assert dead.state == "queued"
    assert client.get(f"/webhooks/{row.id}/replay").status_code == 200
    client.post(f"/webhooks/{row.id}/replay", {"states": ["held", "dropped"]})
    assert not Delivery.objects.filter(state__in=["dead", "held", "dropped"]).exists()
    nothing = client.post(f"/webhooks/{row.id}/replay", {"states": ["dead"]})
    assert (nothing.status_code, "nothing here" in nothing.content.decode()) == (422, True)
    assert client.post(f"/webhooks/{row.id}/replay", {}).status_code == 422


def test_a_test_leads_to_what_came_of_it(row: Endpoint, scene: Scene, browse: Browse, end: FarEnd) -> None:
    end.ways = [200]
    client = browse(scene.ada)
    answer = client.post(f"/webhooks/{row.id}/trial")
    assert "Not tried yet" in client.get(answer.url).content.decode()
    links.carry(row, scene.now.replace(year=scene.now.year + 1))
    assert "noted" in client.get(answer.url).content.decode()


def test_it_is_switched_off_and_on_changed_and_removed(row: Endpoint, scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    for verb in ("switching-off", "switching-on", "dropping", "change", "removal"):
        assert client.get(f"/webhooks/{row.id}/{verb}").status_code == 200
    client.post(f"/webhooks/{row.id}/switching-off")
    assert client.post(f"/webhooks/{row.id}/switching-off").status_code == 422
    assert "off" in client.get("/webhooks").content.decode()
    client.post(f"/webhooks/{row.id}/switching-on")
    client.post(f"/webhooks/{row.id}/dropping")
    changed = {"name": "shop", "url": "https://shop.example/", "scopes": ["MN.USED_CAR_PRIVATE"]}
    assert client.post(f"/webhooks/{row.id}/change", changed).status_code == 302
    page = client.get(f"/webhooks/{row.id}").content.decode()
    assert "/scopes/MN.USED_CAR_PRIVATE" in page
    assert "switched on" in page
    assert client.post(f"/webhooks/{row.id}/removal").url == "/webhooks"
    assert "removed" in client.get(f"/webhooks/{row.id}").content.decode()
    assert client.post(f"/webhooks/{row.id}/trial").url == "/webhooks"


ADDRESSES = ("/webhooks", "/webhooks/new", "/webhooks/{0}", "/webhooks/{0}/change", "/webhooks/{0}/secret")
POSTS = ("secret", "switching-off", "switching-on", "removal", "trial", "replay", "dropping", "change")


def test_nobody_but_an_admin_sees_or_does_anything(row: Endpoint, scene: Scene, browse: Browse) -> None:
    before = list(Delivery.objects.values_list("state", flat=True))
    for somebody in (scene.olga, scene.lena):
        client = browse(somebody)
        delivery = Delivery.objects.first()
        assert delivery is not None
        for address in (*ADDRESSES, f"/webhooks/deliveries/{delivery.id}"):
            assert client.get(address.format(row.id)).status_code == 403
        for verb in POSTS:
            assert client.post(f"/webhooks/{row.id}/{verb}", FORM).status_code in (302, 403)
        client.post(f"/webhooks/deliveries/{delivery.id}/replay")
        assert 'href="/webhooks"' not in client.get("/health").content.decode()
    assert list(Delivery.objects.values_list("state", flat=True)) == before
    assert Entry.objects.filter(kind__startswith="endpoint.", actor_id=scene.olga.id).count() == 0
    assert 'href="/webhooks"' in browse(scene.ada).get("/health").content.decode()


@pytest.mark.parametrize(
    "address", ["/webhooks/999999", "/webhooks/deliveries/999999", "/webhooks/999999/change"]
)
def test_what_is_not_there_is_said_so(scene: Scene, browse: Browse, address: str) -> None:
    assert browse(scene.ada).get(address).status_code == 404
