"""The points of a review: adding, changing, closing, dropping, opening again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.kernel.permissions import Act, check_may
from opsdesk.people import queries as people
from opsdesk.people.queries import Name
from opsdesk.review import point_actions
from opsdesk.review import points as known
from opsdesk.review.models import Point
from opsdesk.review.notes import MOST_WORDS
from opsdesk.review.points import PointRow
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, or_404, sent
from opsdesk.web.refusals import submitted
from opsdesk.web.review.forms import PointForm, RevisionForm
from opsdesk.web.review.views import found_on, readable, title_of


def add(request: Request, desk: str, review_id: int) -> HttpResponse:
    """Write a point down."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    found = found_on(definition, review_id)
    form = PointForm(
        sent(request), persons=people.persons_of_desk(desk, request.now), initial=_proposed(request)
    )

    def act(data: dict[str, Any]) -> Point:
        return point_actions.add_point(
            review_id=review_id, draft=form.draft, actor=request.actor, now=request.now
        )

    back = back_to(desk, review_id)
    if submitted(form, act):
        messages.success(request, _("The point is written down."))
        return go(request, back)
    action = reverse("add_point", args=[desk, review_id])
    title = _("A problem, an action, or what was found")
    return show(request, Dialog(title, action, _("Add it"), back, form, intro=title_of(found, definition)))


def _proposed(request: Request) -> dict[str, str]:
    """What an address fills the form with: a finding's way out as an action."""
    asked = {name: request.GET.get(name, "")[:MOST_WORDS] for name in ("kind", "tag", "words")}
    return {name: value for name, value in asked.items() if value}


def back_to(desk: str, review_id: int) -> str:
    """Where a review's points stand."""
    return f"{reverse('review', args=[desk, review_id])}#points"


def edit(request: Request, desk: str, review_id: int, point_id: int) -> HttpResponse:
    """Change what a point says."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    found_on(definition, review_id)
    row = point_on(desk, point_id)
    form = PointForm(
        sent(request),
        persons=people.persons_of_desk(desk, request.now),
        kept=Name(row.owner_id, row.owner) if row.owner_id else None,
        initial=_initial(row),
    )

    def act(data: dict[str, Any]) -> Point:
        return point_actions.edit_point(
            point_id=point_id,
            revision=data["revision"] or 0,
            draft=form.draft,
            actor=request.actor,
            now=request.now,
        )

    back = back_to(desk, review_id)
    if submitted(form, act):
        messages.success(request, _("The point is changed."))
        return go(request, back)
    action = reverse("edit_point", args=[desk, review_id, point_id])
    return show(request, Dialog(_("Change the point"), action, _("Keep it so"), back, form))


def point_on(desk: str, point_id: int) -> PointRow:
    """A point of this desk; of another one it is not found. Refuses `PointUnknown`."""
    row = known.point(point_id)
    if row.desk != desk:
        raise Http404
    return row


def _initial(row: PointRow) -> dict[str, object]:
    return {
        "kind": row.kind,
        "tag": row.tag,
        "words": row.words,
        "owner": row.owner_id or "",
        "due_on": row.due_on,
        "revision": row.revision,
    }


@dataclass(frozen=True, slots=True)
class Verb:
    """One way to end a point, or to open it again: what is asked, the button, what is said afterwards."""

    title: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Point]
    names_review: bool = True


VERBS = {
    "closing": Verb(
        gettext_lazy("Is it done?"),
        gettext_lazy("It is done"),
        gettext_lazy("The point is done."),
        point_actions.close_point,
    ),
    "dropping": Verb(
        gettext_lazy("Drop the point?"),
        gettext_lazy("Drop it"),
        gettext_lazy("The point is dropped."),
        point_actions.drop_point,
    ),
    "reopening": Verb(
        gettext_lazy("Open the point again?"),
        gettext_lazy("Open it again"),
        gettext_lazy("The point is open again."),
        point_actions.reopen_point,
        names_review=False,
    ),
}


def end(request: Request, desk: str, review_id: int, point_id: int, verb: str) -> HttpResponse:
    """Close, drop or reopen a point, after asking."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    found_on(definition, review_id)
    wanted = or_404(VERBS.get(verb))
    row = point_on(desk, point_id)
    form = RevisionForm(sent(request), initial={"revision": row.revision})
    named = {"review_id": review_id} if wanted.names_review else {}

    def act(data: dict[str, Any]) -> Point:
        return wanted.act(
            point_id=point_id, revision=data["revision"], **named, actor=request.actor, now=request.now
        )

    back = back_to(desk, review_id)
    if submitted(form, act):
        messages.success(request, str(wanted.done))
        return go(request, back)
    action = reverse("end_point", args=[desk, review_id, point_id, verb])
    words = row.words or _("(erased)")
    return show(request, Dialog(str(wanted.title), action, str(wanted.button), back, form, intro=words))
