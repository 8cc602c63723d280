"""The dashboards of the deals desk: one frame, seven contents."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.queries import mail_desks
from opsdesk.deals.ground import DESK
from opsdesk.insight.catalogue import metric
from opsdesk.insight.funnel import last_day
from opsdesk.insight.thresholds import book
from opsdesk.kernel.permissions import Act, may
from opsdesk.web.dashboards import categories, disputes, evidence, incidents, months, overview, settlement
from opsdesk.web.dashboards.asking import Asker
from opsdesk.web.dashboards.ground import Ground
from opsdesk.web.dashboards.pieces import Content
from opsdesk.web.http import Request
from opsdesk.web.numbers import bar as bars
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.pages import refreshing
from opsdesk.web.numbers.tables import table_file


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page: what it is called, what it says of itself, its numbers, what it makes of them."""

    key: str
    name: str | Promise
    about: str | Promise
    metrics: tuple[str, ...]
    content: Callable[[Ground], Content]
    default: str = "90-days"


PAGES: tuple[Dashboard, ...] = (
    Dashboard(
        "overview",
        _("Overview"),
        _("What is stuck, what is urgent, and how the deals of the period go."),
        overview.METRICS,
        overview.content,
    ),
    Dashboard(
        "disputes",
        _("Disputes and deadlines"),
        _("Which disputes run, how much time they have, why they were raised, who ends them."),
        disputes.METRICS,
        disputes.content,
    ),
    Dashboard(
        "settlement",
        _("Settlement health"),
        _("How long deals take, how many are completed, and what each category does differently."),
        settlement.METRICS,
        settlement.content,
    ),
    Dashboard(
        "evidence",
        _("Evidence completeness"),
        _("Whether what the terms ask for was there when an operator ruled."),
        evidence.METRICS,
        evidence.content,
    ),
    Dashboard(
        "incidents",
        _("Incidents and errors"),
        _("What went wrong: incidents by severity, tasks, mail and the money ledger."),
        incidents.METRICS,
        incidents.content,
    ),
    Dashboard(
        "categories",
        _("Category comparison"),
        _("The categories side by side: which has the most disputes, why, how long it takes."),
        categories.METRICS,
        categories.content,
    ),
    Dashboard(
        "months",
        _("By month"),
        _("How many deals and disputes each month had, and what became of them."),
        months.METRICS,
        months.content,
        default="12-months",
    ),
)


def dashboard(request: Request, key: str = "overview") -> HttpResponse:
    """One dashboard, or one of its tables as a file."""
    found = next((each for each in PAGES if each.key == key), None)
    if found is None:
        raise Http404
    metrics = [metric(each) for each in found.metrics]
    bar = bars.read(request, DESK, metrics, page=f"deals-{key}", title=str(found.name), default=found.default)
    if bar.place is None:
        return bar.refused(request)
    of = last_day(bar.place.period, bar.place.as_of)
    limits = book(DESK, of.astimezone(bar.desk.zone).date())
    reads_mail = any(may(request.actor, Act.READ, desk=each.key) for each in mail_desks())
    ground = Ground(bar.place, bar.desk, limits, Asker(bar.place), reads_mail)
    content = found.content(ground)
    if (file := table_file(request, content.tables)) is not None:
        return file
    context = {"page": found, "bar": bar, "content": content, "tabs": _tabs(bar.place, found)}
    return refreshing(request, "dashboards/page.html", context)


def _tabs(place: Place, here: Dashboard) -> list[dict[str, object]]:
    """The dashboards, with the same period and those filters that each takes."""
    usual = place.rolling == here.default
    return [
        {
            "name": each.name,
            "address": _at(place.rolled(each.default) if usual else place, each),
            "here": each is here,
        }
        for each in PAGES
    ]


def _at(place: Place, to: Dashboard) -> str:
    takes = {name for key in to.metrics for name in metric(key).filters}
    lifted = {name: "" for name in place.filters if name not in takes}
    return place.only(**lifted).at(reverse("dashboard", args=[to.key])).address
