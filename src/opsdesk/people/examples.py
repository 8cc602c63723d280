"""One password for the persons of an example."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM
from opsdesk.people.models import Person


@transaction.atomic
def share_password(*, person_ids: Collection[int], password: str, now: datetime) -> None:
    """Give these persons one password, hashed once for them all.

    A salt of one's own keeps secret that two have the same password; here everybody is told.
    """
    Person.objects.filter(id__in=person_ids).update(password=make_password(password))
    record_many(
        [Draft("person.password_set", "person", person_id, SYSTEM, now) for person_id in person_ids], now=now
    )
