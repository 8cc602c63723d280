"""Requests by queue and, for leads, by person."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.people import queries as people
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.breakdown import times, times_head
from opsdesk.web.flow.told import Page, Picture, Told, columns, picture
from opsdesk.web.funnel.words import requests_opening
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Table, heading
from opsdesk.web.phrases import opening, phrase

OF_QUEUES = ("queue_received", "queue_resolved", "queue_open", "queue_escalated", "queue_sent_on")
OF_PERSONS = (
    "person_worked", "person_resolved", "person_escalated", "person_returned", "person_came_back",
)  # fmt: skip
DRAWN = 12


def answer_of_queues(place: Place, desk: DeskDefinition) -> str:
    """What the busiest queue got and resolved."""
    received, resolved = (asked(place, f"queue_{key}", "queue") for key in ("received", "resolved"))
    return _of_busiest(received, resolved, desk)


def _of_busiest(received: Asked, resolved: Asked, desk: DeskDefinition) -> str:
    ranked = received.ranked()
    if not ranked:
        return _("No request came to a queue.")
    (key,), n = ranked[0]
    words = {
        "queue": _queue(key, desk),
        "requests": requests_opening(n, received.href(key)),
        "resolved": resolved.opening(key),
    }
    return phrase(_("%(queue)s got the most, %(requests)s, and resolved %(resolved)d of them."), words)


def tell_queues(place: Place, desk: DeskDefinition) -> Told:
    received, resolved, still, up, on = (asked(place, key, "queue") for key in OF_QUEUES)
    first = _of_busiest(received, resolved, desk)
    if not received.answers:
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    wall, worked = (asked(place, f"in_queue_{clock}", "queue") for clock in ("elapsed", "working"))
    known = [queue.key for queue in desk.queues]
    keys = [key for key in known if received.n(key)] + [
        key for (key,) in received.answers if key not in known
    ]
    rows = tuple(
        (
            heading(_queue(key, desk)),
            received.cell(key),
            resolved.cell(key),
            up.cell(key),
            on.cell(key),
            still.cell(key),
            *times(wall, key),
            *times(worked, key),
        )
        for key in keys
    )
    head = columns(
        _("Queue"),
        _("Received"),
        _("Resolved there"),
        _("Handed up"),
        _("Returned or rerouted"),
        _("Not resolved, there now"),
        *times_head(),
    )
    note = _(
        "A request counts once in each queue it came to. The times are of the stays that ended in the period."
    )
    table = Table("queues", _("By queue"), head, rows, note=note)
    return Told((first,), pictures=(_of_queues(received, resolved, keys, desk),), tables=(table,))


def _of_queues(received: Asked, resolved: Asked, keys: list[str], desk: DeskDefinition) -> Picture:
    bars, places = [], [_queue(key, desk) for key in keys]
    for key, name in zip(keys, places, strict=True):
        ended = resolved.n(key)
        words = {"name": name, "n": received.n(key), "resolved": ended}
        label = _("%(name)s: received %(n)d, resolved %(resolved)d") % words
        parts = (
            bar.Part(ended, "series-1", resolved.href(key)),
            bar.Part(received.n(key) - ended, "is-rest series-6"),
        )
        bars.append(bar.Column(parts, label, received.href(key)))
    legend = [("series-1", _("resolved there")), ("series-6 is-rest", _("received, not resolved there"))]
    return picture(_("Received and resolved by queue"), places, bars, legend)


def _queue(key: str, desk: DeskDefinition) -> str:
    return value_name("queue", key, desk)


def answer_of_persons(place: Place, desk: DeskDefinition) -> str:
    """How many people worked on how many, and who on most."""
    worked = asked(place, "person_worked", "person")
    ranked = worked.ranked()
    if not ranked:
        return _("Nobody has worked on a request of this period.")
    (key,), _most = ranked[0]
    words = {
        "people": opening(len(ranked), _list_of_people(place)),
        "requests": asked(place, "person_worked").requests(),
        "name": _names([key])[key],
        "n": worked.opening(key),
    }
    if len(ranked) == 1:
        return phrase(_("%(name)s alone worked on %(requests)s."), words)
    return phrase(_("%(people)d people worked on %(requests)s, %(name)s on the most: %(n)d."), words)


def _list_of_people(place: Place) -> str:
    """The table of those who worked, each with their requests."""
    page = place.at(reverse("flow_page", args=[place.desk, "people"]))
    return f"{page.address}#persons-title"


def tell_persons(place: Place, desk: DeskDefinition) -> Told:
    worked, resolved, up, back, again = (asked(place, key, "person") for key in OF_PERSONS)
    first = answer_of_persons(place, desk)
    if not worked.answers:
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    names = _names([key for (key,), _n in worked.ranked()])
    rows = tuple(
        (
            heading(name),
            worked.cell(key),
            resolved.cell(key),
            up.cell(key),
            back.cell(key),
            again.cell(key),
        )
        for key, name in names.items()
    )
    head = columns(
        _("Person"), _("Worked on"), _("Resolved"), _("Handed up"), _("Returned"), _("Resolved and came back")
    )
    note = _(
        "Worked on: touched first in a queue, or handed on, or resolved. A request counts for everybody who"
        " did. These say who was there, not who is good: some take the hard ones."
    )
    table = Table("persons", _("By person"), head, rows, note=note)
    return Told((first,), pictures=(_picture(worked, resolved, names),), tables=(table,))


def _picture(worked: Asked, resolved: Asked, names: dict[str, str]) -> Picture:
    bars = []
    for key, name in list(names.items())[:DRAWN]:
        ended = resolved.n(key)
        words = {"name": name, "n": worked.n(key), "resolved": ended}
        label = _("%(name)s: worked on %(n)d, resolved %(resolved)d") % words
        parts = (
            bar.Part(ended, "series-1", resolved.href(key)),
            bar.Part(worked.n(key) - ended, "is-rest series-6"),
        )
        bars.append(bar.Column(parts, label, worked.href(key)))
    legend = [("series-1", _("resolved")), ("series-6 is-rest", _("worked on, not resolved by them"))]
    return picture(_("Those who worked on the most"), list(names.values())[:DRAWN], bars, legend)


def _names(keys: list[str]) -> dict[str, str]:
    known = people.names({int(key) for key in keys})
    return {key: known.get(int(key), f"#{key}") for key in keys}


QUEUES = Page(
    key="queues",
    title=gettext_lazy("By queue"),
    question=gettext_lazy("Where does the work land, and where is it done?"),
    metrics=(*OF_QUEUES, "in_queue_elapsed", "in_queue_working"),
    answer=answer_of_queues,
    tell=tell_queues,
)
PERSONS = Page(
    key="people",
    title=gettext_lazy("By person"),
    question=gettext_lazy("Who works on what?"),
    metrics=OF_PERSONS,
    answer=answer_of_persons,
    tell=tell_persons,
    for_leads=True,
)
