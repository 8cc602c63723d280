"""Stuck requests as the desk stands: on us, on others, for how long."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight import listing
from opsdesk.insight.catalogue import metric
from opsdesk.insight.columns.desk_stuck import US
from opsdesk.insight.metrics.desk_stuck import longest
from opsdesk.insight.statistics import Spread
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.breakdown import times
from opsdesk.web.flow.told import Page, Picture, Tile, Told, columns, picture, with_day
from opsdesk.web.formats import elapsed
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell, Table, heading
from opsdesk.web.phrases import phrase

LISTED = 100


def answer(place: Place, desk: DeskDefinition) -> str:
    """How many on whom."""
    return with_day(place, _said(asked(place, "stuck_on_us"), asked(place, "stuck_on_others")))


def _said(us: Asked, others: Asked) -> str:
    if not us.total() and not others.total():
        return _("Nothing is stuck.")
    words = {"us": us.requests(), "others": others.opening_all()}
    return phrase(_("Stuck on us: %(us)s. On others: %(others)d."), words)


def tell(place: Place, desk: DeskDefinition) -> Told:
    us, others = asked(place, "stuck_on_us", "queue"), asked(place, "stuck_on_others", "queue")
    note = _(
        "On us: open, and no act of ours for two business days. On others: waiting, and past the time an"
        " answer was expected. Of a period that is over its end is looked at."
    )
    first = with_day(place, _said(us, others))
    if not us.total() and not others.total():
        return Told((first,), note=note)
    lasted = asked(place, "stuck_for", "on")
    return Told(
        sentences=(first,),
        tiles=(
            _tile(
                _("On us"),
                us.by_fewer(),
                lasted,
                "us",
                _("Open, silent for two business days."),
            ),
            _tile(
                _("On others"),
                others.by_fewer(),
                lasted,
                "others",
                _("Past the time expected."),
            ),
        ),
        pictures=(_picture(us, others, desk),),
        tables=(_by_queue(place, us, others, desk), _list(place, desk)),
        note=note,
    )


def _tile(name: str, found: Asked, lasted: Asked, on: str, meaning: str) -> Tile:
    spread = lasted.answers.get((on,))
    middle = spread.median if isinstance(spread, Spread) else None
    long = _("half of them for %(time)s or more") % {"time": elapsed(int(middle.value))} if middle else ""
    return Tile(name, str(found.n()), long, found.href() if found.n() else "", meaning=meaning)


def _picture(us: Asked, others: Asked, desk: DeskDefinition) -> Picture:
    bars, places = [], []
    for key in _queues(us, others):
        name = value_name("queue", key, desk)
        words = {"name": name, "us": us.n(key), "others": others.n(key)}
        label = _("%(name)s: %(us)d on us, %(others)d on others") % words
        parts = (
            bar.Part(us.n(key), "series-3", us.href(key)),
            bar.Part(others.n(key), "series-2", others.href(key)),
        )
        bars.append(bar.Column(parts, label, us.href(key) if us.n(key) else others.href(key)))
        places.append(name)
    return picture(
        _("Stuck, by queue"), places, bars, [("series-3", _("on us")), ("series-2", _("on others"))]
    )


def _queues(us: Asked, others: Asked) -> list[str]:
    keys = {key for each in (us, others) for (key,) in each.answers}
    return sorted(keys, key=lambda key: (-us.n(key) - others.n(key), key))


def _by_queue(place: Place, us: Asked, others: Asked, desk: DeskDefinition) -> Table:
    lasted = asked(place, "stuck_for", "queue", "on")
    rows = tuple(
        (
            heading(value_name("queue", key, desk)),
            us.cell(key),
            *times(lasted, key, "us"),
            others.cell(key),
            *times(lasted, key, "others"),
        )
        for key in _queues(us, others)
    )
    head = columns(
        _("Queue"),
        _("On us"),
        _("Silent, median"),
        _("90 in 100 within"),
        _("On others"),
        _("Overdue, median"),
        _("90 in 100 within"),
    )
    return Table("queues", _("By queue"), head, rows)


def _list(place: Place, desk: DeskDefinition) -> Table:
    """The longest silent first."""
    known = longest(place.question(metric("stuck_for")), LISTED)
    lines = {line.id: line for line in listing.cases([each.case_id for each in known])}
    rows = []
    for each in known:
        line, seconds = lines[each.case_id], int((place.standing_at - each.since).total_seconds())
        rows.append(
            (
                heading(f"#{line.id}", reverse("case", args=[line.id])),
                heading(line.subject),
                heading(value_name("queue", each.queue, desk)),
                heading(line.assignee or _("nobody")),
                heading(_("us") if each.on == US else _("others")),
                Cell(elapsed(seconds), seconds),
            )
        )
    head = columns(_("Case"), _("Subject"), _("Queue"), _("Assignee"), _("On"), _("For"), words=5)
    note = _("The %(n)d that have been silent the longest.") % {"n": LISTED} if len(known) == LISTED else ""
    return Table("cases", _("Stuck requests"), head, tuple(rows), note=note)


PAGE = Page(
    key="stuck",
    title=gettext_lazy("Stuck"),
    question=gettext_lazy("What lies still, and with whom?"),
    metrics=("stuck_on_us", "stuck_on_others", "stuck_for"),
    answer=answer,
    tell=tell,
)
