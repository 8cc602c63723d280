"""The meeting notes of a review: attaching one, reading it, taking its points over."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.review import actions, point_actions, queries
from opsdesk.review.models import Point, ReviewNote
from opsdesk.review.queries import NoteRow, ReviewPage
from opsdesk.review.refusals import PointThere
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.refusals import message_of, status_of, submitted
from opsdesk.web.review.forms import NoteForm, TakeForm, names_of
from opsdesk.web.review.points import back_to
from opsdesk.web.review.reading import note_line
from opsdesk.web.review.views import found_on, readable, title_of

MOST_TAKEN = 60


def attach(request: Request, desk: str, review_id: int) -> HttpResponse:
    """Paste a meeting note or choose its file."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    found = found_on(definition, review_id)
    form = NoteForm(sent(request), request.FILES or None)

    def act(data: dict[str, Any]) -> ReviewNote:
        return actions.attach_note(
            review_id=review_id,
            title=data["title"],
            data=data["data"],
            source=data["source"],
            actor=request.actor,
            now=request.now,
        )

    if row := submitted(form, act):
        messages.success(request, _("The note is attached. Take over what has to be done."))
        return go(request, reverse("review_note", args=[desk, review_id, row.id]))
    back = reverse("review", args=[desk, review_id])
    action = reverse("attach_note", args=[desk, review_id])
    intro = title_of(found, definition)
    return show(request, Dialog(_("Attach a meeting note"), action, _("Attach it"), back, form, intro=intro))


def note(request: Request, desk: str, review_id: int, note_id: int) -> HttpResponse:
    """A note as it was written, and the points that it proposes."""
    definition = readable(request, desk)
    found = found_on(definition, review_id)
    row = note_on(found, note_id)
    writes = may(request.actor, Act.WRITE_REVIEW, desk=desk)
    form = None if row.erased or not writes else _form(None, row)
    return _shown(request, found, row, form)


def take(request: Request, desk: str, review_id: int, note_id: int) -> HttpResponse:
    """Make points of the lines that are ticked."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    found = found_on(definition, review_id)
    row = note_on(found, note_id)
    if request.method != "POST" or row.erased:
        return go(request, reverse("review_note", args=[desk, review_id, note_id]))
    form = _form(request.POST, row)
    if not form.proposals:
        messages.error(request, message_of(PointThere()))
        return go(request, reverse("review_note", args=[desk, review_id, note_id]))

    def act(data: dict[str, Any]) -> Sequence[Point]:
        if not form.drafts:
            raise Invalid("", gettext_noop("Tick at least one line."))
        return point_actions.add_points(
            review_id=review_id, drafts=form.drafts, actor=request.actor, now=request.now
        )

    if taken := submitted(form, act):
        said = ngettext("%(n)d point is taken over.", "%(n)d points are taken over.", len(taken))
        messages.success(request, said % {"n": len(taken)})
        return go(request, back_to(desk, review_id))
    return _shown(request, found, row, form)


def note_on(found: ReviewPage, note_id: int) -> NoteRow:
    """A note of this review's period; any other is not found."""
    row = next((each for each in found.notes if each.id == note_id), None)
    if row is None:
        raise Http404
    return row


def _form(data: QueryDict | None, row: NoteRow) -> TakeForm:
    """The first lines that nobody took yet; of a form that was sent, those that it held."""
    left = queries.proposed(row.id)
    if data is not None:
        left = tuple(each for each in left if not data.keys().isdisjoint(names_of(each.line)))
    return TakeForm(data, proposals=left[:MOST_TAKEN], note=row.id)


def _shown(request: Request, found: ReviewPage, row: NoteRow, form: TakeForm | None) -> HttpResponse:
    definition = readable(request, found.row.desk)
    try:
        line, gone = (None, "") if row.erased else (note_line(row), "")
    except Refusal as refusal:
        line, gone = None, message_of(refusal)
    context = {
        "desk": definition,
        "found": found,
        "row": row,
        "note": line,
        "gone": gone,
        "form": form,
        "review_title": title_of(found, definition),
        "may_erase": may(request.actor, Act.REDACT, desk=EVERY_DESK),
        "may_write": may(request.actor, Act.WRITE_REVIEW, desk=definition.key),
    }
    return page(request, "review/note.html", context, status=status_of(form) if form else 200)
