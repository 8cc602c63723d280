"""How far a person has read, and who has a case on screen: written without a journal entry."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases.models import Presence, ReadMark


@transaction.atomic
def mark_read(*, case_id: int, person_id: int, now: datetime) -> None:
    """The person has seen all there is of the case until now."""
    ReadMark.objects.update_or_create(person_id=person_id, case_id=case_id, defaults={"read_at": now})


@transaction.atomic
def be_present(*, case_id: int, person_id: int, writing: str = "", now: datetime) -> None:
    """The person has the case on screen; `writing` names the dialog they have open."""
    Presence.objects.update_or_create(
        person_id=person_id, case_id=case_id, defaults={"seen_at": now, "writing": writing[:20]}
    )
