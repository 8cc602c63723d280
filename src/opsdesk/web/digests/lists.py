"""The list behind a number of a digest: what it counted, page by page, whole as a file."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.catalogue import metric
from opsdesk.review.digest_composing import members_of
from opsdesk.review.digest_document import DigestDocument, Line
from opsdesk.review.digest_words import day_of, line_name, period_of
from opsdesk.web.digests.lines import line_at
from opsdesk.web.digests.views import found_or_404, readable, running
from opsdesk.web.http import Request, or_404, page, with_query
from opsdesk.web.labels import shipped
from opsdesk.web.moments import Moments
from opsdesk.web.numbers.lines import columns_of, rows_of
from opsdesk.web.numbers.tables import Table, table_file

SIZE = 50
LIST = "list"


def of_digest(request: Request, desk: str, digest_id: int, line: str) -> HttpResponse:
    """What a number of a digest that was made counts."""
    definition = readable(request, desk)
    document = found_or_404(desk, digest_id).document
    return _list(request, definition, document, line, reverse("digest", args=[desk, digest_id]))


def of_running(request: Request, desk: str, rhythm: str, line: str) -> HttpResponse:
    """What a number of the digest that still runs counts now."""
    definition = readable(request, desk)
    document = running(definition, rhythm, request)
    return _list(request, definition, document, line, reverse("digest_so_far", args=[desk, rhythm]))


def _list(
    request: Request, desk: DeskDefinition, document: DigestDocument, place: str, back: str
) -> HttpResponse:
    line = or_404(line_at(document, place))
    ids = members_of(document, line)
    every = _table(request, line, desk, ids)
    if request.GET.get("table") and (file := table_file(request, [every()])) is not None:
        return file
    start = _start(request, len(ids))
    some = ids[start : start + SIZE]
    context = {
        "desk": desk,
        "desk_name": shipped(desk.name),
        "title": line_name(line),
        "day": day_of(document),
        "period": period_of(document, desk.zone),
        "question": _(metric(line.metric).question),
        "back": back,
        "document": document,
        "told": line.n,
        "total": len(ids),
        "first": start + 1,
        "last": start + len(some),
        "table": _table(request, line, desk, some)(),
        "before": with_query(request.path, start=start - SIZE) if start > SIZE else request.path,
        "has_before": start > 0,
        "after": with_query(request.path, start=start + SIZE) if start + SIZE < len(ids) else "",
        "files": {kind: with_query(request.path, table=LIST, **{"as": kind}) for kind in ("csv", "xlsx")},
    }
    return page(request, "digests/list.html", context)


def _table(request: Request, line: Line, desk: DeskDefinition, ids: tuple[int, ...]) -> Callable[[], Table]:
    """The table of these ids, made only when it is wanted."""
    subject, moments = metric(line.metric).subject, Moments(request.now)

    def made() -> Table:
        rows = tuple(rows_of(subject, ids, desk, moments))
        return Table(LIST, line_name(line), columns_of(subject), rows)

    return made


def _start(request: Request, total: int) -> int:
    text = request.GET.get("start", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return 0
    if int(text) >= max(total, 1):
        raise Http404
    return int(text) // SIZE * SIZE
