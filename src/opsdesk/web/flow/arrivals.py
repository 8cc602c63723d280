"""When requests come in: weekdays by hours in the desk's zone, as a table with shaded cells."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.columns.wall import WEEK
from opsdesk.web.charts import bar
from opsdesk.web.dates import dated
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Picture, Told, columns, part, picture
from opsdesk.web.funnel.words import requests
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import A_MONDAY, WEEKDAYS, value_name, weekday_name
from opsdesk.web.numbers.tables import Cell, Table, heading
from opsdesk.web.phrases import phrase

SHADES = 4
HOURS = [f"{hour:02d}" for hour in range(24)]


def answer(place: Place, desk: DeskDefinition) -> str:
    """The busiest hour of the week."""
    return _busiest(asked(place, "arrivals", "weekday", "hour"))


def _busiest(found: Asked) -> str:
    ranked = found.ranked()
    if not ranked:
        return _("No request came in.")
    (weekday, hour), n = ranked[0]
    words = {
        "weekday": weekday_name(weekday),
        "hour": f"{hour}:00",
        "some": part(n, found.total(), found.href(weekday, hour), found.requests()),
    }
    return phrase(_("The busiest hour of the week is %(weekday)s from %(hour)s on: %(some)s."), words)


def tell(place: Place, desk: DeskDefinition) -> Told:
    found = asked(place, "arrivals", "weekday", "hour")
    first = _busiest(found)
    if not found.answers:
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    closed = sum(n for (weekday, _hour), n in found.ranked() if weekday in ("6", "7"))
    of_both = place.members("arrivals", by=("week",), key=(WEEK[1],))
    some = part(closed, found.total(), of_both, found.requests())
    more = phrase(_("At the weekend: %(some)s."), {"some": some})
    tables = (_heat(found), _split(place, desk, "queue"), _split(place, desk, "type"))
    return Told((first, more), pictures=(_picture(found.by_fewer("hour")),), tables=tables, note=_note(desk))


def _note(desk: DeskDefinition) -> str:
    words = {"zone": desk.zone}
    return _(
        "Hours are those of the clock on the wall in %(zone)s, on each day as it was then: "
    ) % words + _("in spring an hour is missing, in autumn one counts twice.")


def _heat(found: Asked) -> Table:
    """A row a weekday, a column an hour; the darker the more."""
    most = max((n for _key, n in found.ranked()), default=0)
    days = found.by_fewer("weekday")
    rows = tuple(
        (
            heading(weekday_name(weekday)),
            days.cell(weekday),
            *(_shaded(found, weekday, hour, most) for hour in HOURS),
        )
        for weekday in WEEKDAYS
    )
    return Table(
        "heat",
        _("By weekday and hour"),
        columns(_("Weekday"), _("All day"), *HOURS),
        rows,
        note=_("A column is the hour from then on: 09 is from 9:00 to 9:59. The darker, the more."),
    )


def _shaded(found: Asked, weekday: str, hour: str, most: int) -> Cell:
    n = found.n(weekday, hour)
    cell = found.cell(weekday, hour)
    return Cell(cell.text, cell.value, cell.href, shade=-(-n * SHADES // most) if most else 0)


def _picture(hours: Asked) -> Picture:
    bars = []
    for hour in HOURS:
        words = {"hour": f"{hour}:00", "requests": requests(hours.n(hour))}
        label = _("From %(hour)s on: %(requests)s") % words
        bars.append(bar.Column((bar.Part(hours.n(hour), "series-1"),), label, hours.href(hour)))
    return picture(_("By hour of the day"), HOURS, bars, ())


def _split(place: Place, desk: DeskDefinition, by: str) -> Table:
    """The weekdays once more, by where or what."""
    found = asked(place, "arrivals", by, "weekday")
    whole = found.by_fewer(by)
    rows = tuple(
        (
            heading(value_name(by, key, desk)),
            whole.cell(key),
            *(found.cell(key, weekday) for weekday in WEEKDAYS),
        )
        for (key,), _n in whole.ranked()
    )
    names = [dated(A_MONDAY + timedelta(days=n), "D") for n in range(7)]
    head = _("Queue it entered") if by == "queue" else _("Type")
    title = _("By the queue they entered") if by == "queue" else _("By type")
    return Table(by, title, columns(head, _("Requests in"), *names), rows)


PAGE = Page(
    key="arrivals",
    title=gettext_lazy("Arrivals by hour and weekday"),
    question=gettext_lazy("When do requests come in?"),
    metrics=("arrivals",),
    answer=answer,
    tell=tell,
)
