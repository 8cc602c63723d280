from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts.queries import AccountValue

DATE = {"type": "date"}


class LinesField(forms.CharField):
    """One value a line; the answer is the list of them."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: object) -> list[str]:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value


class ChangeAccountForm(forms.Form):
    """A customer, and what it is known by."""

    name = forms.CharField(label=_("Name"), max_length=160)
    domains = LinesField(
        label=_("E-mail domains"), required=False, help_text=_("One a line. Public mail domains are refused.")
    )
    addresses = LinesField(
        label=_("Single addresses"), required=False, help_text=_("One a line. They go before the domains.")
    )
    live_on = forms.DateField(label=_("Live from"), required=False, widget=forms.DateInput(attrs=DATE))
    left_on = forms.DateField(label=_("Last day live"), required=False, widget=forms.DateInput(attrs=DATE))


class AddAccountForm(ChangeAccountForm):
    key = forms.CharField(
        label=_("Key"), max_length=60, help_text=_("Short, lower case, for good: north-star-motors.")
    )
    field_order = ("key", "name", "domains", "addresses", "live_on", "left_on")


class ChooseAccountForm(forms.Form):
    """Whose request it is."""

    account = forms.ChoiceField(
        label=_("Account"),
        required=False,
        help_text=_("It keeps this one, whatever addresses are entered for accounts later."),
    )

    def __init__(self, *args: Any, accounts: Iterable[AccountValue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("nobody’s")), *((str(each.id), each.name) for each in accounts)]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]
