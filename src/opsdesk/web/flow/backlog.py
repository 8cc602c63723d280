"""What is open now, where and how old; and how the backlog moved day by day."""

from collections.abc import Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight import listing
from opsdesk.insight.catalogue import metric
from opsdesk.insight.metrics.desk_backlog import AGES, OLDEST
from opsdesk.insight.oldest import oldest
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import (
    BESIDE,
    Page,
    Picture,
    Tile,
    Told,
    columns,
    day_in_words,
    listed,
    picture,
    short_day,
    with_day,
)
from opsdesk.web.formats import elapsed
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import age_names, value_name
from opsdesk.web.numbers.tables import Cell, Made, Row, Table, heading
from opsdesk.web.numbers.words import standing_text
from opsdesk.web.phrases import opening, phrase

OLD, LONGEST = 10, 62


def answer(place: Place, desk: DeskDefinition) -> str:
    """How many are open, and where."""
    return with_day(place, _where(asked(place, "backlog", "queue"), desk))


def _where(queues: Asked, desk: DeskDefinition) -> str:
    if not queues.total():
        return _("Nothing is open.")
    each = [
        phrase(_("%(n)d in %(queue)s"), {"n": queues.opening(key), "queue": value_name("queue", key, desk)})
        for (key,), _n in queues.ranked()
    ]
    words = {"n": queues.opening_all(), "each": listed(each)}
    form = ngettext("%(n)d request is open: %(each)s.", "%(n)d requests are open: %(each)s.", queues.total())
    return phrase(form, words)


def tell(place: Place, desk: DeskDefinition) -> Told:
    aged = asked(place, "backlog", "queue", "age")
    days = asked(place, "backlog_by_day", "day")
    came, ended = asked(place, "arrivals", "day"), asked(place, "resolved_in_period", "day")
    more = []
    if came.total() or ended.total():
        words = {"came": came.requests(), "ended": ended.opening_all()}
        more.append(phrase(_("In the period %(came)s came in and %(ended)d were resolved."), words))
    old = _oldest(place, desk)
    if old.rows:
        case = old.rows[0][0]
        age: dict[str, object] = {"case": opening(case.text, case.href), "age": old.rows[0][4].text}
        more.append(phrase(_("The oldest, %(case)s, has been open for %(age)s."), age))
    known = sorted({key[0] for each in (days, came, ended) for key in each.answers})
    tables = (_by_age(place, aged, desk), old, _by_day(days, came, ended, known))
    pictures = _pictures(days, came, ended, known) if known else ()
    empty = (
        ""
        if known or old.rows
        else _("Requests appear here as mail comes in; choose a period that has some.")
    )
    first = with_day(place, _where(aged.by_fewer("queue"), desk))
    return Told((first, *more), _tiles(place), pictures, tables, empty=empty)


def _tiles(place: Place) -> tuple[Tile, ...]:
    states = asked(place, "backlog", "state")
    return (
        Tile(_("Open"), str(states.n("open")), href=states.href("open"), meaning=_("The next move is ours.")),
        Tile(
            _("Waiting"),
            str(states.n("waiting")),
            href=states.href("waiting"),
            meaning=_("On the customer or a third party."),
        ),
    )


def _by_age(place: Place, found: Asked, desk: DeskDefinition) -> Table:
    queues = found.by_fewer("queue")
    bands = [key for key, _days in AGES] + [OLDEST]
    rows = tuple(
        (
            heading(value_name("queue", queue, desk)),
            queues.cell(queue),
            *(found.cell(queue, band) for band in bands),
        )
        for (queue,), _n in queues.ranked()
    )
    return Table(
        "age",
        _("By queue and age: %(when)s") % {"when": standing_text(place)}
        if place.standing_day
        else _("By queue and age, now"),
        columns(_("Queue"), _("All"), *age_names()),
        rows,
        note=_("Age is the time since a request was opened, by the wall."),
        empty=_("Nothing is open."),
    )


def _oldest(place: Place, desk: DeskDefinition) -> Table:
    ids = oldest(place.question(metric("backlog")), OLD)
    rows = tuple(
        (
            heading(f"#{line.id}", reverse("case", args=[line.id])),
            heading(line.subject),
            heading(value_name("queue", line.queue, desk)),
            heading(line.assignee or _("nobody")),
            Cell(
                elapsed(int((place.standing_at - line.opened_at).total_seconds())),
                int((place.standing_at - line.opened_at).total_seconds()),
            ),
        )
        for line in listing.cases(ids)
    )
    head = columns(_("Case"), _("Subject"), _("Queue"), _("Assignee"), _("Age"), words=4)
    return Table("oldest", _("The oldest"), head, rows, empty=_("Nothing is open."))


def _by_day(days: Asked, came: Asked, ended: Asked, known: list[str]) -> Table:
    def row(day: str) -> Row:
        when = Cell(day_in_words(day, "D j M Y"), day)
        return when, came.cell(day), ended.cell(day), days.cell(day)

    return Table(
        "days",
        _("Day by day"),
        columns(_("Day"), _("Came in"), _("Resolved"), _("Open at the end of the day")),
        Made(known[::-1], row),
        note=_(
            "The three need not add up: void and merged requests leave the backlog without being resolved,"
            " and reopened ones come back."
        ),
        empty=_("Nothing happened in this period."),
    )


def _pictures(days: Asked, came: Asked, ended: Asked, known: list[str]) -> tuple[Picture, ...]:
    """The three side by side: one bar a day, those of the last weeks where there are too many."""
    last = {day: day_in_words(day, "j F Y") for day in known[-LONGEST:]}
    return (
        _drawn(_("Open at the end of each day"), days, last, "series-2"),
        _drawn(_("Came in each day"), came, last, "series-3"),
        _drawn(_("Resolved each day"), ended, last, "series-1"),
    )


def _drawn(title: str, found: Asked, known: Mapping[str, str], kind: str) -> Picture:
    """One picture of the days, each with its name in words."""
    bars = []
    for day, name in known.items():
        words = {"day": name, "n": found.n(day)}
        parts = (bar.Part(found.n(day), kind),)
        bars.append(bar.Column(parts, _("%(day)s: %(n)d") % words, found.href(day)))
    places = [short_day(date.fromisoformat(day)) for day in known]
    return picture(title, places, bars, (), wide=BESIDE)


PAGE = Page(
    key="backlog",
    title=gettext_lazy("Backlog and age"),
    question=gettext_lazy("What is open, where, and how old is it?"),
    metrics=("backlog", "backlog_by_day", "resolved_in_period", "arrivals"),
    answer=answer,
    tell=tell,
)
