"""Follow-ups: how often we wrote again before an answer came, and from where."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.metrics.desk_silence import TIMES
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Picture, Told, columns, listed, part, picture
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import often, value_name
from opsdesk.web.numbers.tables import Table, heading
from opsdesk.web.phrases import phrase


def answer(place: Place, desk: DeskDefinition) -> str:
    """In how many requests we did."""
    times = asked(place, "requests_by_follow_ups", "times")
    if not times.total():
        return _("No request came in.")
    total = times.total()
    some = part(total - times.n("0"), total, place.members("follow_ups"), times.requests())
    return phrase(_("We wrote again before an answer came in %(some)s."), {"some": some})


def tell(place: Place, desk: DeskDefinition) -> Told:
    times = asked(place, "requests_by_follow_ups", "times")
    first = answer(place, desk)
    if not times.total():
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    more = [
        phrase(_("in %(n)d %(often)s"), {"n": times.opening(key), "often": often(key)})
        for key in TIMES[1:]
        if times.n(key)
    ]
    sentences = (first, phrase(_("That is %(each)s."), {"each": listed(more)})) if more else (first,)
    note = _(
        "A follow-up is a message of ours whose predecessor in the conversation is ours. Automatic mail,"
        " theirs and ours, is no part of the conversation."
    )
    tables = (_by_queue(place, desk), _by_kind(place, desk))
    return Told(sentences, pictures=(_picture(times),), tables=tables, note=note)


def _picture(times: Asked) -> Picture:
    bars, places = [], [often(key) for key in TIMES]
    for key, name in zip(TIMES, places, strict=True):
        label = _("%(name)s: %(n)d requests") % {"name": name, "n": times.n(key)}
        bars.append(bar.Column((bar.Part(times.n(key), "series-1"),), label, times.href(key)))
    return picture(_("Requests by how often we wrote again"), places, bars, ())


def _by_queue(place: Place, desk: DeskDefinition) -> Table:
    """Where the request was when the follow-up was sent."""
    found = asked(place, "followed_up_from", "queue")
    rows = tuple((heading(_queue(key, desk)), found.cell(key)) for (key,), _n in found.ranked())
    return Table(
        "queues",
        _("By the queue they were in when we wrote again"),
        columns(_("Queue"), _("Requests")),
        rows,
        note=_("A request followed up from two queues counts in both."),
        empty=_("We never wrote again before an answer came."),
    )


def _queue(key: str, desk: DeskDefinition) -> str:
    return _("in none: resolved already") if key == "-" else value_name("queue", key, desk)


def _by_kind(place: Place, desk: DeskDefinition) -> Table:
    found, whole = (
        asked(place, "requests_by_follow_ups", "type", "times"),
        asked(place, "requests_in", "type"),
    )
    rows = tuple(
        (
            heading(value_name("type", key, desk)),
            whole.cell(key),
            *(found.cell(key, times) for times in TIMES[1:]),
        )
        for (key,), _n in whole.ranked()
    )
    head = columns(_("Type"), _("Requests in"), *(often(key) for key in TIMES[1:]))
    return Table("types", _("By type"), head, rows)


PAGE = Page(
    key="follow-ups",
    title=gettext_lazy("Follow-ups"),
    question=gettext_lazy("How often do we write again before an answer comes?"),
    metrics=("requests_by_follow_ups", "followed_up_from", "requests_in"),
    answer=answer,
    tell=tell,
)
