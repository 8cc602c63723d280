"""The tests' own desk is the shipped one, row for row."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from opsdesk.cases.models import Target
from opsdesk.journal.models import Entry
from opsdesk.vault.models import Document
from tests import cast

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def everything() -> list[list[dict[str, Any]]]:
    """All rows, facts by the name of their document, without the numbers and what the engine adds."""
    names = dict(Document.objects.values_list("id", "name"))
    facts = [row | {"subject_id": names[row["subject_id"]]} for row in Entry.objects.values()]
    found = [list(Document.objects.values()), facts, list(Target.objects.values())]
    return [
        sorted(({k: v for k, v in row.items() if k not in ("id", "xact")} for row in rows), key=repr)
        for rows in found
    ]


@pytest.mark.django_db
def test_the_desk_of_the_tests_is_what_publishing_leaves() -> None:
    with transaction.atomic():
        cast.publish(NOW)
        published = everything()
        transaction.set_rollback(True)
    assert all(published)
    for _time in ("the first time", "again"):
        with transaction.atomic():
            cast.desk(NOW)
            assert everything() == published
            transaction.set_rollback(True)
