"""What each filter offers, by the filter's name."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.accounts import queries as accounts
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.lifecycle import Reason, State
from opsdesk.deals.overview import keys
from opsdesk.insight.registry import WITHOUT
from opsdesk.people import queries as people
from opsdesk.web.deals import labels
from opsdesk.web.labels import shipped

Choice = tuple[str, str]
NAMES: dict[str, str | Promise] = {
    "account": gettext_lazy("Account"),
    "family": gettext_lazy("Family"),
    "type": gettext_lazy("Type"),
    "queue": gettext_lazy("Queue"),
    "person": gettext_lazy("Person"),
    "country": gettext_lazy("Country"),
    "category": gettext_lazy("Category"),
    "state": gettext_lazy("State"),
    "reason": gettext_lazy("Reason"),
}


def choices(name: str, desk: DeskDefinition, now: datetime) -> Sequence[Choice]:
    """The values of a filter with their names."""
    return OFFERED[name](desk, now)


def is_known(name: str, value: str, desk: DeskDefinition, now: datetime) -> bool:
    """Whether there is such a value; of what has no list of its own anything may be."""
    if value == WITHOUT or name == "person":
        return True
    if name == "account":
        return accounts.by_key(value) is not None
    of_deals_alone = name in ("state", "reason") and desk.takes_mail
    return of_deals_alone or name not in OFFERED or value in dict(choices(name, desk, now))


def _families(desk: DeskDefinition, now: datetime) -> list[Choice]:
    return [*((each.key, shipped(each.name)) for each in desk.families), (WITHOUT, _("no type yet"))]


def _types(desk: DeskDefinition, now: datetime) -> list[Choice]:
    found = [
        (leaf.key, f"{shipped(family.name)}: {shipped(leaf.name)}")
        for family in desk.families
        for leaf in family.types
    ]
    return [*found, (WITHOUT, _("no type yet"))]


def _queues(desk: DeskDefinition, now: datetime) -> list[Choice]:
    return [(each.key, shipped(each.name)) for each in desk.queues]


def _persons(desk: DeskDefinition, now: datetime) -> list[Choice]:
    return [(str(each.id), each.name) for each in people.persons_of_desk(desk.key, now)]


def _countries(desk: DeskDefinition, now: datetime) -> list[Choice]:
    return [(key, key) for key in sorted({scope.partition(".")[0] for scope in keys()})]


def _categories(desk: DeskDefinition, now: datetime) -> list[Choice]:
    found = dict.fromkeys(scope.partition(".")[2] for scope in keys())
    return [(key, labels.category_name(key)) for key in sorted(found)]


def _states(desk: DeskDefinition, now: datetime) -> list[Choice]:
    at_rest = [state for state in State if state not in (State.DELIVERED, State.APPROVED)]
    return [(state.value, labels.word(labels.STATES, state)) for state in at_rest]


def _reasons(desk: DeskDefinition, now: datetime) -> list[Choice]:
    return [(reason.value, labels.word(labels.REASONS, reason)) for reason in Reason]


OFFERED: dict[str, Callable[[DeskDefinition, datetime], list[Choice]]] = {
    "family": _families,
    "type": _types,
    "queue": _queues,
    "person": _persons,
    "country": _countries,
    "category": _categories,
    "state": _states,
    "reason": _reasons,
}
