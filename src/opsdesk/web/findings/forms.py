from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.insight.limits import SCALE
from opsdesk.insight.thresholds import Kind, Scope, Unit
from opsdesk.web.deals.labels import category_name

SIDES = {
    "at least": _("from"),
    "above": _("above"),
    "at most": _("up to"),
    "below": _("below"),
}
UNITS = {Unit.PERCENT: _("per cent"), Unit.DAYS: _("days")}


def limit(help_text: Any = "") -> forms.DecimalField:
    """A number of up to three decimals; nobody's browser rounds it."""
    return forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=8,
        decimal_places=3,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


class ThresholdForm(forms.Form):
    """The limits of one number, and the day from which they hold. What goes in is exact: no float."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    healthy = limit()
    red = limit()
    note = limit(_("Healthy, but worth a second look. May stay empty."))
    holds_from = forms.DateField(
        label=_("Holds from"),
        help_text=_("Today or later. What lies before keeps the limits of its time."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, kind: Kind, scopes: tuple[tuple[str, str], ...], **more: Any) -> None:
        super().__init__(*args, **more)
        self._label("healthy", _("Healthy, %(side)s") % {"side": SIDES[kind.direction.value]}, kind)
        self._label("red", _("Red, below") if kind.direction.is_up else _("Red, above"), kind)
        self._label("note", _("With a note, beyond"), kind)
        if not scopes:
            del self.fields["country"], self.fields["category"]
            self.fields["healthy"].required = self.fields["red"].required = True
            return
        countries, categories = sorted({each[0] for each in scopes}), sorted({each[1] for each in scopes})
        choices: dict[str, Any] = {
            "country": [("", _("Every country")), *((each, each) for each in countries)],
            "category": [("", _("Every category")), *((each, category_name(each)) for each in categories)],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]
        self.fields["healthy"].help_text = _("Both limits empty: the wider ones hold again.")

    def _label(self, name: str, text: Any, kind: Kind) -> None:
        self.fields[name].label = f"{text} ({UNITS[kind.unit]})"

    @property
    def scope(self) -> Scope:
        """What the limits are for."""
        data = self.cleaned_data
        return Scope(data.get("country", ""), data.get("category", ""))

    @property
    def limits(self) -> dict[str, int | None]:
        """The limits in thousandths."""
        return {name: thousandths(self.cleaned_data[name]) for name in ("healthy", "red", "note")}


def thousandths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * SCALE)
