"""The words for the values that numbers are broken down by: codes become names."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.insight.columns.wall import WEEK
from opsdesk.insight.metrics.desk_backlog import AGES, OLDEST
from opsdesk.insight.metrics.desk_silence import TIMES
from opsdesk.insight.registry import WITHOUT
from opsdesk.people import queries as people
from opsdesk.web.dates import dated
from opsdesk.web.deals import labels
from opsdesk.web.labels import shipped

WEEKDAYS = [str(n) for n in range(1, 8)]
NONE: dict[str, str | Promise] = {
    "account": gettext_lazy("no account"),
    "family": gettext_lazy("no type yet"),
    "type": gettext_lazy("no type yet"),
    "person": gettext_lazy("nobody"),
}


# What numbers are broken down by that is no filter.
DIMENSIONS: dict[str, str | Promise] = {
    "age": gettext_lazy("Age"),
    "cause": gettext_lazy("Cause"),
    "day": gettext_lazy("Day"),
    "ending": gettext_lazy("Ending"),
    "hour": gettext_lazy("Hour"),
    "item": gettext_lazy("Evidence"),
    "month": gettext_lazy("Month"),
    "move": gettext_lazy("How"),
    "on": gettext_lazy("Waiting on"),
    "outcome": gettext_lazy("Outcome"),
    "scope": gettext_lazy("Scope"),
    "severity": gettext_lazy("Severity"),
    "tier": gettext_lazy("Tier"),
    "to": gettext_lazy("Handed to"),
    "times": gettext_lazy("Follow-ups"),
    "urgency": gettext_lazy("Time left"),
    "way": gettext_lazy("Way"),
    "week": gettext_lazy("Part of the week"),
    "weekday": gettext_lazy("Weekday"),
    "who": gettext_lazy("Held by"),
}
A_MONDAY = date(2026, 3, 2)


def value_name(name: str, value: str, desk: DeskDefinition) -> str:
    """A value of a dimension as people read it; a code that nobody knows stands as it is."""
    if value in ("", WITHOUT):
        return str(NONE.get(name) or _("none"))
    return NAMED[name](value, desk) if name in NAMED else value


def value_names(name: str, values: Iterable[str], desk: DeskDefinition) -> str:
    """Several values of a dimension in a row."""
    return ", ".join(value_name(name, value, desk) for value in values)


def _family(value: str, desk: DeskDefinition) -> str:
    found = desk.family(value)
    return shipped(found.name) if found else value


def _type(value: str, desk: DeskDefinition) -> str:
    found = desk.type(value)
    return shipped(found.name) if found else value


def _queue(value: str, desk: DeskDefinition) -> str:
    return shipped(desk.queue(value).name) if desk.has_queue(value) else value


def _person(value: str, desk: DeskDefinition) -> str:
    return people.names([int(value)]).get(int(value), value) if value.isdecimal() else value


def _reason(value: str, desk: DeskDefinition) -> str:
    of_desk = _code(desk.escalation_reasons, value)
    return labels.word(labels.REASONS, value) if of_desk == value else of_desk


def _cause(value: str, desk: DeskDefinition) -> str:
    return _code(desk.causes, value)


def _code(codes: tuple[Code, ...], value: str) -> str:
    return next((shipped(code.name) for code in codes if code.key == value), value)


def _tier(value: str, desk: DeskDefinition) -> str:
    return _("Tier %(tier)s") % {"tier": value}


def weekday_name(value: str) -> str:
    """`1` is Monday."""
    return dated(A_MONDAY + timedelta(days=int(value) - 1), "l") if value in WEEKDAYS else value


def age_names() -> list[str]:
    """The age bands in words, the youngest first."""
    limits = [days for _key, days in AGES]
    between = [_("%(low)d to %(high)d days") % {"low": low, "high": high} for low, high in pairwise(limits)]
    return [_("under a day"), *between, _("%(low)d days and more") % {"low": limits[-1]}]


def often(value: str) -> str:
    """How many follow-ups a band of requests had, in words."""
    if value == TIMES[-1]:
        return _("%(n)s times or more") % {"n": value}
    return {"0": _("never"), "1": _("once"), "2": _("twice"), "3": _("three times")}.get(value, value)


def move_name(value: str) -> str:
    """How a request went from one queue to another."""
    return {
        "escalated": _("handed up"),
        "returned": _("returned"),
        "rerouted": _("rerouted"),
    }.get(value, value)


def _age(value: str, desk: DeskDefinition) -> str:
    keys = [key for key, _days in AGES] + [OLDEST]
    return dict(zip(keys, age_names(), strict=True)).get(value, value)


def _hour(value: str, desk: DeskDefinition) -> str:
    return _("from %(hour)s on") % {"hour": f"{value}:00"}


def _day(value: str, desk: DeskDefinition) -> str:
    return _dated(value, value, "D j F Y")


def _month(value: str, desk: DeskDefinition) -> str:
    return _dated(value, f"{value}-01", "F Y")


def _dated(value: str, day: str, form: str) -> str:
    """A day in words; what is none stands as it is."""
    try:
        return dated(date.fromisoformat(day), form)
    except ValueError:
        return value


def _way(value: str, desk: DeskDefinition) -> str:
    start, _dash, end = value.partition("-")
    return _("Tier %(tier)s to Tier %(to)s") % {"tier": start, "to": end}


def _who(value: str, desk: DeskDefinition) -> str:
    """Who held requests: a queue of ours, a third party, the customer."""
    who, _colon, key = value.partition(":")
    if who == "queue":
        return _queue(key, desk)
    if who == "customer":
        return _("The customer")
    return next((party.name for party in desk.third_parties if party.key == key), key)


NAMED: dict[str, Callable[[str, DeskDefinition], str]] = {
    "family": _family,
    "type": _type,
    "queue": _queue,
    "person": _person,
    "reason": _reason,
    "cause": _cause,
    "tier": _tier,
    "to": _queue,
    "age": _age,
    "day": _day,
    "hour": _hour,
    "month": _month,
    "move": lambda value, desk: move_name(value),
    "outcome": lambda value, desk: labels.word(labels.OUTCOMES, value),
    "times": lambda value, desk: often(value),
    "way": _way,
    "week": lambda value, desk: _("Saturday and Sunday") if value == WEEK[1] else _("Monday to Friday"),
    "weekday": lambda value, desk: weekday_name(value),
    "who": _who,
    "on": lambda value, desk: _("us") if value == "us" else _("others"),
    "ending": lambda value, desk: labels.word(labels.ENDINGS, value),
    "category": lambda value, desk: labels.category_name(value),
    "scope": lambda value, desk: labels.scope_name(value),
    "state": lambda value, desk: labels.word(labels.STATES, value),
}
