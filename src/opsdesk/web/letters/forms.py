from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.mail import outbox

STATES = {
    outbox.QUEUED: _("Queued"),
    outbox.FAILING: _("Failing, tried again"),
    outbox.DEAD: _("Failed"),
    outbox.GIVEN_UP: _("Given up"),
    outbox.SENT: _("Sent today"),
}


class LettersForm(forms.Form):
    """What of our letters is looked at. What doesn't fit filters nothing."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=list(STATES.items()))
    text = forms.CharField(label=_("Subject or recipient"), required=False, max_length=200)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")

    def value(self, name: str) -> Any:
        """What a field holds; nothing where it holds nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name)
