"""The dispute queue's filters in its address, and the place in it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opsdesk.deals import overview
from opsdesk.disputes.lists import ANY, BANDS, CATEGORY, DECIDED, DUE, Cursor, Filters
from opsdesk.disputes.lists import OPEN as UNDECIDED
from opsdesk.kernel.actor import Actor
from opsdesk.web.deals.labels import REASONS, category_name
from opsdesk.web.instants import instant_of
from opsdesk.web.widgets import Drawn

STATE_LABELS = [("", _("Open")), (DECIDED, _("Decided")), (ANY, _("Open and decided"))]
ORDER_LABELS = [("", _("By time left")), (CATEGORY, _("By category, then time left"))]
BAND_LABELS = {
    BANDS[0]: _("under 24 h"),
    BANDS[1]: _("24 to 48 h"),
    BANDS[2]: _("over 48 h"),
}


class FilterForm(forms.Form):
    """The filter bar. Whatever the address holds that doesn't fit filters nothing."""

    default_renderer = Drawn()

    country = forms.ChoiceField(label=_("Country"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATE_LABELS)
    order = forms.ChoiceField(label=_("Order"), required=False, choices=ORDER_LABELS)
    reason = forms.MultipleChoiceField(
        label=_("Reasons"),
        required=False,
        choices=[(code, words) for code, words in REASONS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    mine = forms.BooleanField(label=_("Only mine"), required=False)
    band = forms.ChoiceField(
        required=False, choices=[("", ""), *BAND_LABELS.items()], widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        scopes = overview.keys()
        keys = [key.partition(".") for key in scopes]
        countries, categories = sorted({key[0] for key in keys}), sorted({key[2] for key in keys})
        choices: dict[str, Any] = {
            "country": [("", _("Every country")), *((country, country) for country in countries)],
            "category": [("", _("Every category")), *((each, category_name(each)) for each in categories)],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """What a field holds; nothing where it holds nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name, "")

    @property
    def is_used(self) -> bool:
        return any(self.value(name) for name in self.fields)


def filters_of(form: FilterForm, actor: Actor) -> Filters:
    """The filters as the list understands them."""
    return Filters(
        state=form.value("state") or UNDECIDED,
        country=form.value("country"),
        category=form.value("category"),
        reasons=tuple(form.value("reason") or ()),
        band=form.value("band"),
        mine_of=actor.id if form.value("mine") else None,
    )


def cursor_text(cursor: Cursor) -> str:
    """A place in the list, for the address."""
    return "~".join([cursor.category, cursor.at.isoformat(), str(cursor.id)])


def cursor_of(text: str) -> Cursor | None:
    """The place an address names; the beginning where it names none."""
    try:
        category, at, number = text.split("~")
        found = Cursor(category, instant_of(at), int(number))
    except ValueError:
        return None
    return found if abs(found.id) < 2**62 else None


def order_of(form: FilterForm) -> str:
    return str(form.value("order") or DUE)
