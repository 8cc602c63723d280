"""How far a person has read, and who has a case on screen: written without a journal entry."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases.models import Presence, ReadMark
from opsdesk.journal import rows

ONE_EACH = ("person_id", "case_id")


@transaction.atomic
def mark_read(*, case_id: int, person_id: int, now: datetime) -> None:
    """The person has seen all there is of the case until now."""
    mark = ReadMark(person_id=person_id, case_id=case_id, read_at=now)
    rows.insert_or_update(mark, unique=ONE_EACH, changes=["read_at"])


@transaction.atomic
def be_present(*, case_id: int, person_id: int, writing: str = "", now: datetime) -> None:
    """The person has the case on screen; `writing` names the dialog they have open."""
    here = Presence(person_id=person_id, case_id=case_id, seen_at=now, writing=writing[:20])
    rows.insert_or_update(here, unique=ONE_EACH, changes=["seen_at", "writing"])
