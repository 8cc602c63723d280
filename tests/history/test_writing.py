"""Cases written many at once: words as they were, all of them or none, and nothing counted twice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from opsdesk.cases import importing
from opsdesk.cases.bulk import insert
from opsdesk.cases.importing import PastCase, PastStay
from opsdesk.cases.models import Case, Wait
from opsdesk.cases.queries import mail_desk
from opsdesk.history import writing
from opsdesk.history.models import Import
from opsdesk.history.reading import read_file
from opsdesk.history.writing import Writer
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from tests import cast
from tests.history.scene import NOW, ask, bring, file_of

pytestmark = pytest.mark.django_db
WORDS = ["\\N", "\\", "a\\tb", "tab\there", "'%s' {0}", '""two""', "\\.", "ж 통화 🙂", "NULL"]


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


def row(number: int, subject: str = "S", who: str = "") -> str:
    return f"K{number},2026-03-02T15:00:00Z,One,new,{who},{subject}"


def test_words_that_mean_something_to_an_engine_are_words(tmp_path: Path) -> None:
    bring(file_of(tmp_path, [row(number, f'"{words}"') for number, words in enumerate(WORDS)]))
    found = Case.objects.order_by("id").values_list("subject", flat=True)
    assert list(found) == [words.replace('""', '"') for words in WORDS]


def test_a_case_that_cannot_be_made_leaves_none_of_those_before_it() -> None:
    desk = mail_desk("support")

    def until_one_fails() -> Iterator[PastCase]:
        yield PastCase("open", "Made", (PastStay(desk.queue("ops"), "opened", NOW),))
        raise LookupError

    with pytest.raises(LookupError), transaction.atomic():
        importing.write(until_one_fails(), desk, count=2, placed=False, actor=SYSTEM, now=NOW)
    assert not Case.objects.exists()


def test_a_row_that_the_database_refuses_is_refused_by_name() -> None:
    case = cast.request_at(NOW)
    stay = case.stays.get()
    before = {"case_id": case.id, "stay_id": stay.id, "on": "customer", "began_at": NOW, "ended_at": None}
    with pytest.raises(IntegrityError, match="wait"), transaction.atomic():
        insert(Wait, [before, before], numbered=False)
    with pytest.raises(ValueError, match="other columns"), transaction.atomic():
        insert(Wait, [before, before | {"party": "Bank"}], numbered=False)
    assert not Wait.objects.exists()


def test_what_nobody_knows_is_counted_once_though_the_database_was_busy_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 4)
    imported, asked = ask(file_of(tmp_path, [row(number, who="Olga") for number in range(6)]))
    spill = read_file(imported, asked.export, tmp_path / "events", now=NOW, hear=lambda n: None)
    writer = Writer(imported, spill, now=NOW)

    def busy(execute: Callable[..., Any], sql: str, values: Any, *about: Any) -> Any:
        if "cases_stay" in (values or ()):
            raise OperationalError("database is locked")
        return execute(sql, values, *about)

    with pytest.raises(OperationalError), connection.execute_wrapper(busy):
        writer.step(now=NOW)
    assert not Case.objects.exists()
    while writer.step(now=NOW):
        pass
    spill.close()
    assert Import.objects.get().unmatched == {"person": {"Olga": 6}}
    assert Case.objects.count() == Entry.objects.filter(kind="case.imported").count() == 6
