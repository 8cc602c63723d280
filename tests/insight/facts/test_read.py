"""The facts hold what the records hold, in the same arrays on both engines."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from opsdesk.cases import actions, endings
from opsdesk.cases.models import Case, Stay
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.schema import NEVER, UNKNOWN
from opsdesk.insight.facts.values import Arrival, Facts, Place, Who
from opsdesk.kernel.actor import Role
from opsdesk.kernel.period import month
from tests import cast
from tests.deals.cast import scope
from tests.disputes import cast as disputes
from tests.insight.builders import Crew, crew, escalate, resolve, worked_example

OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEARLY = timedelta(microseconds=999_999)
START = datetime(2026, 10, 5, 15, tzinfo=UTC)
AT = int(START.timestamp())


@pytest.fixture
def people(db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


@pytest.fixture
def two_requests(people: Crew) -> Facts:
    """One that goes up, waits for a vendor and is resolved, nearly all just before a second; one open."""
    start = START + NEARLY
    first = cast.request_at(start)
    first = escalate(first, people.operator, start + HOUR, "integration.dms")
    known = {"case_id": first.id, "actor": people.admin.actor}
    actions.wait(on="third_party", party="cdk", expected_at=start + 9 * HOUR, now=start + 2 * HOUR, **known)
    actions.resume(now=start + 3 * HOUR, **known)
    first.refresh_from_db()
    resolve(first, people.engineer, START + 4 * HOUR, "integration.dms")
    cast.request_at(START + HOUR, type="")
    return read_all(NOW)


def test_requests_come_as_these_arrays(two_requests: Facts) -> None:
    (part,) = two_requests.parts
    first = int(part.cases["id"][0])
    assert arrays(part.cases, less={"id": first}) == {
        "id": ("uint32", [0, 1]),
        "desk": ("uint8", [1, 1]),
        "kind": ("uint8", [1, 1]),
        "state": ("uint8", [1, 2]),
        "void_reason": ("uint8", [0, 0]),
        "cause": ("uint8", [1, 0]),
        "family": ("uint8", [1, 0]),
        "type": ("uint8", [1, 0]),
        "severity": ("uint8", [0, 0]),
        "account": ("uint8", [0, 0]),
        "queue": ("uint8", [1, 2]),
        "assignee": ("uint8", [0, 0]),
        "opened": ("uint32", [AT, AT + 3600]),
        "last": ("uint32", [AT + 4 * 3600, NEVER]),
        "answered": ("uint32", [NEVER, NEVER]),
        "reopened": ("uint8", [0, 0]),
        "imported": ("uint8", [0, 0]),
        "first": ("uint32", [0, 2]),
        "entry": ("uint8", [1, 1]),
        "tiers": ("uint8", [3, 1]),
        "back": ("uint8", [0, 0]),
    }


def test_their_stays_and_waits_come_as_these_arrays(two_requests: Facts) -> None:
    (part,) = two_requests.parts
    assert arrays(part.stays) == {
        "place": ("uint8", [1, 2, 1]),
        "arrival": ("uint8", [1, 2, 1]),
        "exit": ("uint8", [1, 2, 0]),
        "calendar": ("uint8", [1, 1, 0]),
        "touched_by": ("uint8", [1, 2, 0]),
        "left_by": ("uint8", [1, 2, 0]),
        "entered": ("uint32", [AT, AT + 3600, AT + 3600]),
        "left": ("uint32", [AT + 3600, AT + 4 * 3600, NEVER]),
        "touched": ("uint32", [AT + 3600, AT + 4 * 3600, NEVER]),
        "business": ("int32", [3600, 7198, UNKNOWN]),
        "carried": ("uint8", [0, 1, 0]),
    }
    assert arrays(part.waits) == {
        "stay": ("uint32", [1]),
        "who": ("uint8", [1]),
        "began": ("uint32", [AT + 2 * 3600]),
        "ended": ("uint32", [AT + 3 * 3600]),
        "expected": ("uint32", [AT + 9 * 3600]),
    }
    assert part.elapsed.tolist() == [3600, 3 * 3600 - 1, UNKNOWN]
    assert [stay.elapsed_s for stay in Stay.objects.order_by("case_id", "number")] == [3600, 10799, None]


def test_codes_are_looked_up_in_books(two_requests: Facts) -> None:
    ops, support = Place("support", "ops", 1, False), Place("support", "integration-support", 2, False)
    assert two_requests.places == (Place("", "", 0, False), ops, support)
    assert two_requests.arrivals == (
        Arrival("", ""),
        Arrival("opened", ""),
        Arrival("escalated", "needs-skill"),
    )
    assert two_requests.waited_on == (Who("", ""), Who("third_party", "cdk"))
    assert two_requests.books["type"] == ("", "integration.dms")
    assert two_requests.code("state", "open") == 2
    assert two_requests.code("state", "merged") == len(two_requests.books["state"])


def test_a_value_per_case_becomes_one_per_stay(two_requests: Facts) -> None:
    (part,) = two_requests.parts
    assert part.of_stays(np.array([7, 9])).tolist() == [7, 7, 9]


def test_a_deal_and_its_ruled_dispute_come_as_these_arrays(people: Crew) -> None:
    scope()
    dispute = disputes.raised()
    otto = cast.somebody("otto", [Role.OPERATOR], ["disputes"], desk="deals")
    disputes.rule(dispute, by=otto, at=disputes.MONDAY + 2 * HOUR)
    facts = read_all(NOW)
    deals, found = facts.parts[0].deals, facts.parts[0].disputes
    assert [facts.books["deal_state"][code] for code in deals["state"]] == ["SETTLED"]
    assert [facts.books["scope"][code] for code in deals["scope"]] == ["MN.USED_CAR_PRIVATE"]
    assert (deals["total"].dtype, deals["held"].dtype) == (np.int64, np.int64)
    raised = int(dispute.raised_at.timestamp())
    assert (deals["issue"][0], found["raised"][0], found["ruled"][0]) == (raised, raised, raised + 3600)
    assert [facts.books["basis"][code] for code in found["basis"]] == ["ruling"]
    assert (found["complete"][0], found["second_look"][0]) == (1, 0)
    assert (found["deal"][0], found["case"][0]) == (dispute.deal_id, dispute.case_id)


def test_the_tiers_of_the_worked_example_are_in_its_cases(people: Crew) -> None:
    worked_example(people, OCTOBER.start)
    (part,) = read_all(NOW).parts
    assert np.bincount(part.cases["tiers"]).tolist() == [0, 140, 0, 50, 0, 0, 0, 10]
    assert len(part.stays["entered"]) == Stay.objects.count() == 270


def test_a_returned_tier_is_marked_and_a_withdrawn_stay_counts_nowhere(people: Crew) -> None:
    case = escalate(cast.request_at(START), people.operator, START + HOUR, "integration.dms")
    endings.void(case_id=case.id, reason="spam", actor=people.admin.actor, now=START + 2 * HOUR)
    Stay.objects.filter(case=case, number=1).update(exit="returned")
    Stay.objects.filter(case=case, number=2).update(exit="withdrawn")
    cases = read_all(NOW).parts[0].cases
    assert (cases["tiers"].tolist(), cases["back"].tolist(), cases["entry"].tolist()) == ([1], [1], [1])


def test_words_of_an_import_that_hold_our_marks_are_read(people: Crew) -> None:
    case = cast.request_at(START)
    Case.objects.filter(id=case.id).update(type="a\x1eb", family="c\x1fd")
    Stay.objects.filter(case=case).update(queue="e\x1ff")
    facts = read_all(NOW)
    assert facts.books["type"] == ("", "a b")
    assert facts.places[1] == Place("support", "e\x1ff", 1, False)


def test_instants_that_the_columns_cannot_hold_are_held_at_their_ends(people: Crew) -> None:
    case = cast.request_at(START)
    Case.objects.filter(id=case.id).update(opened_at=datetime(1950, 1, 1, tzinfo=UTC))
    assert read_all(NOW).parts[0].cases["opened"].tolist() == [1]


def test_a_desk_without_anything_has_empty_columns(db: None) -> None:
    (part,) = read_all(NOW).parts
    assert {len(column) for table in (part.cases, part.stays, part.waits) for column in table.values()} == {0}
    assert {len(column) for table in (part.deals, part.disputes) for column in table.values()} == {0}
    assert part.of_stays(part.cases["id"]).tolist() == part.elapsed.tolist() == []


def arrays(columns: Any, less: dict[str, int] | None = None) -> dict[str, tuple[str, list[int]]]:
    """Each column's type and values, the ids counted from the first."""
    shift = less or {}
    return {
        name: (str(values.dtype), [value - shift.get(name, 0) for value in values.tolist()])
        for name, values in columns.items()
    }
