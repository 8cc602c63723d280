"""Caught up, the facts are what they would be if they were built now."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.cases import importing
from opsdesk.cases.importing import PastCase, PastStay, PastWait
from opsdesk.cases.models import Case
from opsdesk.cases.opening import Opening, open_requests
from opsdesk.cases.queries import desk as definition
from opsdesk.cases.redaction import forget_requester
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts import delta, serving
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.registry import Question, Tally
from opsdesk.journal.actions import begin_generation
from opsdesk.kernel.period import month
from tests import cast
from tests.deals.cast import scope
from tests.disputes import cast as disputes
from tests.insight.builders import Crew, crew, escalate, resolve
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain, same_arrays
from tests.insight.test_random_histories import histories, live

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = month("2026-10", ZoneInfo("America/Chicago"))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def people(transactional_db: None) -> Crew:
    cast.desk(OCTOBER.start)
    return crew()


def now(here: serving.Serving) -> Facts:
    found = here.ready(NOW)
    assert found is not None
    return found


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.tuples(histories, st.booleans()), min_size=2, max_size=3))
def test_after_any_moves_and_compactions_they_are_what_the_records_say(
    people: Crew, tmp_path: Path, rounds: list[tuple[list[tuple], bool]]
) -> None:
    build(tmp_path)
    here = serving.Serving(tmp_path)
    now(here)
    for lives, compacts in rounds:
        for opened, queue, type_, moves in lives:
            live(people, opened, queue, type_, moves)
        if compacts:
            build(tmp_path)
        expected = plain(read_all(NOW))
        assert plain(now(here)) == expected
        assert plain(now(serving.Serving(tmp_path))) == expected


def test_a_stay_that_closes_is_right_at_the_next_question_and_in_what_was_asked_before(
    people: Crew, tmp_path: Path
) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    here, there = serving.Serving(tmp_path), serving.Serving(tmp_path)
    before = now(here)
    as_it_was = plain(before)
    assert len(before.parts) == 1
    escalate(case, people.operator, OCTOBER.start + HOUR, "integration.dms")
    expected = plain(read_all(NOW))
    for each in (here, there):
        after = now(each)
        assert len(after.parts) == 2
        assert plain(after) == expected
    assert plain(before) == as_it_was != expected


def test_as_of_an_instant_what_changes_after_it_is_counted_once(people: Crew, tmp_path: Path) -> None:
    first, second = cast.request_at(OCTOBER.start), cast.request_at(OCTOBER.start)
    build(tmp_path)
    here, then = serving.Serving(tmp_path), OCTOBER.start + HOUR
    question, columns = Question("support", OCTOBER, then), METRICS["requests_in"].columns
    assert columns is not None
    assert columns(at(now(here), then), question) == {(): Tally(2)}
    for case in (first, second):
        escalate(case, people.operator, then + HOUR, "integration.dms")
        assert columns(at(now(here), then), question) == {(): Tally(2)}


def test_a_compacted_base_is_the_one_that_would_be_built(people: Crew, tmp_path: Path) -> None:
    first = cast.request_at(OCTOBER.start)
    build(tmp_path / "compacted")
    escalate(first, people.operator, OCTOBER.start + HOUR, "integration.dms")
    resolve(
        cast.request_at(OCTOBER.start + HOUR), people.operator, OCTOBER.start + 2 * HOUR, "how-to.dashboard"
    )
    disputes_too()
    build(tmp_path / "compacted")
    build(tmp_path / "built")
    compacted, built = (now(serving.Serving(tmp_path / each)) for each in ("compacted", "built"))
    assert plain(compacted) == plain(built)
    assert len(compacted.parts) == 1
    assert compacted.parts[0].cases["id"].tolist() == built.parts[0].cases["id"].tolist()


def test_who_holds_a_base_that_is_compacted_away_goes_on_reading_it(people: Crew, tmp_path: Path) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    held = now(serving.Serving(tmp_path))
    expected = plain(held)
    resolve(case, people.operator, OCTOBER.start + HOUR, "how-to.dashboard")
    build(tmp_path)
    assert [path.name for path in (tmp_path / "facts").glob("0*")] == ["00000002"]
    assert plain(held) == expected


def test_deals_and_their_disputes_are_caught_up(people: Crew, tmp_path: Path) -> None:
    build(tmp_path)
    here = serving.Serving(tmp_path)
    assert plain(now(here))["deals"] == []
    disputes_too()
    found = plain(now(here))
    assert found == plain(read_all(NOW))
    assert (len(found["deals"]), len(found["disputes"])) == (2, 2)
    build(tmp_path)
    assert same_arrays(now(here).parts[0], now(serving.Serving(tmp_path)).parts[0])


def disputes_too() -> None:
    scope()
    disputes.raised()
    disputes.raised(at=disputes.MONDAY + HOUR)


def test_more_codes_than_a_byte_holds_come_in_behind_a_base(people: Crew, tmp_path: Path) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    here = serving.Serving(tmp_path)
    many = [Opening(desk="support", subject="The lift", opened_at=OCTOBER.start + HOUR) for _ in range(300)]
    for number, new in enumerate(open_requests(many, now=NOW)):
        Case.objects.filter(id=new.id).update(type=f"core.{number}")
    found = now(here)
    assert plain(found) == plain(read_all(NOW))
    assert [part.cases["type"].dtype.itemsize for part in found.parts] == [1, 2]
    build(tmp_path)
    assert now(here).parts[0].cases["type"].dtype.itemsize == 2
    assert plain(now(here)) == plain(read_all(NOW))
    assert case.id in now(here).parts[0].cases["id"]


def test_another_generation_of_the_journal_drops_the_base(people: Crew, tmp_path: Path) -> None:
    cast.request_at(OCTOBER.start)
    build(tmp_path)
    here = serving.Serving(tmp_path)
    now(here)
    begin_generation(reason="restored", now=NOW)
    assert here.ready(NOW) is None
    assert serving.Serving(tmp_path).ready(NOW) is None
    build(tmp_path)
    assert plain(now(here)) == plain(read_all(NOW))


def test_a_base_of_another_database_is_not_opened(people: Crew, tmp_path: Path) -> None:
    cast.request_at(OCTOBER.start)
    build(tmp_path)
    manifest = tmp_path / "facts" / "00000001" / "manifest.json"
    found = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(found | {"stands_on": found["stands_on"].replace("2026", "2025")}))
    assert serving.Serving(tmp_path).ready(NOW) is None
    build(tmp_path)
    assert now(serving.Serving(tmp_path)).parts


def test_what_is_redacted_is_in_no_file_of_the_facts(people: Crew, tmp_path: Path) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    here = serving.Serving(tmp_path)
    words = [case.subject, case.requester_email]
    forget_requester(case.requester_email, reason="asked", actor=people.admin.actor, now=NOW)
    assert plain(now(here)) == plain(read_all(NOW))
    everything = b"".join(path.read_bytes() for path in (tmp_path / "facts").rglob("*") if path.is_file())
    assert not [word for word in words if word and word.encode() in everything]


def test_within_a_transaction_the_records_answer(
    people: Crew, tmp_path: Path, settings: LazySettings
) -> None:
    settings.OPSDESK_HOME = tmp_path
    build(tmp_path)
    assert serving.ready(NOW) is not None
    with transaction.atomic():
        assert serving.ready(NOW) is None


def test_without_a_base_there_are_no_facts_and_nobody_builds_any(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.OPSDESK_HOME = tmp_path
    assert (serving.ready(NOW), serving.progress()) == (None, None)


def test_a_backlog_of_many_pages_is_caught_up_at_once(
    people: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path)
    here = serving.Serving(tmp_path)
    monkeypatch.setattr(delta, "ENTRIES_AT_ONCE", 1)
    for number in range(8):
        cast.request_at(OCTOBER.start + number * HOUR)
    assert plain(now(here)) == plain(read_all(NOW))


def test_what_was_imported_is_in_the_facts_until_it_is_withdrawn(people: Crew, tmp_path: Path) -> None:
    build(tmp_path)
    here, desk = serving.Serving(tmp_path), definition("support")
    start, queue = OCTOBER.start + HOUR, desk.queue("ops")
    wait = PastWait("customer", "", start, start + HOUR)
    stay = PastStay(queue, "opened", start, left_at=start + 2 * HOUR, exit="resolved", waits=(wait,))
    with transaction.atomic():
        past = [PastCase("resolved", f"Old {n}", (stay,)) for n in range(3)]
        ids = importing.write(past, desk, count=3, placed=False, actor=people.admin.actor, now=NOW)
    assert plain(now(here)) == plain(read_all(NOW))
    assert cases_of(now(here), "support") == imported(now(here)) == 3
    with transaction.atomic():
        importing.send_away(ids[:2], "support", actor=people.admin.actor, now=NOW, payload={})
    assert plain(now(here)) == plain(read_all(NOW))
    assert cases_of(now(here), "support") == imported(now(here)) == 1


def imported(facts: Facts) -> int:
    columns = METRICS["imported_requests"].columns
    assert columns is not None
    return columns(facts, Question("support", OCTOBER, NOW))[()].n  # type: ignore[no-any-return, union-attr]


def cases_of(facts: Facts, desk: str) -> int:
    return sum(int((part.cases["desk"] == facts.code("desk", desk)).sum()) for part in facts.parts)


@pytest.mark.postgres
def test_what_a_long_transaction_holds_back_is_seen_all_the_same(people: Crew, tmp_path: Path) -> None:
    case = cast.request_at(OCTOBER.start)
    build(tmp_path)
    here, begun, ended = serving.Serving(tmp_path), Event(), Event()
    now(here)
    writer = Thread(target=write_long, args=(begun, ended))
    writer.start()
    begun.wait(20)
    case = escalate(case, people.operator, OCTOBER.start + HOUR, "integration.dms")
    first = now(here)
    assert plain(first) == plain(read_all(NOW))
    assert now(here) is first
    resolve(case, people.engineer, OCTOBER.start + 2 * HOUR, "integration.dms")
    assert plain(now(here)) == plain(read_all(NOW))
    ended.set()
    writer.join()
    assert plain(now(here)) == plain(read_all(NOW))
    assert len(plain(now(here))["cases"]) == 2


def write_long(begun: Event, ended: Event) -> None:
    """A transaction that opens a request and isn't over until it is told."""
    try:
        with transaction.atomic():
            cast.request_at(OCTOBER.start)
            begun.set()
            ended.wait(20)
    finally:
        connections.close_all()
