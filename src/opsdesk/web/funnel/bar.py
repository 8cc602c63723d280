"""The funnel's filter bar: that of every page of numbers, with the addresses and views of old."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import desk as desk_of
from opsdesk.insight.catalogue import metric
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.span import first_opened
from opsdesk.people.queries import ViewRow
from opsdesk.web.funnel.address import Place, default_month
from opsdesk.web.funnel.forms import families_apart
from opsdesk.web.http import Request
from opsdesk.web.numbers import bar as bars
from opsdesk.web.numbers.address import Place as At
from opsdesk.web.numbers.address import views_of
from opsdesk.web.numbers.bar import Bar
from opsdesk.web.numbers.rolling import ROLLING

BAD_REQUEST = 400
PERIODS = ("month", "from", "to", "period")
# What the page shows, as the catalogue has it: by which date and which queue it goes is said of these.
SHOWN = (
    "requests_in", "resolved", "tier_1_share", "tier_2_rate", "tier_3_share", "last_resort",
    "first_response_elapsed", "first_touch_elapsed", "at_tier_elapsed", "to_resolution_elapsed",
    "in_queue_elapsed", "held_by", "follow_ups", "stuck_on_us", "stuck_on_others",
)  # fmt: skip


def read(request: Request, desk: str, *, is_file: bool = False) -> Bar:
    """The bar as the address fills it. Refuses who may not read the desk."""
    found = bars.read(
        request,
        desk,
        [metric(key) for key in SHOWN],
        page=views_of("funnel", desk),
        title=_("Funnel"),
        path=reverse("funnel", args=[desk]),
        given=_given(request, desk_of(desk)),
        is_file=is_file,
    )
    return replace(found, views=tuple(_renewed(found.views)))


def place_of(found: At) -> Place:
    """The same place as the funnel's own addresses name it."""
    first, last = ROLLING[found.rolling].days(found.today) if found.rolling else (found.first, found.last)
    return Place(
        desk=found.desk,
        month=found.month,
        first=first,
        last=last,
        filters=FunnelFilters(**found.filters),
        rolling=found.rolling,
        as_of_day=found.as_of_day,
    )


def _given(request: Request, desk: DeskDefinition) -> QueryDict:
    """The address with families apart from types; without a period, that of a last month."""
    given = families_apart(request.GET)
    if not any(given.get(name) for name in PERIODS):
        given["month"] = default_month(request.now, first_opened(desk.key), desk.zone)
    return given


def _renewed(views: Iterable[ViewRow]) -> Iterator[ViewRow]:
    """The views kept, also of old, as the bar writes their addresses now."""
    for view in views:
        yield replace(view, query=families_apart(QueryDict(view.query)).urlencode())
