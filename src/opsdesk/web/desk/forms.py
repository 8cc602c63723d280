from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Target


class TargetForm(forms.Form):
    """A target and the day from which it holds."""

    name = forms.ChoiceField(label=_("Target"), choices=Target.Name.choices)
    tier = forms.TypedChoiceField(
        label=_("Tier"),
        coerce=int,
        help_text=_("First touch has one for each tier; the others are of the whole case."),
    )
    hours = forms.DecimalField(
        label=_("Hours of working time"),
        min_value=0,
        max_digits=7,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.25"}),
    )
    holds_from = forms.DateField(
        label=_("Holds from"),
        help_text=_("Today or later. What happened before keeps the target of its time."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, desk: DeskDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = sorted({queue.tier for queue in desk.queues})
        choices = [(0, _("Whole case")), *((tier, _("Tier %(tier)d") % {"tier": tier}) for tier in tiers)]
        self.fields["tier"].choices = choices  # type: ignore[attr-defined]
