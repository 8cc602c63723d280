"""Disputes that were raised before cases kept a deadline stand in the lists where later ones stand."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.cases.due import FAR
from opsdesk.cases.lists import QueueFilters, queue_page
from opsdesk.cases.models import Case
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY

pytestmark = pytest.mark.django_db
MIGRATION = import_module("opsdesk.disputes.migrations.0002_deadline_of_its_case")


def test_disputes_of_an_older_version_stand_by_their_deadlines_after_the_upgrade() -> None:
    staff = cast.desk()
    soon = cast.raised(at=MONDAY + HOUR, complete=False)
    late = cast.raised(at=MONDAY + 2 * HOUR, complete=False)
    new = cast.raised(at=MONDAY + 3 * HOUR, complete=False)
    request = Case.objects.create(**{**_columns(new.case_id), "kind": "request", "deadline_at": None})
    # As the older version left them: one touched and so without a target, one with a later target's instant.
    Case.objects.filter(id=soon.case_id).update(deadline_at=None, due_sort_at=FAR)
    Case.objects.filter(id=late.case_id).update(deadline_at=None, due_sort_at=MONDAY)
    before = _columns(new.case_id), _columns(request.id)
    with CaptureQueriesContext(connection) as asked:
        MIGRATION.fill_the_deadline(apps, None)
    assert len(asked) == 1
    kept = Case.objects.filter(id__in=[soon.case_id, late.case_id]).order_by("id")
    assert [(case.deadline_at, case.due_sort_at) for case in kept] == [
        (each.due_at, each.due_at) for each in (soon, late)
    ]
    assert (_columns(new.case_id), _columns(request.id)) == before
    rows = queue_page(QueueFilters(desk="deals", queue="disputes"), person_id=staff.olga.id).rows
    assert [row.id for row in rows if row.kind == "dispute"] == [soon.case_id, late.case_id, new.case_id]


def _columns(case_id: int) -> dict[str, object]:
    values = Case.objects.filter(id=case_id).values().get()
    values.pop("id")
    return values
