from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.mail.redaction import BY_HAND
from opsdesk.mail.retention import LEAST_DAYS, MOST_DAYS


class ErasureForm(forms.Form):
    """Why something is erased, and that it is meant."""

    reason = forms.ChoiceField(label=_("Why"), choices=BY_HAND)
    sure = forms.BooleanField(label=_("Erase it for good. I know that nobody can bring it back."))


class HoldingForm(ErasureForm):
    """The same for all that is held of somebody."""

    sure = forms.BooleanField(label=_("Erase all of it for good. I know that nobody can bring it back."))


class SearchForm(forms.Form):
    """Of whom: an address, an account, or a name."""

    address = forms.CharField(label=_("E-mail address"), max_length=254, required=False)
    account = forms.ChoiceField(label=_("or all mail of an account"), required=False)
    name = forms.CharField(label=_("or a name, in what was imported"), max_length=160, required=False)

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [("", "–"), *accounts]  # type: ignore[attr-defined]


class RetentionForm(forms.Form):
    """How long; empty is for ever."""

    keep_days = forms.IntegerField(
        label=_("Days after the end of a case"),
        required=False,
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        help_text=_("At least 30. Leave it empty to keep words for ever."),
    )
