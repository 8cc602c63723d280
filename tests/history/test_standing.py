"""Twice, killed in the middle, withdrawn and put back: nothing doubled, nothing lost."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from opsdesk.cases import handoffs, settings
from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.importing import away
from opsdesk.cases.lists import QueueFilters, badges, count
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.refusals import StandsNowhere
from opsdesk.history import actions, writing
from opsdesk.history.models import Import, Origin, RowAside
from opsdesk.history.reading import read_file
from opsdesk.history.refusals import NothingOpen, NotInTheNumbers, NotWithdrawn, SameCasesStand
from opsdesk.history.spill import Spill
from opsdesk.history.writing import Writer
from opsdesk.insight import catalogue
from opsdesk.insight.registry import Question
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import NotYourRight
from opsdesk.vault import queries as vault
from tests import cast
from tests.history.scene import NOW, PLAIN, ask, bring, carry_on, file_of
from tests.history.test_import import YEAR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


def lines(cases: int) -> list[str]:
    """Cases that go up and are resolved, every fifth stays open, mixed in time."""
    found = []
    for number in range(cases):
        found += [
            f"K{number:03},2026-03-02T10:{number % 60:02}:00Z,One,new,Olga,",
            f"K{number:03},2026-03-03T10:{number % 60:02}:00Z,Two core,working,Enzo,",
            f"K{number:03},2026-03-04T10:{number % 60:02}:00Z,,{'done' if number % 5 else 'asked'},Enzo,",
        ]
    return sorted(found, key=lambda line: line.split(",")[1])


def counts() -> tuple[int, int, int, int]:
    facts = Entry.objects.filter(kind="case.imported").count()
    return Case.objects.count(), Stay.objects.count(), Origin.objects.count(), facts


def test_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    path = file_of(tmp_path, lines(12))
    first = bring(path)
    before = counts()
    assert bring(path).id == first.id
    assert before == counts() == (12, 24, 12, 12)


def test_the_same_cases_under_another_map_are_known_again(tmp_path: Path) -> None:
    path = file_of(tmp_path, lines(6))
    bring(path)
    other = bring(path, PLAIN.replace("name: Plain", "name: Plainer"))
    assert (other.cases, other.known, other.changed, other.state) == (0, 6, 0, "done")
    longer = file_of(
        tmp_path, [*lines(6), "K001,2026-03-05T10:00:00Z,,working,,", "NEW,2026-03-05T10:00:00Z,,new,,"]
    )
    more = bring(longer)
    assert (more.cases, more.known, more.changed) == (1, 5, 1)
    assert Case.objects.count() == 7


def test_killed_in_the_middle_and_run_again_nothing_is_doubled_and_nothing_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 5)
    path = file_of(tmp_path, [*lines(23), "K000,never,One,new,,"])
    halves = bring(path, most=2)
    assert (halves.state, halves.cases, RowAside.objects.count()) == ("writing", 10, 1)
    assert bring(path).cases == 23
    assert counts() == (23, 46, 23, 23)
    assert RowAside.objects.count() == 1
    assert sorted(Origin.objects.values_list("key", flat=True)) == [f"K{number:03}" for number in range(23)]


def test_two_who_write_the_same_file_write_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 5)
    path = file_of(tmp_path, lines(12))
    bring(path, most=0)
    imported, asked = ask(path)
    from_here, from_there = (
        Writer(Import.objects.get(id=imported.id), spill_of(asked, tmp_path / name), now=NOW) for name in "ab"
    )
    assert from_here.step(now=NOW)
    assert not from_there.step(now=NOW)
    while from_here.step(now=NOW):
        pass
    assert counts() == (12, 24, 12, 12)


def spill_of(asked: actions.Asked, path: Path) -> Spill:
    imported = Import.objects.get()
    return read_file(imported, asked.export, path, now=NOW, hear=lambda n: None)


def numbers() -> dict[str, object]:
    """Every metric of the support desk that needs nothing but a period."""
    question = Question("support", YEAR, NOW)
    return {
        key: metric.sql(question)
        for key, metric in catalogue.METRICS.items()
        if metric.subject.value == "case"
    }


def test_withdrawn_it_is_in_no_number_and_no_list_and_comes_back_as_it_was(tmp_path: Path) -> None:
    cast.request_at(NOW)
    before, queues = numbers(), badges("support", person_id=None)
    imported = bring(file_of(tmp_path, lines(12)), placed=True)
    there, listed = numbers(), badges("support", person_id=None)
    assert there != before
    assert listed != queues
    actions.withdraw(imported.id, actor=SYSTEM, now=NOW)
    assert carry_on(imported).state == "withdrawn"
    assert numbers() == before
    assert badges("support", person_id=None) == queues
    every = QueueFilters(desk="support", states=("open", "waiting", "resolved", "merged", "void"))
    assert count(every, person_id=None) == 1
    assert Case.objects.filter(desk=away("support")).count() == 12
    actions.put_back(imported.id, actor=SYSTEM, now=NOW)
    assert carry_on(imported).state == "done"
    assert numbers() == there
    assert badges("support", person_id=None) == listed


def test_a_withdrawn_file_can_be_brought_in_anew_and_then_not_put_back(tmp_path: Path) -> None:
    path = file_of(tmp_path, lines(6))
    first = bring(path)
    actions.withdraw(first.id, actor=SYSTEM, now=NOW)
    carry_on(first)
    second = bring(path)
    assert (second.id != first.id, second.cases) == (True, 6)
    with pytest.raises(SameCasesStand):
        actions.put_back(first.id, actor=SYSTEM, now=NOW)


def test_what_cannot_be_done_is_refused_by_name(tmp_path: Path) -> None:
    imported = bring(file_of(tmp_path, lines(4)))
    with pytest.raises(NotWithdrawn):
        actions.put_back(imported.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotYourRight):
        actions.withdraw(imported.id, actor=cast.operator().actor, now=NOW)
    actions.withdraw(imported.id, actor=cast.lead().actor, now=NOW)
    with pytest.raises(NotInTheNumbers):
        actions.withdraw(imported.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NothingOpen):
        actions.place(imported.id, actor=SYSTEM, now=NOW)


def test_what_is_still_open_stands_in_no_queue_until_it_is_put_there(tmp_path: Path) -> None:
    imported = bring(file_of(tmp_path, lines(10)))
    assert imported.still_open == 2
    assert badges("support", person_id=None).queues == {}
    assert count(QueueFilters(desk="support"), person_id=None) == 0
    case = Case.objects.filter(state="waiting").order_by("id").first()
    assert case is not None
    with pytest.raises(StandsNowhere):
        handoffs.give_back(case_id=case.id, words="So.", actor=cast.admin().actor, now=NOW)
    assert actions.place(imported.id, actor=SYSTEM, now=NOW) == 2
    assert badges("support", person_id=None).queues["core-support"].waiting == 2
    assert handoffs.give_back(case_id=case.id, words="So.", actor=cast.lead().actor, now=NOW).queue == "ops"


def test_nothing_is_armed_and_nobody_is_told(tmp_path: Path) -> None:
    bring(file_of(tmp_path, lines(10)), placed=True)
    with connection.cursor() as cursor:
        for table in ("clock_task", "mail_message"):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            assert cursor.fetchone() == (0,)
    assert not Case.objects.exclude(due_at=None).exists()


def test_a_queue_that_the_desk_drops_takes_no_imported_case_with_it(tmp_path: Path) -> None:
    """Neither does what stands nowhere hold the desk's definition back."""
    rows = ["A,2026-03-02T15:00:00Z,Last,new,,", "B,2026-03-02T15:00:00Z,One,new,,"]
    imported = bring(file_of(tmp_path, rows))
    source = vault.current("desk", "support")
    assert source is not None
    fewer = source.source.replace("up: [integration-engineering]", "up: [core-engineering]")
    before, _, rest = fewer.partition("  integration-engineering:\n")
    without = before + rest[rest.index("\n\n# The first level") :]
    settings.publish_desk(without, source="desk", note="", actor=SYSTEM, now=NOW)
    assert actions.place(imported.id, actor=SYSTEM, now=NOW) == 1
    assert sorted(Case.objects.values_list("queue", flat=True)) == [NOWHERE, "ops"]


def test_a_withdrawn_case_has_no_page(tmp_path: Path) -> None:
    imported = bring(file_of(tmp_path, lines(1)))
    actions.withdraw(imported.id, actor=SYSTEM, now=NOW)
    carry_on(imported)
    client = Client()
    client.force_login(cast.admin().person)
    assert client.get(f"/cases/{Case.objects.get().id}").status_code in (403, 404)
