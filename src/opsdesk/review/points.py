"""The points of reviews: those of one, those that carry over, all that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from opsdesk.kernel.period import Period
from opsdesk.people import queries as people
from opsdesk.review.models import Point, Review
from opsdesk.review.refusals import PointUnknown

# Of what was said in a review: what works first, what to do last.
ORDER = (
    Point.Kind.WORKS,
    Point.Kind.DOESNT,
    Point.Kind.WOULD_HELP,
    Point.Kind.PROBLEM,
    Point.Kind.ACTION,
)


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point. `stood`: in how many reviews, the one it was opened in and the one looked at included.

    `opened`: the period of the review it was opened in. No words: they were erased.
    """

    id: int
    desk: str
    kind: str
    tag: str
    words: str
    owner_id: int | None
    owner: str
    due_on: date | None
    state: str
    closed_at: datetime | None
    closed_in: int | None
    created_at: datetime
    created_by: str
    opened_in: int
    opened: Period
    stood: int
    revision: int

    @property
    def is_open(self) -> bool:
        return self.state == Point.State.OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < today


def below(review: Review, prefix: str = "") -> Q:
    """What stands below a review in the list: what ended earlier, or as late and was shorter."""
    as_late = Q(**{f"{prefix}until": review.until, f"{prefix}since__gt": review.since})
    return Q(**{f"{prefix}until__lt": review.until}) | as_late


def points(review: Review) -> tuple[PointRow, ...]:
    """The points opened in the review of a period, in whichever of its editions."""
    same = Q(opened_in__since=review.since, opened_in__until=review.until)
    return _shown(_of(review.desk).filter(same), review)


def carried(review: Review) -> tuple[PointRow, ...]:
    """The points of earlier reviews that were still open when this one was written."""
    open_then = Q(closed_at=None) | Q(closed_at__gte=review.made_at)
    return _shown(_of(review.desk).filter(below(review, "opened_in__"), open_then), review)


def open_points(desk: str) -> tuple[PointRow, ...]:
    """All points of a desk that are open, whichever review they were opened in."""
    newest = Review.objects.filter(desk=desk).defer("document").order_by("-until", "since").first()
    return _shown(_of(desk).filter(state=Point.State.OPEN), newest) if newest else ()


def point(point_id: int) -> PointRow:
    """One of them, as it stands now. Refuses `PointUnknown`."""
    found = Point.objects.filter(id=point_id).select_related("opened_in").defer("opened_in__document")
    row = found.first()
    if row is None:
        raise PointUnknown(point=point_id)
    newest = Review.objects.filter(desk=row.desk).defer("document").order_by("-until", "since").first()
    return _shown(found, newest or row.opened_in)[0]


def _of(desk: str) -> QuerySet[Point]:
    return Point.objects.filter(desk=desk).select_related("opened_in").defer("opened_in__document")


def _shown(found: QuerySet[Point], review: Review) -> tuple[PointRow, ...]:
    """The points as rows, by what they are and the oldest first."""
    kept = sorted(found, key=lambda row: (ORDER.index(Point.Kind(row.kind)), row.id))
    names = people.names(id for row in kept for id in (row.owner_id, row.created_by_id) if id)
    periods = _periods(review) if kept else ()
    return tuple(_row(row, names, periods) for row in kept)


def _periods(review: Review) -> Sequence[tuple[datetime, datetime]]:
    """When the reviewed periods of the desk ended and began, up to this one, in the order of the list."""
    every = Review.objects.filter(below(review) | Q(until=review.until, since=review.since), desk=review.desk)
    return tuple(every.order_by("-until", "since").values_list("until", "since").distinct())


def _row(row: Point, names: dict[int, str], periods: Sequence[tuple[datetime, datetime]]) -> PointRow:
    opened = row.opened_in
    return PointRow(
        id=row.id,
        desk=row.desk,
        kind=row.kind,
        tag=row.tag,
        words=row.words,
        owner_id=row.owner_id,
        owner=names.get(row.owner_id or 0, ""),
        due_on=row.due_on,
        state=row.state,
        closed_at=row.closed_at,
        closed_in=row.closed_in_id,
        created_at=row.created_at,
        created_by=names.get(row.created_by_id or 0, ""),
        opened_in=row.opened_in_id,
        opened=Period(opened.since, opened.until),
        stood=1 + _place(periods, opened),
        revision=row.revision,
    )


def _place(periods: Sequence[tuple[datetime, datetime]], review: Review) -> int:
    """How many reviews stand above one in the list of their periods."""
    key = (review.until, review.since)
    return periods.index(key) if key in periods else 0
