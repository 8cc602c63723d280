"""Withdrawing an import and putting it back, some cases at a time: all its rows stay as they are.

A withdrawn case and its stays change their desk for one that there isn't, so that no number and no list of
the desk has them, whatever it counts; putting it back changes the desk again, and nothing else was changed.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from opsdesk.cases import importing
from opsdesk.cases.indexed import of_case
from opsdesk.cases.queries import mail_desk
from opsdesk.history import uploads
from opsdesk.history.actions import CASES_AT_ONCE, note
from opsdesk.history.models import Import
from opsdesk.kernel.actor import SYSTEM
from opsdesk.people import queries as people
from opsdesk.search import actions as search

INDEXED_AT_ONCE = 200


@transaction.atomic
def step(imported: Import, *, now: datetime) -> bool:
    """Move the next cases out or back; whether there may be more."""
    row = Import.objects.select_for_update().get(id=imported.id)
    leaving = row.state == Import.State.WITHDRAWING
    if not leaving and row.state != Import.State.RETURNING:
        return False
    some = row.origins.filter(stands=leaving).order_by("case_id")
    ids = list(some.values_list("case_id", flat=True)[:CASES_AT_ONCE])
    if not ids:
        _over(row, now=now)
        return False
    actor = people.actor(row.asked_by_id, now) if row.asked_by_id else SYSTEM
    with_import: dict[str, Any] = {"actor": actor, "now": now, "payload": {"import": row.id}}
    if leaving:
        importing.send_away(ids, row.desk, **with_import)
    else:
        importing.bring_back(ids, mail_desk(row.desk), **with_import)
    row.origins.filter(case_id__in=ids).update(stands=not leaving)
    return True


@transaction.atomic
def index(imported: Import) -> bool:
    """Make the next cases findable by their words; whether there may be more."""
    row = Import.objects.select_for_update().get(id=imported.id)
    some = row.origins.filter(case_id__gt=row.indexed_to).order_by("case_id").select_related("case")
    cases = [each.case for each in some[:INDEXED_AT_ONCE]]
    search.put_many([of_case(case) for case in cases])
    row.indexed_to, row.indexed = cases[-1].id if cases else row.indexed_to, not cases
    row.save(update_fields=["indexed_to", "indexed"])
    return bool(cases)


def _over(row: Import, *, now: datetime) -> None:
    withdrawn = row.state == Import.State.WITHDRAWING
    row.state = Import.State.WITHDRAWN if withdrawn else Import.State.DONE
    row.save()
    if withdrawn:
        uploads.forget(row)
    note("import.withdrawn" if withdrawn else "import.put_back", row, actor=SYSTEM, now=now, cases=row.cases)
