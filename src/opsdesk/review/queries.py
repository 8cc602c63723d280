"""Reviews for the faces: the list, one with its notes and points, what carries over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from opsdesk.kernel.period import Period
from opsdesk.people import queries as people
from opsdesk.review.composing import Earlier
from opsdesk.review.document import Document, from_json
from opsdesk.review.models import Point, Review, ReviewNote
from opsdesk.review.notes import Proposal, proposals, text_of
from opsdesk.review.points import PointRow, below, carried, points
from opsdesk.review.refusals import NoteErased, NoteUnknown, ReviewUnknown
from opsdesk.vault import queries as vault

PAGE = 30


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An edition of a review. `made_by` empty: the system."""

    id: int
    desk: str
    period: Period
    edition: int
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class ReviewList:
    """Some reviews, the latest periods first, each in its newest edition; `after`: to go on from, if any."""

    rows: tuple[ReviewRow, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note attached to a review. `erased`: only that there was one is left."""

    id: int
    review: int
    title: str
    source: str
    size: int
    added_by: str
    added_at: datetime
    erased: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A review: its document, the period's notes and points whatever edition they came with, what it carries
    over from earlier ones; all editions of the period, the newest first."""

    row: ReviewRow
    document: Document
    notes: tuple[NoteRow, ...]
    points: tuple[PointRow, ...]
    carried: tuple[PointRow, ...]
    editions: tuple[ReviewRow, ...]


def reviews(desk: str, *, after: int | None = None, size: int = PAGE) -> ReviewList:
    """The reviews of a desk. Refuses `ReviewUnknown` where `after` is none."""
    newer = Review.objects.filter(desk=desk, since=OuterRef("since"), until=OuterRef("until"))
    found = Review.objects.filter(~Exists(newer.filter(edition__gt=OuterRef("edition"))), desk=desk)
    if after is not None:
        found = found.filter(below(review_of(after)))
    rows = _rows(found.defer("document").order_by("-until", "since")[: size + 1])
    return ReviewList(rows[:size], rows[size - 1].id if len(rows) > size else None)


def review_of(review_id: int) -> Review:
    """A review without its document. Refuses `ReviewUnknown`."""
    found = Review.objects.filter(id=review_id).defer("document").first()
    if found is None:
        raise ReviewUnknown(review=review_id)
    return found


def _rows(found: Iterable[Review]) -> tuple[ReviewRow, ...]:
    kept = [*found]
    names = people.names(row.made_by_id for row in kept if row.made_by_id)
    return tuple(
        ReviewRow(
            row.id,
            row.desk,
            Period(row.since, row.until),
            row.edition,
            row.made_at,
            names.get(row.made_by_id or 0, ""),
        )
        for row in kept
    )


def document(review_id: int) -> Document:
    """A review's document as it was written. Refuses `ReviewUnknown`."""
    found = Review.objects.filter(id=review_id).values_list("document", flat=True).first()
    if found is None:
        raise ReviewUnknown(review=review_id)
    return from_json(found)


def latest(desk: str, period: Period) -> ReviewRow | None:
    """The newest edition of a desk's review of a period."""
    found = Review.objects.filter(desk=desk, since=period.start, until=period.end)
    return next(iter(_rows(found.defer("document").order_by("-edition")[:1])), None)


def earlier(desk: str, period: Period, before: Period) -> Earlier | None:
    """What a review is compared with: the newest of the period before, else the last that ended earlier."""
    found = Review.objects.filter(desk=desk, until__lt=period.end).order_by("-until", "since", "-edition")
    row = found.filter(since=before.start, until=before.end).first() or found.first()
    if row is None:
        return None
    return Earlier(row.id, row.edition, Period(row.since, row.until), from_json(row.document).findings)


def review(review_id: int) -> ReviewPage:
    """A review with all that belongs to it. Refuses `ReviewUnknown`."""
    found = review_of(review_id)
    same = Review.objects.filter(desk=found.desk, since=found.since, until=found.until)
    editions = _rows(same.defer("document").order_by("-edition"))
    return ReviewPage(
        row=next(each for each in editions if each.id == found.id),
        document=document(review_id),
        notes=notes(found),
        points=points(found),
        carried=carried(found),
        editions=editions,
    )


def notes(review: Review) -> tuple[NoteRow, ...]:
    """The notes attached to a review's period, in the order they came."""
    same = Q(review__desk=review.desk, review__since=review.since, review__until=review.until)
    kept = list(ReviewNote.objects.filter(same).select_related("blob").order_by("id"))
    names = people.names(row.added_by_id for row in kept if row.added_by_id)
    return tuple(_note(row, names.get(row.added_by_id or 0, "")) for row in kept)


def _note(row: ReviewNote, added_by: str) -> NoteRow:
    return NoteRow(
        id=row.id,
        review=row.review_id,
        title=row.title,
        source=row.source,
        size=row.blob.size,
        added_by=added_by,
        added_at=row.added_at,
        erased=row.blob.redacted_at is not None,
    )


def note_of(note_id: int, *, held: bool = False) -> ReviewNote:
    """A note with its review. Refuses `NoteUnknown`.

    `held`: nobody erases it before the transaction ends.
    """
    found = ReviewNote.objects.filter(id=note_id).select_related("review", "blob").defer("review__document")
    if held:
        found = found.select_for_update(of=("blob",), no_key=True)
    row = found.first()
    if row is None:
        raise NoteUnknown(note=note_id)
    return row


def note_text(note_id: int) -> str:
    """What a note says. Refuses `NoteUnknown`, `NoteErased`."""
    row = note_of(note_id)
    if row.blob.redacted_at is not None:
        raise NoteErased
    return text_of(vault.read(row.blob_id))


def proposed(note_id: int) -> tuple[Proposal, ...]:
    """The points that a note proposes and nobody has taken yet. Refuses as `note_text`."""
    taken = set(Point.objects.filter(note_id=note_id).values_list("line", flat=True))
    return tuple(each for each in proposals(note_text(note_id)) if each.line not in taken)
