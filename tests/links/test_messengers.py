"""The endpoint threads of workers: an endpoint that hangs keeps nobody waiting, and two workers send once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

import pytest
from django.db import connections

from opsdesk.clock.models import Lane, LaneName
from opsdesk.clock.timers import HOURS_CHANGED
from opsdesk.links import fanout, queries
from opsdesk.links.carrier import Way, carrier
from opsdesk.links.models import Attempt, Delivery, Endpoint
from opsdesk.links.posting import Limits
from opsdesk.links.timers import DELIVER
from opsdesk.worker import messengers
from opsdesk.worker.kinds import Wired
from opsdesk.worker.loop import work
from opsdesk.worker.messengers import Messengers
from opsdesk.worker.rounds import carriers
from opsdesk.worker.wiring import SOURCES, WIRING
from tests.deals import cast
from tests.links import scene
from tests.links.far_end import FarEnd, far_end
from tests.links.scene import endpoint, states
from tests.worker.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_at_home")]
# A hung receiver is waited for longer than the whole test may take.
PATIENT = Wired(
    LaneName.IO, carrier(Way(Limits(allow_private=True, total_s=15.0), allow_http=True)), apart=True
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messengers, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(messengers, "IDLE_S", 0.2)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def a_worker(name: str = "tests:1") -> Iterator[Messengers]:
    wiring = {DELIVER: PATIENT}
    crew, stop = Messengers(worker=name, clock=now, wiring=wiring), Event()
    told = {
        "clock": now,
        "stop": stop,
        "wiring": wiring,
        "sources": {"events": fanout.step},
        "crews": {"endpoints": crew},
    }
    thread = Thread(target=work, kwargs=told)
    thread.start()
    try:
        yield crew
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def is_delivered(row: Endpoint, number: int) -> bool:
    return states(row) == {"delivered": number}


def test_an_endpoint_that_hangs_keeps_no_other_waiting(end: FarEnd) -> None:
    with far_end() as hanging:
        hanging.ways = ["hangs"]
        scene.begin(now())
        bad, good = endpoint(hanging, "bad", now()), endpoint(end, "good", now())
        with a_worker() as crew:
            began = monotonic()
            for _ in range(3):
                cast.funded(now())
            until(lambda: is_delivered(good, 6))
            assert monotonic() - began < 8
            assert "delivered" not in states(bad)
            assert crew.threads[bad.id].is_alive()
            hanging.let_go.set()
    assert len(end.calls) == 6


def test_two_workers_send_each_event_once(end: FarEnd) -> None:
    scene.begin(now())
    row = endpoint(end, now=now())
    for _ in range(8):
        cast.funded(now())
    with ExitStack() as several:
        for name in ("tests:1", "tests:2"):
            several.enter_context(a_worker(name))
        until(lambda: is_delivered(row, 16))
    assert len(end.calls) == 16
    assert len({call.headers["Opsdesk-Id"] for call in end.calls}) == 16
    assert Attempt.objects.count() == 16


def test_a_thread_with_nothing_to_do_ends_and_the_next_event_starts_another(end: FarEnd) -> None:
    scene.begin(now())
    row = endpoint(end, now=now())
    with a_worker() as crew:
        for number in (1, 2):
            cast.created(now())
            until(lambda number=number: is_delivered(row, number))  # type: ignore[misc]
            until(lambda: not any(thread.is_alive() for thread in crew.threads.values()))
        assert not Lane.objects.filter(name="io/to market").exists()


def test_the_other_carriers_leave_events_alone(end: FarEnd) -> None:
    """What hangs there delays no letter of ours, and no letter an event."""
    scene.begin()
    row = endpoint(end)
    cast.created()
    scene.tell()
    later = scene.NOW + timedelta(minutes=1)
    assert not carriers(WIRING, lambda: later)(later).more
    assert [task.kind for task in queries.due(row.id, later)] == [DELIVER]
    assert WIRING[DELIVER].apart
    assert not WIRING[HOURS_CHANGED].apart
    assert SOURCES["events"] is fanout.step


def test_who_is_told_to_stop_starts_nothing_more(end: FarEnd) -> None:
    scene.begin()
    endpoint(end)
    cast.created()
    scene.tell()
    crew = Messengers(worker="tests:1", clock=now, wiring={DELIVER: PATIENT})
    crew.end(1.0)
    crew.look(now())
    assert crew.threads == {}
    assert Delivery.objects.get().state == "waiting"
    connections.close_all()
