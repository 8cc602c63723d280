"""The filters of the list of deals in its address, and the place in it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.deals.lifecycle import State
from opsdesk.deals.lists import Cursor, DealFilters
from opsdesk.kernel.period import FIRST_YEAR, LAST_YEAR
from opsdesk.web.deals import labels
from opsdesk.web.instants import instant_of
from opsdesk.web.widgets import Drawn

RUNNING = "running"
RUNNING_STATES = tuple(state.value for state in State if state is not State.SETTLED)
AT_REST = tuple(state for state in State if state not in (State.DELIVERED, State.APPROVED))


class FilterForm(forms.Form):
    """The filter bar. Whatever the address holds that doesn't fit filters nothing."""

    default_renderer = Drawn()

    text = forms.CharField(
        label=_("Reference, item or party"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "data-search": True, "autocomplete": "off"}),
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    ending = forms.ChoiceField(label=_("Ending"), required=False)
    first = forms.DateField(
        label=_("Created from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("Created until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.MultipleChoiceField(label=_("Reason"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: QueryDict, *, scopes: Sequence[str]) -> None:
        super().__init__(data, auto_id="filter_%s")
        countries = sorted({scope.partition(".")[0] for scope in scopes})
        categories = sorted({scope.partition(".")[2] for scope in scopes})
        choices: dict[str, Any] = {
            "country": [("", _("Every country")), *((key, key) for key in countries)],
            "category": [
                ("", _("Every category")),
                *((key, labels.category_name(key)) for key in categories),
            ],
            "state": [
                ("", _("Every state")),
                (RUNNING, _("Not settled")),
                *((state.value, labels.STATES[state]) for state in AT_REST),
            ],
            "ending": [("", _("Every ending")), *labels.ENDINGS.items()],
            "reason": list(labels.REASONS.items()),
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """What a field holds; nothing where it holds nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name) or ""

    @property
    def is_narrow(self) -> bool:
        """Whether one of the rarer filters is used."""
        return any(self.value(name) for name in ("reason", "ending", "first", "last"))

    @property
    def is_used(self) -> bool:
        return any(self.value(name) for name in self.fields)


def filters_of(form: FilterForm) -> DealFilters:
    """The filters as the list understands them; days are those of the reader's zone, both included."""
    state, ending = form.value("state"), form.value("ending")
    first, last = form.value("first") or None, form.value("last") or None
    return DealFilters(
        country=form.value("country"),
        category=form.value("category"),
        states=RUNNING_STATES if state == RUNNING else (state,) if state else (),
        reasons=tuple(form.value("reason")),
        endings=(ending,) if ending else (),
        first=_begins(first),
        below=_begins(last, later=1),
        text=form.value("text"),
    )


def _begins(day: date | None, *, later: int = 0) -> datetime | None:
    """The instant at which a day, or one `later`, begins for the reader; none for a day nobody lives in."""
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return datetime.combine(day + timedelta(days=later), time(), timezone.get_current_timezone())


def cursor_text(cursor: Cursor) -> str:
    """A place in the list, for the address."""
    return f"{cursor.created_at.isoformat()}~{cursor.id}"


def cursor_of(text: str) -> Cursor | None:
    """The place an address names; the beginning where it names none."""
    at, _tilde, number = text.partition("~")
    try:
        found = Cursor(instant_of(at), int(number))
    except ValueError:
        return None
    return found if abs(found.id) < 2**62 else None
