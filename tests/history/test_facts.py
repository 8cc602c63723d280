"""While a file is brought in, withdrawn and put back, the facts beside it have whole batches of it."""

from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from django.db import connections

from opsdesk.history import actions, standing, writing
from opsdesk.history.models import Import
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.serving import Serving
from opsdesk.insight.facts.values import Facts
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.memory import remembering
from tests import cast
from tests.history.scene import NOW, bring, carry_on, file_of
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain

pytestmark = pytest.mark.django_db(transaction=True)
CASES, AT_ONCE = 100, 10


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Path:
    cast.desk()
    monkeypatch.setattr(writing, "CASES_AT_ONCE", AT_ONCE)
    monkeypatch.setattr(standing, "CASES_AT_ONCE", AT_ONCE)
    rows = [
        f"K{number:03},2026-03-0{day}T10:00:00Z,{team},{status},,"
        for number in range(CASES)
        for day, team, status in ((2, "One", "new"), (3, "Two core", "done"))
    ]
    return file_of(tmp_path, rows)


def numbers(facts: Facts) -> tuple[int, int]:
    """Cases and stays of the desk."""
    places = [code for code, place in enumerate(facts.books["place"]) if place.startswith("support")]
    desk = facts.code("desk", "support")
    return (
        sum(int((part.cases["desk"] == desk).sum()) for part in facts.parts),
        sum(int(np.isin(part.stays["place"], places).sum()) for part in facts.parts),
    )


def test_facts_read_beside_an_import_never_have_half_of_it(path: Path, tmp_path: Path) -> None:
    build(tmp_path)
    here, seen = Serving(tmp_path), set[tuple[int, int]]()

    def moves() -> None:
        try:
            with remembering():
                brought = bring(path)
                carry_on(actions.withdraw(brought.id, actor=SYSTEM, now=NOW))
                carry_on(actions.put_back(brought.id, actor=SYSTEM, now=NOW))
        finally:
            connections.close_all()

    mover = Thread(target=moves)
    mover.start()
    while mover.is_alive():
        facts = here.ready(NOW)
        assert facts is not None
        seen.add(numbers(facts))
    mover.join()
    assert Import.objects.get().state == "done"
    assert all(cases % AT_ONCE == 0 and stays == 2 * cases for cases, stays in seen), seen
    assert len(seen) > 2
    last = here.ready(NOW)
    assert last is not None
    assert numbers(last) == (CASES, 2 * CASES)
    assert plain(last) == plain(read_all(NOW))
