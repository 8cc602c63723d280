"""A review as it is kept, made into the paper that its page and its files show."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.review import queries
from opsdesk.review.models import Point, ReviewNote
from opsdesk.review.points import PointRow
from opsdesk.review.queries import NoteRow, ReviewPage
from opsdesk.web.dates import dated
from opsdesk.web.funnel.words import period_text
from opsdesk.web.review.numbers import Source, days_of
from opsdesk.web.review.paper import NoteLine, Paper, PointLine
from opsdesk.web.review.telling import told

KINDS = dict(Point.Kind.choices)
TAGS = dict(Point.Tag.choices)
STATES = dict(Point.State.choices)
SOURCES = dict(ReviewNote.Source.choices)
LOOKS = {Point.State.DONE: "is-good", Point.State.DROPPED: "is-void"}


def paper_of(
    found: ReviewPage, desk: DeskDefinition, *, path: str, address: str, now: datetime, with_notes: bool
) -> Paper:
    """The paper of a review. `path`: of its page; `address`: the whole of it, in files; else empty."""
    today = now.astimezone(desk.zone).date()
    lines = [line(each, desk, today) for each in (*found.carried, *found.points)]
    return told(
        Source(desk, found.document, now, path),
        edition=found.row.edition,
        by=found.row.made_by or _("Opsdesk"),
        points=tuple(each for each in lines if each.is_open),
        closed=tuple(each for each in lines if not each.is_open),
        notes=tuple(note_line(each) for each in found.notes if not each.erased) if with_notes else (),
        address=address,
    )


def line(point: PointRow, desk: DeskDefinition, today: date) -> PointLine:
    """A point in words."""
    late = point.is_overdue(today)
    return PointLine(
        id=point.id,
        kind=str(KINDS[point.kind]),
        tag=str(TAGS.get(point.tag, "")),
        words=point.words or _("(erased)"),
        owner=point.owner,
        due=_due(point, late=late),
        state="" if point.is_open else str(STATES[point.state]),
        chip=LOOKS.get(Point.State(point.state), ""),
        stood=_stood(point, desk),
        is_open=point.is_open,
        is_late=late,
    )


def _due(point: PointRow, *, late: bool) -> str:
    if point.due_on is None:
        return ""
    day = {"day": dated(point.due_on, "j F Y")}
    return _("late: was due %(day)s") % day if late else _("until %(day)s") % day


def _stood(point: PointRow, desk: DeskDefinition) -> str:
    """In how many reviews it stood, where that is more than one."""
    if point.stood < 2:
        return ""
    words = {"n": point.stood, "period": period_text(point.opened, desk)}
    form = ngettext("in %(n)d review, since %(period)s", "in %(n)d reviews, since %(period)s", point.stood)
    return form % words


def note_line(note: NoteRow) -> NoteLine:
    """A note with its text. Refuses as `queries.note_text`."""
    return NoteLine(
        id=note.id,
        title=note.title or _("Meeting note"),
        source=str(SOURCES[note.source]),
        by=note.added_by or _("Opsdesk"),
        at=note.added_at,
        text=queries.note_text(note.id),
    )


def file_name(found: ReviewPage, desk: DeskDefinition, kind: str) -> str:
    """What a file of a review is called: its desk, its days, its edition."""
    first, last = days_of(found.row.period, desk)
    return f"review-{desk.key}-{first}-{last}-{found.row.edition}.{kind}"
