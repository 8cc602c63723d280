from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.links.events import KINDS
from opsdesk.links.queries import DEAD, DROPPED, HELD
from opsdesk.web.webhooks.labels import VIEWS


class EndpointForm(forms.Form):
    """Where events go, and which."""

    name = forms.CharField(label=_("Name"), max_length=60)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("As https://example.com/opsdesk. No redirect is followed."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        choices=[(kind, kind) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them, also those that come later."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every scope."),
    )

    def __init__(self, *args: Any, scopes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(key, key) for key in scopes]  # type: ignore[attr-defined]


class RotateForm(forms.Form):
    """How the old secret ends."""

    at_once = forms.BooleanField(
        label=_("The old secret is known to somebody: it signs no more from now on"), required=False
    )


class ReplayForm(forms.Form):
    """What of what lies is sent again."""

    states = forms.MultipleChoiceField(
        label=_("Send again what is"),
        choices=[(state, VIEWS[state]) for state in (DEAD, HELD, DROPPED)],
        initial=[DEAD],
        widget=forms.CheckboxSelectMultiple,
    )


class YesForm(forms.Form):
    """Nothing to fill in: a yes."""


class ViewForm(forms.Form):
    """Which deliveries are looked at. What doesn't fit chooses nothing."""

    view = forms.ChoiceField(required=False, choices=list(VIEWS.items()))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def value(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name)
