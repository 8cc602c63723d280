"""What is asked for under a key is done once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from opsdesk.journal import idempotency
from opsdesk.journal.actions import record
from opsdesk.journal.idempotency import KEPT, LEASE, Answer, InFlight, KeyReused, once
from opsdesk.journal.models import Entry, IdempotencyKey
from opsdesk.kernel.actor import SYSTEM
from opsdesk.worker.wiring import SOURCES
from tests.cast import MONDAY

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class Shop:
    """Something that can be done, and counts how often it was: in the database, so that undoing undoes it."""

    def sell(self) -> Answer:
        record(
            kind="thing.sold",
            subject_kind="thing",
            subject_id=1,
            actor=SYSTEM,
            happened_at=MONDAY,
            now=MONDAY,
        )
        return Answer(201, f'{{"sold": {self.sold}}}')

    def break_down(self) -> Answer:
        self.sell()
        raise RuntimeError

    @property
    def sold(self) -> int:
        return Entry.objects.filter(kind="thing.sold").count()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def ask(
    act: Callable[[], Answer],
    *,
    key: str = "k",
    fingerprint: str = "f",
    owner: int = 1,
    after: timedelta = 0 * SECOND,
) -> Answer:
    return once(owner_id=owner, key=key, fingerprint=fingerprint, act=act, now=MONDAY + after)


def test_the_same_again_gets_the_same_answer_and_is_done_once(shop: Shop) -> None:
    first, second = ask(shop.sell), ask(shop.sell, after=KEPT - SECOND)
    assert (first.status, first.body, first.replayed) == (201, '{"sold": 1}', False)
    assert (second.status, second.body, second.replayed) == (201, '{"sold": 1}', True)
    assert shop.sold == 1


def test_another_request_under_the_key_is_refused(shop: Shop) -> None:
    ask(shop.sell)
    with pytest.raises(KeyReused):
        ask(shop.sell, fingerprint="g")
    assert shop.sold == 1


def test_keys_of_two_owners_are_two_keys(shop: Shop) -> None:
    assert [ask(shop.sell, owner=owner).replayed for owner in (1, 2)] == [False, False]


def test_what_breaks_down_is_undone_and_can_be_asked_for_again_at_once(shop: Shop) -> None:
    with pytest.raises(RuntimeError):
        ask(shop.break_down)
    assert shop.sold == 0
    assert ask(shop.sell).replayed is False
    assert shop.sold == 1


def test_while_it_is_being_done_the_same_is_told_to_wait(shop: Shop) -> None:
    waits: list[int] = []

    def sell_slowly() -> Answer:
        for after in (0 * SECOND, 20 * SECOND):
            with pytest.raises(InFlight) as refused:
                ask(shop.sell, after=after)
            waits.append(refused.value.details["seconds"])  # type: ignore[arg-type]
        return shop.sell()

    ask(sell_slowly)
    assert waits == [60, 40]
    assert shop.sold == 1


def killed() -> None:
    """A process took the key and died before it was done."""
    IdempotencyKey.objects.create(owner_id=1, key="k", fingerprint="f", made_at=MONDAY, tried_at=MONDAY)


def test_after_a_kill_the_same_is_done_once_the_lease_is_over(shop: Shop) -> None:
    killed()
    with pytest.raises(InFlight):
        ask(shop.sell, after=LEASE - SECOND)
    assert ask(shop.sell, after=LEASE).replayed is False
    assert ask(shop.sell, after=LEASE).replayed is True
    assert shop.sold == 1


def test_who_was_overtaken_is_undone(shop: Shop) -> None:
    """The first was only slow: the second did it, so the first must not."""

    def slower_than_the_lease() -> Answer:
        ask(shop.sell, after=LEASE)
        return shop.sell()

    with pytest.raises(InFlight):
        ask(slower_than_the_lease)
    # Both ran in one thread here, so the second was within the first's transaction and is undone with it.
    assert shop.sold == 0


def test_a_key_is_new_after_thirty_days(shop: Shop) -> None:
    ask(shop.sell)
    again = ask(shop.sell, fingerprint="other", after=KEPT)
    assert (again.replayed, shop.sold) == (False, 2)


def test_the_worker_sweeps_old_keys_in_batches_and_leaves_young_ones(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "SWEPT_AT_ONCE", 3)
    for number in range(4):
        ask(shop.sell, key=f"old {number}")
    ask(shop.sell, key="young", after=SECOND)
    assert [SOURCES["keys"](MONDAY + KEPT) for _ in range(3)] == [3, 1, 0]
    assert IdempotencyKey.objects.get().key == "young"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_does_it(shop: Shop) -> None:
    start = threading.Barrier(8)

    def try_it() -> str:
        start.wait()
        try:
            return "again" if ask(shop.sell).replayed else "done"
        except InFlight:
            return "wait"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = [each.result() for each in [pool.submit(try_it) for _ in range(8)]]
    assert found.count("done") == 1
    assert set(found) <= {"done", "again", "wait"}
    assert shop.sold == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_slower_of_two_tries_in_two_processes_changes_nothing(shop: Shop) -> None:
    """Where writers don't exclude one another the second try commits while the first still works."""
    overtaken = threading.Event()

    def slowly() -> Answer:
        answer = shop.sell()
        overtaken.wait(10)
        return answer

    def first() -> str:
        try:
            ask(slowly)
        except InFlight:
            return "undone"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(first)
        while not IdempotencyKey.objects.exists():
            overtaken.wait(0.01)
        assert ask(shop.sell, after=LEASE).replayed is False
        overtaken.set()
        assert slow.result() == "undone"
    assert shop.sold == 1
