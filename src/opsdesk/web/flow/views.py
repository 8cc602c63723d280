"""The numbers of a desk with requests: a page that lists the questions, and a page for each."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases.queries import desk as desk_of
from opsdesk.insight.catalogue import metric
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.web.flow.pages import PAGES
from opsdesk.web.flow.told import Page, sorted_by, with_files
from opsdesk.web.http import Request, or_404
from opsdesk.web.numbers.address import views_of
from opsdesk.web.numbers.bar import Bar, ForLeadsOnly, leads, read
from opsdesk.web.numbers.pages import refreshing
from opsdesk.web.numbers.tables import table_file

LONGEST_SORT = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A page in the list: its question and today's answer."""

    title: str
    question: str
    answer: str
    address: str


def index(request: Request, desk: str) -> HttpResponse:
    """Every question with its answer in a sentence."""
    _with_requests(desk, request)
    pages = _for(request, desk)
    metrics = [metric(key) for page in pages for key in page.metrics]
    bar = read(request, desk, metrics, page=views_of("flow", desk), title=_("Numbers"))
    if bar.place is None:
        return bar.refused(request)
    lines = [
        Line(
            title=str(page.title),
            question=str(page.question),
            answer=page.answer(bar.place, bar.desk),
            address=bar.place.at(reverse("flow_page", args=[desk, page.key])).address,
        )
        for page in pages
    ]
    return refreshing(request, "flow/index.html", {"bar": bar, "lines": lines, "desk": bar.desk})


def page(request: Request, desk: str, key: str) -> HttpResponse:
    """One question: the answer in words, the picture, the tables."""
    _with_requests(desk, request)
    found = or_404(PAGES.get(key))
    if found.for_leads and not leads(request, desk):
        raise ForLeadsOnly(desk=desk)
    metrics = [metric(each) for each in found.metrics]
    views = views_of(f"flow-{key}", desk)
    bar = read(request, desk, metrics, page=views, title=str(found.title), without=found.without)
    if bar.place is None:
        return bar.refused(request)
    told = with_files(found.tell(bar.place, bar.desk), bar.place)
    if (file := table_file(request, told.tables)) is not None:
        return file
    told = sorted_by(told, bar.place, request.GET.get("sort", "")[:LONGEST_SORT])
    context = {
        "bar": bar,
        "desk": bar.desk,
        "page": found,
        "told": told,
        "all": _all(bar),
        "here": request.get_full_path(),
    }
    return refreshing(request, "flow/page.html", context)


def _with_requests(desk: str, request: Request) -> None:
    """Refuses who may not read the desk; a desk without requests has no such pages."""
    definition = desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)
    if not definition.takes_mail:
        raise Http404


def _for(request: Request, desk: str) -> list[Page]:
    """The pages for this reader: what is by person is for leads."""
    return [page for page in PAGES.values() if not page.for_leads or leads(request, desk)]


def _all(bar: Bar) -> str:
    assert bar.place is not None
    return bar.place.at(reverse("flow", args=[bar.desk.key])).address
