from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.web.documents import DocumentForm


class DraftForm(DocumentForm):
    """A calendar's next version, and the budget its preview is worked out for."""

    budget_hours = forms.DecimalField(
        label=_("Preview deadlines of so many working hours"),
        min_value=0,
        max_digits=6,
        decimal_places=2,
        initial=4,
    )


class ClosedDayForm(forms.Form):
    """A day on which the house is closed."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(label=_("What for"), max_length=120)
