"""A list's filters in its address, and the place in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts import queries as accounts
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.lists import Cursor, QueueFilters
from opsdesk.kernel.actor import Actor
from opsdesk.people.queries import Name
from opsdesk.web.labels import shipped
from opsdesk.web.widgets import Drawn

ALL_STATES = ("open", "waiting", "resolved", "merged", "void")
STATES = {
    "": ("open", "waiting"),
    "open": ("open",),
    "waiting": ("waiting",),
    "resolved": ("resolved",),
    "merged": ("merged",),
    "void": ("void",),
    "any": ALL_STATES,
}
STATE_LABELS = [
    ("", _("Unresolved")),
    ("open", _("Open")),
    ("waiting", _("Waiting")),
    ("resolved", _("Resolved")),
    ("merged", _("Merged")),
    ("void", _("Void")),
    ("any", _("Any state")),
]
NOBODY, ME = "nobody", "me"
# What only cases that came by mail have: a customer's account, messages, a stranger's claim.
OF_MAIL = ("account", "unread", "claims")


@dataclass(frozen=True, slots=True)
class Place:
    """Which list: one's own, one queue's, or all cases of the desk (both empty)."""

    desk: DeskDefinition
    queue: str = ""
    mine: bool = False


class FilterForm(forms.Form):
    """The filter bar. Whatever the address holds that doesn't fit filters nothing."""

    default_renderer = Drawn()

    text = forms.CharField(
        label=_("Subject, sender or number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "data-search": True, "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATE_LABELS)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    account = forms.CharField(
        label=_("Account"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"}),
    )
    unread = forms.BooleanField(label=_("Unread"), required=False)
    overran = forms.BooleanField(label=_("Past the expected date"), required=False)
    claims = forms.BooleanField(label=_("Claims to belong"), required=False)

    def __init__(self, data: QueryDict, *, desk: DeskDefinition, persons: Callable[[], list[Name]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        if not desk.takes_mail:
            for name in OF_MAIL:
                del self.fields[name]
        choices: dict[str, Any] = {
            "queue": [("", _("Every queue")), *((queue.key, shipped(queue.name)) for queue in desk.queues)],
            "type": [("", _("Every type")), *_types(desk)],
            "assignee": lambda: [
                ("", _("Anybody")),
                (ME, _("Me")),
                (NOBODY, _("Nobody")),
                *((str(person.id), person.name) for person in persons()),
            ],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """What a field holds; nothing where it holds nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name, "")

    @property
    def is_narrow(self) -> bool:
        """Whether one of the rarer filters is used."""
        return any(self.value(name) for name in ("account", "unread", "overran", "claims"))

    @property
    def is_used(self) -> bool:
        return any(self.value(name) for name in self.fields)


def _types(desk: DeskDefinition) -> list[Any]:
    """The families, each with its types below it."""
    return [
        (
            name,
            [(f"{family.key}.*", _("All of %(family)s") % {"family": name}), *_leaves(family.types)],
        )
        for family in desk.families
        for name in (shipped(family.name),)
    ]


def _leaves(types: Any) -> list[tuple[str, str]]:
    return [(leaf.key, shipped(leaf.name)) for leaf in types]


def filters_of(form: FilterForm, place: Place, actor: Actor) -> QueueFilters:
    """The filters as the list understands them."""
    kind, assignee = form.value("type"), form.value("assignee")
    family = kind.removesuffix(".*") if kind.endswith(".*") else ""
    person = actor.id if assignee == ME else int(assignee) if assignee.isdecimal() else None
    seats = tuple(sorted(seat.queue for seat in actor.seats if seat.desk == place.desk.key))
    return QueueFilters(
        desk=place.desk.key,
        queue=place.queue or form.value("queue"),
        states=STATES[form.value("state") or ""],
        mine_of=actor.id if place.mine else None,
        queues=seats if place.mine and not person else (),
        type="" if family else kind,
        family=family,
        account_id=_account_id(form.value("account")),
        assignee_id=person,
        unassigned=assignee == NOBODY,
        unread=bool(form.value("unread")),
        overran=bool(form.value("overran")),
        claims=bool(form.value("claims")),
        text=form.value("text"),
    )


def _account_id(key: str) -> int | None:
    """The account of a key; a key nobody has finds nothing."""
    if not key:
        return None
    account = accounts.by_key(key)
    return account.id if account else -1


def cursor_text(cursor: Cursor) -> str:
    """A place in a list, for the address."""
    return "~".join(
        [str(cursor.section), cursor.at.isoformat(), cursor.opened_at.isoformat(), str(cursor.id)]
    )


def cursor_of(text: str) -> Cursor | None:
    """The place an address names; the beginning where it names none."""
    parts = text.split("~")
    try:
        section, at, opened_at, number = parts
        found = Cursor(
            int(section), datetime.fromisoformat(at), datetime.fromisoformat(opened_at), int(number)
        )
    except ValueError:
        return None
    return found if found.at.tzinfo and found.opened_at.tzinfo and abs(found.id) < 2**62 else None
