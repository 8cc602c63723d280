"""A file becomes cases and stays, and the funnel of its days."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Model

from opsdesk.cases.models import Case, Stay, Wait
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.history import files, reading
from opsdesk.history.maps import read_map
from opsdesk.history.models import Origin
from opsdesk.history.spill import Spill
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import funnel
from opsdesk.journal.models import Entry
from opsdesk.kernel.period import Period
from tests import cast
from tests.history.scene import NOW, PLAIN, bring, file_of

YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


def stays(key: str) -> list[tuple[str, str, str]]:
    case = Origin.objects.get(key=key).case_id
    return list(Stay.objects.filter(case_id=case).order_by("number").values_list("queue", "entrance", "exit"))


def test_a_file_becomes_stays_and_a_funnel(tmp_path: Path) -> None:
    enzo = cast.engineer()
    path = file_of(
        tmp_path,
        [
            "A,2026-03-02T15:00:00Z,One,new,sam@x.example,It repeats itself",
            "B,2026-03-02T16:00:00Z,Three,new,,Straight to the top",
            "A,2026-03-02T17:00:00Z,Two core,-,Olga,",
            "A,2026-03-03T15:00:00Z,,asked,enzo@desk.example,",
            "A,2026-03-03T17:00:00Z,,working,Enzo,",
            "A,2026-03-03T18:00:00Z,,done,Enzo,",
            "C,2026-03-04T15:00:00Z,One,new,,",
            "C,2026-03-04T16:00:00Z,,done,,",
        ],
    )
    imported = bring(path)
    assert (imported.state, imported.rows, imported.events, imported.cases) == ("done", 8, 8, 3)
    assert stays("A") == [("ops", "opened", "escalated"), ("core-support", "escalated", "resolved")]
    assert stays("B") == [("core-engineering", "opened", "")]
    found = funnel(desk="support", period=YEAR, filters=FunnelFilters(), now=NOW)
    numbers = [(row.received.n, row.resolved.n, row.escalated.n, row.open.n) for row in found.tiers]
    assert numbers == [(2, 1, 1, 0), (1, 1, 0, 0), (1, 0, 0, 1)]
    last = Stay.objects.get(case__origin__key="A", number=2)
    assert (last.elapsed_s, last.waiting_customer_s, last.business_s) == (25 * 3600, 2 * 3600, 8 * 3600)
    assert (last.first_touch_by_id, last.left_by_id) == (enzo.id, enzo.id)
    assert last.words == "Olga"
    assert Wait.objects.count() == 1
    assert Entry.objects.filter(kind="case.imported").count() == 3
    case = Case.objects.get(origin__key="A")
    assert (case.subject, case.due_at, case.resolved_by_id) == ("It repeats itself", None, enzo.id)


def test_reading_takes_no_more_memory_for_a_longer_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 500)
    mapped = read_map(PLAIN, source="map", desk=desk_definition("support"))

    def most(lines: int) -> int:
        rows = (f"K{number % 997},2026-03-02T10:00:00Z,One,new,Olga,{'x' * 200}" for number in range(lines))
        export, spill = files.of_path(file_of(tmp_path, rows)), Spill.made(tmp_path / "events.sqlite")
        tracemalloc.start()
        reading.fill(spill, export, mapped, now=NOW, keep=lambda rows: None, hear=lambda n: None)
        assert spill.sort()[0] == lines
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        spill.close()
        return peak

    assert most(12_000) < 1.3 * most(3_000)


def test_a_row_written_in_bulk_is_as_the_orm_would_have_written_it(tmp_path: Path) -> None:
    bring(
        file_of(tmp_path, ["A,2026-03-02T15:00:00.000001Z,One,asked,,x", "B,2026-03-02T15:00:00Z,One,done,,"])
    )
    for model in (Case, Stay, Wait, Origin):
        for row in model.objects.all():
            before = raw(model, row.pk)
            row.save()
            assert raw(model, row.pk) == before
            row.full_clean(exclude=[field.name for field in model._meta.fields if field.blank or field.null])


def raw(model: type[Model], pk: int) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s", [pk])
        return cursor.fetchone()
