"""The reviews of a desk, and the page of one; its files."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.review import queries
from opsdesk.review.composing import about_of
from opsdesk.review.document import About
from opsdesk.review.queries import ReviewPage, ReviewRow
from opsdesk.web.funnel.words import period_text
from opsdesk.web.http import Request, page, with_query
from opsdesk.web.moments import Moments
from opsdesk.web.numbers.tables import table_file
from opsdesk.web.refusals import message_of
from opsdesk.web.review import files
from opsdesk.web.review.printing import AGAIN_AFTER_S, PdfBusy
from opsdesk.web.review.reading import file_name, paper_of

UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Line:
    """A review in a list: of which period, its address."""

    row: ReviewRow
    period: str
    address: str


def line(row: ReviewRow, desk: DeskDefinition) -> Line:
    return Line(row, period_text(row.period, desk), reverse("review", args=[desk.key, row.id]))


def readable(request: Request, desk: str) -> DeskDefinition:
    """A desk whose numbers one may read and of which there can be reviews."""
    definition = cases.desk(desk)
    check_may(request.actor, Act.READ, desk=desk)
    if about_of(definition) is About.NEITHER:
        raise Http404
    return definition


def found_on(desk: DeskDefinition, review_id: int) -> ReviewPage:
    """A review of this desk; of another one it is not found. Refuses `ReviewUnknown`."""
    found = queries.review(review_id)
    if found.row.desk != desk.key:
        raise Http404
    return found


def reviews(request: Request, desk: str) -> HttpResponse:
    """The reviews of a desk, the latest periods first."""
    definition = readable(request, desk)
    after = request.GET.get("after", "")
    last = int(after) if after.isdecimal() and len(after) < 18 else None
    if last is not None and queries.review_of(last).desk != desk:
        raise Http404
    found = queries.reviews(desk, after=last)
    here = reverse("reviews", args=[desk])
    context = {
        "desk": definition,
        "lines": [line(row, definition) for row in found.rows],
        "next": with_query(here, after=found.after) if found.after else "",
        "first": here if after else "",
        "may_write": may(request.actor, Act.WRITE_REVIEW, desk=desk),
    }
    return page(request, "review/list.html", context)


def review(request: Request, desk: str, review_id: int) -> HttpResponse:
    """A review: the answer, the pictures, the tables; points and notes."""
    definition = readable(request, desk)
    context = _context(request, definition, found_on(definition, review_id))
    tables = (table for section in context["paper"].sections for table in section.tables)
    if (file := table_file(request, tables)) is not None:
        return file
    return page(request, "review/page.html", context)


def _context(request: Request, desk: DeskDefinition, found: ReviewPage) -> dict[str, Any]:
    path = reverse("review", args=[desk.key, found.row.id])
    paper = paper_of(found, desk, path=path, address="", now=request.now, with_notes=False)
    return {
        "desk": desk,
        "found": found,
        "paper": paper,
        "editions": [line(row, desk) for row in found.editions],
        "newest": line(found.editions[0], desk),
        "is_newest": found.row.id == found.editions[0].id,
        "may_write": may(request.actor, Act.WRITE_REVIEW, desk=desk.key),
        "may_erase": may(request.actor, Act.REDACT, desk=EVERY_DESK),
        "base": "",
    }


def file(request: Request, desk: str, review_id: int, kind: str) -> HttpResponse:
    """A review as Markdown, HTML or PDF."""
    definition = readable(request, desk)
    found = found_on(definition, review_id)
    if kind not in files.KINDS:
        raise Http404
    path = reverse("review", args=[desk, review_id])
    address = f"{settings.OPSDESK_ADDRESS}{path}"
    paper = paper_of(found, definition, path=path, address=address, now=request.now, with_notes=True)
    try:
        body = files.made(kind, paper, Moments(request.now))
    except Refusal as refusal:
        context = _context(request, definition, found) | {"lacking": message_of(refusal)}
        answer = page(request, "review/page.html", context, status=UNAVAILABLE)
        if isinstance(refusal, PdfBusy):
            answer["Retry-After"] = str(AGAIN_AFTER_S)
        return answer
    name = file_name(found, definition, kind)
    return HttpResponse(
        body,
        content_type=files.KINDS[kind].media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def title_of(found: ReviewPage, desk: DeskDefinition) -> str:
    """What a review is called above its forms."""
    return _("Review of %(period)s") % {"period": period_text(found.row.period, desk)}
