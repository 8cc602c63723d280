"""Many facts at once: however they get into the table, they are the same facts."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.copying import FEWEST
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from tests.cast import MONDAY

pytestmark = pytest.mark.django_db
IN_SEOUL = MONDAY.astimezone(ZoneInfo("Asia/Seoul"))
PAYLOAD = {"words": ["ж", "통화", None, 1.5, '\\N\t"\\'], "deep": {"yes": True}}


def drafts(count: int) -> list[Draft]:
    return [
        Draft("test.done", "case", number, SYSTEM, IN_SEOUL + timedelta(microseconds=number), PAYLOAD)
        for number in range(count)
    ]


def written(count: int) -> list[tuple[object, ...]]:
    """What stands of so many facts, written at once."""
    record_many(drafts(count), now=MONDAY)
    rows = Entry.objects.filter(kind="test.done").order_by("-id")[:count]
    columns = ("subject_kind", "subject_id", "actor_kind", "actor_id", "happened_at", "recorded_at")
    return list(reversed(rows.values_list(*columns, "payload")))


def test_facts_written_by_the_hundred_are_the_ones_written_by_twos_in_their_order() -> None:
    many = written(FEWEST)
    assert many[:2] == written(2)
    assert [row[1] for row in many] == list(range(FEWEST))
    assert len(set(Entry.objects.filter(kind="test.done").values_list("xact", flat=True))) == 1


def test_one_that_the_table_refuses_refuses_them_all() -> None:
    late = drafts(FEWEST)
    late[-1] = Draft("test.done", "case", None, SYSTEM, MONDAY)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), transaction.atomic():
        record_many(late, now=MONDAY)
    assert not Entry.objects.filter(kind="test.done").exists()
