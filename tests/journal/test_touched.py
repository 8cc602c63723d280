"""Which subjects changed, read as the change sequence is read."""

import pytest

from opsdesk.journal.actions import Draft, begin_generation, record_many
from opsdesk.journal.changes import Touched, end, fact_at, generation, touched_after
from opsdesk.journal.queries import Cursor, changes_after
from opsdesk.kernel.actor import SYSTEM
from tests.cast import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


def facts(*ids: int) -> None:
    record_many([Draft("case.noted", "case", id, SYSTEM, MONDAY) for id in ids], now=MONDAY)


def read_on(cursor: Cursor) -> tuple[list[int], Cursor]:
    """The subjects of every fact after a cursor, two facts at a time, and where they end."""
    found: list[int] = []
    while (touched := touched_after(cursor, limit=2)).entries:
        found += sorted(id for _, id in touched.subjects)
        cursor = touched.cursor
    return found, cursor


def test_every_fact_is_passed_once_and_in_the_order_of_the_sequence() -> None:
    facts(11, 12, 13, 14, 15)
    found, cursor = read_on(Cursor())
    assert found == [11, 12, 13, 14, 15]
    assert cursor == end() == changes_after(Cursor()).cursor
    facts(16)
    assert read_on(cursor)[0] == [16]


def test_facts_from_before_a_generation_are_passed_before_its_own() -> None:
    facts(11, 12, 13)
    running = begin_generation(reason="restored", now=MONDAY)
    assert end() == read_on(Cursor(running.id))[1]
    facts(14)
    found, cursor = read_on(Cursor(running.id))
    assert found == [11, 12, 13, 14]
    assert cursor == end() == changes_after(cursor).cursor


def test_in_another_generation_nothing_is_read_but_that() -> None:
    facts(11)
    _, cursor = read_on(Cursor())
    assert generation() == 0
    running = begin_generation(reason="restored", now=MONDAY)
    assert generation() == running.id
    assert touched_after(cursor, limit=2) == Touched(frozenset(), cursor, 0, start_over=True)


def test_a_fact_is_told_from_another_of_its_number() -> None:
    assert fact_at(end()) == ""
    facts(11)
    assert fact_at(end()).startswith("case.noted 11 2026-03-02 18:00:00")
