"""Uploaded files: kept in pieces beside their import until its cases are written."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from opsdesk.cases.queries import mail_desk
from opsdesk.history import samples
from opsdesk.history.actions import note
from opsdesk.history.files import FileEmpty, FileUnreadable, NoRows, NoTable, of_upload
from opsdesk.history.maps import read_map
from opsdesk.history.models import Import, Piece
from opsdesk.history.refusals import BroughtBefore, ImportUnknown, TooBig
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.vault.actions import digest_of
from opsdesk.vault.erasing import overwrite_what_is_freed

MOST_BYTES = 50 * 1024 * 1024
FORGOTTEN_AFTER = timedelta(days=1)
OVER = (Import.State.DONE, Import.State.WITHDRAWN, Import.State.FAILED)
MAP = "map"


@transaction.atomic
def upload(name: str, pieces: Iterable[bytes], *, desk: str, actor: Actor, now: datetime) -> Import:
    """Keep a file that is about to be mapped. Refuses `TooBig`, `FileEmpty`, `NoTable`, `NoRows`,
    `TakesNoRequests`.

    What somebody uploaded and left lying for a day goes.
    """
    check_may(actor, Act.BRING_HISTORY, desk=mail_desk(desk).key)
    forget_drafts(before=now - FORGOTTEN_AFTER)
    draft = Import.objects.create(
        desk=desk,
        state=Import.State.DRAFT,
        file_name=name[:200],
        file_bytes=0,
        stored=True,
        asked_by_id=actor.id,
        asked_at=now,
    )
    digest, size = hashlib.sha256(), 0
    for number, data in enumerate(pieces):
        digest.update(data)
        size += len(data)
        if size > MOST_BYTES:
            raise TooBig(most=MOST_BYTES // 1024**2)
        Piece.objects.create(imported=draft, number=number, data=data)
    if not size:
        raise FileEmpty(name=name)
    draft.file_digest, draft.file_bytes = digest.hexdigest(), size
    draft.save()
    _check_is_a_table(draft)
    return draft


def _check_is_a_table(draft: Import) -> None:
    """Whether there is something to map. What else is wrong with a file its next page says."""
    try:
        samples.sample(of_upload(draft))
    except (NoTable, NoRows):
        raise
    except FileUnreadable:
        return


@transaction.atomic
def begin(import_id: int, map: str, *, placed: bool, actor: Actor, now: datetime) -> Import:
    """Have an uploaded file brought in under a map: the worker does it.

    Refuses `DocumentInvalid`; `BroughtBefore` where the same file stands here under the same map.
    """
    draft = Import.objects.select_for_update().filter(id=import_id, state=Import.State.DRAFT).first()
    if draft is None:
        raise ImportUnknown(number=import_id)
    check_may(actor, Act.BRING_HISTORY, desk=draft.desk)
    mapped, digest = read_map(map, source=MAP, desk=mail_desk(draft.desk)), digest_of(map.encode())
    same = Import.objects.filter(desk=draft.desk, file_digest=draft.file_digest, map_digest=digest)
    there = same.exclude(state__in=[Import.State.WITHDRAWN, Import.State.FAILED]).order_by("-id").first()
    if there is not None:
        raise BroughtBefore(number=there.id)
    draft.state, draft.map, draft.map_digest = Import.State.READING, map, digest
    draft.origin, draft.placed, draft.asked_at, draft.asked_by_id = mapped.tool, placed, now, actor.id
    draft.save()
    note("import.asked", draft, actor=actor, now=now)
    return draft


@transaction.atomic
def forget(imported: Import) -> None:
    """The file is no longer needed."""
    overwrite_what_is_freed()
    Piece.objects.filter(imported=imported).delete()


@transaction.atomic
def forget_drafts(*, before: datetime | None = None) -> list[Import]:
    """Delete what was uploaded and is not being brought in, all of it or what was `before`; what went."""
    drafts = Import.objects.filter(state=Import.State.DRAFT).order_by("id")
    if before is not None:
        drafts = drafts.filter(asked_at__lt=before)
    gone = list(drafts.select_for_update())
    if gone:
        overwrite_what_is_freed()
        Import.objects.filter(id__in=[draft.id for draft in gone]).delete()
    return gone


@transaction.atomic
def sweep(now: datetime) -> None:
    """Delete files that nobody needs: drafts that lay for a day, and what a worker that was killed left."""
    forget_drafts(before=now - FORGOTTEN_AFTER)
    left = Piece.objects.filter(imported__state__in=OVER)
    if left.exists():
        overwrite_what_is_freed()
        left.delete()
