"""From the change sequence to deliveries: each event once, whatever happens meanwhile."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from opsdesk.clock.models import Task, TaskState
from opsdesk.deals.lifecycle import TABLE, Outcome
from opsdesk.disputes import evidence
from opsdesk.disputes.redaction import redact_evidence
from opsdesk.journal import queries as journal
from opsdesk.journal.actions import begin_generation, record
from opsdesk.journal.models import Entry, Generation
from opsdesk.kernel.actor import SYSTEM
from opsdesk.links import actions, deliveries, events, fanout
from opsdesk.links.events import EVIDENCE, KINDS, Run
from opsdesk.links.models import Delivery, Position
from tests.deals import cast
from tests.disputes.cast import jpeg
from tests.links import scene
from tests.links.far_end import FarEnd
from tests.links.scene import ADA, COMMITTED, NOW, SECOND, carry, endpoint, states, tell

pytestmark = [COMMITTED, pytest.mark.usefixtures("_at_home")]
LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def desk() -> None:
    scene.begin()


def test_every_fact_of_the_lifecycle_is_an_event() -> None:
    assert {event for row in TABLE for event in row.events} | set(EVIDENCE) == set(KINDS)


def test_the_whole_life_of_a_deal_is_told_in_order(end: FarEnd) -> None:
    row = endpoint(end)
    deal = cast.in_issue()
    cast.rule(deal, Outcome.OFFSET, now=NOW + timedelta(hours=1))
    tell(LATER)
    assert carry(row, LATER) == 6
    assert scene.told(end.calls) == [
        "deal.created",
        "deal.funded",
        "deal.delivered",
        "deal.inspection_began",
        "deal.issue_raised",
        "deal.ruled",
    ]
    bodies = [json.loads(call.body) for call in end.calls]
    assert [body["deal"]["state"] for body in bodies] == [
        "CREATED",
        "FUNDED",
        "DELIVERED",
        "INSPECTION",
        "ISSUE",
        "SETTLED",
    ]
    assert [body["sequence"] for body in bodies] == sorted({body["sequence"] for body in bodies})
    assert bodies[4]["data"] == {"reason": "DAMAGE_MINOR"}
    assert bodies[5]["data"] == {"outcome": "OFFSET", "to_buyer": 15000}
    assert bodies[5]["happened_at"] == "2026-03-02T04:00:00Z"


def test_a_file_that_is_erased_for_good_is_told_of(end: FarEnd) -> None:
    row = endpoint(end, kinds=("evidence.added", "evidence.redacted"))
    deal = cast.delivered()
    file = evidence.add(deal_id=deal.id, data=jpeg(), name="Olga.jpg", actor=cast.MARKET, now=NOW)
    redact_evidence(file.id, reason="asked", actor=ADA, now=NOW)
    tell(LATER)
    assert carry(row, LATER) == 2
    last = json.loads(end.calls[-1].body)
    assert (last["kind"], last["data"]) == ("evidence.redacted", {"evidence": file.id, "reason": "asked"})
    assert "Olga" not in str([call.body for call in end.calls])


def test_an_event_names_no_person_and_repeats_no_words(end: FarEnd) -> None:
    row = endpoint(end)
    cast.in_issue(reference="A-7")
    tell()
    carry(row)
    everything = b"".join(call.body for call in end.calls).decode()
    assert '"reference":"A-7"' in everything
    assert '"total":{"minor":1000000,"currency":"MNT"}' in everything
    for private in ("Bat", "Saraa", "Prius", "scratched", "b-1"):
        assert private not in everything


def test_what_was_before_the_endpoint_is_not_told(end: FarEnd) -> None:
    cast.created()
    row = endpoint(end, now=NOW + SECOND)
    cast.created(NOW + 2 * SECOND)
    tell()
    assert states(row) == {"waiting": 1}


def test_a_second_endpoint_is_told_from_its_own_beginning_on(end: FarEnd) -> None:
    first = endpoint(end)
    cast.created(NOW + SECOND)
    second = endpoint(end, "second", now=NOW + 2 * SECOND)
    cast.created(NOW + 3 * SECOND)
    tell()
    assert (states(first), states(second)) == ({"waiting": 2}, {"waiting": 1})


def test_after_the_last_endpoint_went_the_next_one_begins_with_what_comes(end: FarEnd) -> None:
    actions.remove(endpoint(end).id, actor=ADA, now=NOW)
    cast.created(NOW + SECOND)
    tell()
    row = endpoint(end, "second", now=NOW)
    cast.created(NOW + 3 * SECOND)
    tell()
    assert states(row) == {"waiting": 1}


@pytest.mark.parametrize(
    ("kinds", "scopes", "number"),
    [
        ((), (), 3),
        (("deal.funded",), (), 1),
        ((), ("MN.USED_CAR_PRIVATE",), 3),
        ((), ("KR.USED_CAR_PRIVATE",), 0),
        (("deal.funded", "deal.settled"), ("MN.USED_CAR_PRIVATE",), 1),
    ],
)
def test_an_endpoint_is_told_what_it_asked_for(
    end: FarEnd, kinds: tuple[str, ...], scopes: tuple[str, ...], number: int
) -> None:
    row = endpoint(end, kinds=kinds, scopes=scopes)
    cast.funded()
    cast.created()
    tell()
    assert states(row).get("waiting", 0) == number


def test_what_is_no_deal_s_is_told_to_nobody(end: FarEnd) -> None:
    row = endpoint(end)
    for kind, subject in [("case.noted", "case"), ("deal.funded", "case"), ("scope.stopped", "scope")]:
        record(kind=kind, subject_kind=subject, subject_id=1, actor=SYSTEM, happened_at=NOW, now=NOW)
    tell()
    assert states(row) == {}


def test_read_twice_it_is_written_once(end: FarEnd) -> None:
    row = endpoint(end)
    start = Position.objects.values("generation", "xact", "entry_id").get()
    cast.funded()
    tell()
    Position.objects.update(**start)
    tell()
    assert states(row) == {"waiting": 2}
    assert Task.objects.filter(kind="links.deliver").count() == 2


def test_of_two_workers_that_read_the_same_one_writes(end: FarEnd) -> None:
    row = endpoint(end)
    cast.created()
    seen = Position.objects.get()
    changes = journal.changes_after(fanout._cursor(seen))
    assert fanout._moved(seen, changes.cursor)
    assert not fanout._moved(seen, changes.cursor)
    tell()
    assert states(row) == {}


def test_an_entry_about_a_deal_that_is_not_there_stops_nobody(end: FarEnd) -> None:
    row = endpoint(end)
    record(kind="deal.funded", subject_kind="deal", subject_id=10**6, actor=SYSTEM, happened_at=NOW, now=NOW)
    cast.created()
    tell()
    assert states(row) == {"waiting": 1}


def test_small_batches_tell_everything(end: FarEnd) -> None:
    row = endpoint(end)
    for _ in range(4):
        cast.funded()
    while fanout.tell(now=NOW, limit=3):
        pass
    while fanout.wake(now=NOW, limit=2):
        pass
    assert states(row) == {"waiting": 8}


class TestAfterARestore:
    """The backup knew of some deliveries; which of them went out since, it does not know."""

    @pytest.fixture
    def backup(self, end: FarEnd) -> None:
        """Two told on, one of them delivered; one not told on yet."""
        row = endpoint(end)
        cast.created()
        tell()
        carry(row)
        cast.created()
        tell()
        cast.created()

    def test_nothing_is_sent_by_itself_and_nothing_is_lost(self, end: FarEnd, backup: None) -> None:
        row = actions.Endpoint.objects.get()
        begin_generation(reason="restored", now=LATER)
        tell(LATER)
        assert carry(row, LATER) == 0
        assert len(end.calls) == 1
        assert states(row) == {"delivered": 1, "held": 2}
        assert not Task.objects.filter(kind="links.deliver", state=TaskState.ARMED).exists()
        assert Entry.objects.filter(kind="endpoint.deliveries_held", payload__held=2).count() == 1

    def test_not_even_before_the_restore_was_noticed(self, end: FarEnd, backup: None) -> None:
        row = actions.Endpoint.objects.get()
        begin_generation(reason="restored", now=LATER)
        assert carry(row, LATER) == 0
        assert (len(end.calls), states(row)) == (1, {"delivered": 1, "held": 1})
        tell(LATER)
        assert states(row) == {"delivered": 1, "held": 2}

    def test_a_person_has_them_sent_under_the_same_ids(self, end: FarEnd, backup: None) -> None:
        row = actions.Endpoint.objects.get()
        before = set(Delivery.objects.values_list("event_id", flat=True))
        begin_generation(reason="restored", now=LATER)
        tell(LATER)
        assert deliveries.replay_all(row.id, states=["held"], actor=ADA, now=LATER) == 2
        tell(LATER)
        assert carry(row, LATER) == 2
        sent = {json.loads(call.body)["id"] for call in end.calls}
        assert before <= sent
        assert len(sent) == 3

    def test_what_happens_afterwards_goes_out(self, end: FarEnd, backup: None) -> None:
        row = actions.Endpoint.objects.get()
        begin_generation(reason="restored", now=LATER)
        tell(LATER)
        cast.created(LATER)
        tell(LATER)
        assert carry(row, LATER) == 1
        assert json.loads(end.calls[-1].body)["generation"] == Generation.objects.order_by("-id").first().id  # type: ignore[union-attr]


def test_an_id_belongs_to_one_fact_although_numbers_are_given_anew() -> None:
    first, restored, again = Run(1, 0, NOW), Run(2, 100, LATER), Run(2, 100, LATER + SECOND)
    runs = [first, restored]
    assert events.run_of(100, runs) == first
    assert events.run_of(101, runs) == restored
    assert events.run_of(5, []) is None
    same, other, third = (events.event_id(101, run) for run in (first, restored, again))
    assert len({same, other, third}) == 3
    assert events.event_id(101, first) == same


def test_a_look_that_finds_nothing_writes_nothing(end: FarEnd) -> None:
    endpoint(end)
    tell()
    with connection.execute_wrapper(refuse_writes):
        assert fanout.step(NOW) == 0


def refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    assert sql.lstrip().upper().startswith("SELECT"), sql
    return execute(sql, params, many, context)
