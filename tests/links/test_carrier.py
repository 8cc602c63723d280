"""Deliveries to a real receiver: taken, refused, slow; tried again, given up, sent again."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from opsdesk.clock import claims
from opsdesk.clock.models import Task, TaskState
from opsdesk.clock.tasks import ATTEMPTS_OF_IO, delay_after
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.links import actions, deliveries, pruning, queries
from opsdesk.links.actions import Draft
from opsdesk.links.carrier import Way, secrets_of
from opsdesk.links.models import Attempt, Delivery, Endpoint
from opsdesk.links.posting import Limits
from opsdesk.links.refusals import DeliveryUnknown, EndpointUnknown, NothingToReplay, NothingWaits
from opsdesk.worker.wiring import SOURCES
from tests.architecture.source import ROOT
from tests.deals import cast
from tests.links import scene
from tests.links.far_end import Call, FarEnd
from tests.links.scene import ADA, COMMITTED, LENA, NOW, SECOND, WAY, carry, endpoint, states, tell

pytestmark = [COMMITTED, pytest.mark.usefixtures("_at_home")]


@pytest.fixture(autouse=True)
def desk() -> None:
    scene.begin()


@pytest.fixture
def row(end: FarEnd) -> Endpoint:
    return endpoint(end)


def created() -> Delivery:
    cast.created()
    tell()
    return Delivery.objects.order_by("-id")[0]


def verified(call: Call, secret: str, *, now_s: int) -> bool:
    """As the handbook tells a receiver to do it."""
    text = (ROOT / "docs" / "handbook" / "webhooks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    known: dict[str, Any] = {}
    exec(example, known)
    with time_machine.travel(now_s, tick=False):
        return bool(known["is_ours"](secret, call.headers, call.body))


def test_a_receiver_can_verify_what_it_gets(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    (secret,) = secrets_of(row, NOW)
    assert carry(row) == 1
    (call,) = end.calls
    now_s = int(NOW.timestamp())
    assert verified(call, secret, now_s=now_s)
    assert not verified(call, "whsec_other", now_s=now_s)
    assert not verified(call, secret, now_s=now_s + 301)
    assert call.headers["Opsdesk-Id"] == delivery.event_id == json.loads(call.body)["id"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.tries) == ("delivered", 200, 1)
    assert Task.objects.get(unique_key=f"links.deliver:{delivery.id}").state == TaskState.DONE
    (attempt,) = Attempt.objects.all()
    assert (attempt.status, attempt.answer, attempt.problem) == (200, "noted", "")


def test_what_was_kept_long_enough_goes_with_its_tries_and_nothing_else_does(
    end: FarEnd, row: Endpoint
) -> None:
    taken, given_up, waits = created(), created(), created()
    carry(row)
    Delivery.objects.filter(id=given_up.id).update(state="dead", delivered_at=None)
    Delivery.objects.filter(id=waits.id).update(state="waiting", delivered_at=None)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Attempt.objects.filter(delivery_id=taken.id)._raw_delete("default")
    sweep, kept = SOURCES["deliveries"], pruning.KEPT + timedelta(hours=1)
    assert [sweep(NOW + kept - timedelta(hours=2)), sweep(NOW + kept), sweep(NOW + kept)] == [0, 1, 0]
    assert set(Attempt.objects.values_list("delivery_id", flat=True)) == {given_up.id, waits.id}
    actions.remove(row.id, actor=ADA, now=NOW)
    Delivery.objects.filter(id=waits.id).update(state="waiting")
    assert [sweep(NOW + kept), sweep(NOW + kept)] == [1, 0]
    assert list(Delivery.objects.values_list("id", flat=True)) == [waits.id]


def test_while_the_secret_is_replaced_either_one_verifies(end: FarEnd, row: Endpoint) -> None:
    (old,) = secrets_of(row, NOW)
    _, new = actions.rotate(row.id, at_once=False, actor=ADA, now=NOW)
    created()
    carry(row)
    now_s = int(NOW.timestamp())
    assert verified(end.calls[0], old, now_s=now_s)
    assert verified(end.calls[0], new, now_s=now_s)


@pytest.mark.parametrize("way", [500, 404, "redirects", "resets", "closes", "hangs"])
def test_what_is_not_taken_is_tried_again_with_the_same_bytes(
    end: FarEnd, row: Endpoint, way: object
) -> None:
    delivery = created()
    end.ways = [way, 200]
    assert carry(row) == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert delivery.problem
    assert NOW + 10 * SECOND <= delivery.next_at <= NOW + 12 * SECOND
    assert carry(row, NOW + 9 * SECOND) == 0
    assert carry(row, NOW + 13 * SECOND) == 1
    assert len(end.calls) == 2
    assert end.calls[0].body == end.calls[1].body
    assert end.calls[0].headers["Opsdesk-Id"] == end.calls[1].headers["Opsdesk-Id"]
    assert end.calls[0].headers["Opsdesk-Signature"] != end.calls[1].headers["Opsdesk-Signature"]


def test_after_the_lane_s_tries_it_lies_dead_until_somebody_sends_it_again(
    end: FarEnd, row: Endpoint
) -> None:
    delivery = created()
    end.ways = [503]
    now = NOW
    for attempt in range(1, ATTEMPTS_OF_IO + 1):
        assert carry(row, now) == 0
        now += delay_after(attempt) + SECOND
    assert len(end.calls) == ATTEMPTS_OF_IO
    assert carry(row, now + timedelta(days=9)) == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.status) == ("dead", ATTEMPTS_OF_IO, 503)
    assert len(queries.card(delivery.id).attempts) == ATTEMPTS_OF_IO
    assert queries.trouble() == queries.Trouble(failing=1, lying=1)
    end.ways = [200]
    deliveries.replay(delivery.id, actor=ADA, now=now)
    tell(now)
    assert carry(row, now) == 1
    assert not queries.trouble()
    assert len({call.headers["Opsdesk-Id"] for call in end.calls}) == 1


def test_a_failing_event_keeps_no_other_waiting(end: FarEnd, row: Endpoint) -> None:
    cast.funded()
    tell()
    end.ways = [500, 200]
    assert carry(row) == 1
    assert states(row) == {"waiting": 1, "delivered": 1}


def test_an_endpoint_knows_since_when_it_fails(end: FarEnd, row: Endpoint) -> None:
    created()
    end.ways = [500, 500, 200]
    carry(row)
    carry(row, NOW + 20 * SECOND)
    failing = queries.endpoint(row.id, NOW)
    assert failing.failures == 2
    assert failing.failing_since is not None
    assert failing.failing_since < NOW + 5 * SECOND
    assert failing.counts["failing"] == 1
    carry(row, NOW + 90 * SECOND)
    well = queries.endpoint(row.id, NOW + 100 * SECOND)
    assert (well.failures, well.failing_since, well.counts["delivered"]) == (0, None, 1)
    assert well.last_ok_at is not None


def test_who_is_killed_after_the_answer_sends_it_again_under_the_same_id(end: FarEnd, row: Endpoint) -> None:
    """The lease runs out, and nothing was written down."""
    delivery = created()
    (task,) = queries.due(row.id, NOW)
    assert claims.lease(task, seconds=300, now=NOW) is not None
    assert carry(row, NOW + 299 * SECOND) == 0
    assert carry(row, NOW + 300 * SECOND) == 1
    assert [call.headers["Opsdesk-Id"] for call in end.calls] == [delivery.event_id]


def test_what_is_delivered_is_not_sent_by_who_comes_late(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    Delivery.objects.filter(id=delivery.id).update(state="delivered", delivered_at=NOW)
    Delivery.objects.filter(id=delivery.id).update(state="waiting")
    (task,) = queries.due(row.id, NOW)
    Delivery.objects.filter(id=delivery.id).update(state="delivered")
    leased = claims.lease(task, seconds=300, now=NOW)
    assert leased is not None
    scene.carrier(WAY)(leased, NOW)
    assert end.calls == []


def test_a_name_that_came_to_lead_inside_is_refused(end: FarEnd) -> None:
    row = actions.add(Draft("market", "http://innocent.example/"), actor=ADA, now=NOW)[0]
    delivery = created()
    guarded = Way(Limits(total_s=1.0), allow_http=True, resolve=lambda host, port: ["127.0.0.1"])
    assert carry(row, way=guarded) == 0
    delivery.refresh_from_db()
    assert "our own network" in delivery.problem
    assert end.calls == []


def test_an_address_that_the_settings_allow_no_more_is_refused(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    assert carry(row, way=Way(Limits(total_s=1.0))) == 0
    delivery.refresh_from_db()
    assert "https" in delivery.problem
    assert end.calls == []


def test_a_secret_sealed_by_another_key_is_told_and_sends_nothing(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    Endpoint.objects.update(secret="s1.00000000.AAAA")
    assert carry(row) == 0
    delivery.refresh_from_db()
    assert "another master key" in delivery.problem
    assert end.calls == []


def test_all_that_is_dead_or_held_is_sent_again_with_one_word(end: FarEnd, row: Endpoint) -> None:
    for _ in range(3):
        created()
    Delivery.objects.update(state="dead")
    Task.objects.filter(kind="links.deliver").update(state=TaskState.DEAD)
    assert deliveries.replay_all(row.id, states=["dead", "held"], actor=ADA, now=NOW) == 3
    tell()
    assert carry(row) == 3
    with pytest.raises(NothingToReplay):
        deliveries.replay_all(row.id, states=["dead"], actor=ADA, now=NOW)
    with pytest.raises(NothingToReplay):
        deliveries.replay_all(row.id, states=["delivered"], actor=ADA, now=NOW)


def test_what_was_delivered_can_be_sent_again_and_what_waits_at_once(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    end.ways = [200, 500, 200]
    carry(row)
    deliveries.replay(delivery.id, actor=ADA, now=NOW)
    with pytest.raises(NothingToReplay):
        deliveries.replay(delivery.id, actor=ADA, now=NOW)
    tell()
    assert carry(row) == 0
    deliveries.replay(delivery.id, actor=ADA, now=NOW + SECOND)
    tell(NOW + SECOND)
    assert carry(row, NOW + SECOND) == 1
    assert len(end.calls) == 3


def test_what_is_dropped_is_not_sent(end: FarEnd, row: Endpoint) -> None:
    created()
    assert deliveries.drop_waiting(row.id, actor=ADA, now=NOW) == 1
    assert carry(row) == 0
    assert states(row) == {"dropped": 1}
    with pytest.raises(NothingWaits):
        deliveries.drop_waiting(row.id, actor=ADA, now=NOW)


def test_only_an_admin_sends_again_or_drops(row: Endpoint) -> None:
    delivery = created()
    for act in (
        lambda: deliveries.replay(delivery.id, actor=LENA, now=NOW),
        lambda: deliveries.replay_all(row.id, states=["dead"], actor=LENA, now=NOW),
        lambda: deliveries.drop_waiting(row.id, actor=LENA, now=NOW),
    ):
        with pytest.raises(NotAnAdmin):
            act()
    with pytest.raises(DeliveryUnknown):
        deliveries.replay(10**9, actor=ADA, now=NOW)
    with pytest.raises(EndpointUnknown):
        deliveries.drop_waiting(10**9, actor=ADA, now=NOW)


def test_switched_off_in_the_middle_of_a_call_the_answer_still_counts(end: FarEnd, row: Endpoint) -> None:
    delivery = created()
    (task,) = queries.due(row.id, NOW)
    leased = claims.lease(task, seconds=300, now=NOW)
    assert leased is not None
    actions.switch_off(row.id, actor=ADA, now=NOW)
    scene.carrier(WAY)(leased, NOW)
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_switched_off_in_the_middle_of_a_failing_call_it_waits_for_the_next_time(
    end: FarEnd, row: Endpoint
) -> None:
    delivery = created()
    end.ways = [500, 200]
    (task,) = queries.due(row.id, NOW)
    leased = claims.lease(task, seconds=300, now=NOW)
    assert leased is not None
    actions.switch_off(row.id, actor=ADA, now=NOW)
    scene.carrier(WAY)(leased, NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("queued", 1)
    actions.switch_on(row.id, actor=ADA, now=NOW + SECOND)
    tell(NOW + 301 * SECOND)
    assert carry(row, NOW + 301 * SECOND) == 1
