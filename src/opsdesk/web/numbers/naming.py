"""The words for the values that numbers are broken down by: codes become names."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.insight.registry import WITHOUT
from opsdesk.people import queries as people
from opsdesk.web.deals import labels
from opsdesk.web.labels import shipped

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
    "on": gettext_lazy("Waiting on"),
    "outcome": gettext_lazy("Outcome"),
    "scope": gettext_lazy("Scope"),
    "severity": gettext_lazy("Severity"),
    "tier": gettext_lazy("Tier"),
    "to": gettext_lazy("Handed to"),
    "urgency": gettext_lazy("Time left"),
    "weekday": gettext_lazy("Weekday"),
}


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


NAMED: dict[str, Callable[[str, DeskDefinition], str]] = {
    "family": _family,
    "type": _type,
    "queue": _queue,
    "person": _person,
    "reason": _reason,
    "cause": _cause,
    "tier": _tier,
    "to": _queue,
    "on": lambda value, desk: _("us") if value == "us" else _("others"),
    "ending": lambda value, desk: labels.word(labels.ENDINGS, value),
    "category": lambda value, desk: labels.category_name(value),
    "scope": lambda value, desk: labels.scope_name(value),
    "state": lambda value, desk: labels.word(labels.STATES, value),
}
