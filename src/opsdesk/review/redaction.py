"""Erasing words of reviews: a meeting note with the points taken from it, a single point."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.review.models import Point, ReviewNote
from opsdesk.review.queries import note_of
from opsdesk.review.refusals import NoteErased, PointErased, PointUnknown
from opsdesk.vault.erasing import erase, overwrite_what_is_freed

# Who has a form open with the words in it may not bring them back.
_WORDLESS = {"words": "", "revision": F("revision") + 1}


@transaction.atomic
def redact_meeting_note(note_id: int, *, reason: str, actor: Actor, now: datetime) -> list[int]:
    """Erase a note's bytes, its title wherever the same bytes are attached, and the words of the points that
    were taken from it; the points. That there was a note, by whom and when, stays.

    `reason` is a code. Refuses who may not, `NoteUnknown`, `NoteErased`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    digest = note_of(note_id).blob_id
    if not erase([digest], reason=reason, actor=actor, now=now):
        raise NoteErased
    same = ReviewNote.objects.filter(blob_id=digest)
    reviews = list(same.order_by("id").values_list("id", "review_id"))
    taken = Point.objects.filter(note__blob_id=digest).exclude(words="")
    points = sorted(taken.values_list("id", flat=True))
    same.update(title="")
    Point.objects.filter(id__in=points).update(**_WORDLESS)
    facts = [
        Draft("review.note_redacted", "review", review, actor, now, {"note": id, "reason": reason})
        for id, review in reviews
    ]
    record_many([*facts, *(_of_point(id, reason, actor, now) for id in points)], now=now)
    return points


@transaction.atomic
def redact_point(point_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Erase a point's words; what it was, whose and until when stays. The note it was taken from has its own.

    `reason` is a code. Refuses who may not, `PointUnknown`, `PointErased`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    if not Point.objects.filter(id=point_id).exists():
        raise PointUnknown(point=point_id)
    overwrite_what_is_freed()
    if not Point.objects.filter(id=point_id).exclude(words="").update(**_WORDLESS):
        raise PointErased
    record_many([_of_point(point_id, reason, actor, now)], now=now)


def _of_point(point_id: int, reason: str, actor: Actor, now: datetime) -> Draft:
    return Draft("review.point_redacted", "point", point_id, actor, now, {"reason": reason})
