from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.web.tokens.labels import ABILITIES


class TokenForm(forms.Form):
    """A token about to be made."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Which program uses it, as “marketplace, live”.")
    )
    abilities = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(ABILITIES.items()),
        initial=list(ABILITIES),
        widget=forms.CheckboxSelectMultiple,
    )
    scopes = forms.MultipleChoiceField(
        label=_("In these scopes only"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: in every scope, also those that come later."),
    )
    expires_at = forms.DateTimeField(
        label=_("It ends"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your time zone. Left empty: when it is revoked."),
    )

    def __init__(self, *args: Any, scopes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(key, key) for key in scopes]  # type: ignore[attr-defined]


class YesForm(forms.Form):
    """Nothing to fill in: a yes."""
