"""Adding points to a review, changing them, closing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people import queries as people
from opsdesk.review import queries
from opsdesk.review.models import Point, Review
from opsdesk.review.notes import MOST_WORDS, tidy
from opsdesk.review.refusals import (
    NoteErased,
    PointChanged,
    PointNotOpen,
    PointOpen,
    PointThere,
    PointUnknown,
)

# What may be without a tag: it is neither a problem nor to be done.
UNTAGGED = (Point.Kind.WORKS, Point.Kind.DOESNT, Point.Kind.WOULD_HELP)


@dataclass(frozen=True, slots=True)
class PointDraft:
    """What a point is to say. `note` and `line`: the line of a note that it is taken from."""

    kind: str
    words: str
    tag: str = ""
    owner_id: int | None = None
    due_on: date | None = None
    note: int | None = None
    line: int | None = None


@transaction.atomic
def add_point(*, review_id: int, draft: PointDraft, actor: Actor, now: datetime) -> Point:
    """Open a point in a review.

    Refuses `ReviewUnknown`, `PointThere`, `NoteUnknown`, `NoteErased`, `Invalid` fields.
    """
    review = queries.review_of(review_id)
    check_may(actor, Act.WRITE_REVIEW, desk=review.desk)
    row = Point(
        desk=review.desk,
        opened_in_id=review.id,
        **_checked(draft, review, now=now),
        note_id=draft.note,
        line=draft.line,
        state=Point.State.OPEN.value,
        created_at=now,
        created_by_id=actor.id if actor.is_person else None,
    )
    _insert(row)
    _record("review.point_added", row, actor=actor, now=now)
    return row


@transaction.atomic
def add_points(
    *, review_id: int, drafts: Sequence[PointDraft], actor: Actor, now: datetime
) -> tuple[Point, ...]:
    """Open several, as those that a note proposes: all of them or, where one is refused, none."""
    return tuple(add_point(review_id=review_id, draft=draft, actor=actor, now=now) for draft in drafts)


@transaction.atomic
def edit_point(*, point_id: int, revision: int, draft: PointDraft, actor: Actor, now: datetime) -> Point:
    """Change what a point says, as it was seen in that revision.

    Refuses `PointUnknown`, `PointNotOpen`, `PointChanged`, `PointThere`, `Invalid` fields.
    """
    row = _held(point_id, actor)
    if row.state != Point.State.OPEN:
        raise PointNotOpen
    return _changed(
        row,
        "review.point_edited",
        _checked(draft, row.opened_in, now=now, before=row),
        revision=revision,
        actor=actor,
        now=now,
    )


def close_point(*, point_id: int, revision: int, review_id: int | None, actor: Actor, now: datetime) -> Point:
    """It is done. `review_id`: the review in which that was said. Refuses as `edit_point`."""
    done = Point.State.DONE
    return _end(done, "review.point_closed", point_id, revision, review_id, actor=actor, now=now)


def drop_point(*, point_id: int, revision: int, review_id: int | None, actor: Actor, now: datetime) -> Point:
    """It is not to be done any more. Refuses as `edit_point`."""
    dropped = Point.State.DROPPED
    return _end(dropped, "review.point_dropped", point_id, revision, review_id, actor=actor, now=now)


@transaction.atomic
def reopen_point(*, point_id: int, revision: int, actor: Actor, now: datetime) -> Point:
    """It is open again. Refuses `PointUnknown`, `PointOpen`, `PointChanged`."""
    row = _held(point_id, actor)
    if row.state == Point.State.OPEN:
        raise PointOpen
    changes = {"state": Point.State.OPEN.value, "closed_at": None, "closed_in_id": None}
    return _changed(row, "review.point_reopened", changes, revision=revision, actor=actor, now=now)


@transaction.atomic
def _end(
    state: Point.State,
    kind: str,
    point_id: int,
    revision: int,
    review_id: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> Point:
    row = _held(point_id, actor)
    if row.state != Point.State.OPEN:
        raise PointNotOpen
    if review_id is not None and queries.review_of(review_id).desk != row.desk:
        raise Invalid("review", gettext_noop("That review is another desk's."))
    changes = {"state": state.value, "closed_at": now, "closed_in_id": review_id}
    return _changed(row, kind, changes, revision=revision, actor=actor, now=now)


def _held(point_id: int, actor: Actor) -> Point:
    """The point, for who may change it."""
    found = Point.objects.filter(id=point_id).select_related("opened_in").defer("opened_in__document").first()
    if found is None:
        raise PointUnknown(point=point_id)
    check_may(actor, Act.WRITE_REVIEW, desk=found.desk)
    return found


def _checked(
    draft: PointDraft, review: Review, *, now: datetime, before: Point | None = None
) -> dict[str, Any]:
    """The columns of a draft. Refuses `Invalid` fields, `NoteUnknown`, `NoteErased`."""
    words = tidy(draft.words)
    if draft.kind not in Point.Kind.values:
        raise Invalid("kind", gettext_noop("Choose what the point is."))
    if draft.tag not in Point.Tag.values and not (draft.tag == "" and draft.kind in UNTAGGED):
        raise Invalid("tag", gettext_noop("Say whether it is about people, tools or the process."))
    if not words:
        raise Invalid("words", gettext_noop("Write what the point is."))
    if len(words) > MOST_WORDS:
        raise Invalid("words", gettext_noop("A point has at most 500 characters. Put the rest in the note."))
    is_kept = before is not None and draft.owner_id == before.owner_id
    if draft.owner_id is not None and not is_kept:
        _check_owner(draft.owner_id, review.desk, now)
    _check_line(draft, review)
    return {
        "kind": draft.kind,
        "tag": draft.tag,
        "words": words,
        "owner_id": draft.owner_id,
        "due_on": draft.due_on,
    }


def _check_owner(person_id: int, desk: str, now: datetime) -> None:
    if person_id not in {each.id for each in people.persons_of_desk(desk, now)}:
        raise Invalid("owner", gettext_noop("Choose somebody of this desk."))


def _check_line(draft: PointDraft, review: Review) -> None:
    if (draft.note is None) != (draft.line is None):
        raise Invalid("line", gettext_noop("Name the note and its line, or neither."))
    if draft.note is None:
        return
    note = queries.note_of(draft.note, held=True)
    if note.review.desk != review.desk:
        raise Invalid("note", gettext_noop("That note is another desk's."))
    if note.blob.redacted_at is not None:
        raise NoteErased


def _insert(row: Point) -> None:
    try:
        with transaction.atomic():
            rows.insert_row(row)
    except IntegrityError:
        raise PointThere from None


def _changed(
    row: Point, kind: str, changes: Mapping[str, Any], *, revision: int, actor: Actor, now: datetime
) -> Point:
    """Change a point unless somebody has since that revision."""
    changes = {**changes, "revision": revision + 1}
    try:
        with transaction.atomic():
            touched = Point.objects.filter(id=row.id, revision=revision).update(**changes)
    except IntegrityError:
        raise PointThere from None
    if not touched:
        raise PointChanged
    for name, value in changes.items():
        setattr(row, name, value)
    _record(kind, row, actor=actor, now=now)
    return row


def _record(kind: str, row: Point, *, actor: Actor, now: datetime) -> None:
    record(
        kind=kind,
        subject_kind="point",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={
            "desk": row.desk,
            "review": row.opened_in_id,
            "kind": row.kind,
            "tag": row.tag,
            "owner": row.owner_id,
            "state": row.state,
        },
    )
