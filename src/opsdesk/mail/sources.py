"""Where mail comes from."""

from datetime import datetime

from django.db import transaction

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.mail.models import Source
from opsdesk.mail.refusals import SourceDiffers


@transaction.atomic
def file_source(
    key: str, *, desk: str, start_at: datetime | None, now: datetime, actor: Actor = SYSTEM
) -> Source:
    """The source of that key for mail from files, made if it is not there.

    `start_at` counts when the source is made; None: all its mail is work. Refuses `SourceDiffers`.
    """
    source, made = Source.objects.select_for_update().get_or_create(
        key=key,
        defaults={"kind": Source.Kind.FILES, "desk": desk, "start_at": start_at, "created_at": now},
    )
    if not made and (source.desk != desk or (start_at is not None and source.start_at != start_at)):
        raise SourceDiffers(source=key)
    if made:
        record(
            kind="source.added",
            subject_kind="source",
            subject_id=source.id,
            actor=actor,
            happened_at=now,
            now=now,
            payload={
                "kind": source.kind,
                "desk": desk,
                "start_at": start_at.isoformat() if start_at else None,
            },
        )
    return source
